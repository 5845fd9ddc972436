"""Decision curves of stored predictions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

import radiogenomics as rg
from radiogenomics._cohort import frame_of
from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.tl._bands import band
from radiogenomics.tl._cindex_precision import Precision
from tests.tl._predicted import predicted


def test_net_benefit_is_that_of_core_and_averaged_over_repeats() -> None:
    data = predicted()
    at = [0.2, 0.4, 0.6]
    rg.tl.decision_curve(data, thresholds=at, bootstrap=50)
    curve = rg.get.decision_curve(data)
    table = frame_of(data.uns["signature"], "predictions")
    y = data.obs["finding"].astype(float)
    for estimate in ("held_out", "out_of_fold"):
        found = [
            rg.core.net_benefit(y[own["patient_id"]], own["probability"], at)
            for _, own in table[table["estimate"] == estimate].groupby("repeat")
        ]
        own = curve[curve["estimate"] == estimate]
        np.testing.assert_allclose(own["net_benefit"], np.mean([f.model[0] for f in found], axis=0))
        np.testing.assert_allclose(own["treat_all"], found[0].treat_all[0])
        np.testing.assert_allclose(own["reduction"], np.mean([f.reduction[0] for f in found], axis=0))
    assert ((curve["lower"] <= curve["net_benefit"]) & (curve["net_benefit"] <= curve["upper"])).all()
    summary = rg.get.decision_curve(data, table="summary").set_index("estimate")
    assert summary.loc["held_out", "prevalence"] == pytest.approx(y[data.obs["part"] == "external"].mean())


def test_survival_at_a_horizon() -> None:
    data = predicted()
    rg.tl.decision_curve(data, "risk", horizons=400, thresholds=[0.3, 0.5], bootstrap=30)
    table = frame_of(data.uns["risk"], "risks")
    own = table[(table["estimate"] == "held_out") & (table["horizon"] == 400)]
    time, event = (data.obs.loc[own["patient_id"], c].to_numpy(dtype=float) for c in ("time", "event"))
    expected = rg.core.survival_net_benefit(time, event, own["probability"], 400.0, [0.3, 0.5])
    curve = rg.get.decision_curve(data)
    found = curve[curve["estimate"] == "held_out"]
    np.testing.assert_allclose(found["net_benefit"], expected.model[0])
    assert set(curve["horizon"]) == {400.0}


def test_useful_thresholds_are_the_longest_run_with_a_gain() -> None:
    data = predicted(400, split=False)
    rg.tl.decision_curve(data, "chance", outcome="finding", bootstrap=20)
    summary, curve = (rg.get.decision_curve(data, table=name) for name in ("summary", "curve"))
    low, high = summary.loc[0, ["useful_from", "useful_to"]]
    inside = curve[curve["threshold"].between(low, high)]
    assert (inside["gain"] > 0).all()
    assert high - low > 0.4


def test_bad_input_and_short_follow_up() -> None:
    data = predicted()
    with pytest.raises(InputError, match="thresholds"):
        rg.tl.decision_curve(data, thresholds=[0.5, 1.0])
    with pytest.raises(InputError, match="values outside 0 to 1"):
        rg.tl.decision_curve(data, "marker", outcome="finding")
    with pytest.raises(InputError, match="is binary"):
        rg.tl.decision_curve(data, horizons=100)
    rg.tl.decision_curve(data, bootstrap=20)
    with pytest.raises(InputError, match="statistic"):
        rg.pl.decision_curve(data, statistic="benefit")  # type: ignore[arg-type]
    late = (data.obs["part"] == "external") & (data.obs["time"] > 350)
    data.obs.loc[late, "time"], data.obs.loc[late, "event"] = 350.0, 0
    with pytest.warns(RadiogenomicsWarning, match="follow-up ends at 350"):
        rg.tl.decision_curve(data, "risk", bootstrap=20)


@pytest.mark.parametrize("statistic", ["net_benefit", "standardised", "reduction"])
def test_figures(statistic: str) -> None:
    data = predicted()
    rg.tl.decision_curve(data, ["signature", "weak"], bootstrap=20)
    ax = rg.pl.decision_curve(data, statistic=statistic)  # type: ignore[arg-type]
    names = [t.get_text() for t in ax.get_legend().get_texts()]
    assert names[:3] == ["signature", "weak", "Treat everyone"]
    rg.tl.decision_curve(data, "risk", bootstrap=20, key_added="os")
    assert "by 400 days" in rg.pl.decision_curve(data, key="os", horizon=400).get_title(loc="left")


@pytest.mark.slow
def test_intervals_of_a_cross_validation_cover_what_such_models_bring() -> None:
    rng = np.random.default_rng(1)
    n, beta, at = 120, np.array([0.8, 0.5, 0.0, 0.0]), [0.3, 0.5]
    x0 = rng.normal(size=(20000, 4))
    y0 = (rng.random(20000) < expit(x0 @ beta - 0.3)).astype(float)
    truth, value, lower, upper = [], [], [], []
    for _ in range(200):
        x = rng.normal(size=(n, 4))
        y = (rng.random(n) < expit(x @ beta - 0.3)).astype(float)
        weights = rng.multinomial(n, np.full(n, 1 / n), size=200).astype(float)
        one, drawn = [], []
        for folds in stratified_folds(y, 5, 2, rng=rng):
            p = np.empty(n)
            for k in range(5):
                model = rg.core.fit_logistic(x[folds != k], y[folds != k])
                p[folds == k] = model.probability(x[folds == k])
            truth.append(rg.core.net_benefit(y0, model.probability(x0), at).model[0])
            one.append(rg.core.net_benefit(y, p, at).model[0])
            drawn.append(rg.core.net_benefit(y, p, at, weights=weights).model)
        found = band(np.array(one), np.mean(drawn, axis=0), Precision(int(y.sum()), 0.95))
        value.append(found.value)
        lower.append(found.lower)
        upper.append(found.upper)
    true = np.mean(truth, axis=0)
    assert np.mean(value, axis=0) == pytest.approx(true, abs=0.015)
    covered = ((np.array(lower) <= true) & (true <= np.array(upper))).mean(axis=0)
    assert covered == pytest.approx(0.95, abs=0.045)
