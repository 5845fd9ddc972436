from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from radiogenomics._errors import InputError
from radiogenomics.core import baseline_hazard, brier_score, fit_cox
from radiogenomics.core.brier import brier_losses
from radiogenomics.core.survival_prediction import predicted_survival
from tests.core._survival_reference import data
from tests.core.test_concordance import uncensored_before


def follow_up(n: int = 80, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Untied times, a marker, and survival predicted from it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    time, end = rng.exponential(np.exp(-x)), rng.exponential(1.5, n)
    t, d = np.minimum(time, end), (time <= end).astype(float)
    at = np.quantile(t, np.linspace(0.1, 0.8, 12))
    return t, d, np.exp(-np.exp(0.8 * x)[:, None] * at), at


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("train", [False, True])
def test_equals_scikit_survival(seed: int, train: bool) -> None:
    metrics = pytest.importorskip("sksurv.metrics")
    util = pytest.importorskip("sksurv.util")
    t, d, survival, at = follow_up(seed=seed)
    reference = t, d
    if train:
        other = follow_up(150, seed=seed + 10)
        # scikit-survival asks for a training follow-up as long as the longest of those judged.
        reference = np.append(other[0], 50.0), np.append(other[1], 0.0)
    got = brier_score(t, d, survival, at, censoring=reference if train else None)
    own, training = (util.Surv.from_arrays(e.astype(bool), x) for x, e in ((t, d), reference))
    _, expected = metrics.brier_score(training, own, survival, at)
    assert_allclose(got.score, expected, rtol=1e-10)
    assert got.integrated == pytest.approx(metrics.integrated_brier_score(training, own, survival, at), rel=1e-10)


def test_naive_twin_with_ties() -> None:
    rng = np.random.default_rng(1)
    t, d = rng.integers(1, 8, 40).astype(float), rng.integers(0, 2, 40).astype(float)
    at, survival = np.array([2.0, 4.0, 6.0]), rng.random((40, 3))
    expected = np.zeros(3)
    for j, time in enumerate(at):
        for i in range(40):
            if t[i] <= time and d[i]:
                expected[j] += survival[i, j] ** 2 / uncensored_before(t, d, t[i]) / 40
            elif t[i] > time:
                just_after = uncensored_before(t, d, np.nextafter(time, 9))
                expected[j] += (1 - survival[i, j]) ** 2 / just_after / 40
    assert_allclose(brier_score(t, d, survival, at).score, expected, rtol=1e-12)
    losses = brier_losses(t, d, survival, at)
    assert_allclose(losses.mean(axis=0), expected, rtol=1e-12)
    strata = np.arange(40) % 2
    apart = brier_losses(t, d, survival, at, strata=strata)
    for s in (0, 1):
        rows = strata == s
        assert_allclose(apart[rows], brier_losses(t[rows], d[rows], survival[rows], at), rtol=1e-12)


def test_hand_counted() -> None:
    # Nobody censored: the plain mean of squared errors.
    got = brier_score([1, 2, 3, 4], [1, 1, 1, 1], [0.0, 0.5, 0.5, 1.0], [2.5])
    assert got.score == pytest.approx((0 + 0.25 + 0.25 + 0) / 4)
    assert np.isnan(got.integrated)
    assert brier_score([1, 2, 3, 4], [1, 1, 1, 1], np.full((4, 2), 0.5), [1.5, 2.5]).integrated == pytest.approx(0.25)


def test_predicted_survival_is_that_of_the_baseline_hazard() -> None:
    lung = data("lung")
    x, t, d = lung[["x1", "x2"]].to_numpy(float), lung["time"].to_numpy(float), lung["event"].to_numpy(float)
    train = np.ones((2, len(t)))
    train[1, ::3] = 0
    at = np.array([100.0, 300.0, 600.0])
    fits = [fit_cox(x, t, d, weights=w, ties="breslow") for w in train]
    got = predicted_survival(np.stack([x @ f.coef for f in fits]), t, d, train, at)
    for b, fit in enumerate(fits):
        hazard = baseline_hazard(x, t, d, fit.coef, weights=train[b], ties="breslow")
        until = np.append(0.0, hazard.hazard)[np.searchsorted(hazard.time, at, side="right")]
        assert_allclose(got[b], np.exp(-np.exp(x @ fit.coef)[:, None] * until), rtol=1e-9)
    strata = lung["stratum"].to_numpy() > 1
    apart = predicted_survival(np.stack([x @ f.coef for f in fits]), t, d, train, at, strata=strata.astype(int))
    only = predicted_survival((x @ fits[0].coef)[None, strata], t[strata], d[strata], train[:1, strata], at)
    assert_allclose(apart[0, strata], only[0])


def test_bad_input() -> None:
    t, d, survival, at = follow_up()
    with pytest.raises(InputError, match="increase"):
        brier_score(t, d, survival, at[::-1])
    with pytest.raises(InputError, match="the last follow-up"):
        brier_score(t, d, survival[:, :1], [t.max()])
    with pytest.raises(InputError, match=r"2 faults(.|\n)*columns(.|\n)*outside 0 to 1"):
        brier_score(t, d, survival[:, :3] + 1, at)
    with pytest.raises(InputError, match="censoring curve above 0"):
        brier_score(t, d, survival, at, censoring=([0.001, 0.002], [1, 0]))
