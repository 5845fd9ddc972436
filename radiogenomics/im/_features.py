"""Handcrafted features of one image and region; their columns and the images they come from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from radiogenomics._optional import optional_import
from radiogenomics.core.radiomics_intensity import PEAK_RADIUS
from radiogenomics.im._catalogue import ONCE, ORIGINAL, Column, features_of
from radiogenomics.im._crop import Box, bounding_box, log_box, margin_box, wavelet_box
from radiogenomics.im._intensities import resegmented
from radiogenomics.im._pyradiomics_values import form_as_pyradiomics, intensity_as_pyradiomics
from radiogenomics.im._standard_values import Region, form_values, intensity_values, peak_values, volume_values
from radiogenomics.schemas.radiomics import RadiomicsSettings

if TYPE_CHECKING:
    from SimpleITK import Image

PERITUMORAL = "peritumoral"


def image_type_names(settings: RadiomicsSettings) -> dict[str, str]:
    """Images that features come from: PyRadiomics' name -> this package's shorter name."""
    names: dict[str, str] = {}
    if "original" in settings.image_types:
        names[ORIGINAL] = ORIGINAL
    if "wavelet" in settings.image_types:
        bands = ["".join(b) for b in itertools.product("LH", repeat=3)]
        names.update({f"wavelet-{b}": f"wavelet-{b}" for b in (*bands[1:], bands[0])})
    if "log" in settings.image_types:
        names.update({_log_name(s): f"log-sigma-{s:g}-mm" for s in settings.log_sigmas})
    return names


def feature_columns(settings: RadiomicsSettings) -> list[Column]:
    """Every column of one sequence, the same for every case."""
    images = image_type_names(settings)
    columns = []
    for region, prefix in _regions(settings):
        for family in ONCE:
            if family in settings.feature_classes and not (family == "shape" and prefix):
                columns += [
                    Column(f"{prefix}{ORIGINAL}_{family}_{f.name}", region, ORIGINAL, f)
                    for f in features_of(family, settings.feature_set)
                ]
        for image, short in images.items():
            for family in _of_every_image(settings):
                columns += [
                    Column(f"{prefix}{image}_{family}_{f.name}", region, short, f)
                    for f in features_of(family, settings.feature_set)
                ]
    return columns


def needed_box(mask: Image, settings: RadiomicsSettings) -> Box:
    """Part of the image that the ring around the region and all the filters together must see."""
    size, spacing = mask.GetSize(), mask.GetSpacing()
    roi = bounding_box(mask)
    if settings.peritumoral is not None:
        roi = margin_box(roi, size, spacing, settings.peritumoral[1])
    box = roi
    if "wavelet" in settings.image_types:
        box = box.union(wavelet_box(roi, size, settings.wavelet))
    if "log" in settings.image_types:
        box = box.union(log_box(roi, size, spacing, max(settings.log_sigmas)))
    if "local" in settings.feature_classes:
        box = box.union(margin_box(roi, size, spacing, PEAK_RADIUS))
    return box


def case_features(image: Image, mask: Image, settings: RadiomicsSettings) -> dict[str, float]:
    """All features of an image and region, and of the ring around it where one is asked for, by column."""
    features = _region_features(image, mask, settings, "", form="shape" in settings.feature_classes)
    if settings.peritumoral is not None:
        from radiogenomics.im._peritumoral_masks import ring_of  # which itself reads cases

        inner, outer = settings.peritumoral
        ring, _ = ring_of(image, mask, inner, outer, within="image")
        features |= _region_features(image, ring, settings, PERITUMORAL + "_", form=False)
    return features


def _region_features(
    image: Image, mask: Image, settings: RadiomicsSettings, prefix: str, *, form: bool
) -> dict[str, float]:
    counted = resegmented(image, mask, settings)
    features = _form_features(image, mask, counted, settings) if form else {}
    features |= _unfiltered_features(image, counted, settings) | _intensity_features(image, mask, counted, settings)
    wanted = {f"{i}_{f}_{x.name}" for i in (ORIGINAL, *image_type_names(settings)) for f in settings.feature_classes
              for x in features_of(f, settings.feature_set)}  # fmt: skip
    return {prefix + name: value for name, value in features.items() if name in wanted}


def _form_features(image: Image, mask: Image, counted: Image, settings: RadiomicsSettings) -> dict[str, float]:
    """Size and form of the region, once per sequence."""
    if settings.ibsi == "pyradiomics":
        return _named(ORIGINAL, "shape", form_as_pyradiomics(image, mask))
    # Only the IBSI's set has features of how intensities lie in space.
    return _named(ORIGINAL, "shape", form_values(image, mask, counted, spatial=settings.feature_set == "ibsi"))


def _unfiltered_features(image: Image, counted: Image, settings: RadiomicsSettings) -> dict[str, float]:
    """Features of the unfiltered image only, other than of form."""
    features: dict[str, float] = {}
    if "local" in settings.feature_classes:
        features |= _named(ORIGINAL, "local", peak_values(image, counted))
    if "ivh" in settings.feature_classes:
        roi = bounding_box(counted)
        region = Region.of(roi.cut(image), roi.cut(counted), roi.cut(counted))
        features |= _named(ORIGINAL, "ivh", volume_values(region, settings))
    return features


def _intensity_features(image: Image, mask: Image, counted: Image, settings: RadiomicsSettings) -> dict[str, float]:
    """First-order and texture features on the original and every filtered image."""
    roi = bounding_box(mask)
    families = _of_every_image(settings)
    features: dict[str, float] = {}
    if not families:
        return features
    roi_mask, roi_counted = roi.cut(mask), roi.cut(counted)
    for name, filtered in _filtered(image, mask, roi, settings):
        if settings.ibsi == "pyradiomics":
            values = intensity_as_pyradiomics(filtered, roi_counted, families, settings)
        else:
            region = Region.of(filtered, roi_mask, roi_counted)
            values = intensity_values(region, families, settings, filtered=name != ORIGINAL)
        for family, found in values.items():
            features |= _named(name, family, found)
    return features


def _named(image: str, family: str, values: dict[str, float]) -> dict[str, float]:
    return {f"{image}_{family}_{name}": value for name, value in values.items()}


def _of_every_image(settings: RadiomicsSettings) -> list[str]:
    return [f for f in settings.feature_classes if f not in ONCE]


def _regions(settings: RadiomicsSettings) -> list[tuple[str, str]]:
    """Regions and what their columns' names begin with."""
    return [("tumour", ""), *([(PERITUMORAL, PERITUMORAL + "_")] if settings.peritumoral is not None else [])]


def _filtered(image: Image, mask: Image, roi: Box, settings: RadiomicsSettings) -> Iterator[tuple[str, Image]]:
    """Each image type by PyRadiomics' name, cut to the region's box after filtering."""
    operations = optional_import("radiomics.imageoperations", needed_for="radiomic features")
    if "original" in settings.image_types:
        yield ORIGINAL, roi.cut(image)
    if "wavelet" in settings.image_types:
        seen = wavelet_box(roi, image.GetSize(), settings.wavelet)
        inner = roi.within(seen)
        for band, name, _ in operations.getWaveletImage(seen.cut(image), seen.cut(mask), wavelet=settings.wavelet):
            yield name, inner.cut(band)
    if "log" in settings.image_types:
        for sigma in settings.log_sigmas:
            seen = log_box(roi, image.GetSize(), image.GetSpacing(), sigma)
            inner = roi.within(seen)
            for blurred, name, _ in operations.getLoGImage(seen.cut(image), seen.cut(mask), sigma=[sigma]):
                yield name, inner.cut(blurred)


def _log_name(sigma: float) -> str:
    return f"log-sigma-{str(float(sigma)).replace('.', '-')}-mm-3D"
