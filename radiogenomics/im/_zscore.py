"""Normalisation to mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray

if TYPE_CHECKING:
    from SimpleITK import Image


def zscore(image: Image, inside: FloatArray) -> tuple[Image, dict[str, float]]:
    """Subtract the mean of the voxels that count (``inside``) and divide by their standard deviation."""
    sitk = optional_import("SimpleITK", needed_for="normalisation")
    mean, sd = float(inside.mean()), float(inside.std())
    scaled: Image = (sitk.Cast(image, sitk.sitkFloat32) - mean) / sd
    return scaled, {"zscore_mean": mean, "zscore_sd": sd}
