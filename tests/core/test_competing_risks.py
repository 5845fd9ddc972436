"""Cumulative incidence, Gray's test and Fine-Gray models: against R (reference/competing_risks), by hand, simulated."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, InputError
from radiogenomics.core import cumulative_incidence, fit_cox, fit_fine_gray, gray_test, survival_curve

FOLDER = Path(__file__).parents[1] / "reference" / "competing_risks"
NAMES = ("mgus2", "pbc", "heavy_ties", "three_causes", "age_entry")


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


@pytest.mark.parametrize("name", NAMES)
def test_curves_equal_survfit(name: str) -> None:
    data, expected = table(f"data_{name}"), table("curves")
    for group, wanted in expected[expected["data"] == name].groupby("group"):
        own = data[data["group"] == group]
        got = cumulative_incidence(own["time"], own["cause"], entry=own.get("entry"))
        for cause, rows in wanted.groupby("cause"):
            if cause not in got.causes:
                assert (rows["incidence"] == 0).all()
                continue
            k = got.causes.tolist().index(cause)
            at = np.searchsorted(got.time, rows["time"])
            np.testing.assert_allclose(got.incidence[k, at], rows["incidence"], rtol=1e-9, atol=1e-14)
            np.testing.assert_allclose(got.std_error[k, at], rows["std_error"], rtol=1e-8, atol=1e-13)
            inside = np.isfinite(got.lower[k, at])
            np.testing.assert_allclose(got.lower[k, at][inside], rows["lower"][inside], rtol=1e-8)
            np.testing.assert_allclose(got.upper[k, at][inside], rows["upper"][inside], rtol=1e-8)
            np.testing.assert_allclose(got.at_risk[at], rows["at_risk"])


def test_curves_by_hand() -> None:
    got = cumulative_incidence([1, 2, 3, 4], [1, 2, 0, 1])
    np.testing.assert_allclose(got.incidence, [[1 / 4, 1 / 4, 1 / 4, 3 / 4], [0, 1 / 4, 1 / 4, 1 / 4]])
    np.testing.assert_allclose(got.survival, [3 / 4, 1 / 2, 1 / 2, 0])
    np.testing.assert_allclose(got.incidence.sum(axis=0) + got.survival, 1)
    value, _, _ = got.at([0.5, 2.5, 9])
    np.testing.assert_allclose(value[0], [0, 1 / 4, 3 / 4])
    late = cumulative_incidence([1, 2, 3], [1, 2, 0]).at([9])[0]
    assert np.isnan(late).all()


def test_one_cause_is_one_minus_kaplan_meier() -> None:
    data = table("data_heavy_ties")
    got = cumulative_incidence(data["time"], data["cause"] > 0)
    np.testing.assert_allclose(got.incidence[0], 1 - survival_curve(data["time"], data["cause"] > 0).survival)


def test_the_other_causes_are_not_censoring() -> None:
    data = table("data_mgus2")
    got = cumulative_incidence(data["time"], data["cause"])
    naive = 1 - survival_curve(data["time"], data["cause"] == 1).survival
    assert got.incidence[0, -1] < 0.6 * naive[-1]


@pytest.mark.parametrize("row", list(table("gray").itertuples()), ids=lambda r: f"{r.data}-{r.strata}-{r.cause}")
def test_gray_equals_cmprsk(row: Any) -> None:
    data = table(f"data_{row.data}")
    strata = None if row.strata == "none" else data["stratum"]
    got = gray_test(data["time"], data["cause"], data["group"], of_interest=row.cause, strata=strata)
    assert got.statistic == pytest.approx(row.statistic, rel=1e-8)
    assert got.df == row.df


@pytest.mark.parametrize("name", [n for n in NAMES if n != "age_entry"])
def test_fine_gray_equals_finegray_and_coxph(name: str) -> None:
    data, expected = table(f"data_{name}"), table("fine_gray")
    expected = expected[(expected["data"] == name) & (expected["by"] == "finegray")]
    for (ties, cause), rows in expected.groupby(["ties", "cause"]):
        got = fit_fine_gray(data[["x1", "x2"]], data["time"], data["cause"], of_interest=cause, ties=ties)
        np.testing.assert_allclose(got.coef, rows["coef"], rtol=1e-6)
        np.testing.assert_allclose(got.cox.se, rows["se"], rtol=1e-6)
        np.testing.assert_allclose(got.se, rows["robust_se"], rtol=1e-6)
        assert got.cox.loglik[1] == pytest.approx(rows["loglik"].iloc[0], rel=1e-9)


def test_fine_gray_is_close_to_crr() -> None:
    # cmprsk's own estimator of the censoring and of the variance differ in small ways.
    data = table("data_pbc")
    expected = table("fine_gray")
    expected = expected[(expected["data"] == "pbc") & (expected["by"] == "crr") & (expected["cause"] == 1)]
    got = fit_fine_gray(data[["x1", "x2"]], data["time"], data["cause"], of_interest=1, ties="breslow")
    np.testing.assert_allclose(got.coef, expected["coef"], rtol=5e-5)
    np.testing.assert_allclose(got.se, expected["robust_se"], rtol=0.03)


def test_without_competing_events_fine_gray_is_cox() -> None:
    data = table("data_pbc")
    cause = (data["cause"] == 1).astype(int)
    got = fit_fine_gray(data[["x1", "x2"]], data["time"], cause, of_interest=1)
    np.testing.assert_allclose(got.coef, fit_cox(data[["x1", "x2"]], data["time"], cause).coef, rtol=1e-12)


@pytest.mark.slow
def test_gray_keeps_its_level() -> None:
    rng = np.random.default_rng(11)
    rejected = 0
    for _ in range(500):
        first, second, end = rng.exponential(1, 80), rng.exponential(1.5, 80), rng.uniform(0, 3, 80)
        time = np.minimum(np.minimum(first, second), end)
        cause = np.where(time == end, 0, np.where(time == first, 1, 2))
        rejected += gray_test(time, cause, rng.integers(0, 2, 80), of_interest=1).p_value < 0.05
    assert 0.03 <= rejected / 500 <= 0.075


def test_bad_input() -> None:
    time, cause, group = [1.0, 2, 3, 4], [1, 2, 0, 1], list("AABB")
    with pytest.raises(InputError, match="whole numbers"):
        cumulative_incidence(time, [1, -1, 0, 0.5])
    with pytest.raises(InputError, match="time"):
        cumulative_incidence([1, -2, 3, 4], cause)
    with pytest.raises(InputError, match="entry"):
        cumulative_incidence(time, cause, entry=[0, 2, 0, 0])
    with pytest.raises(DegenerateInputError, match="no events"):
        cumulative_incidence(time, [0, 0, 0, 0])
    with pytest.raises(InputError, match="level"):
        cumulative_incidence(time, cause, level=2)
    with pytest.raises(DegenerateInputError, match="no event of cause 3"):
        gray_test(time, cause, group, of_interest=3)
    with pytest.raises(DegenerateGroupsError, match="one group"):
        gray_test(time, cause, list("AAAA"), of_interest=1)
    with pytest.raises(DegenerateGroupsError, match="no event while two groups"):
        gray_test([1.0, 2, 3, 4], [0, 0, 0, 1], group, of_interest=1)
    with pytest.raises(DegenerateInputError, match="no event of cause 9"):
        fit_fine_gray(np.arange(4.0), time, cause, of_interest=9)
