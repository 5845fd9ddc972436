"""rg.tl.cumulative_incidence and rg.tl.fine_gray."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import (
    DegenerateGroupsError,
    DegenerateInputError,
    InputError,
    RadiogenomicsWarning,
    UnknownNameError,
)

R = Path(__file__).parents[1] / "reference" / "competing_risks"


def cohort(obs: pd.DataFrame) -> AnnData:
    obs = obs.copy()
    obs.index = obs.index.map(str)
    data = AnnData(np.zeros((len(obs), 1)), obs=obs)
    causes = '{"relapse": 1, "death": 2}'
    data.uns["outcomes"] = {
        "first": {"kind": "competing", "time": "time", "event": "cause", "causes": causes, "unit": "months", "order": 0}
    }
    return data


def r_data(name: str) -> pd.DataFrame:
    return pd.read_csv(R / f"data_{name}.csv").assign(group=lambda d: "g" + d["group"].astype(str))


def test_equals_r() -> None:
    data = cohort(r_data("heavy_ties"))
    rg.tl.cumulative_incidence(data, "group", horizon=[2, 4])
    curves = rg.get.cumulative_incidence(data, table="incidence")
    r = pd.read_csv(R / "curves.csv")
    r = r[(r["data"] == "heavy_ties") & (r["group"] == 2) & (r["cause"] == 1)]
    own = curves[(curves["group"] == "g2") & (curves["cause"] == "relapse") & (curves["time"] > 0)]
    np.testing.assert_allclose(own["incidence"], r["incidence"], rtol=1e-9)
    np.testing.assert_allclose(own["upper"].dropna(), r["upper"][own["upper"].notna().to_numpy()], rtol=1e-8)
    gray = pd.read_csv(R / "gray.csv")
    wanted = gray[(gray["data"] == "heavy_ties") & (gray["strata"] == "none")]["statistic"]
    np.testing.assert_allclose(rg.get.cumulative_incidence(data, table="gray")["statistic"], wanted, rtol=1e-8)
    horizons = rg.get.cumulative_incidence(data, table="horizons")
    assert len(horizons) == 3 * 2 * 2
    assert (horizons["lower"] < horizons["incidence"]).all()
    summary = rg.get.cumulative_incidence(data)
    assert summary["events"].sum() == (data.obs["cause"] > 0).sum()
    ax = rg.pl.cumulative_incidence(data)
    assert len(ax.get_lines()) == 6
    assert "Gray's test: relapse" in ax.get_title(loc="left")
    with pytest.raises(UnknownNameError, match="cause"):
        rg.pl.cumulative_incidence(data, cause="metastasis")


def test_without_groups_with_entry_and_landmark() -> None:
    obs = r_data("age_entry")
    data = cohort(obs)
    rg.tl.cumulative_incidence(data, entry="entry")
    assert set(rg.get.cumulative_incidence(data, table="incidence")["group"]) == {"all patients"}
    assert rg.get.cumulative_incidence(data, table="gray").empty
    with pytest.warns(RadiogenomicsWarning, match="Gray's test is not defined"):
        rg.tl.cumulative_incidence(data, "group", entry="entry")
    late = cohort(r_data("mgus2"))
    rg.tl.cumulative_incidence(late, "group", landmark=24)
    left = rg.get.cumulative_incidence(late, table="left_out")
    assert len(left) == (late.obs["time"] <= 24).sum()
    ax = rg.pl.cumulative_incidence(late, cause="death", interval=False)
    assert len(ax.get_lines()) == 2


def test_a_group_without_events_and_a_cause_that_nobody_had() -> None:
    obs = pd.DataFrame(
        {"group": list("AAAABBBB"), "time": [1.0, 2, 3, 4, 1, 2, 3, 4], "cause": [1, 1, 0, 1, 0, 0, 0, 0]}
    )
    data = cohort(obs)
    with (
        pytest.warns(RadiogenomicsWarning, match="no test of death: no patient has it"),
        pytest.warns(RadiogenomicsWarning, match="only group A has events; of B there is none"),
    ):
        rg.tl.cumulative_incidence(data, "group", horizon=3)
    horizons = rg.get.cumulative_incidence(data, table="horizons").set_index(["group", "cause"])["incidence"]
    assert horizons[("B", "relapse")] == 0
    assert horizons[("A", "death")] == 0
    with pytest.warns(RadiogenomicsWarning, match="follow-up ends before 9 months"):
        rg.tl.cumulative_incidence(data, horizon=9)


def test_fine_gray_equals_r() -> None:
    data = cohort(r_data("pbc"))
    with pytest.warns(RadiogenomicsWarning, match="19 events of death"):
        rg.tl.fine_gray(data, ["x1", "x2"], cause="death")
    got = rg.get.fine_gray(data)
    r = pd.read_csv(R / "fine_gray.csv")
    r = r[(r["data"] == "pbc") & (r["by"] == "finegray") & (r["ties"] == "efron") & (r["cause"] == 2)]
    np.testing.assert_allclose(got["coef"], r["coef"], rtol=1e-6)
    np.testing.assert_allclose(got["se"], r["robust_se"], rtol=1e-6)
    np.testing.assert_allclose(got["shr"], np.exp(r["coef"]), rtol=1e-6)
    rg.tl.fine_gray(data, ["x2", "group"], landmark=100)
    got = rg.get.fine_gray(data)
    assert got["reference"].tolist()[1:] == [got["reference"].iloc[1]] * 3


def test_bad_input() -> None:
    obs = r_data("pbc")
    data = cohort(obs)
    with pytest.raises(InputError, match="horizon"):
        rg.tl.cumulative_incidence(data, "group", horizon=-3)
    with pytest.raises(DegenerateGroupsError, match="at least 2"):
        rg.tl.cumulative_incidence(cohort(obs.assign(one="x")), "one")
    with pytest.raises(DegenerateInputError, match="none of the"):
        rg.tl.cumulative_incidence(cohort(obs.assign(cause=0)), "group")
    with pytest.raises(DegenerateInputError, match="none of the"):
        rg.tl.cumulative_incidence(data, "group", landmark=1e6)
    with pytest.raises(InputError, match="entry"):
        rg.tl.cumulative_incidence(cohort(obs.assign(late=1e6)), "group", entry="late")
    with pytest.raises(UnknownNameError, match="cause"):
        rg.tl.fine_gray(data, "x1", cause="metastasis")
    with pytest.raises(DegenerateInputError, match="leave the variable out"):
        rg.tl.fine_gray(cohort(obs.assign(one=1.0)), ["x1", "one"])
    with pytest.raises(DegenerateInputError, match="twice"):
        rg.tl.fine_gray(cohort(obs.assign(twice=2 * obs["x1"])), ["x1", "twice"])
    with pytest.raises(DegenerateInputError, match="no event of cause 1"):
        rg.tl.fine_gray(cohort(obs.assign(cause=obs["cause"].replace(1, 0))), "x1")
    missing = cohort(obs.assign(group=obs["group"].where(obs.index > 2)))
    rg.tl.cumulative_incidence(missing, "group")
    assert rg.get.cumulative_incidence(missing, table="left_out")["reason"].tolist() == ["no group"] * 3
    with pytest.warns(RadiogenomicsWarning, match="fewer than 10"):
        rg.tl.fine_gray(cohort(obs.iloc[:20]), ["x1", "x2"])


def test_fine_gray_refuses_delayed_entry_and_says_what_allows_for_it() -> None:
    data = cohort(r_data("pbc").assign(seen=0.0))
    with pytest.raises(InputError, match=r"fine_gray: .*'seen'.*no delayed entry.*rg\.tl\.cumulative_incidence"):
        rg.tl.fine_gray(data, "x1", entry="seen")


def test_results_overwrite_no_data() -> None:
    data = cohort(r_data("pbc"))
    for call in (
        lambda: rg.tl.cumulative_incidence(data, key_added="outcomes"),
        lambda: rg.tl.fine_gray(data, "x1", key_added="outcomes"),
    ):
        with pytest.raises(InputError, match="key_added"):
            call()
