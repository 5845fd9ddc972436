"""Slices of volumes as pictures: brightness, outlines, tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray

if TYPE_CHECKING:
    from SimpleITK import Image


@dataclass(frozen=True)
class Tile:
    """A slice brought to a square of pixels, and the outline of its region in pixels.

    Attributes
    ----------
    pixels
        Brightness from 0 to 1; NaN beyond the slice.
    outlines
        Closed lines, each (n, 2): x, y.
    """

    pixels: FloatArray
    outlines: list[FloatArray]


def middle_slice(mask: Image) -> int:
    """The axial slice with most of the region; of equal ones the middle."""
    sitk = optional_import("SimpleITK", needed_for="figures of images")
    areas = (sitk.GetArrayViewFromImage(mask) != 0).sum(axis=(1, 2))
    best = np.flatnonzero(areas == areas.max())
    return int(best[len(best) // 2])


def slice_of(image: Image, index: int) -> NDArray[Any]:
    """One axial slice (y, x)."""
    sitk = optional_import("SimpleITK", needed_for="figures of images")
    return np.asarray(sitk.GetArrayViewFromImage(image)[index])


def brightness(values: NDArray[Any], low: float, high: float) -> FloatArray:
    """Intensities from ``low`` to ``high`` as 0 to 1."""
    span = high - low if high > low else 1.0
    return np.clip((values.astype(np.float64) - low) / span, 0, 1)


def tile(values: FloatArray, regions: list[BoolArray], spacing: tuple[float, float], size: int) -> Tile:
    """Slice (y, x) with voxels of ``spacing`` (y, x) centred in a square; outlines of all regions on it."""
    rows, columns = values.shape
    per_mm = size / max(rows * spacing[0], columns * spacing[1])
    height, width = (max(round(n * s * per_mm), 1) for n, s in zip((rows, columns), spacing, strict=True))
    top, left = (size - height) // 2, (size - width) // 2
    y = np.minimum((np.arange(height) + 0.5) * rows / height, rows - 0.5) - 0.5
    x = np.minimum((np.arange(width) + 0.5) * columns / width, columns - 0.5) - 0.5
    canvas = np.full((size, size), np.nan)
    grid = np.meshgrid(np.clip(y, 0, rows - 1), np.clip(x, 0, columns - 1), indexing="ij")
    canvas[top : top + height, left : left + width] = ndimage.map_coordinates(values, grid, order=1)
    scale = np.array([width / columns, height / rows])
    outlines = [line * scale + [left, top] - 0.5 for region in regions for line in outlines_of(region)]
    return Tile(canvas, outlines)


def outlines_of(region: BoolArray) -> list[FloatArray]:
    """Half-way lines between a region and what is around it, as (n, 2) x, y in voxels from the slice's corner."""
    if not region.any():
        return []
    from contourpy import contour_generator  # what matplotlib itself draws contours with

    padded = np.pad(region.astype(np.float64), 1)
    lines = contour_generator(z=padded).lines(0.5)
    return [np.asarray(line, dtype=np.float64) - 0.5 for line in lines]
