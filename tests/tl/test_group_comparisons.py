"""Pairs of groups, mean survival time, horizons and delayed entry in rg.tl.kaplan_meier."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics import core
from radiogenomics._errors import InputError, RadiogenomicsWarning
from tests.tl._cohorts import cohort, reference, simulated


def test_pairs_are_log_rank_tests_of_their_patients() -> None:
    lung = reference("lung").dropna(subset=["ecog"])
    data = cohort(lung)
    rg.tl.kaplan_meier(data, "ecog")
    table = rg.get.kaplan_meier(data, table="pairwise")
    assert table[["group", "reference"]].agg(tuple, axis=1).tolist() == [("ps1", "ps0"), ("ps2", "ps0"), ("ps2", "ps1")]
    for _, row in table.iterrows():
        own = lung[lung["ecog"].isin([row["group"], row["reference"]])]
        alone = core.logrank(own["time"], own["event"], own["ecog"].to_numpy(dtype=str))
        assert row["statistic"] == pytest.approx(alone.statistic, rel=1e-12)
        assert row["n"] == len(own)
    np.testing.assert_allclose(table["p_adjusted"], core.holm(table["p_value"]))
    rg.tl.kaplan_meier(data, "ecog", adjust="benjamini-hochberg")
    table = rg.get.kaplan_meier(data, table="pairwise")
    np.testing.assert_allclose(table["p_adjusted"], core.benjamini_hochberg(table["p_value"]))


def test_restricted_means_and_their_differences() -> None:
    lung = reference("lung").dropna(subset=["ecog"])
    data = cohort(lung)
    rg.tl.kaplan_meier(data, "ecog", tau=600)
    means = rg.get.kaplan_meier(data, table="restricted_mean").set_index("group")
    differences = rg.get.kaplan_meier(data, table="restricted_mean_differences")
    for group, row in means.iterrows():
        own = lung[lung["ecog"] == group]
        alone = core.restricted_mean(own["time"], own["event"], 600)
        assert tuple(row[["restricted_mean", "std_error"]]) == pytest.approx(alone[:2])
    first = differences.iloc[0]
    assert first["difference"] == pytest.approx(
        means.loc["ps1", "restricted_mean"] - means.loc["ps0", "restricted_mean"]
    )
    assert first["lower"] < first["difference"] < first["upper"]
    # By default up to the earliest end of the groups whose curve stays above 0.
    rg.tl.kaplan_meier(data, "ecog")
    assert rg.get.kaplan_meier(data, table="restricted_mean")["tau"].nunique() == 1


def test_several_horizons() -> None:
    data = cohort(reference("lung"))
    rg.tl.kaplan_meier(data, "ecog", horizon=[365, 180])
    table = rg.get.kaplan_meier(data, table="horizons")
    r = reference("km_summary").set_index("group")["survival_at_horizon"]
    at_year = table[table["time"] == 365].set_index("group")["survival"]
    np.testing.assert_allclose(at_year.loc[r.index], r, rtol=1e-9)
    assert sorted(table["time"].unique()) == [180, 365]
    assert "survival_at_horizon" not in rg.get.kaplan_meier(data)
    with pytest.warns(RadiogenomicsWarning, match="before 5000 days"):
        rg.tl.kaplan_meier(data, "ecog", horizon=[365, 5000])


def test_delayed_entry() -> None:
    obs = simulated(120, effect=0.6, seed=8)
    obs["mri"] = obs["time"] * np.random.default_rng(0).uniform(0, 0.9, 120)
    data = cohort(obs)
    rg.tl.kaplan_meier(data, "marker", entry="mri")
    a = obs[obs["marker"] == "A"]
    curve = core.survival_curve(a["time"], a["event"], entry=a["mri"])
    stored = rg.get.kaplan_meier(data, table="curves")
    own = stored[(stored["group"] == "A") & (stored["time"] > 0)]
    np.testing.assert_allclose(own["survival"], curve.survival)
    np.testing.assert_allclose(own["hazard"], curve.hazard)
    assert rg.get.kaplan_meier(data).set_index("group").loc["A", "n"] == len(a)
    test = core.logrank(obs["time"], obs["event"], obs["marker"].to_numpy(dtype=str), entry=obs["mri"])
    assert rg.get.kaplan_meier(data, table="test")["statistic"].iloc[0] == pytest.approx(test.statistic)
    ax = rg.pl.kaplan_meier(data, statistic="cumulative_hazard")
    assert ax.get_ylabel() == "Cumulative hazard (os)"


def test_pairs_that_cannot_be_compared_are_nan() -> None:
    obs = pd.DataFrame({"g": list("AABBCC"), "time": [1, 2, 3, 4, 5, 6], "event": [1, 1, 1, 1, 0, 0]})
    obs["split"] = ["training"] * 4 + ["internal"] * 2
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    with pytest.warns(RadiogenomicsWarning, match="no log-rank test"):
        rg.tl.kaplan_meier(data, "g")
    table = rg.get.kaplan_meier(data, table="pairwise")
    known = table["p_value"].notna()
    assert table.loc[known, ["split", "group", "reference"]].to_numpy().tolist() == [["training", "B", "A"]]


def test_events_in_one_group_only() -> None:
    obs = pd.DataFrame({"g": list("AAABBB"), "time": [1.0, 2, 3, 1, 2, 3], "event": [1, 1, 0, 0, 0, 0]})
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="only group A has events"):
        rg.tl.kaplan_meier(data, "g")
    assert 0 < rg.get.kaplan_meier(data, table="test")["p_value"].iloc[0] < 1
    means = rg.get.kaplan_meier(data, table="restricted_mean").set_index("group")
    assert means.loc["B", "restricted_mean"] == 3.0
    assert np.isnan(means.loc["B", "std_error"])  # no event is no certainty
    assert rg.get.kaplan_meier(data, table="restricted_mean_differences")["p_value"].isna().all()


def test_all_events_at_one_time() -> None:
    obs = pd.DataFrame({"g": list("AABB"), "time": 5.0, "event": [1, 0, 1, 1]})
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="all 3 events are at one time"):
        rg.tl.kaplan_meier(data, "g")
    assert rg.get.kaplan_meier(data, table="restricted_mean")["restricted_mean"].tolist() == [5.0, 5.0]


def test_bad_input() -> None:
    data = cohort(reference("lung"))
    for wrong in (-1, [], [365, 0], np.nan):
        with pytest.raises(InputError, match="horizon"):
            rg.tl.kaplan_meier(data, "ecog", horizon=wrong)
    with pytest.raises(InputError, match="tau"):
        rg.tl.kaplan_meier(data, "ecog", tau=0)
    with pytest.raises(InputError, match="'holm'"):
        rg.tl.kaplan_meier(data, "ecog", adjust="bonferroni")  # type: ignore[arg-type]
    with pytest.warns(RadiogenomicsWarning, match="before 5000"):
        rg.tl.kaplan_meier(data, "ecog", tau=5000)
    assert rg.get.kaplan_meier(data, table="restricted_mean_differences")["p_value"].isna().all()
    with pytest.raises(InputError, match="statistic"):
        rg.pl.kaplan_meier(data, statistic="hazard")  # type: ignore[arg-type]
