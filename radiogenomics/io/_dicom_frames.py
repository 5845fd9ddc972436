"""Planes of DICOM files: single-frame files and the frames of multi-frame ones, with their place and scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics._errors import Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray
from radiogenomics.io._dicom_files import Header, numbers, read_dicom

_GROUPS = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
}


@dataclass(frozen=True)
class Frame:
    """One plane.

    Attributes
    ----------
    path, index
        File, and which frame of it.
    position
        (3,) centre of the first voxel in mm.
    orientation
        (2, 3) directions along a row and along a column.
    spacing
        Distance in mm between voxels along a row and along a column (x, y).
    size
        Voxels along a row and along a column.
    thickness
        Distance to the next plane as the file states it, or ``None``.
    slope, intercept
        From stored to physical values.
    """

    path: Path
    index: int
    position: FloatArray
    orientation: FloatArray
    spacing: tuple[float, float]
    size: tuple[int, int]
    thickness: float | None
    slope: float
    intercept: float

    @property
    def normal(self) -> FloatArray:
        """(3,) direction in which planes are stacked."""
        return np.cross(self.orientation[0], self.orientation[1])


def frames_of(header: Header) -> list[Frame]:
    """Every plane of a file.

    Raises
    ------
    InputError
        If its place or size is not stated.
    """
    data = header.data
    count = int(data.get("NumberOfFrames") or 1)
    if count == 1 and "PerFrameFunctionalGroupsSequence" not in data:
        return [_frame(header, 0, data)]
    per_frame = data.get("PerFrameFunctionalGroupsSequence") or []
    if len(per_frame) != count:
        fault = Fault(f"{count} frames, {len(per_frame)} of them with a place", "a place for each frame")
        raise InputError(str(header.path), fault)
    shared = (data.get("SharedFunctionalGroupsSequence") or [{}])[0]
    return [_frame(header, i, _Attributes(data, shared, group)) for i, group in enumerate(per_frame)]


class _Attributes:
    """Attributes of a frame: its own, those shared by all frames, or the file's, in this order."""

    def __init__(self, data: Any, shared: Any, own: Any) -> None:
        self._data, self._levels = data, (own, shared)

    def get(self, keyword: str) -> Any:
        for level in self._levels:
            group = level.get(_GROUPS[keyword])
            if group and keyword in group[0]:
                return group[0].get(keyword)
        return self._data.get(keyword)


def _frame(header: Header, index: int, at: Any) -> Frame:
    where = str(header.path)
    orientation = np.array(numbers(at, "ImageOrientationPatient", 6, where)).reshape(2, 3)
    down, across = numbers(at, "PixelSpacing", 2, where)
    if min(down, across) <= 0:
        raise InputError(where, Fault(f"PixelSpacing {down:g} x {across:g}", "lengths above 0", column="PixelSpacing"))
    if not np.allclose(orientation @ orientation.T, np.eye(2), atol=1e-3):
        fault = Fault(f"row and column directions {orientation.round(3).tolist()}", "unit vectors at right angles",
                      column="ImageOrientationPatient")  # fmt: skip
        raise InputError(where, fault)
    stated = at.get("SpacingBetweenSlices") or at.get("SliceThickness")
    slope, intercept = at.get("RescaleSlope"), at.get("RescaleIntercept")
    return Frame(
        header.path,
        index,
        np.array(numbers(at, "ImagePositionPatient", 3, where)),
        orientation,
        (across, down),
        (int(header.data.get("Columns") or 0), int(header.data.get("Rows") or 0)),
        abs(float(stated)) if stated else None,
        1.0 if slope is None else float(slope),
        0.0 if intercept is None else float(intercept),
    )


def load(frames: Sequence[Frame]) -> NDArray[Any]:
    """Values (frame, y, x), each plane rescaled by its own slope and intercept.

    Integers (32 bit) where every slope and intercept is a whole number, otherwise 32-bit floats, whose rounding
    (6e-8 relative) lies far below a step of the stored 8 to 16 bits; 64-bit floats for data stored with more bits.

    Raises
    ------
    InputError
        If pixels are missing, cut off or compressed in a way that no installed library reads.
    """
    files: dict[Path, NDArray[Any]] = {}
    rescaled: dict[Path, bool] = {}
    for path in dict.fromkeys(frame.path for frame in frames):
        files[path], rescaled[path] = stored_values(path)
    kinds = {values.dtype for values in files.values()}
    small = all(kind.kind in "iub" and kind.itemsize <= 2 for kind in kinds)
    factors = [factor for frame in frames for factor in (frame.slope, frame.intercept)]
    if small and all(factor.is_integer() and abs(factor) < 2**15 for factor in factors):
        kind: type = np.int32
    else:
        kind = np.float32 if small or kinds == {np.dtype(np.float32)} else np.float64
    out = np.empty((len(frames), *files[frames[0].path].shape[1:]), dtype=kind)
    for i, frame in enumerate(frames):
        plane = files[frame.path][frame.index]
        out[i] = plane if rescaled[frame.path] else plane.astype(np.float64) * frame.slope + frame.intercept
    return out


def stored_values(path: Path) -> tuple[NDArray[Any], bool]:
    """Stored values (frame, y, x) of a file, and whether they are rescaled already."""
    data = read_dicom(path, pixels=True)
    if int(data.get("SamplesPerPixel") or 1) != 1:
        raise InputError(str(path), Fault(f"{data.SamplesPerPixel} values per voxel", "one intensity per voxel"))
    try:
        values = np.asarray(data.pixel_array)
    except (AttributeError, ValueError) as error:
        fault = Fault(f"pixels that cannot be read ({' '.join(str(error).split())[:160]})", "a whole image",
                      hint="The file is truncated or damaged; copy it again")  # fmt: skip
        raise InputError(str(path), fault) from None
    except (RuntimeError, NotImplementedError):  # compressed, and pydicom has no decoder for it: ITK has several
        return _decoded(path), True
    return (values[None] if values.ndim == 2 else values), False


def _decoded(path: Path) -> NDArray[Any]:
    sitk = optional_import("SimpleITK", needed_for="reading compressed DICOM")
    try:
        image = sitk.ReadImage(str(path), sitk.sitkFloat64)
    except RuntimeError:
        fault = Fault("pixels in a compression that cannot be read", "DICOM that is not compressed, RLE or JPEG",
                      hint="Decompress it first, for instance with gdcmconv --raw")  # fmt: skip
        raise InputError(str(path), fault) from None
    values: NDArray[Any] = sitk.GetArrayFromImage(image)
    return values
