"""Segments of a DICOM SEG as masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics._errors import DegenerateInputError, Fault, GeometryError, InputError
from radiogenomics._types import FloatArray
from radiogenomics.io._dicom_files import Header, matching
from radiogenomics.io._dicom_frames import Frame, frames_of, stored_values
from radiogenomics.io._dicom_series import SLICE_TOLERANCE, image_of
from radiogenomics.io._volume import Volume, placed

if TYPE_CHECKING:
    from SimpleITK import Image


def seg_mask(header: Header, on: Volume | None, *, roi: str | None, label: int | None) -> Image:
    """One segment as a mask.

    Frames hold the slices that are not empty, in any order. Where their voxels are voxels of ``on`` (cropped, turned
    or in another order as they may be) the mask is on its grid, voxel for voxel; otherwise it is on its own.

    Raises
    ------
    InputError
        If the segment is not there (the message lists those that are), or several fit.
    GeometryError
        If it is in another frame of reference than the image, or its frames are no regular stack.
    DegenerateInputError
        If it marks no voxel.
    """
    where = str(header.path)
    number, name = _segment(header, roi, label)
    drawn_in = header.text("FrameOfReferenceUID")
    if on is not None and on.frame and drawn_in and drawn_in != on.frame:
        hint = "The segmentation belongs to another image, or has to be registered first"
        fault = Fault(f"segment {name!r} in another frame of reference", "the image's", hint=hint)
        raise GeometryError(where, fault)
    frames, planes = _planes(header, number)
    marked = planes.any(axis=(1, 2)) if len(planes) else np.zeros(0, dtype=bool)
    if not marked.any():
        raise DegenerateInputError(where, Fault(f"segment {name!r} without any marked voxel", "a region of interest"))
    own = _stacked(frames, planes, on, where)
    return own if on is None else placed(own, on.image) or own


def segments(header: Header) -> list[Any]:
    """Items of the segment sequence."""
    return list(header.data.get("SegmentSequence") or [])


def _segment(header: Header, roi: str | None, label: int | None) -> tuple[int, str]:
    items = segments(header)
    names = [str(item.get("SegmentLabel") or "") for item in items]
    ids = [int(item.get("SegmentNumber") or 0) for item in items]
    listed = ", ".join(f"{name!r} ({number})" for name, number in zip(names, ids, strict=True))
    where = str(header.path)
    found = list(range(len(items))) if roi is None else matching(names, roi)
    asked = "" if roi is None else f" that fit {roi!r}"
    if label is not None:
        found = [i for i in found if ids[i] == label]
        asked += f" of number {label}"
    if not found:
        column = "label" if roi is None else "roi"
        raise InputError(where, Fault(f"no segments{asked}", f"one of: {listed}", column=column))
    if len(found) > 1:
        some = ", ".join(f"{names[i]!r} ({ids[i]})" for i in found)
        hint = "Name the one to use in the manifest's column 'roi', or its number in 'label'"
        raise InputError(where, Fault(f"{len(found)} segments{asked}: {some}", "one", column="roi", hint=hint))
    return ids[found[0]], names[found[0]]


def _planes(header: Header, number: int) -> tuple[list[Frame], NDArray[np.bool_]]:
    """Frames of a segment, and where it is marked on them (frame, y, x)."""
    values, _ = stored_values(header.path)
    kind = header.text("SegmentationType").upper()
    frames = frames_of(header)
    if kind == "LABELMAP":
        return frames, values == number
    groups = header.data.get("PerFrameFunctionalGroupsSequence") or []
    shared = (header.data.get("SharedFunctionalGroupsSequence") or [{}])[0]
    own = [i for i, group in enumerate(groups) if _segment_of(group, shared) == number]
    half = float(header.data.get("MaximumFractionalValue") or 255) / 2 if kind == "FRACTIONAL" else 0.5
    return [frames[i] for i in own], values[own] >= half


def _segment_of(group: Any, shared: Any) -> int | None:
    for level in (group, shared):
        found = level.get("SegmentIdentificationSequence")
        if found:
            return int(found[0].ReferencedSegmentNumber)
    return None


def _stacked(frames: Sequence[Frame], planes: NDArray[np.bool_], on: Volume | None, where: str) -> Image:
    """Frames as a volume, with empty slices where there is no frame."""
    first = frames[0]
    if any(np.abs(frame.orientation - first.orientation).max() > 1e-3 for frame in frames):
        raise GeometryError(where, Fault("frames of several orientations", "one orientation"))
    normal = first.normal
    place = np.array([frame.position @ normal for frame in frames])
    step = _step(place, first, normal, on, where)
    index = np.round((place - place.min()) / step).astype(np.int64)
    if len(np.unique(index)) < len(index):
        raise GeometryError(where, Fault("several frames of the segment in one place", "one frame per slice"))
    origin = frames[int(np.argmin(place))]
    sideways = [
        frame.position - origin.position - (at - place.min()) * normal for frame, at in zip(frames, place, strict=True)
    ]
    if np.linalg.norm(sideways, axis=1).max() > SLICE_TOLERANCE * min(*first.spacing, step):
        raise GeometryError(where, Fault("frames shifted sideways against each other", "frames above each other"))
    values = np.zeros((int(index.max()) + 1, *planes.shape[1:]), dtype=np.uint8)
    values[index] = planes
    return image_of(values, origin, normal * step)


def _step(place: FloatArray, first: Frame, normal: FloatArray, on: Volume | None, where: str) -> float:
    """Distance in mm between slices: the first of the image's, the stated and the smallest found that fits all."""
    gaps = np.diff(np.sort(place))
    candidates = []
    if on is not None:
        axes = np.array(on.image.GetDirection()).reshape(3, 3).T
        parallel = np.abs(axes @ normal)
        if parallel.max() > 1 - 1e-4:
            candidates.append(float(on.image.GetSpacing()[int(parallel.argmax())]))
    candidates += [first.thickness] if first.thickness else []
    candidates += [float(gaps.min())] if len(gaps) and gaps.min() > 0 else []
    for step in candidates:
        steps = gaps / step
        if not len(steps) or (
            np.abs(steps - np.round(steps)).max() < SLICE_TOLERANCE and steps.min() > 1 - SLICE_TOLERANCE
        ):
            return step
    if len(gaps) and gaps.min() <= 0:
        raise GeometryError(where, Fault("several frames of the segment in one place", "one frame per slice"))
    found = "frames without a distance between slices" if not candidates else (
        f"distances between frames from {gaps.min():.4g} to {gaps.max():.4g} mm"
    )  # fmt: skip
    raise GeometryError(where, Fault(found, "a regular stack"))
