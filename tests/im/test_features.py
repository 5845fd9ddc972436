"""Columns, presets, regions and the agreement of the two ways features are computed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics import im
from radiogenomics._cohort import frame_of
from radiogenomics.im._catalogue import features
from radiogenomics.im._features import feature_columns
from radiogenomics.schemas.radiomics import PRESETS, radiomics_settings

sitk = pytest.importorskip("SimpleITK")
Write = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("preset", "n"), [("default", 107), ("crombe", 58), ("yan", 1130), ("liang", 1409), ("zhu", 1130), ("ibsi", 171)]
)
def test_columns_of_a_preset(preset: str, n: int) -> None:
    columns = feature_columns(radiomics_settings(preset))
    assert len({c.name for c in columns}) == len(columns) == n


def test_every_preset_has_its_number_of_columns_tested() -> None:
    assert set(PRESETS) == {"default", "crombe", "yan", "liang", "zhu", "ibsi"}


def test_names_are_those_of_pyradiomics() -> None:
    from radiomics import getFeatureClasses

    ours = {(f.family, f.name) for f in features() if "P" in f.lists}
    theirs = {
        (family, name)
        for family, cls in getFeatureClasses().items()
        for name, deprecated in cls.getFeatureNames().items()
        if not deprecated and family != "shape2D"
    }
    assert ours == theirs


def test_identifiers_are_four_characters_and_name_one_thing() -> None:
    with_id = [f for f in features() if f.ibsi_id]
    assert len(with_id) == 171
    assert all(re.fullmatch("[A-Z0-9]{4}", f.ibsi_id) for f in with_id)
    assert all(bool(f.ibsi_id) == bool(f.reference) for f in features())
    by_id = pd.DataFrame([(f.ibsi_id, f.reference) for f in with_id]).groupby(0)[1].nunique()
    assert by_id[by_id > 1].index.tolist() == ["BC2M", "GBPN"]  # at 10 % and at 90 %


@pytest.mark.parametrize("aggregation", ["3d_avg", "2.5d_d_mrg"])
def test_equals_pyradiomics_where_the_definitions_agree(write_case: Write, aggregation: str) -> None:
    table = pd.DataFrame([write_case(seed=s, spacing=(1.0, 0.9, 2.0)) for s in (4,)])
    settings = {"aggregation": aggregation, "image_types": ["original", "wavelet"], "bin_count": 16}
    ours = im.extract_radiomics(table, settings=settings)
    theirs = im.extract_radiomics(table, settings={**settings, "ibsi": "pyradiomics"})
    assert ours.var_names.equals(theirs.var_names)
    same = ~ours.var["feature"].isin(["Kurtosis", "MajorAxisLength", "MinorAxisLength", "LeastAxisLength"]).to_numpy()
    np.testing.assert_allclose(ours.X[:, same], theirs.X[:, same], rtol=1e-6)
    kurtosis = (ours.var["feature"] == "Kurtosis").to_numpy()
    np.testing.assert_allclose(ours.X[:, kurtosis] + 3, theirs.X[:, kurtosis], rtol=1e-6)


def test_status_of_columns(write_case: Write) -> None:
    table = pd.DataFrame([write_case()])
    correct = im.extract_radiomics(table, settings="default").var
    assert correct["ibsi_compliant"].sum() == 102
    assert set(correct.loc[~correct["ibsi_compliant"], "feature"]) == {
        "Maximum2DDiameterSlice", "Maximum2DDiameterColumn", "Maximum2DDiameterRow", "TotalEnergy", "MCC",
    }  # fmt: skip
    assert correct.loc["T1_original_firstorder_Kurtosis", "ibsi_note"].startswith("excess")
    old = {"ibsi": "pyradiomics", "bin_width": 5, "spacing": (1, 1, 2)}
    theirs = im.extract_radiomics(table, settings=old).var
    assert not theirs["ibsi_compliant"].any()
    assert "grid" in theirs.loc["T1_original_glcm_Contrast", "ibsi_note"]
    assert "bins start" in theirs.loc["T1_original_glcm_Contrast", "ibsi_note"]


def test_ring_has_columns_of_its_own(write_case: Write) -> None:
    table = pd.DataFrame([write_case()])
    settings = {
        "feature_classes": ["shape", "firstorder", "glcm"],
        "peritumoral": (0, 3),
        "image_types": ["original", "wavelet"],
    }
    both = im.extract_radiomics(table, settings=settings)
    alone = im.extract_radiomics(table, settings={**settings, "peritumoral": None})
    assert both.n_vars == 14 + 2 * 9 * 42
    np.testing.assert_array_equal(both[:, alone.var_names].X, alone.X)
    ring = both[:, both.var["region"] == "peritumoral"]
    assert ring.n_vars == 9 * 42
    assert ring.var_names.str.startswith("T1_peritumoral_").all()
    assert np.isfinite(ring.X).all()
    inside = both[:, "T1_original_firstorder_Mean"].X[0, 0]
    assert 90 < ring[:, "T1_peritumoral_original_firstorder_Mean"].X[0, 0] < 110 < inside


def test_ring_equals_its_mask_given_as_a_region(write_case: Write, tmp_path: Any) -> None:
    table = pd.DataFrame([write_case()])
    settings = {"feature_classes": ["firstorder", "glszm"], "image_types": ["original", "log"], "log_sigmas": [1]}
    rings = im.peritumoral_masks(table, tmp_path / "rings", inner=1, outer=4)
    given = im.extract_radiomics(rings, settings=settings)
    both = im.extract_radiomics(table, settings={**settings, "peritumoral": (1, 4)})
    np.testing.assert_allclose(both[:, both.var["region"] == "peritumoral"].X, given.X, rtol=1e-5)


def test_resegmentation_leaves_form_alone(write_case: Write) -> None:
    table = pd.DataFrame([write_case()])
    plain = im.extract_radiomics(table, settings={"preset": "ibsi"})
    cut = im.extract_radiomics(table, settings={"preset": "ibsi", "resegment_range": (150, None)})
    value = lambda a, name: float(a[:, f"T1_original_{name}"].X[0, 0])  # noqa: E731
    assert value(cut, "firstorder_Minimum") >= 150 > value(plain, "firstorder_Minimum")
    assert value(cut, "shape_MeshVolume") == value(plain, "shape_MeshVolume")
    clipped = im.extract_radiomics(table, settings={"feature_classes": ["firstorder"], "resegment_sigma": 1})
    mean, spread = value(plain, "firstorder_Mean"), value(plain, "firstorder_Variance") ** 0.5
    assert abs(value(clipped, "firstorder_Maximum") - mean) <= spread


def test_region_without_voxels_in_the_range_is_a_failure(write_case: Write) -> None:
    table = pd.DataFrame([write_case("P1"), write_case("P2", values=np.full((20, 24, 26), 5.0) + np.eye(26)[:24])])
    found = im.extract_radiomics(table, settings={"feature_classes": ["firstorder"], "resegment_range": (100, None)})
    assert found.obs_names.tolist() == ["P1"]
    assert frame_of(found.uns, "failures")["message"].str.contains("resegment_range").tolist() == [True]


def test_too_many_levels_are_a_failure(write_case: Write) -> None:
    values = np.random.default_rng(0).normal(0, 1e6, (20, 24, 26)).astype(np.float32)
    mask = np.ones((20, 24, 26), dtype=np.uint8)
    table = pd.DataFrame([write_case("P1"), write_case("P2", values=values, mask=mask)])
    found = im.extract_radiomics(table, settings={"feature_classes": ["glcm"], "bin_width": 5})
    assert frame_of(found.uns, "failures")["message"].str.contains("Widen bin_width").tolist() == [True]
