"""Outlying intensities brought back to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray

if TYPE_CHECKING:
    from SimpleITK import Image


def percentile_limits(inside: FloatArray, percentiles: tuple[float, float]) -> tuple[float, float]:
    """Intensities at two percentiles of the voxels that count."""
    low, high = np.percentile(inside, percentiles)
    return float(low), float(high)


def sigma_limits(inside: FloatArray, sigmas: float) -> tuple[float, float]:
    """Intensities so many standard deviations below and above the mean :cite:p:`Collewet2004`."""
    mean, sd = float(inside.mean()), float(inside.std())
    return mean - sigmas * sd, mean + sigmas * sd


def clip(image: Image, limits: tuple[float, float]) -> tuple[Image, dict[str, float]]:
    """Set intensities beyond the limits to the limit they exceed."""
    sitk = optional_import("SimpleITK", needed_for="clipping")
    values = sitk.GetArrayViewFromImage(image)
    beyond = float(np.mean((values < limits[0]) | (values > limits[1])))
    clipped: Image = sitk.Clamp(sitk.Cast(image, sitk.sitkFloat32), lowerBound=limits[0], upperBound=limits[1])
    return clipped, {"clip_low": limits[0], "clip_high": limits[1], "clipped_share": beyond}
