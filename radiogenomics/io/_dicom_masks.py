"""Which object of a DICOM file or folder is the mask: an RTSTRUCT, a SEG, or neither."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radiogenomics._errors import Fault, InputError
from radiogenomics.io._dicom_files import Header, headers_of, matching, read_dicom
from radiogenomics.io._dicom_seg import seg_mask, segments
from radiogenomics.io._rtstruct import rtstruct_mask, structures
from radiogenomics.io._volume import Volume

if TYPE_CHECKING:
    from SimpleITK import Image


def object_mask(path: Path, on: Volume | None, *, roi: str | None, label: int | None) -> Image | None:
    """Mask from the RTSTRUCT or SEG of a file or folder; ``None`` if there is neither.

    Raises
    ------
    InputError
        If there are several and ``roi`` does not tell which; if an RTSTRUCT has no image to be drawn on.
    """
    headers = headers_of(path) if path.is_dir() else [Header(path, read_dicom(path, pixels=False))]
    objects = [header for header in headers if header.kind in ("RTSTRUCT", "SEG")]
    if not objects:
        return None
    fitting = [h for h in objects if roi is not None and matching(_names(h), roi)] if len(objects) > 1 else objects
    if len(fitting) != 1:
        listed = "; ".join(f"{h.path.name} ({h.kind}: {', '.join(map(repr, _names(h)))})" for h in objects)
        what = f"{len(objects)} segmentations" + ("" if roi is None else f", {len(fitting)} of them with {roi!r}")
        hint = "Name the file itself in the manifest's column 'mask'"
        raise InputError(str(path), Fault(f"{what}: {listed}", "one", column="mask", hint=hint))
    chosen = fitting[0]
    if chosen.kind == "SEG":
        return seg_mask(chosen, on, roi=roi, label=label)
    if on is None:
        raise InputError(str(path), Fault("an RTSTRUCT and no image", "the image it was drawn on", column="image"))
    return rtstruct_mask(chosen, on, roi=roi, label=label)


def _names(header: Header) -> list[str]:
    if header.kind == "SEG":
        return [str(item.get("SegmentLabel") or "") for item in segments(header)]
    return [str(item.get("ROIName") or "") for item in structures(header)]
