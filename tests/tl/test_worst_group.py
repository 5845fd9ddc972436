"""The worst group: Cox hazard against all others, only among groups large enough."""

from __future__ import annotations

import numpy as np
import pytest

from radiogenomics._errors import DegenerateGroupsError
from radiogenomics.tl._worst_group import worst_group


def _worst(data, **changed):
    settings = {"outcome": None, "rows": np.ones(data.n_obs, dtype=bool), "min_patients": 10, "min_events": 5}
    return worst_group(data, "risk", **(settings | changed))


def test_hazard_ratios_agree_with_lifelines(planted):
    from lifelines import CoxPHFitter

    name, table = _worst(planted.cohort)
    assert name == "C"
    obs = planted.cohort.obs.dropna(subset=["risk"])
    for row in table.itertuples():
        inside = obs["risk"] == row.group
        frame = obs[["days", "event"]].assign(inside=inside.astype(float))
        fit = CoxPHFitter().fit(frame, "days", "event")
        assert row.hr == pytest.approx(fit.hazard_ratios_["inside"], rel=1e-4)
        assert row.lower == pytest.approx(np.exp(fit.confidence_intervals_.iloc[0, 0]), rel=1e-3)
        assert (row.n, row.events) == (inside.sum(), obs.loc[inside, "event"].sum())
    assert table["eligible"].all()


def test_small_groups_are_not_eligible(planted):
    obs = planted.cohort.obs
    # A tiny group in which everyone relapses at once must not win.
    rows = obs.index[(obs["event"] == 1) & (obs["risk"] == "A")][:4]
    obs["risk"] = obs["risk"].astype(object)
    obs.loc[rows, "risk"] = "D"
    obs.loc[rows, "days"] = 1.0
    name, table = _worst(planted.cohort)
    assert name == "C"
    tiny = table.set_index("group").loc["D"]
    assert tiny["hr"] > table.set_index("group").loc["C", "hr"]
    assert not tiny["eligible"]
    assert "fewer than 10 patients" in tiny["reason"]


def test_no_group_is_large_enough(planted):
    with pytest.raises(
        DegenerateGroupsError, match=r"no group of at least 50 patients.*C: 29 patients.*lower min_patients"
    ):
        _worst(planted.cohort, min_patients=50)


def test_all_events_in_one_group_still_give_a_finite_hazard(planted):
    obs = planted.cohort.obs
    obs["event"] = ((obs["event"] == 1) & (obs["risk"] == "C")).astype(int)
    name, table = _worst(planted.cohort)
    assert name == "C"
    worst = table.set_index("group").loc["C"]
    assert np.isfinite(worst["hr"])
    assert worst["hr"] > 5
    assert not table.set_index("group").loc["A", "eligible"]


def test_a_worst_group_that_does_no_worse_is_refused(planted):
    obs = planted.cohort.obs
    obs["risk"] = obs["risk"].astype(object)
    # The group of early relapses falls apart into pieces too small to be chosen.
    worst = obs.index[obs["risk"] == "C"]
    for i, patient in enumerate(worst):
        obs.loc[patient, "risk"] = f"C{i % 5}"
    with pytest.raises(DegenerateGroupsError, match=r"does no worse than the other patients.*Name the group"):
        _worst(planted.cohort)


def test_only_the_rows_asked_for(planted):
    rows = np.arange(planted.cohort.n_obs) < 60
    _, table = _worst(planted.cohort, rows=rows)
    assert table["n"].sum() == planted.cohort.obs["risk"].iloc[:60].notna().sum()
