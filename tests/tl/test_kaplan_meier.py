from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, InputError, RadiogenomicsWarning
from tests.tl._cohorts import cohort, reference


def test_equals_r() -> None:
    data = cohort(reference("lung"))
    rg.tl.kaplan_meier(data, "ecog", horizon=365)
    expected = reference("km_summary").set_index("group")
    got = rg.get.kaplan_meier(data).set_index("group").loc[expected.index, expected.columns]
    np.testing.assert_allclose(got.to_numpy(dtype=float), expected.to_numpy(dtype=float), rtol=1e-9)
    test, r = rg.get.kaplan_meier(data, table="test").iloc[0], reference("km_test").iloc[0]
    assert test["statistic"] == pytest.approx(r["statistic"], rel=1e-9)
    assert test["p_value"] == pytest.approx(r["p_value"], rel=1e-8)
    assert rg.get.kaplan_meier(data, table="left_out")["reason"].tolist() == ["no group"]


def test_curves_by_hand() -> None:
    obs = pd.DataFrame({"g": list("AAAABB"), "time": [1, 2, 2, 3, 1, 2], "event": [1, 1, 0, 0, 0, 1]})
    data = cohort(obs)
    rg.tl.kaplan_meier(data, "g")
    curves = rg.get.kaplan_meier(data, table="curves")
    a = curves[curves["group"] == "A"]
    assert a["time"].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(a["survival"], [1, 3 / 4, 3 / 4 * 2 / 3, 1 / 2])
    assert a["at_risk"].tolist() == [4, 4, 3, 1]
    assert a["events"].tolist() == [0, 1, 1, 0]
    assert a["censored"].tolist() == [0, 0, 1, 1]
    summary = rg.get.kaplan_meier(data).set_index("group")
    assert summary.loc["A", ["n", "events"]].tolist() == [4, 2]
    assert summary.loc["A", "median"] == 2.5  # one half from 2 to the end at 3: the middle, as R's quantile has it
    assert summary.loc["B", "median"] == 2


def test_horizon_beyond_the_follow_up_is_unknown_and_said() -> None:
    obs = pd.DataFrame({"g": list("AAABBB"), "time": [1, 2, 9, 1, 2, 3], "event": [1, 0, 0, 1, 0, 0]})
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="follow-up ends before 5 days in B"):
        rg.tl.kaplan_meier(data, "g", horizon=5)
    summary = rg.get.kaplan_meier(data).set_index("group")["survival_at_horizon"]
    assert summary["A"] == pytest.approx(2 / 3)
    assert np.isnan(summary["B"])


def test_a_block_per_part_of_the_split() -> None:
    obs = reference("lung")
    obs["split"] = np.where(np.arange(len(obs)) % 3 == 0, "internal", "training")
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.kaplan_meier(data, "sex")
    whole = cohort(obs[obs["split"] == "internal"])
    rg.tl.kaplan_meier(whole, "sex")
    test = rg.get.kaplan_meier(data, table="test").set_index("split")
    assert list(test.index) == ["training", "internal"]
    assert test.loc["internal", "p_value"] == rg.get.kaplan_meier(whole, table="test")["p_value"].iloc[0]


def test_a_part_with_one_group_has_curves_but_no_test() -> None:
    obs = pd.DataFrame({"g": list("AABBA"), "time": [1, 2, 3, 4, 5], "event": [1, 1, 1, 0, 1]})
    obs["split"] = ["training"] * 4 + ["external"]
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    with pytest.warns(RadiogenomicsWarning, match="no log-rank test of the external patients"):
        rg.tl.kaplan_meier(data, "g")
    test = rg.get.kaplan_meier(data, table="test").set_index("split")["p_value"]
    assert np.isnan(test["external"])
    assert test["training"] > 0


def test_left_out_patients_have_their_reason() -> None:
    obs = pd.DataFrame({"g": ["A", "B", None, "B"], "time": [1, 2, 3, np.nan], "event": [1, 1, 1, 1]})
    data = cohort(obs)
    rg.tl.kaplan_meier(data, "g")
    assert dict(rg.get.kaplan_meier(data, table="left_out").to_numpy()) == {"2": "no group", "3": "no follow-up (os)"}


def test_bad_input() -> None:
    obs = pd.DataFrame({"g": list("AAB"), "one": list("AAA"), "time": [1.0, 2, np.nan], "event": [1, 0, 1], "none": 0})
    with pytest.raises(DegenerateGroupsError, match="at least 2"):
        rg.tl.kaplan_meier(cohort(obs), "one")
    with pytest.raises(DegenerateGroupsError, match="with follow-up"):
        rg.tl.kaplan_meier(cohort(obs), "g")
    with pytest.raises(InputError, match="horizon"):
        rg.tl.kaplan_meier(cohort(obs), "g", horizon=-1)
    with pytest.raises(DegenerateInputError, match="none of the 2 patients has an event"):
        rg.tl.kaplan_meier(cohort(obs, event="none"), "g")
    data = cohort(obs)
    with pytest.raises(InputError):
        rg.tl.kaplan_meier(data, "g")
    assert "kaplan_meier" not in data.uns


def test_a_mean_without_spread_is_not_known_for_certain() -> None:
    rng = np.random.default_rng(0)
    n = 30
    obs = pd.DataFrame(
        {"time": np.r_[rng.exponential(10, n) + 0.1, 5.0], "event": 1, "g": ["a"] * n + ["z"]},
        index=[f"P{i}" for i in range(n + 1)],
    )
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="'g': only one patient in z"):
        rg.tl.kaplan_meier(data, "g", tau=6)
    means = rg.get.kaplan_meier(data, table="restricted_mean").set_index("group")
    assert means.loc["z", "restricted_mean"] == 5
    assert means.loc["z", ["std_error", "lower", "upper"]].isna().all()
    assert rg.get.kaplan_meier(data, table="restricted_mean_differences")["p_value"].isna().all()


def test_horizons_are_numbers_in_whatever_holds_them() -> None:
    obs = pd.DataFrame(
        {"time": [1.0, 2, 3, 4, 5, 6], "event": [1, 1, 0, 1, 0, 1], "g": list("aabbab")}, index=list("uvwxyz")
    )
    data = cohort(obs)
    with pytest.raises(InputError, match="horizon"):
        rg.tl.kaplan_meier(data, "g", horizon="34")
    rg.tl.kaplan_meier(data, "g", horizon=np.array([3, 2]))
    assert sorted(set(rg.get.kaplan_meier(data, table="horizons")["time"])) == [2, 3]
