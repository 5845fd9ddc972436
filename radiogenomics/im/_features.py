"""Handcrafted features of one image and region, by PyRadiomics; their names and the images they come from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from radiogenomics._optional import optional_import
from radiogenomics.im._crop import Box, bounding_box, log_box, wavelet_box
from radiogenomics.schemas.radiomics import RadiomicsSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from SimpleITK import Image

ORIGINAL = "original"


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


def feature_columns(settings: RadiomicsSettings) -> list[tuple[str, str, str, str]]:
    """(name, image type, family, feature) of every column of one sequence, the same for every case."""
    columns = []
    images = image_type_names(settings)
    if "shape" in settings.feature_classes:
        columns += [(f"{ORIGINAL}_shape_{f}", ORIGINAL, "shape", f) for f in _features_of("shape")]
    for image, short in images.items():
        for family in settings.feature_classes:
            if family != "shape":
                columns += [(f"{image}_{family}_{f}", short, family, f) for f in _features_of(family)]
    return columns


def needed_box(roi: Box, size: Sequence[int], spacing: Sequence[float], settings: RadiomicsSettings) -> Box:
    """Part of the image that all the filters together must see."""
    box = roi
    if "wavelet" in settings.image_types:
        box = box.union(wavelet_box(roi, size, settings.wavelet))
    if "log" in settings.image_types:
        box = box.union(log_box(roi, size, spacing, max(settings.log_sigmas)))
    return box


def shape_features(mask: Image, settings: RadiomicsSettings) -> dict[str, float]:
    """Size and form of the region, once per sequence."""
    if "shape" not in settings.feature_classes:
        return {}
    roi = bounding_box(mask).cut(mask)
    return _families(roi, roi, ORIGINAL, ["shape"], settings)


def intensity_features(image: Image, mask: Image, settings: RadiomicsSettings) -> dict[str, float]:
    """First-order and texture features on the original and every filtered image."""
    roi = bounding_box(mask)
    roi_mask = roi.cut(mask)
    families = [f for f in settings.feature_classes if f != "shape"]
    features: dict[str, float] = {}
    if families:
        for name, filtered in _filtered(image, mask, roi, settings):
            features |= _families(filtered, roi_mask, name, families, settings)
    return features


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


def _families(
    image: Image, mask: Image, name: str, families: Sequence[str], settings: RadiomicsSettings
) -> dict[str, float]:
    classes = _classes()
    options = pyradiomics_options(settings)
    values: dict[str, float] = {}
    for family in families:
        computed = classes[family](image, mask, **options).execute()
        values.update({f"{name}_{family}_{feature}": float(value) for feature, value in computed.items()})
    return values


def pyradiomics_options(settings: RadiomicsSettings) -> dict[str, Any]:
    """The settings in PyRadiomics' words, without those of image preparation."""
    options: dict[str, Any] = {"label": 1, "distances": list(settings.distances), "additionalInfo": False}
    if settings.bin_count is not None:
        options["binCount"] = settings.bin_count
    else:
        options["binWidth"] = settings.bin_width
    return options


def _classes() -> dict[str, Any]:
    found: dict[str, Any] = optional_import("radiomics", needed_for="radiomic features").getFeatureClasses()
    return found


def _features_of(family: str) -> list[str]:
    names: dict[str, bool] = _classes()[family].getFeatureNames()
    return [name for name, deprecated in names.items() if not deprecated]


def _log_name(sigma: float) -> str:
    return f"log-sigma-{str(float(sigma)).replace('.', '-')}-mm-3D"
