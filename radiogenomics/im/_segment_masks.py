"""From a probability on a network's grid to a mask on the image's, and how sure it is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.im._clean_masks import TOUCHING
from radiogenomics.schemas.segmentation import Postprocessing

if TYPE_CHECKING:
    from SimpleITK import Image


def on_image(probability: FloatArray, grid: Image, image: Image) -> Image:
    """A probability (z, y, x) on a network's grid, by linear interpolation on the grid of an image."""
    sitk = optional_import("SimpleITK", needed_for="segmentation")
    own = sitk.GetImageFromArray(np.ascontiguousarray(probability, dtype=np.float32))
    own.CopyInformation(grid)
    filter_ = sitk.ResampleImageFilter()
    filter_.SetReferenceImage(image)
    filter_.SetInterpolator(sitk.sitkLinear)
    filter_.SetUseNearestNeighborExtrapolator(True)
    filter_.SetOutputPixelType(sitk.sitkFloat32)
    moved: Image = filter_.Execute(own)
    moved.CopyInformation(image)  # the filter's own arithmetic must not leave a trace
    return moved


def postprocessed(marked: BoolArray, voxel_ml: float, settings: Postprocessing) -> tuple[BoolArray, float]:
    """A mask without the parts that are too small (with ``largest_component`` without all but one) and with its holes
    filled, and the share of the marked voxels that went.
    """
    before = int(np.count_nonzero(marked))
    if not before:
        return marked, 0.0
    labels, count = ndimage.label(marked, structure=TOUCHING)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep = sizes * voxel_ml >= settings.min_volume_ml
    keep[0] = False
    if settings.largest_component:
        largest = np.zeros(count + 1, dtype=bool)
        largest[int(np.argmax(sizes))] = True
        keep &= largest
    out = keep[labels]
    kept = int(np.count_nonzero(out))
    if settings.fill_holes and kept:
        box = tuple(slice(int(n.min()), int(n.max()) + 1) for n in np.nonzero(out))
        out[box] = ndimage.binary_fill_holes(out[box])
    return out, 1 - kept / before


def dice(a: BoolArray, b: BoolArray) -> float:
    """Overlap of two masks in [0, 1]; NaN if both are empty."""
    total = int(np.count_nonzero(a)) + int(np.count_nonzero(b))
    return float("nan") if not total else 2 * int(np.count_nonzero(a & b)) / total


def mean_pairwise_dice(masks: Sequence[BoolArray]) -> float:
    """Mean overlap of every two masks; NaN for fewer than two."""
    values = [dice(a, b) for a, b in itertools.combinations(masks, 2)]
    return float(np.mean(values)) if values else float("nan")


def mean_entropy(probability: FloatArray, marked: BoolArray) -> float:
    """Mean binary entropy in bits, 0 to 1, over a region and the voxels that touch it; NaN if there is none."""
    if not marked.any():
        return float("nan")
    box = tuple(slice(max(int(n.min()) - 1, 0), int(n.max()) + 2) for n in np.nonzero(marked))
    near = ndimage.binary_dilation(marked[box], structure=TOUCHING)
    p = np.clip(probability[box][near].astype(np.float64), 1e-7, 1 - 1e-7)
    return float(np.mean(-p * np.log2(p) - (1 - p) * np.log2(1 - p)))
