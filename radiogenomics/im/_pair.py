"""A mask on the grid of its image, whatever file it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray
from radiogenomics.im._geometry import check_same_grid, is_same_grid

if TYPE_CHECKING:
    from SimpleITK import Image

LARGE_CHANGE = 10.0  # per cent of a mask's volume that resampling may change without a warning
#: What is known of a mask that was resampled.
MOVED = ("mask_volume_change_percent", "mask_shift_mm")


def on_grid(mask: Image, image: Image, *, where: str, resample: bool = False) -> tuple[Image, dict[str, float]]:
    """Mask with the geometry of its image, and how much it moved if it had to be resampled.

    Parameters
    ----------
    mask, image
        As they were read.
    where
        Path of the mask, for messages.
    resample
        Take a mask on another grid to the image's by nearest neighbour; otherwise it is refused.

    Returns
    -------
    The mask, and for one that was resampled ``mask_volume_change_percent`` (of its volume on its own grid) and
    ``mask_shift_mm`` (distance between the centroids before and after).

    Raises
    ------
    GeometryError
        If the mask lies on another grid and may not be resampled.
    DegenerateInputError
        If it lies off the image.
    """
    if resample and not is_same_grid(image, mask):
        return _resampled(mask, image, where)
    check_same_grid(image, mask, where=where)
    mask.CopyInformation(image)
    return mask, {}


def _resampled(mask: Image, image: Image, where: str) -> tuple[Image, dict[str, float]]:
    sitk = optional_import("SimpleITK", needed_for="resampling")
    moved: Image = sitk.Resample(mask, image, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    if not sitk.GetArrayViewFromImage(moved).any():
        raise DegenerateInputError(where, Fault("a mask that lies off the image", "a region on it"))
    before, after = _volume_and_centroid(mask), _volume_and_centroid(moved)
    change = 100 * (after[0] / before[0] - 1)
    return moved, dict(zip(MOVED, (change, float(np.linalg.norm(after[1] - before[1]))), strict=True))


def _volume_and_centroid(mask: Image) -> tuple[float, FloatArray]:
    """Cubic millimetres, and (3,) the mean place of the marked voxels in mm."""
    sitk = optional_import("SimpleITK", needed_for="resampling")
    z, y, x = np.nonzero(sitk.GetArrayViewFromImage(mask))
    centre = [float(x.mean()), float(y.mean()), float(z.mean())]
    volume = len(x) * float(np.prod(mask.GetSpacing()))
    return volume, np.array(mask.TransformContinuousIndexToPhysicalPoint(centre))
