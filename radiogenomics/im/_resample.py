"""Resample volumes to a spacing, on a grid centred on the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.im._crop import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from SimpleITK import Image, ResampleImageFilter

# A voxel that is half covered counts as inside; rounding must not decide.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Grid:
    """A resampled grid, axes in the order x, y, z.

    The grid is centred on the image's centre and has ``ceil(size * spacing / new spacing)`` voxels per axis, as the
    IBSI reference manual lays it (:cite:p:`Zwanenburg2020`).

    Attributes
    ----------
    spacing, size
        Of the new grid.
    coordinates
        For each axis, where the new voxel centres lie, as (fractional) indices of the old grid.
    """

    spacing: FloatArray
    size: IntArray
    coordinates: tuple[FloatArray, FloatArray, FloatArray]


def centred_grid(image: Image, spacing: Sequence[float]) -> Grid:
    """Grid of the given spacing (mm; 0 keeps the image's own along that axis) over the whole image."""
    old = np.asarray(image.GetSpacing(), dtype=float)
    new = np.where(np.asarray(spacing, dtype=float) == 0, old, np.asarray(spacing, dtype=float))
    old_size = np.asarray(image.GetSize(), dtype=np.int64)
    # Rounded first: 30 voxels of 0.1 mm are 3 voxels of 1 mm although 30 * 0.1 > 3 in floating point.
    size = np.maximum(np.ceil(np.round(old_size * old / new, 6)).astype(np.int64), 1)
    coordinates = [(old_size[a] - 1) / 2 + (np.arange(size[a]) - (size[a] - 1) / 2) * new[a] / old[a] for a in range(3)]
    return Grid(new, size, (coordinates[0], coordinates[1], coordinates[2]))


def is_same_grid(image: Image, grid: Grid) -> bool:
    """Whether resampling would change nothing."""
    return bool(np.allclose(image.GetSpacing(), grid.spacing, rtol=1e-5, atol=0))


def resample_image(image: Image, grid: Grid, *, interpolator: str = "bspline", box: Box | None = None) -> Image:
    """Image on a grid by cubic B-spline, linear or nearest-neighbour interpolation; integers become 32-bit floats.

    The spline is fitted to the whole image whatever the ``box`` of the new grid to evaluate it on, so a part equals
    the same part of the whole. Voxels beyond the last old centre take the nearest old value.
    """
    sitk = optional_import("SimpleITK", needed_for="resampling")
    box = box or Box((0, 0, 0), (int(grid.size[0]), int(grid.size[1]), int(grid.size[2])))
    real = image if image.GetPixelID() in (sitk.sitkFloat32, sitk.sitkFloat64) else sitk.Cast(image, sitk.sitkFloat32)
    resampler = sitk.ResampleImageFilter()
    resampler.SetInterpolator(
        {"bspline": sitk.sitkBSpline, "linear": sitk.sitkLinear, "nearest": sitk.sitkNearestNeighbor}[interpolator]
    )
    resampler.SetUseNearestNeighborExtrapolator(True)
    resampler.SetOutputPixelType(real.GetPixelID())
    _place(resampler, image, grid, box)
    resampled: Image = resampler.Execute(real)
    return resampled


def resample_mask(mask: Image, grid: Grid, *, interpolator: str = "nearest") -> Image:
    """Binary mask on a grid: nearest neighbour, or linear interpolation cut at one half (one half is inside)."""
    sitk = optional_import("SimpleITK", needed_for="resampling")
    values: NDArray[np.uint8] = sitk.GetArrayViewFromImage(mask)
    per_axis = grid.coordinates[::-1]
    if interpolator == "nearest":
        indices = [_inside(np.floor(c + 0.5 + _ROUNDING), n) for c, n in zip(per_axis, values.shape, strict=True)]
        z, y, x = (i >= 0 for i in indices)
        inside = z[:, None, None] & y[None, :, None] & x[None, None, :]
        new = (values[np.ix_(*[np.maximum(i, 0) for i in indices])] != 0) & inside
    else:
        share = values.astype(np.float32)
        for axis, coordinates in enumerate(per_axis):
            share = _linear(share, coordinates, axis)
        new = share >= 0.5 - _ROUNDING
    result: Image = sitk.GetImageFromArray(new.astype(np.uint8))
    holder = sitk.ResampleImageFilter()
    _place(holder, mask, grid, Box((0, 0, 0), (int(grid.size[0]), int(grid.size[1]), int(grid.size[2]))))
    result.SetSpacing(holder.GetOutputSpacing())
    result.SetOrigin(holder.GetOutputOrigin())
    result.SetDirection(holder.GetOutputDirection())
    return result


def _inside(index: FloatArray, n: int) -> IntArray:
    """Index of the nearest old voxel, -1 outside the image."""
    return np.where((index >= 0) & (index < n), index, -1).astype(np.int64)


def _linear(values: NDArray[np.float32], coordinates: FloatArray, axis: int) -> NDArray[np.float32]:
    n = values.shape[axis]
    at = np.clip(coordinates, 0, n - 1)
    low = np.minimum(np.floor(at).astype(np.int64), max(n - 2, 0))
    weight = (at - low).astype(np.float32)
    # The outermost half voxel takes the edge value; beyond it there is no image.
    known = ((coordinates >= -0.5 - _ROUNDING) & (coordinates <= n - 0.5 + _ROUNDING)).astype(np.float32)
    shape = [1, 1, 1]
    shape[axis] = len(coordinates)
    w, k = weight.reshape(shape), known.reshape(shape)
    low_values = np.take(values, low, axis=axis)
    high_values = np.take(values, np.minimum(low + 1, n - 1), axis=axis)
    mixed: NDArray[np.float32] = (low_values * (1 - w) + high_values * w) * k
    return mixed


def _place(resampler: ResampleImageFilter, image: Image, grid: Grid, box: Box) -> None:
    first = [float(grid.coordinates[a][box.start[a]]) for a in range(3)]
    resampler.SetOutputSpacing([float(s) for s in grid.spacing])
    resampler.SetOutputOrigin(image.TransformContinuousIndexToPhysicalPoint(first))
    resampler.SetOutputDirection(image.GetDirection())
    resampler.SetSize([int(n) for n in box.size])
