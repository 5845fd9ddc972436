"""Structures of a DICOM RTSTRUCT as masks on an image's grid."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault, GeometryError, InputError
from radiogenomics._types import FloatArray
from radiogenomics.io._contours import fill
from radiogenomics.io._dicom_files import Header, matching
from radiogenomics.io._volume import Volume, mask_like

if TYPE_CHECKING:
    from SimpleITK import Image

PLANE_TOLERANCE = 0.1  # of the distance between slices: how far a contour may lie from the middle of its slice
EDGE_TOLERANCE = 1.0  # voxels that a contour may reach beyond the image
_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")


def rtstruct_mask(header: Header, on: Volume, *, roi: str | None, label: int | None) -> Image:
    """One structure as a mask on the grid of ``on``: 1 where a voxel's centre lies inside or on its contours.

    Raises
    ------
    InputError
        If the structure is not there (the message lists those that are), or several fit.
    GeometryError
        If it was drawn in another frame of reference, its contours do not lie on the image's slices or leave it.
    DegenerateInputError
        If it encloses no voxel centre.
    """
    where = str(header.path)
    structure = _structure(header, roi, label)
    name = str(structure.get("ROIName") or "")
    drawn_in = str(structure.get("ReferencedFrameOfReferenceUID") or header.text("FrameOfReferenceUID"))
    if on.frame and drawn_in and drawn_in != on.frame:
        hint = "The structure set belongs to another image, or has to be registered first"
        fault = Fault(f"structure {name!r} in another frame of reference", "the image's", hint=hint)
        raise GeometryError(where, fault)
    slices = _slices(_contours(header, structure, where, name), on, where, name)
    x, y, z = on.image.GetSize()
    values = np.zeros((z, y, x), dtype=np.uint8)
    for k, contours in slices.items():
        values[k] = fill(contours, (y, x))
    if not values.any():
        raise DegenerateInputError(
            where, Fault(f"structure {name!r} around no voxel centre", "a region of interest on this image")
        )
    return mask_like(values, on.image)


def structures(header: Header) -> list[Any]:
    """Items of the structure set."""
    return list(header.data.get("StructureSetROISequence") or [])


def _structure(header: Header, roi: str | None, label: int | None) -> Any:
    items = structures(header)
    names = [str(item.get("ROIName") or "") for item in items]
    listed = ", ".join(f"{name!r} ({item.get('ROINumber')})" for name, item in zip(names, items, strict=True))
    where = str(header.path)
    if not items:
        raise DegenerateInputError(where, Fault("an RTSTRUCT without structures", "a region of interest"))
    found = list(range(len(items))) if roi is None else matching(names, roi)
    asked = "" if roi is None else f" that fit {roi!r}"
    if label is not None:
        found = [i for i in found if int(items[i].get("ROINumber") or -1) == label]
        asked += f" of number {label}"
    if not found:
        column = "label" if roi is None else "roi"
        raise InputError(where, Fault(f"no structures{asked}", f"one of: {listed}", column=column))
    if len(found) > 1:
        some = ", ".join(f"{names[i]!r} ({items[i].get('ROINumber')})" for i in found)
        hint = "Name the one to use in the manifest's column 'roi', or its number in 'label'"
        raise InputError(where, Fault(f"{len(found)} structures{asked}: {some}", "one", column="roi", hint=hint))
    return items[found[0]]


def _contours(header: Header, structure: Any, where: str, name: str) -> list[FloatArray]:
    """Corners of each contour (n, 3) in mm."""
    number = structure.get("ROINumber")
    items = [
        contour
        for drawn in header.data.get("ROIContourSequence") or []
        if drawn.get("ReferencedROINumber") == number
        for contour in drawn.get("ContourSequence") or []
    ]
    if not items:
        raise DegenerateInputError(where, Fault(f"structure {name!r} without contours", "closed contours"))
    kinds = {str(item.get("ContourGeometricType")) for item in items}
    if kinds - set(_CLOSED):
        raise InputError(
            where, Fault(f"structure {name!r} with contours of type {', '.join(sorted(kinds))}", "CLOSED_PLANAR")
        )
    found = []
    for item in items:
        data = np.asarray(item.get("ContourData") or [], dtype=float)
        if len(data) % 3 or not np.isfinite(data).all():
            found_here = f"structure {name!r} with a contour of {len(data)} coordinates"
            raise InputError(where, Fault(found_here, "three finite numbers for each corner"))
        if len(data) >= 9:  # one or two points enclose nothing
            found.append(data.reshape(-1, 3))
    if not found:
        raise DegenerateInputError(
            where, Fault(f"structure {name!r} with contours of one or two points", "contours of three or more")
        )
    return found


def _slices(contours: list[FloatArray], on: Volume, where: str, name: str) -> dict[int, list[FloatArray]]:
    """Contours (n, 2) in voxels, by the slice they lie on."""
    size = np.array(on.image.GetSize())
    to_index = np.linalg.inv(np.array(on.image.GetDirection()).reshape(3, 3) * np.array(on.image.GetSpacing()))
    slices: dict[int, list[FloatArray]] = defaultdict(list)
    bent = apart = outside = 0
    worst = 0.0
    for corners in contours:
        at = (corners - np.array(on.image.GetOrigin())) @ to_index.T
        middle = float(at[:, 2].mean())
        k = round(middle)
        reach = EDGE_TOLERANCE + 0.5
        off = bool((at[:, :2] < -reach).any() or (at[:, :2] > size[:2] - 1 + reach).any())
        bent += bool(np.ptp(at[:, 2]) > PLANE_TOLERANCE)
        apart += abs(middle - k) > PLANE_TOLERANCE
        worst = max(worst, abs(middle - k))
        outside += off or not 0 <= k < size[2]
        slices[k].append(at[:, :2])
    what, of = f"structure {name!r}:", f"of {len(contours)} contours"
    faults = []
    if bent:
        faults.append(Fault(f"{what} {bent} {of} not parallel to the image's slices", "contours in its slices"))
    elif apart:
        fault = Fault(f"{what} {apart} {of} between slices, by up to {worst:.2g} of their distance",
                      f"contours on slices (within {PLANE_TOLERANCE:g})",
                      hint="They were drawn on another series: name that one as the image")  # fmt: skip
        faults.append(fault)
    if outside and not bent:
        faults.append(Fault(f"{what} {outside} {of} beyond the image", "contours on the image"))
    step = int(np.gcd.reduce(np.diff(sorted(slices)))) if len(slices) > 2 else 1
    if not faults and step > 1:
        faults.append(
            Fault(f"{what} contours on every {step}. slice only", "contours on every slice of the region",
                  hint="Interpolate them where they were drawn, or name the coarser series as the image")
        )  # fmt: skip
    if faults:
        raise GeometryError(where, faults)
    return slices
