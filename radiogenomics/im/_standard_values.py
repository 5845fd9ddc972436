"""Features of one image and region as the IBSI defines them, by the kernels of ``core``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.radiomics_cooccurrence import cooccurrence_features
from radiogenomics.core.radiomics_intensity import (
    histogram_features,
    intensity_statistics,
    level_disorder,
    peak_features,
    volume_histogram_features,
)
from radiogenomics.core.radiomics_levels import Levels, levels_of
from radiogenomics.core.radiomics_mesh import mesh_size
from radiogenomics.core.radiomics_shape import mesh_features, spatial_features
from radiogenomics.core.radiomics_sizes import dependence_features, run_features, zone_features
from radiogenomics.core.radiomics_tones import tone_features
from radiogenomics.im._crop import bounding_box
from radiogenomics.schemas.radiomics import RadiomicsSettings

if TYPE_CHECKING:
    from SimpleITK import Image


@dataclass(frozen=True)
class Region:
    """Arrays (z, y, x) of an image and its region: its form, and the voxels whose intensity counts."""

    image: FloatArray
    mask: BoolArray
    counted: BoolArray
    spacing: FloatArray

    @classmethod
    def of(cls, image: Image, mask: Image, counted: Image) -> Region:
        """Arrays of images on one grid."""
        sitk = optional_import("SimpleITK", needed_for="radiomic features")
        return cls(
            sitk.GetArrayFromImage(image).astype(np.float64),
            sitk.GetArrayFromImage(mask) != 0,
            sitk.GetArrayFromImage(counted) != 0,
            np.array(image.GetSpacing()[::-1], dtype=np.float64),
        )


def form_values(image: Image, mask: Image, counted: Image, *, spatial: bool) -> dict[str, float]:
    """Size and form of a region, and with ``spatial`` how its intensities lie in space."""
    box = bounding_box(mask)
    region = Region.of(box.cut(image), box.cut(mask), box.cut(counted))
    area, volume = mesh_size(region.mask, region.spacing)
    values = mesh_features(region.mask, region.spacing, area=area, volume=volume)
    if spatial:
        values |= spatial_features(region.image, region.counted, region.mask, region.spacing, volume=volume)
    return values


def peak_values(image: Image, counted: Image) -> dict[str, float]:
    """Local intensity peaks; the image must reach beyond the region as far as a peak's sphere does."""
    region = Region.of(image, counted, counted)
    return peak_features(region.image, region.counted, region.spacing)


def volume_values(region: Region, settings: RadiomicsSettings) -> dict[str, float]:
    """Intensity-volume histogram, binned as the settings say."""
    values = region.image[region.counted]
    low_end, high_end = settings.resegment_range or (None, None)
    low = float(values.min()) if low_end is None else low_end
    high = float(values.max()) if high_end is None else high_end
    if settings.ivh_bin_width is not None:
        width = settings.ivh_bin_width
        centred = low + (np.floor((values - low) / width + 1e-9) + 0.5) * width
        last = max(low + width / 2, high - width / 2) if high_end is not None else float(centred.max())
        return volume_histogram_features(centred, low=low + width / 2, high=last, width=width)
    if settings.round_intensities and settings.ivh_bin_count is None:
        return volume_histogram_features(values, low=low, high=high, width=1.0)
    n_bins = settings.ivh_bin_count or 1000
    levels = levels_of(region.image, region.counted, bin_count=n_bins)
    binned = levels.grey[levels.index[region.counted]]
    return volume_histogram_features(binned, low=1.0, high=float(n_bins), width=1.0)


def intensity_values(
    region: Region, families: list[str], settings: RadiomicsSettings, *, filtered: bool, levels: Levels | None = None
) -> dict[str, dict[str, float]]:
    """Values by family and feature of one image, with its grey levels if they are not the IBSI's."""
    values: dict[str, dict[str, float]] = {}
    levels = levels or _levels(region, settings, filtered=filtered)
    if "firstorder" in families:
        x = region.image[region.counted]
        statistics = intensity_statistics(x) | level_disorder(levels)
        statistics["TotalEnergy"] = statistics["Energy"] * float(np.prod(region.spacing))
        values["firstorder"] = statistics
    if "ivh" in families:
        values["ivh"] = volume_values(region, settings)
    if {"glszm", "gldzm"} & set(families):
        by_size, by_distance = zone_features(
            levels, region.mask, aggregation=settings.aggregation, by_distance="gldzm" in families
        )
        values |= {"glszm": by_size, "gldzm": by_distance}
    for family, computed in _texture(levels, settings).items():
        if family in families:
            values[family] = computed()
    return {family: values[family] for family in families}


def _texture(levels: Levels, settings: RadiomicsSettings) -> dict[str, Callable[[], dict[str, float]]]:
    aggregation, distances = settings.aggregation, settings.distances
    as_pyradiomics = settings.ibsi == "pyradiomics"
    guard = float(np.spacing(1.0)) if as_pyradiomics else 0.0
    directions: Literal["all", "extended"] = "extended" if as_pyradiomics else "all"
    return {
        "histogram": lambda: histogram_features(levels),
        "glcm": lambda: cooccurrence_features(levels, aggregation=aggregation, distances=distances, guard=guard),
        "glrlm": lambda: run_features(levels, aggregation=aggregation, directions=directions),
        "gldm": lambda: dependence_features(levels, aggregation=aggregation, distances=distances),
        "ngtdm": lambda: tone_features(levels, aggregation=aggregation, distances=distances),
    }


def _levels(region: Region, settings: RadiomicsSettings, *, filtered: bool) -> Levels:
    """Grey levels; the re-segmentation range is of intensities, not of a filter's responses."""
    low = None if filtered or settings.resegment_range is None else settings.resegment_range[0]
    if settings.bin_count is not None:
        return levels_of(region.image, region.counted, bin_count=settings.bin_count)
    return levels_of(region.image, region.counted, bin_width=settings.bin_width, start=low)
