"""Intraclass correlation against R's psych, by hand, and where readings are missing or all alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics._errors import InputError
from radiogenomics.core import icc
from radiogenomics.core.icc import FORMS, ICCForm

REFERENCE = Path(__file__).parents[1] / "reference" / "icc"


@pytest.mark.parametrize("confidence", [0.95, 0.8])
@pytest.mark.parametrize("k", [2, 4])
def test_all_six_forms_are_psychs(k: int, confidence: float) -> None:
    readings = pd.read_csv(REFERENCE / "readings.csv").query("k == @k")
    expected = pd.read_csv(REFERENCE / "expected.csv").query("k == @k")
    expected = expected[np.isclose(expected["confidence"], confidence)]
    table = readings.pivot_table(index=["feature", "patient"], columns="reader", values="value")
    found = icc(table.to_numpy().reshape(6, 14, k), confidence=confidence)
    for form in FORMS:
        theirs = expected[expected["form"] == form].sort_values("feature")
        assert len(theirs) == 6
        for name in ICCForm._fields:
            ours = getattr(getattr(found, form), name)
            np.testing.assert_allclose(ours, theirs[name], rtol=1e-8, atol=1e-8, err_msg=f"{form} {name}")


def test_the_published_example_of_shrout_and_fleiss() -> None:
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    found = icc(ratings)
    values = [round(float(getattr(found, form).value), 2) for form in FORMS]
    assert values == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    assert (found.n_patients, found.n_dropped, found.n_readings) == (6, 0, 4)


def test_a_missing_reading_drops_the_patient_from_that_feature_only() -> None:
    x = np.random.default_rng(0).normal(size=(3, 10, 1)) + np.random.default_rng(1).normal(size=(3, 10, 3)) / 2
    gap = x.copy()
    gap[1, 4, 2] = gap[1, 7, :] = gap[2, :9, 0] = np.nan
    found = icc(gap)
    assert found.n_patients.tolist() == [10, 8, 1]
    assert found.n_dropped.tolist() == [0, 2, 9]
    np.testing.assert_allclose(found.icc2.lower[0], icc(x[0]).icc2.lower, rtol=1e-12)
    alone = icc(np.delete(x[1], [4, 7], axis=0))
    for form in FORMS:
        np.testing.assert_allclose([v[1] for v in getattr(found, form)], getattr(alone, form), rtol=1e-10)
        assert np.isnan(getattr(found, form).value[2])


def test_readings_that_do_not_vary_between_readers_or_at_all() -> None:
    patients = np.array([0.1, 0.7, 0.3, 0.9])
    rounded = patients[:, None] * np.array([1, 1 + 1e-16, 1 - 2e-16])
    alike = icc(np.stack([np.repeat(patients[:, None], 3, 1), rounded, np.full((4, 3), 0.1 + 0.2)]))
    for form in FORMS:
        one = getattr(alike, form)
        assert one.value[:2].tolist() == one.lower[:2].tolist() == one.upper[:2].tolist() == [1, 1]
        assert np.isposinf(one.statistic[:2]).all()
        assert (one.p_value[:2] == 0).all()
        assert np.isnan([one.value[2], one.lower[2], one.p_value[2]]).all()
    shifted = icc(patients[:, None] + [0, 1])
    assert shifted.icc3.value == shifted.icc3.lower == 1
    between, readers = 2 * patients.var(ddof=1), 4 * 0.5
    assert shifted.icc2.value == pytest.approx(between / (between + 2 * readers / 4))
    assert shifted.icc2.lower < shifted.icc2.value < shifted.icc2.upper < 1


def test_the_mean_of_readers_who_disagree_is_not_reliable() -> None:
    """psych's formula gives a lower bound of 4.74 here, which would pass any threshold."""
    random = np.random.default_rng(0)
    found = icc(random.normal(size=(3, 1)) + random.normal(size=(3, 2)))
    assert found.icc2.lower < -1
    assert found.icc2k.lower == -np.inf
    assert found.icc2k.value < 0


@given(st.integers(3, 12), st.integers(2, 5), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 2**32 - 1))
def test_unit_and_order_do_not_matter(n: int, k: int, shift: float, scale: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 1)) + random.normal(size=(n, k))
    first = icc(x)
    second = icc((x * scale + shift)[random.permutation(n)][:, random.permutation(k)])
    for form in FORMS:
        one, other = getattr(first, form), getattr(second, form)
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        assert max(one.lower, one.value, one.upper) <= 1
        if not form.startswith("icc2"):  # Satterthwaite's interval may lie beside a value far below 0
            assert one.lower <= one.value <= one.upper


def test_intervals_cover_what_was_simulated() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(2000, 20, 1)) * np.sqrt(3) + random.normal(size=(2000, 20, 3))
    found = icc(x)
    for form, truth in (("icc1", 0.75), ("icc3", 0.75), ("icc3k", 0.9)):
        one = getattr(found, form)
        assert np.mean((one.lower <= truth) & (truth <= one.upper)) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    ("ratings", "confidence", "text"),
    [
        (np.ones(4), 0.95, r"shape \(4,\)"),
        (np.ones((4, 1)), 0.95, "k of 2"),
        ([[1, 2], [np.inf, 3]], 0.95, "infinite"),
        (np.eye(3), 1, "level"),
    ],
)
def test_bad_input_is_named(ratings, confidence: float, text: str) -> None:
    with pytest.raises(InputError, match=text):
        icc(ratings, confidence=confidence)


def test_volume_of_the_gland_repeats(real_data: Path) -> None:
    table = pd.read_csv(real_data / "qin_prostate_mri_testretest" / "t2ax_3D_bin15_102x1251.csv.gz")
    assert len(table) == 102
    gland = table[table["segmentedStructure"] == "WholeGland"].sort_values("study")
    patient = gland["study"].str.split("_").str[0]
    names = [c for c in table if c.startswith("original_")]
    reads = [gland.groupby(patient).nth(i)[names].to_numpy(float) for i in (0, 1)]
    found = icc(np.stack(reads, axis=2).transpose(1, 0, 2))
    known = found.icc1.value[~np.isnan(found.icc1.value)]
    assert np.median(known) == pytest.approx(0.78, abs=0.005)
    assert np.mean(known > 0.75) == pytest.approx(0.59, abs=0.01)
    assert found.icc1.value[names.index("original_shape_Volume")] == pytest.approx(0.95, abs=0.005)
