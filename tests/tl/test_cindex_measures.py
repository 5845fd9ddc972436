"""What stands beside Harrell's c: other measures, added value, sample size, strata, scores; and input at fault."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.core import brier_score, check_sample_size, concordance_index, fit_cox, time_auc
from radiogenomics.core.fold_concordance import fold_concordance
from radiogenomics.tl._cindex_precision import Judged
from tests.tl._cohorts import cohort, simulated

QUICK = {"folds": 3, "repeats": 2, "bootstrap": 20, "rng": 0}


def test_test_patients_get_the_measures_of_the_core() -> None:
    obs = simulated(200, effect=0.8, seed=5)
    obs["split"] = np.where(np.arange(200) < 120, "training", "external")
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.combined_cindex(data, ["marker"], horizon=0.8, **QUICK)
    measures = rg.get.combined_cindex(data, table="measures")
    got = measures[(measures["split"] == "external") & (measures["model"] == "marker")].set_index("measure")["value"]
    x = pd.get_dummies(obs["marker"], drop_first=True, dtype=float).to_numpy()
    fit = fit_cox(x[:120], obs["time"][:120], obs["event"][:120], ridge=0.01)
    risk, test = np.round(x @ fit.coef, 9)[120:], obs[120:]
    uno = concordance_index(test["time"], test["event"], risk, method="uno", tau=0.8)
    assert got["uno_c"] == pytest.approx(uno.c, abs=1e-9)
    assert got["auc"] == pytest.approx(time_auc(test["time"], test["event"], risk, 0.8).auc[0], abs=1e-9)
    base = rg.core.baseline_hazard(x[:120], obs["time"][:120], obs["event"][:120], fit.coef, ties="breslow")
    at = np.linspace(0, 0.8, 51)
    hazard = np.append(0.0, base.hazard)[np.searchsorted(base.time, at, side="right")]
    survival = np.exp(-np.exp(x[120:] @ fit.coef)[:, None] * hazard)
    score = brier_score(test["time"], test["event"], survival, at).integrated
    assert got["integrated_brier"] == pytest.approx(score, rel=1e-6)
    assert 0 < got["explained_brier"] < 1


def test_a_true_marker_explains_and_noise_does_not() -> None:
    data = cohort(simulated(250, effect=0.9, seed=2))
    rg.tl.combined_cindex(data, ["marker", "noise"], repeats=3, bootstrap=100, rng=0)
    table = rg.get.combined_cindex(data, table="measures").pivot(index="model", columns="measure", values="value")
    assert table.loc["marker", "explained_brier"] > 0.05 > table.loc["noise", "explained_brier"] + 0.03
    assert table.loc["marker", ["uno_c", "auc"]].min() > 0.6
    assert table.loc["noise", ["uno_c", "auc"]].max() < 0.58
    differences = rg.get.combined_cindex(data, table="measure_differences").set_index(["model", "reference", "measure"])
    assert differences.loc[("marker + noise", "noise", "uno_c"), "lower"] > 0
    assert differences.loc[("marker + noise", "noise", "integrated_brier"), "difference"] < 0


def test_added_value_is_the_likelihood_ratio_test() -> None:
    obs = simulated(120, effect=0.5, seed=1)
    data = cohort(obs)
    rg.tl.combined_cindex(data, ["marker", "noise"], covariates="age", **QUICK)
    row = rg.get.combined_cindex(data, table="comparisons").set_index(["model", "reference"])
    marker, noise = (pd.get_dummies(obs[c], drop_first=True, dtype=float).to_numpy() for c in ("marker", "noise"))
    age = obs[["age"]].to_numpy()
    both, alone = (fit_cox(np.column_stack(x), obs["time"], obs["event"]).loglik[1]
                   for x in ([age, marker, noise], [age]))  # fmt: skip
    got = row.loc[("clinical + marker + noise", "clinical")]
    assert got["lr_statistic"] == pytest.approx(2 * (both - alone), rel=1e-6)
    assert got["lr_df"] == 3
    assert got["lr_p_value"] == pytest.approx(stats.chi2.sf(2 * (both - alone), 3), rel=1e-5)
    assert np.isnan(row.loc[("noise", "marker"), "lr_p_value"])
    assert row.loc[("noise", "marker"), "alternative"] == "two-sided"
    assert row.loc[("marker + noise", "marker"), "alternative"] == "greater"
    assert "apparent" in settings_of(data.uns["combined_cindex"])["lr_p_value"]


def test_sample_size_of_each_model() -> None:
    obs = simulated(100, effect=0.5, seed=1)
    data = cohort(obs)
    rg.tl.combined_cindex(data, ["marker", "noise"], **QUICK)
    table = rg.get.combined_cindex(data, table="sample_size").set_index("model")
    events = int(obs["event"].sum())
    assert table["n_parameters"].to_dict() == {"marker": 2, "noise": 1, "marker + noise": 3, "marker x noise": 5}
    assert table.loc["marker x noise", "n_needed"] == check_sample_size(100, events, 5).needed.n
    assert not table["enough"].any()


def test_scores_stand_for_groups() -> None:
    obs = simulated(150, effect=0.0, seed=0)
    rng = np.random.default_rng(0)
    obs["score"], obs["other"] = rng.normal(size=150), rng.normal(size=150)
    obs["time"] = rng.exponential(np.exp(-obs["score"]))
    data = cohort(obs)
    rg.tl.combined_cindex(data, ["score", "other"], **QUICK)
    models = rg.get.combined_cindex(data).set_index("model")
    assert models["n_parameters"].to_dict() == {"score": 1, "other": 1, "score + other": 2, "score x other": 3}
    assert models.loc["score", "c"] > 0.65
    obs["other"] = rng.integers(1, 4, 150)
    data = cohort(obs)
    rg.tl.combined_cindex(data, ["score", "other"], categorical=["other"], **QUICK)
    assert rg.get.combined_cindex(data).set_index("model").loc["other", "n_parameters"] == 2


def typed(n: int = 160) -> pd.DataFrame:
    """The marker tells the tumour type, which decides survival; within a type it says nothing."""
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 2, n)
    marker = np.where(rng.random(n) < 0.85, kind, 1 - kind)
    time, end = rng.exponential(np.exp(-2.0 * kind)), rng.exponential(1.5, n)
    obs = pd.DataFrame({"time": np.minimum(time, end), "event": (time <= end) * 1.0})
    obs["type"], obs["marker"] = (np.array(["low", "high"])[c] for c in (kind, marker))
    return obs


def test_a_stratum_takes_away_what_the_type_explains() -> None:
    data = cohort(typed())
    rg.tl.combined_cindex(data, ["marker"], **QUICK)
    ignored = rg.get.combined_cindex(data).loc[0, "c"]
    rg.tl.combined_cindex(data, ["marker"], strata="type", **QUICK)
    within = rg.get.combined_cindex(data).loc[0]
    assert ignored > 0.62
    assert abs(within["c"] - 0.5) < 0.06
    assert "each level of type on its own" in settings_of(data.uns["combined_cindex"])["estimand"]
    obs = data.obs
    code = (obs["type"] == "low").to_numpy().astype(int)
    x = (obs["marker"] == "low").to_numpy(dtype=float)
    fit = fit_cox(x, obs["time"], obs["event"], strata=code, ridge=0.01)
    apparent = concordance_index(obs["time"], obs["event"], x * fit.coef[0], strata=code).c
    assert within["apparent_c"] == pytest.approx(apparent)


def test_two_numbers_of_the_comparison_agree_with_each_other() -> None:
    """Interval and two-sided p-value come from one t distribution."""
    data = cohort(simulated(120, effect=0.6, seed=8))
    rg.tl.combined_cindex(data, ["marker", "noise"], repeats=4, bootstrap=200, rng=0)
    row = rg.get.combined_cindex(data, table="comparisons").set_index(["model", "reference"]).loc[("noise", "marker")]
    df = int(data.obs["event"].sum()) - 1
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["difference"]) / row["se"], df))
    assert row["upper"] - row["lower"] == pytest.approx(2 * stats.t.ppf(0.975, df) * row["se"])


def test_a_model_that_adds_nothing_to_the_ranking() -> None:
    obs = simulated(90, effect=0.6, seed=4)
    obs["copy"] = obs["marker"]
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match=r"'copy' is, in part or whole, a linear combination of \['marker'\]"):
        rg.tl.combined_cindex(data, ["marker", "copy"], interaction=False, **QUICK)
    row = rg.get.combined_cindex(data, table="comparisons").set_index(["model", "reference"])
    assert row.loc[("copy", "marker"), "p_value"] == 1
    assert row.loc[("marker + copy", "marker"), "lr_df"] == 0


def test_follow_up_at_fault() -> None:
    obs = simulated(80, effect=0.5, seed=0)
    with pytest.raises(InputError, match=r"P3.*expected a time, 0 or more"):
        rg.tl.combined_cindex(cohort(obs.assign(time=obs["time"].where(obs.index != "P3", -1.0))), ["marker"])
    with pytest.raises(DegenerateInputError, match="none of the 80 patients has an event"):
        rg.tl.combined_cindex(cohort(obs.assign(event=0.0)), ["marker"])
    with (
        pytest.warns(RadiogenomicsWarning, match="all 59 events are at one time, 5 days"),
        pytest.raises(DegenerateInputError, match="no patient is followed beyond the first event, at 5"),
    ):
        rg.tl.combined_cindex(cohort(obs.assign(time=5.0)), ["marker"])
    with pytest.raises(InputError, match=r"horizon: found 99; expected from .* \(first event\)"):
        rg.tl.combined_cindex(cohort(obs), ["marker"], horizon=99)
    zero = cohort(obs.assign(time=obs["time"].where(obs.index != "P3", 0.0)))
    with pytest.warns(RadiogenomicsWarning, match=r"1 patient\(s\) with a time of 0, . with the event \(P3\)"):
        rg.tl.combined_cindex(zero, ["marker"], **QUICK)
    assert (rg.get.combined_cindex(zero)["n"] == 80).all()


def test_columns_at_fault() -> None:
    obs = simulated(80, effect=0.5, seed=0)
    obs["twice"] = 2 * obs["age"] + 1
    with pytest.warns(RadiogenomicsWarning, match="'twice' is, in part or whole, a linear combination"):
        rg.tl.combined_cindex(cohort(obs), ["marker"], covariates=["age", "twice"], **QUICK)
    rng = np.random.default_rng(0)
    obs["many"], obs["more"] = rng.choice(list("abcdefgh"), 80), rng.choice(list("abcdefgh"), 80)
    few = obs.assign(event=obs["event"].where(np.arange(80) < 30, 0.0))
    with pytest.warns(RadiogenomicsWarning, match=r"fewer than the coefficients of many x more"):
        rg.tl.combined_cindex(cohort(few), ["many", "more"], **QUICK)
    with pytest.raises(InputError, match="which groupby also names"):
        rg.tl.combined_cindex(cohort(obs), ["marker"], strata="marker")
    with pytest.raises(InputError, match=r"repeats(.|\n)*at least 2"):
        rg.tl.combined_cindex(cohort(obs), ["marker"], repeats=1)


def test_events_in_one_group_only_and_separation() -> None:
    obs = simulated(90, effect=0.0, seed=0)
    one = obs.assign(event=obs["event"].where(obs["marker"] == "A", 0.0))
    data = cohort(one)
    with (
        pytest.warns(RadiogenomicsWarning, match="'marker': only group A has events; of B, C there is none"),
        pytest.warns(RadiogenomicsWarning, match="13 events are fewer than 10 for each coefficient"),
    ):
        rg.tl.combined_cindex(data, ["marker"], **QUICK)
    row = rg.get.combined_cindex(data).iloc[0]
    assert row["separated_fits"] == row["n_fits"]
    assert row["c"] > 0.6
    assert np.isfinite(rg.get.combined_cindex(data, table="measures")["value"]).all()


def test_brier_score_is_out_of_fold() -> None:
    obs = simulated(90, effect=0.8, seed=6)
    data = cohort(obs)
    rg.tl.combined_cindex(data, ["marker"], horizon=0.7, **QUICK)
    risks = rg.get.combined_cindex(data, table="risks")
    x = pd.get_dummies(obs["marker"], drop_first=True, dtype=float).to_numpy()
    time, event = obs["time"].to_numpy(), obs["event"].to_numpy()
    at = np.linspace(0, 0.7, 51)
    scores = []
    for _, own in risks.groupby("repeat"):
        fold = own.set_index("patient_id")["fold"].loc[obs.index].to_numpy()
        survival = np.empty((90, 51))
        for k in range(3):
            train = fold != k
            fit = fit_cox(x[train], time[train], event[train], ridge=0.01)
            base = rg.core.baseline_hazard(x[train], time[train], event[train], fit.coef, ties="breslow")
            hazard = np.append(0.0, base.hazard)[np.searchsorted(base.time, at, side="right")]
            survival[~train] = np.exp(-np.exp(x[~train] @ fit.coef)[:, None] * hazard)
        scores.append(brier_score(time, event, survival, at).integrated)
    got = rg.get.combined_cindex(data, table="measures").set_index("measure").loc["integrated_brier", "value"]
    assert got == pytest.approx(np.mean(scores), rel=1e-6)


def test_variance_has_its_three_parts() -> None:
    rng = np.random.default_rng(0)
    drawn, repeats = rng.normal(size=(50, 2)), rng.normal(size=(4, 2))
    drawn[3] = np.nan
    judged = Judged(repeats.mean(axis=0), drawn, repeats, overlap=5 / 4)
    difference, between = drawn[:, 1] - drawn[:, 0], repeats[:, 1] - repeats[:, 0]
    expected = np.nanvar(difference, ddof=1) * 5 / 4 + between.var(ddof=1)
    value, se = judged.of_difference(1, 0)
    assert value == pytest.approx(between.mean())
    assert se == pytest.approx(np.sqrt(expected))
    _, alone = judged.of_model(0)
    assert alone == pytest.approx(np.sqrt(np.nanvar(drawn[:, 0], ddof=1) * 5 / 4 + repeats[:, 0].var(ddof=1)))


def test_folds_that_overlap_widen_the_interval_and_test_patients_do_not() -> None:
    obs = simulated(120, effect=0.6, seed=7)
    obs["split"] = np.where(np.arange(120) < 60, "training", "external")
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.combined_cindex(data, ["marker"], folds=4, repeats=2, bootstrap=400, rng=0)
    models = rg.get.combined_cindex(data).set_index("split")
    own = rg.get.combined_cindex(data, table="risks")
    training = obs[:60]
    by_repeat, folds = [], []
    for _, rows in own.groupby("repeat"):
        rows = rows.set_index("patient_id").loc[training.index]
        by_repeat.append(rows["marker"].to_numpy())
        folds.append(rows["fold"].to_numpy())
    rng = np.random.default_rng(5)
    weights = rng.multinomial(60, np.full(60, 1 / 60), size=4000)
    risks = np.array(by_repeat)[None]
    drawn = fold_concordance(training["time"], training["event"], risks, folds, weights=weights)
    single = fold_concordance(training["time"], training["event"], risks, folds, per_repeat=True)[:, 0, 0]
    expected = np.sqrt(drawn.var() * 4 / 3 + single.var(ddof=1))
    assert models.loc["training", "se"] == pytest.approx(expected, rel=0.12)
    test = obs[60:]
    fit = fit_cox(pd.get_dummies(obs["marker"], drop_first=True, dtype=float)[:60], training["time"], training["event"])
    risk = pd.get_dummies(test["marker"], drop_first=True, dtype=float).to_numpy() @ fit.coef
    alone = fold_concordance(
        test["time"], test["event"], risk.round(9)[None, None], np.zeros((1, 60), dtype=int), weights=weights
    )
    assert models.loc["external", "se"] == pytest.approx(alone.std(), rel=0.12)
