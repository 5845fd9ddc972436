"""Whether step segment fits the rest of a study file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radiogenomics._errors import Fault
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._yaml import KeyPath

_READERS = ("extract", "autoencoder", "transfer")
_READS = ("reader", "reading")


def segment_faults(file: StudyFile, lines: Mapping[KeyPath, int]) -> list[Fault]:
    """Steps that ask for masks which are no longer there once a network has drawn new ones."""
    segment, steps, faults = file.steps.segment, file.steps, []
    if segment is None:
        return []

    def fault(path: KeyPath, found: str, expected: str, hint: str = "") -> None:
        row = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)
        faults.append(Fault(found, expected, row=row, key=".".join(map(str, path)), hint=hint))

    if not any(getattr(steps, name) is not None for name in _READERS):
        fault(("steps", "segment"), "step 'segment' without 'extract'", "a step that reads the new masks")
    asked: list[tuple[KeyPath, Any]] = [(("steps", name), getattr(steps, name)) for name in ("extract", "transfer")]
    asked += [(("steps", "autoencoder", name), step) for name, step in (steps.autoencoder or {}).items()]
    for path, step in asked:
        for name in _READS:
            wanted = None if step is None else getattr(step, name)
            if wanted is not None and not (name == "reader" and wanted == segment.automatic):
                hint = f"Whose masks teach is said in steps.segment.{name}."
                found = f"{name} {wanted!r} beside step 'segment'"
                fault((*path, name), found, "the new masks, which are one reader's", hint)
    for name, design in ({} if steps.icc is None else steps.icc.designs).items():
        if design.perturbed is None:
            found = "masks of several readings beside step 'segment'"
            fault(("steps", "icc", "designs", name), found, "a design 'perturbed', which needs one mask")
    used = None if file.data.images is None else file.data.images.sequences
    for one in segment.sequences or []:
        if used is not None and one not in used:
            expected = f"a sequence of data.images: {', '.join(used)}"
            fault(("steps", "segment", "sequences"), f"sequence {one!r}", expected)
    if segment.model_folder is None and segment.sequences is None and used is not None and len(used) > 1:
        found = f"sequences {', '.join(used)}"
        fault(("steps", "segment", "sequences"), found, "the one to segment", "Several become channels of a network.")
    return faults
