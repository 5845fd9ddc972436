"""Signed distance in mm to the surface of a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.im._crop import Box, bounding_box, whole

if TYPE_CHECKING:
    from SimpleITK import Image

SMOOTHED = 0.7  # voxels; less leaves the steps of the voxels, more takes corners off


def surface_distance(mask: Image, reach: float = 0.0) -> FloatArray:
    """Distance of every voxel's centre to the region's surface, negative inside; (z, y, x), mm.

    The surface runs between marked voxels and their unmarked neighbours, where the mask, slightly smoothed,
    is one half: halves of voxels, which a distance to the nearest voxel is off by, matter for rings of a few mm. It is
    so within ``reach`` mm and a voxel of the surface; further away the distance is that to the nearest voxel of the
    other side, which the sign of a comparison does not depend on.
    """
    sitk = optional_import("SimpleITK", needed_for="distances")
    spacing = np.asarray(mask.GetSpacing()[::-1])
    # A border of background, so that a region at the image's edge has a surface there too.
    inside = np.pad(sitk.GetArrayViewFromImage(mask) != 0, 1)
    rough = np.where(
        inside,
        -ndimage.distance_transform_edt(inside, sampling=spacing),
        ndimage.distance_transform_edt(~inside, sampling=spacing),
    )
    near = np.argwhere(np.abs(rough) <= reach + 1.5 * float(spacing.max()))
    fine, _ = cKDTree(_surface_points(inside, spacing)).query(near * spacing)
    rough[tuple(near.T)] = fine * np.where(inside[tuple(near.T)], -1.0, 1.0)
    return np.asarray(rough[1:-1, 1:-1, 1:-1], dtype=np.float64)


def _surface_points(inside: BoolArray, spacing: FloatArray) -> FloatArray:
    """Where the surface crosses the lines between neighbouring voxels, (n, 3) z, y, x in mm."""
    smooth = ndimage.gaussian_filter(inside.astype(np.float64), SMOOTHED)
    points = []
    for axis in range(3):
        first, second = (np.moveaxis(v, axis, 0)[:-1] for v in (inside, smooth))
        crossed = first != np.moveaxis(inside, axis, 0)[1:]
        low, high = second[crossed], np.moveaxis(smooth, axis, 0)[1:][crossed]
        # Where smoothing took a thin part below one half, the crossing stays between the two voxels.
        share = np.clip((0.5 - low) / np.where(high == low, 1.0, high - low), 0.1, 0.9)
        at = np.argwhere(crossed).astype(np.float64)
        at[:, 0] += share
        points.append(np.insert(at[:, 1:], axis, at[:, 0], axis=1) * spacing)
    return np.concatenate(points)


def box_around(mask: Image, margin: float) -> Box:
    """The region's box and ``margin`` mm around it, as far as the image goes."""
    inner, outer = bounding_box(mask), whole(mask)
    reach = [int(np.ceil(margin / s)) + 2 for s in mask.GetSpacing()]
    start = [max(a - r, 0) for a, r in zip(inner.start, reach, strict=True)]
    stop = [min(b + r, n) for b, r, n in zip(inner.stop, reach, outer.stop, strict=True)]
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def filled_in(part: NDArray[np.bool_], box: Box, like: Image) -> Image:
    """Mask on the grid of ``like`` that is ``part`` in the box and empty elsewhere."""
    sitk = optional_import("SimpleITK", needed_for="masks")
    x, y, z = like.GetSize()
    values = np.zeros((z, y, x), dtype=np.uint8)
    values[tuple(slice(a, b) for a, b in zip(box.start[::-1], box.stop[::-1], strict=True))] = part
    result: Image = sitk.GetImageFromArray(values)
    result.CopyInformation(like)
    return result


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Overlap of two regions, 0 to 1; NaN if both are empty."""
    total = int(np.count_nonzero(a)) + int(np.count_nonzero(b))
    return 2 * int(np.count_nonzero(a & b)) / total if total else float("nan")


def volume_ml(mask: Image) -> float:
    """Volume of the marked voxels in mL."""
    sitk = optional_import("SimpleITK", needed_for="masks")
    return int(np.count_nonzero(sitk.GetArrayViewFromImage(mask))) * float(np.prod(mask.GetSpacing())) / 1000
