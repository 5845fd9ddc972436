from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.core import fit_cox, fit_cox_batch
from tests.core._survival_reference import DATA, data, follow_up, table, values


def columns_of(name: str, strata: str) -> list[str]:
    # The lung strata are the second column itself.
    return ["x1", "x3"] if (name, strata) == ("lung", "stratum") else ["x1", "x2", "x3"]


def naive_loglik(beta, x, time, event, *, entry=None, ties="efron", weights=None, strata=None):
    """Log partial likelihood and information, term by term."""
    n, p = x.shape
    entry = np.full(n, -np.inf) if entry is None else entry
    weights = np.ones(n) if weights is None else weights
    strata = np.zeros(n) if strata is None else strata
    risk = weights * np.exp(x @ beta)
    loglik, information = 0.0, np.zeros((p, p))
    for s in np.unique(strata):
        for t in np.unique(time[(event == 1) & (strata == s)]):
            at_risk = (time >= t) & (entry < t) & (strata == s)
            dead = np.flatnonzero((time == t) & (event == 1) & (strata == s) & (weights > 0))
            if not len(dead):
                continue
            loglik += weights[dead] @ (x[dead] @ beta)
            for r in range(len(dead)):
                share = at_risk * risk
                if ties == "efron":
                    share[dead] *= 1 - r / len(dead)
                share_sum = share.sum()
                loglik -= weights[dead].mean() * np.log(share_sum)
                mean = share @ x / share_sum
                information += weights[dead].mean() * ((x.T * share) @ x / share_sum - np.outer(mean, mean))
    return loglik, information


def simulated(n=60, p=3, seed=0, ties=True, delayed=False):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    time = rng.exponential(size=n) * np.exp(-0.6 * x[:, 0]) * 8
    time = np.ceil(time) if ties else time
    event = (rng.random(n) < 0.7).astype(int)
    event[0] = 1
    extra = {"entry": time * rng.random(n) * 0.7 - 0.1} if delayed else {}
    return x, time, event, extra


class TestAgainstR:
    @pytest.mark.parametrize(
        ("name", "ties", "weights", "strata"),
        list(product(DATA, ("efron", "breslow"), ("none", "weight"), ("none", "stratum"))),
    )
    def test_coxph(self, name, ties, weights, strata):
        ours = table("cox").query(
            "data == @name and ties == @ties and weights == @weights and strata == @strata and ridge == 0"
        )
        frame = data(name)
        fit = fit_cox(
            frame[columns_of(name, strata)],
            **follow_up(name),
            ties=ties,
            weights=None if weights == "none" else frame["weight"],
            strata=None if strata == "none" else frame["stratum"],
        )
        assert fit.converged
        assert_allclose(fit.coef, values(ours, "coef"), rtol=1e-7)
        assert_allclose(fit.se, values(ours, "se"), rtol=1e-7)
        assert_allclose(fit.covariance[0], values(ours, "covariance_first"), rtol=1e-6)
        assert_allclose(fit.loglik, values(ours, "loglik_null")[:1].tolist() + values(ours, "loglik")[:1].tolist())
        assert_allclose(fit.score.statistic, values(ours, "score")[0], rtol=1e-7)
        assert_allclose(fit.wald.statistic, values(ours, "wald")[0], rtol=1e-6)
        assert_allclose(fit.likelihood_ratio.statistic, values(ours, "lr")[0], rtol=1e-6)

    @pytest.mark.parametrize(("name", "ridge"), list(product(DATA, (0.5, 20.0))))
    def test_ridge(self, name, ridge):
        ours = table("cox").query("data == @name and ridge == @ridge")
        fit = fit_cox(data(name)[["x1", "x2", "x3"]], **follow_up(name), ridge=ridge)
        assert_allclose(fit.coef, values(ours, "coef"), rtol=1e-6)
        assert_allclose(fit.se, values(ours, "se"), rtol=1e-6)
        assert_allclose(fit.loglik[1], values(ours, "loglik")[0], rtol=1e-8)
        assert (fit.likelihood_ratio, fit.wald, fit.score) == (None, None, None)


class TestAgainstNaiveTwin:
    @pytest.mark.parametrize(("ties", "delayed"), list(product(("efron", "breslow"), (False, True))))
    @pytest.mark.parametrize("seed", range(3))
    def test_likelihood_and_information(self, ties, delayed, seed):
        x, time, event, extra = simulated(seed=seed, delayed=delayed)
        rng = np.random.default_rng(seed)
        weights, strata = rng.random(len(x)) + 0.2, rng.integers(0, 2, len(x))
        fit = fit_cox(x, time, event, ties=ties, weights=weights, strata=strata, **extra)
        naive = naive_loglik(fit.coef, x, time, event, ties=ties, weights=weights, strata=strata, **extra)
        assert_allclose(fit.loglik[1], naive[0], rtol=1e-12)
        assert_allclose(np.linalg.inv(fit.covariance), naive[1], rtol=1e-9)

    @pytest.mark.parametrize(("ties", "delayed"), list(product(("efron", "breslow"), (False, True))))
    def test_firth_maximises_the_penalised_likelihood(self, ties, delayed):
        x, time, event, extra = simulated(n=40, p=2, seed=5, delayed=delayed)
        fit = fit_cox(x, time, event, ties=ties, penalty="firth", **extra)

        def objective(beta):
            loglik, information = naive_loglik(beta, x, time, event, ties=ties, **extra)
            return -(loglik + 0.5 * np.linalg.slogdet(information)[1])

        best = minimize(objective, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13})
        assert_allclose(fit.coef, best.x, rtol=1e-6, atol=1e-7)
        information = naive_loglik(best.x, x, time, event, ties=ties, **extra)[1]
        assert_allclose(fit.se, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-6)
        assert_allclose(fit.loglik, (-objective(np.zeros(2)), -best.fun), rtol=1e-9)
        assert_allclose(fit.likelihood_ratio.statistic, 2 * (objective(np.zeros(2)) - best.fun), rtol=1e-6)


class TestBatch:
    @pytest.mark.parametrize("penalty", [None, "firth"])
    def test_equals_single_fits(self, penalty):
        x, time, event, extra = simulated(n=50, delayed=True)
        rng = np.random.default_rng(1)
        weights = rng.multinomial(50, np.full(50, 1 / 50), size=6).astype(float)
        strata = rng.integers(0, 2, 50)
        batch = fit_cox_batch(x, time, event, weights, strata=strata, penalty=penalty, **extra)
        for row, coef, converged in zip(weights, *batch, strict=True):
            fit = fit_cox(x, time, event, weights=row, strata=strata, penalty=penalty, **extra)
            assert converged
            assert_allclose(coef, fit.coef, rtol=1e-7)

    def test_folds_equal_fits_on_the_training_patients(self):
        x, time, event, _ = simulated(n=50)
        training = np.arange(50) % 5 != 0
        coef, converged = fit_cox_batch(x, time, event, training[None].astype(float))
        assert converged.all()
        assert_allclose(coef[0], fit_cox(x[training], time[training], event[training]).coef, rtol=1e-8)

    def test_samples_that_cannot_be_fitted_are_marked(self):
        x, time, event, _ = simulated(n=30)
        x[:, 1] = np.arange(30) < 5
        no_events, constant = (event == 0).astype(float), (np.arange(30) >= 5).astype(float)
        coef, converged = fit_cox_batch(x, time, event, np.array([no_events, constant, np.ones(30)]))
        assert converged.tolist() == [False, False, True]
        assert np.isnan(coef[:2]).all()


def test_hand_counted():
    # Two patients, the one with x = 1 first, and one more: l(b) = b - log(2 e^b + 1) + 0 - log(e^b + 1).
    fit = fit_cox([1.0, 0.0, 1.0], [1, 2, 3], [1, 1, 0])
    assert_allclose(fit.loglik[0], -np.log(3) - np.log(2))
    odds = np.exp(fit.coef[0])
    assert_allclose(1 - 2 * odds / (2 * odds + 1) - odds / (odds + 1), 0, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-6, 1e6), shift=st.floats(-1e3, 1e3))
def test_scale_shift_and_order_do_not_matter(seed, scale, shift):
    x, time, event, _ = simulated(n=40, p=2, seed=seed)
    fit = fit_cox(x, time, event)
    order = np.random.default_rng(seed).permutation(40)
    moved = fit_cox((x * scale + shift * scale)[order], time[order] * 3, event[order])
    assert_allclose(moved.coef * scale, fit.coef, rtol=1e-6, atol=1e-8)
    assert_allclose(moved.loglik, fit.loglik, rtol=1e-9)


def test_whole_weights_with_breslow_are_copies():
    x, time, event, _ = simulated(n=40)
    times = np.random.default_rng(0).integers(0, 4, 40)
    weighted = fit_cox(x, time, event, weights=times, ties="breslow")
    copied = fit_cox(np.repeat(x, times, 0), np.repeat(time, times), np.repeat(event, times), ties="breslow")
    assert_allclose(weighted.coef, copied.coef, rtol=1e-9)
    assert_allclose(weighted.loglik, copied.loglik)


class TestSeparation:
    def test_named_and_firth_is_finite(self):
        x, time, event, _ = simulated(n=80)
        x[:, 1] = np.where(event == 1, 0, np.arange(80) % 2)
        with pytest.warns(RadiogenomicsWarning, match=r"coefficient of column 1 runs to infinity.*penalty='firth'"):
            fit = fit_cox(x, time, event)
        assert not fit.converged
        assert fit.diverging == (1,)
        firth = fit_cox(x, time, event, penalty="firth")
        assert firth.converged
        assert np.abs(firth.coef).max() < 10

    def test_a_level_without_events_as_reference_names_all_its_columns(self):
        rng = np.random.default_rng(3)
        level = np.repeat([0, 1, 2], 20)
        x = np.column_stack([level == 1, level == 2, rng.normal(size=60)]).astype(float)
        event = np.where(level == 0, 0, 1)
        with pytest.warns(RadiogenomicsWarning, match="columns 0, 1 runs"):
            assert fit_cox(x, rng.exponential(size=60), event).diverging == (0, 1)

    def test_perfect_order(self):
        with pytest.warns(RadiogenomicsWarning, match="infinity"):
            assert not fit_cox(np.arange(10.0), np.arange(10, 0, -1), np.ones(10)).converged

    @pytest.mark.parametrize("effect", [4.0, 8.0])
    def test_strong_but_finite_effects_converge(self, effect):
        rng = np.random.default_rng(8)
        x = rng.normal(size=(300, 2))
        time = rng.exponential(size=300) * np.exp(-effect * x[:, 0])
        fit = fit_cox(x, time, np.ones(300))
        assert fit.converged
        assert_allclose(fit.coef[0], effect, rtol=0.2)

    def test_rare_level_with_a_finite_effect_converges(self):
        x, time, event, _ = simulated(n=300, p=2)
        x[:, 1] = np.arange(300) < 3
        event[:3] = 1, 0, 0
        assert fit_cox(x, time, event).converged


class TestBadInput:
    def test_all_faults_at_once(self):
        with pytest.raises(InputError) as caught:
            fit_cox([[1.0], [np.nan], [2.0]], [1, -2, np.nan], [1, 2, 0], weights=[1, 1, -1], ties="exact")
        text = str(caught.value)
        assert "5 faults" in text
        for part in ("'x[:, 0]'", "'time'", "positions 1, 2 (2 of 3)", "'event'", "'weights'", "'ties'"):
            assert part in text

    @pytest.mark.parametrize(
        ("change", "match"),
        [
            ({"entry": [0, 5, 0, 0]}, "entry before time"),
            ({"strata": ["a", None, "b", "a"]}, "no label at position 1"),
            ({"weights": [1, 1]}, "2 values; expected 4"),
            ({"ridge": -1.0}, "ridge"),
            ({"ridge": 1.0, "penalty": "firth"}, "one of the two"),
            ({"penalty": "lasso"}, "firth"),
            ({"x": ["a", "b", "c", "d"]}, "not numbers"),
            ({"x": np.zeros((3, 2))}, r"shape \(3, 2\)"),
            ({"time": [1, 2, 3, np.inf]}, "finite time"),
        ],
    )
    def test_named(self, change, match):
        arguments = {"x": [0.1, 0.5, -1.0, 2.0], "time": [1, 5, 3, 4], "event": [1, 0, 1, 1]} | change
        with pytest.raises(InputError, match=match):
            fit_cox(**arguments)

    def test_no_events(self):
        with pytest.raises(DegenerateInputError, match="no events among 3 patients"):
            fit_cox([1.0, 2.0, 3.0], [1, 2, 3], [0, 0, 0])

    def test_only_events_of_weight_zero(self):
        with pytest.raises(DegenerateInputError, match="no events"):
            fit_cox([1.0, 2.0, 3.0], [1, 2, 3], [1, 0, 0], weights=[0, 1, 1])

    def test_constant_and_collinear_columns_are_named(self):
        x, time, event, _ = simulated()
        wide = np.column_stack([x, np.full(60, 7.0), x[:, 0] - 3 * x[:, 2] + 5])
        with pytest.raises(DegenerateInputError, match=r"x\[:, 3\].*one value for all patients"):
            fit_cox(wide, time, event)
        with pytest.raises(DegenerateInputError, match=r"x\[:, 3\].*linear combination of columns 0, 2"):
            fit_cox(wide[:, [0, 1, 2, 4]], time, event)
        assert fit_cox(wide[:, [0, 1, 2, 4]], time, event, ridge=0.1).converged

    def test_column_fixed_within_strata(self):
        x, time, event, _ = simulated()
        stratum = np.arange(60) % 2
        with pytest.raises(DegenerateInputError, match=r"x\[:, 0\].*every set of patients at risk"):
            fit_cox(np.column_stack([stratum, x]), time, event, strata=stratum)

    def test_last_patient_alone_at_risk(self):
        with pytest.raises(DegenerateInputError):
            fit_cox([1.0, 2.0, 3.0], [1, 2, 3], [0, 0, 1])
