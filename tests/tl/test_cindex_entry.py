"""The comparison of c-indices under delayed entry, beside R's survival, and from a landmark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics.core.concordance import concordance_index
from radiogenomics.core.fold_concordance import fold_concordance
from tests.tl._cohorts import cohort, simulated

FOLDER = Path(__file__).parents[1] / "reference" / "cindex_entry"
QUICK = {"folds": 3, "repeats": 2, "bootstrap": 20, "rng": 0}


@pytest.fixture
def mgus() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "mgus.csv")


@pytest.fixture
def values() -> pd.Series:
    return pd.read_csv(FOLDER / "values.csv").set_index("name")["value"].astype(float)


def test_pairs_are_those_under_observation_at_the_event(mgus: pd.DataFrame, values: pd.Series) -> None:
    risk, n = mgus["creat"].to_numpy()[None, None], len(mgus)
    for name, folds in (("whole", np.zeros(n, dtype=int)), ("folds", mgus["fold"].to_numpy())):
        got = fold_concordance(mgus["time"], mgus["event"], risk, folds[None], entry=mgus["entry"])
        assert got[0, 0] == pytest.approx(values[name], rel=1e-9)
        assert abs(got - fold_concordance(mgus["time"], mgus["event"], risk, folds[None]))[0, 0] > 1e-3


def test_c_and_its_standard_error_equal_r(mgus: pd.DataFrame, values: pd.Series) -> None:
    weight = 0.5 + (np.arange(1, len(mgus) + 1) * 5) % 4
    for name, given in {
        "whole": {}, "folds": {"strata": mgus["fold"]}, "weighted": {"strata": mgus["fold"], "weights": weight}
    }.items():  # fmt: skip
        got = concordance_index(mgus["time"], mgus["event"], mgus["creat"], entry=mgus["entry"], **given)
        assert [got.c, got.se] == pytest.approx([values[name], values[f"se {name}"]], rel=1e-9)
    rng = np.random.default_rng(0)
    for _ in range(20):  # as pairs walked one by one, with many ties
        n = 40
        entry = rng.integers(0, 4, n) * 1.0
        time, event, risk = entry + rng.integers(1, 5, n), rng.integers(0, 2, n), rng.integers(0, 4, n) * 1.0
        walked = fold_concordance(time, event, risk[None, None], np.zeros((1, n), dtype=int), entry=entry)
        assert concordance_index(time, event, risk, entry=entry).c == pytest.approx(walked[0, 0], rel=1e-12)
    with pytest.raises(InputError, match="none with method='uno'"):
        concordance_index([1, 2], [1, 1], [1.0, 0.0], entry=[0, 0], method="uno")


def test_the_c_index_of_a_cox_model_equals_r(mgus: pd.DataFrame, values: pd.Series) -> None:
    data = cohort(mgus, unit="years")
    data.uns["split"] = {"column": "split"}
    for terms, variables in {"sex": ["sex"], "hgb": ["hgb"], "sex + hgb": ["sex", "hgb"]}.items():
        rg.tl.cox(data, variables, entry="entry")
        fit = rg.get.cox(data, table="fit").set_index("split")
        own = [values[f"apparent {terms}"], values[f"se apparent {terms}"]]
        assert fit.loc["training", ["c", "c_se"]].tolist() == pytest.approx(own, rel=1e-6)
        assert fit.loc["external", "c"] == pytest.approx(values[f"test {terms}"], rel=1e-6)
        assert fit["note"].isna().all()


def test_test_patients_without_a_comparable_pair_have_a_note() -> None:
    obs = simulated(60, effect=0.5, seed=1)
    obs["split"] = ["external"] * 2 + ["training"] * 58
    obs.iloc[:2, [obs.columns.get_loc("time"), obs.columns.get_loc("event")]] = [[1.0, 0.0], [2.0, 1.0]]
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.cox(data, ["age"])
    fit = rg.get.cox(data, table="fit").set_index("split")
    assert np.isnan(fit.loc["external", "c"])
    assert "it is known whose event comes first" in fit.loc["external", "note"]


def test_counted_by_hand() -> None:
    # The event at 2 finds the second (entered at 1) at risk, not the third (entered at 2, after the event).
    time, event, entry = [2.0, 5.0, 6.0], [1, 0, 0], [0.0, 1.0, 2.0]
    for risk, c in (([2.0, 1.0, 9.0], 1.0), ([0.0, 1.0, -9.0], 0.0)):
        assert fold_concordance(time, event, [[risk]], [[0, 0, 0]], entry=entry)[0, 0] == c


def test_fits_and_c_equal_r(mgus: pd.DataFrame, values: pd.Series) -> None:
    data = cohort(mgus, unit="years")
    data.uns["split"] = {"column": "split"}
    with pytest.warns(RadiogenomicsWarning, match="no Uno's c, AUC.*of the (training|external) patients"):
        rg.tl.combined_cindex(data, ["sex", "hgb"], entry="entry", ridge=1e-9, **QUICK)
    models = rg.get.combined_cindex(data).set_index(["split", "model"])
    for model, terms in {"sex": "sex", "hgb": "hgb", "sex + hgb": "sex + hgb", "sex x hgb": "sex * hgb"}.items():
        assert models.loc[("external", model), "c"] == pytest.approx(values[f"test {terms}"], rel=1e-6)
        assert models.loc[("training", model), "apparent_c"] == pytest.approx(values[f"apparent {terms}"], rel=1e-6)
    rows = rg.get.combined_cindex(data, table="comparisons").set_index(["split", "model", "reference"])
    assert rows.loc[("training", "sex + hgb", "sex"), "lr_statistic"] == pytest.approx(
        values["lr sex + hgb / sex"], rel=1e-6
    )
    assert rg.get.combined_cindex(data, table="measures")["value"].isna().all()
    assert settings_of(data.uns["combined_cindex"])["entry"] == "entry"


def test_entry_that_keeps_everyone_out_of_nothing_changes_nothing() -> None:
    obs = simulated(80, effect=0.8, seed=1).assign(start=0.0)
    with pytest.warns(RadiogenomicsWarning, match="not defined under delayed entry"):
        rg.tl.combined_cindex(late := cohort(obs), ["marker"], entry="start", **QUICK)
    rg.tl.combined_cindex(early := cohort(obs), ["marker"], **QUICK)
    for table in ("models", "comparisons", "risks"):
        pd.testing.assert_frame_equal(
            rg.get.combined_cindex(late, table=table), rg.get.combined_cindex(early, table=table)
        )


def test_a_landmark_is_a_later_origin_of_time() -> None:
    obs = simulated(120, effect=0.8, seed=2)
    rg.tl.combined_cindex(data := cohort(obs), ["marker"], landmark=0.1, **QUICK)
    over = obs["time"] <= 0.1
    rg.tl.combined_cindex(alone := cohort(obs[~over].assign(time=obs["time"] - 0.1)), ["marker"], **QUICK)
    pd.testing.assert_frame_equal(rg.get.combined_cindex(data), rg.get.combined_cindex(alone))
    left_out = rg.get.combined_cindex(data, table="left_out")
    assert len(left_out) == over.sum() > 0
    assert left_out["reason"].str.startswith("follow-up ended by the landmark (0.1").all()


def test_refused_by_name() -> None:
    obs = simulated(80, effect=0.5, seed=0).assign(start=0.0)
    with pytest.raises(InputError, match="Brier score, none of which is given with delayed entry"):
        rg.tl.combined_cindex(cohort(obs), ["marker"], entry="start", horizon=0.5, **QUICK)
    with pytest.raises(InputError, match="Uno's c are those of patients followed from the start"):
        fold_concordance([1, 2], [1, 1], [[[1.0, 0.0]]], [[0, 0]], entry=[0, 0], method="uno")
