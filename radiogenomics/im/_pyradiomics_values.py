"""Features as PyRadiomics defines them, by the kernels of ``core``: what differs from the IBSI is put back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray
from radiogenomics.core.radiomics_levels import Levels, numbered
from radiogenomics.im._standard_values import Region, form_values, intensity_values
from radiogenomics.schemas.radiomics import RadiomicsSettings

if TYPE_CHECKING:
    from SimpleITK import Image


def form_as_pyradiomics(image: Image, mask: Image) -> dict[str, float]:
    """Size and form; second moments are divided by the number of voxels."""
    sitk = optional_import("SimpleITK", needed_for="radiomic features")
    voxels = int(np.count_nonzero(sitk.GetArrayViewFromImage(mask)))
    values = form_values(image, mask, mask, spatial=False)
    for axis in ("MajorAxisLength", "MinorAxisLength", "LeastAxisLength"):
        values[axis] *= np.sqrt((voxels - 1.0) / voxels)
    return values


def intensity_as_pyradiomics(
    image: Image, mask: Image, families: Sequence[str], settings: RadiomicsSettings
) -> dict[str, dict[str, float]]:
    """Values by family and feature of one image, with PyRadiomics' grey levels."""
    sitk = optional_import("SimpleITK", needed_for="radiomic features")
    region = Region.of(image, mask, mask)
    levels = levels_as_pyradiomics(sitk.GetArrayViewFromImage(image), region.counted, settings)
    values = intensity_values(region, list(families), settings, filtered=False, levels=levels)
    first = values.get("firstorder", {})
    if first and first["Variance"] > 0:
        first["Kurtosis"] += 3.0
    tones = values.get("ngtdm", {})
    if tones and np.isnan(tones["Coarseness"]):  # no voxel has a neighbour
        tones |= {"Coarseness": 1e6, "Contrast": 0.0, "Busyness": 0.0, "Complexity": 0.0, "Strength": 0.0}
    return values


def levels_as_pyradiomics(
    image: NDArray[np.floating[Any] | np.integer[Any]], mask: BoolArray, settings: RadiomicsSettings
) -> Levels:
    """Grey levels by edges in the image's own precision; bins of a fixed width begin at a multiple of it."""
    values = image[mask]
    if settings.bin_count is not None:
        edges = np.histogram_bin_edges(values, settings.bin_count)
        edges[-1] += 1  # the largest value belongs to the last bin
    else:
        assert settings.bin_width is not None
        low, high = values.min(), values.max()
        edges = np.arange(low - low % settings.bin_width, high + 2 * settings.bin_width, settings.bin_width)
    level = np.digitize(values, edges).astype(np.int64)
    return numbered(level, mask, int(level.max()))
