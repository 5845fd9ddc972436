"""Intensity normalisation: z-score and histogram matching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray

if TYPE_CHECKING:
    from SimpleITK import Image

Within = Literal["foreground", "image"]

# Air lies below a tenth of the way from the darkest voxel to the 99th percentile.
AIR = 0.1
PERCENTILES = np.arange(1.0, 100.0)


def voxels_within(image: Image, within: Within, *, where: str) -> FloatArray:
    """Intensities that statistics are taken of: the whole image, or its voxels that are not air."""
    sitk = optional_import("SimpleITK", needed_for="normalisation")
    values: NDArray[Any] = sitk.GetArrayViewFromImage(image)
    chosen = values[_foreground(values)] if within == "foreground" else values.ravel()
    result = chosen.astype(np.float64)
    if result.size == 0 or result.min() == result.max():
        raise DegenerateInputError(where, Fault("the same intensity everywhere", "an image with contrast"))
    return result


def _foreground(values: NDArray[Any]) -> BoolArray:
    low = float(values.min())
    return np.asarray(values > low + AIR * (float(np.percentile(values, 99)) - low))


def zscore(image: Image, within: Within, *, where: str) -> Image:
    """Subtract the mean and divide by the standard deviation of the voxels ``within``."""
    sitk = optional_import("SimpleITK", needed_for="normalisation")
    inside = voxels_within(image, within, where=where)
    scaled: Image = (sitk.Cast(image, sitk.sitkFloat32) - float(inside.mean())) / float(inside.std())
    return scaled


def intensity_percentiles(image: Image, within: Within, *, where: str) -> FloatArray:
    """Percentiles 1 to 99 of the voxels ``within``: what histogram matching sees of an image."""
    return np.asarray(np.percentile(voxels_within(image, within, where=where), PERCENTILES), dtype=np.float64)


def match_histogram(image: Image, own: FloatArray, reference: FloatArray) -> Image:
    """Map intensities so that the image's percentiles become the reference's.

    Piecewise linear between percentiles and monotone; beyond the first and last the map goes on with the slope of
    the whole range, so that bright voxels are not cut off.
    """
    sitk = optional_import("SimpleITK", needed_for="normalisation")
    values = sitk.GetArrayViewFromImage(image).astype(np.float64)
    # Equal percentiles of a stepped histogram share one target.
    steps, start, count = np.unique(own, return_index=True, return_counts=True)
    targets = np.add.reduceat(reference, start) / count
    slope = (reference[-1] - reference[0]) / (own[-1] - own[0])
    mapped = np.interp(values, steps, targets)
    mapped += slope * np.minimum(values - steps[0], 0) + slope * np.maximum(values - steps[-1], 0)
    result: Image = sitk.GetImageFromArray(mapped.astype(np.float32))
    result.CopyInformation(image)
    return result
