"""What rests on the groups of modalities that a recipe is run without."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def without_groups_of(steps: dict[str, Any], gone: Collection[str], reason: str) -> tuple[dict[str, str], ...]:
    """Take joint groups, stepwise models and classifiers of modalities out of a recipe's steps; says which."""
    skipped = []
    pairs = steps.get("combine") or {}
    for name in [name for name, modalities in pairs.items() if set(modalities) & set(gone)]:
        del pairs[name]
        skipped.append({"step": "combine", "what": f"combined groups {name}", "reason": reason})
    if "combine" in steps and not pairs:
        del steps["combine"]
    stepwise = steps.get("stepwise") or {}
    if stepwise.get("groups"):
        stepwise["groups"] = [name for name in stepwise["groups"] if name not in gone]
        if not stepwise["groups"]:
            del steps["stepwise"]
            skipped.append({"step": "stepwise", "what": "step stepwise", "reason": reason})
    centroids = steps.get("centroids")
    if centroids is not None and centroids is not False and centroids.get("modality", "rna") in gone:
        del steps["centroids"]
        skipped.append({"step": "centroids", "what": "step centroids", "reason": reason})
    return tuple(skipped)
