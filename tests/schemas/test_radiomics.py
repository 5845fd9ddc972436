"""Settings of feature extraction: presets, forms, and faults."""

from __future__ import annotations

import pytest

from radiogenomics._errors import InputError
from radiogenomics.schemas.radiomics import PRESETS, WAVELETS, RadiomicsSettings, radiomics_settings


def test_presets_are_valid_and_named() -> None:
    for name in PRESETS:
        assert radiomics_settings(name) == radiomics_settings({"preset": name})
    assert radiomics_settings() == radiomics_settings("default") == RadiomicsSettings()
    assert radiomics_settings("crombe").spacing == (1, 1, 4)
    assert "gldm" not in radiomics_settings("crombe").feature_classes


def test_a_preset_is_a_base() -> None:
    settings = radiomics_settings({"preset": "crombe", "image_types": ["original", "wavelet"]})
    assert settings.image_types == ("original", "wavelet")
    assert settings.bin_count == 64


def test_bin_width_takes_the_place_of_a_preset_s_bin_count() -> None:
    settings = radiomics_settings({"preset": "crombe", "bin_width": 5})
    assert (settings.bin_width, settings.bin_count) == (5, None)


def test_bin_count_takes_the_place_of_a_preset_s_bin_width() -> None:
    settings = radiomics_settings({"preset": "zhu", "bin_count": 32})
    assert (settings.bin_width, settings.bin_count) == (None, 32)


def test_values_of_pyradiomics_are_those_on_its_grid() -> None:
    settings = radiomics_settings({"ibsi": "pyradiomics"})
    assert (settings.grid, settings.mask_interpolator) == ("pyradiomics", "nearest")
    assert radiomics_settings({"ibsi": "pyradiomics", "grid": "ibsi"}).grid == "ibsi"
    assert radiomics_settings().grid == "ibsi"


def test_written_out_and_read_back() -> None:
    settings = radiomics_settings({"preset": "crombe", "log_sigmas": [1, 2.5], "sequences": ["T1"]})
    assert RadiomicsSettings.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("crombe2", "preset 'crombe2'; expected one of default, crombe"),
        ({"binwidth": 5}, "column 'binwidth'"),
        ({"bin_width": 0}, "greater than 0"),
        ({"bin_width": 5, "bin_count": 64}, "not both"),
        ({"spacing": [1, 1]}, "column 'spacing"),
        ({"spacing": [1, 1, -1]}, "greater than or equal to 0"),
        ({"image_types": []}, "at least 1 value"),
        ({"image_types": ["original", "original"]}, "twice"),
        ({"image_types": ["log"], "log_sigmas": []}, "at least one of log_sigmas"),
        ({"wavelet": "coif"}, "discrete wavelet"),
        ({"wavelet": "coif99"}, "discrete wavelet"),
        ({"feature_classes": ["shape2D"]}, "column 'feature_classes.0'"),
        ({"remove_outliers": 3}, "need normalize"),
        ({"grid": "pyradiomics", "mask_interpolator": "linear"}, "nearest neighbour only"),
        ({"ibsi": "pyradiomics", "feature_set": "ibsi"}, "needs ibsi: correct"),
        ({"ibsi": "pyradiomics", "feature_classes": ["ivh", "gldzm"]}, "feature_classes ivh, gldzm need ibsi: correct"),
        ({"ibsi": "pyradiomics", "aggregation": "3d_v_mrg"}, "aggregation 3d_avg"),
        ({"aggregation": "4d"}, "column 'aggregation'"),
        ({"ivh_bin_width": 1, "ivh_bin_count": 10}, "not both"),
        ({"resegment_range": [None, None]}, "at least one end"),
        ({"resegment_range": [5, 5]}, "smaller than the upper"),
        ({"resegment_range": [0, "nan"]}, "finite"),
        ({"peritumoral": [3, 3]}, "smaller than the outer"),
        ({"peritumoral": [0, 3], "feature_classes": ["shape"]}, "only shape"),
        ({"feature_set": "lifex", "feature_classes": ["gldm"]}, "no features"),
    ],
)
def test_faults_are_said(settings: object, said: str) -> None:
    with pytest.raises(InputError, match="radiomics settings") as caught:
        radiomics_settings(settings)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_wavelets_are_those_of_pywavelets() -> None:
    pywt = pytest.importorskip("pywt")
    assert set(pywt.wavelist(kind="discrete")) == WAVELETS


def test_all_faults_at_once() -> None:
    with pytest.raises(InputError, match="3 faults"):
        radiomics_settings({"bin_count": 1, "typo": 1, "grid": "isotropic"})
