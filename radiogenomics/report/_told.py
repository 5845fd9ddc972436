"""What the provenance of a run says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogenomics._errors import Fault, InputError

if TYPE_CHECKING:
    from radiogenomics._types import StrPath


def told_by(given: Mapping[str, Any] | StrPath | None) -> dict[str, Any] | None:
    """The provenance as a mapping, read where it is a path.

    Raises
    ------
    InputError
        If the file cannot be read or is no JSON object.
    """
    if given is None or isinstance(given, Mapping):
        return dict(given) if given is not None else None
    path = Path(given)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            str(path), Fault(error.strerror or str(error), "a provenance.json that can be read")
        ) from error
    except json.JSONDecodeError as error:
        raise InputError(str(path), Fault(f"no JSON: {error}", "the provenance.json of a run")) from error
    if not isinstance(told, dict):
        raise InputError(str(path), Fault(f"a {type(told).__name__}", "a JSON object"))
    return told
