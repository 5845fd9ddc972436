"""What becomes of the learned features of a recipe that is run without what they need."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from radiogenomics.study._without_modality import without_groups_of

_STEPS = ("clean", "harmonise", "cluster")


def without_deep(raw: dict[str, Any], changes: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """Take a recipe's autoencoders out where they are switched off or cannot be trained; says what was taken out.

    With weights (``steps.transfer.weights``) features are made by step transfer from the masks of step extract, and no
    table of them is expected.
    """
    steps = raw["steps"]
    if "steps.transfer.weights" in changes and "path" not in (raw["data"].get("deep") or {}):
        raw["data"].pop("deep", None)
        extract = steps.get("extract") or {}
        steps["transfer"] = {key: extract[key] for key in ("reader", "reading", "visit") if key in extract}
    models = steps.get("autoencoder")
    if not models:
        return ()
    reason = _reason(raw, changes)
    if reason is None:
        return ()
    del steps["autoencoder"]
    for name in _STEPS:
        for model in models:
            (steps.get(name) or {}).pop(model, None)
    others = without_groups_of(steps, list(models), reason)
    if reason == "":
        return ()
    return ({"step": "autoencoder", "what": "step autoencoder", "reason": reason}, *others)


def _reason(raw: dict[str, Any], changes: Mapping[str, Any]) -> str | None:
    """Why there are no autoencoders: ``None`` if there are, nothing to say where the user switched them off."""
    if any(key.startswith("steps.autoencoder") for key in changes):
        return "" if changes.get("steps.autoencoder") is False else None
    if "data.images.manifest" not in changes and "manifest" not in (raw["data"].get("images") or {}):
        return None  # a fault of its own
    lacking = [name for name in ("torch", "monai", "lightning") if find_spec(name) is None]
    if lacking:
        return f"{', '.join(lacking)} not installed (pip install 'radiogenomics[deep]')"
    return None
