"""Lasso paths of logistic and Cox models."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import LassoPath, lasso_cox, lasso_cox_cv, lasso_logistic, lasso_logistic_cv
from radiogenomics.core import _lasso_kernels as kernels

REFERENCE = Path(__file__).parents[1] / "reference" / "lasso"


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "patients.csv")


def fitted(patients: pd.DataFrame, family: str, weighted: bool, alpha: float):
    """Path and its cross-validation."""
    x = patients.filter(regex=r"^f\d").to_numpy()
    w = patients["weight"].to_numpy() if weighted else None
    y = ("y",) if family == "binomial" else ("time", "event")
    outcome = tuple(patients[c].to_numpy() for c in y)
    fit, cv = (lasso_logistic, lasso_logistic_cv) if family == "binomial" else (lasso_cox, lasso_cox_cv)
    path = fit(x, *outcome, weights=w, l1_ratio=alpha)
    return path, cv(x, *outcome, patients["fold"], path, weights=w, l1_ratio=alpha)


@pytest.mark.parametrize("alpha", [1.0, 0.5])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", ["binomial", "cox"])
def test_numbers_are_those_of_glmnet(patients, family, weighted, alpha) -> None:
    path, cv = fitted(patients, family, weighted, alpha)

    def rows(name: str) -> pd.DataFrame:
        t = pd.read_csv(REFERENCE / name, skipinitialspace=True)
        same = t["weighted"].astype(str).str.strip().str.upper() == str(weighted).upper()
        return t[(t["family"].str.strip() == family) & same & (t["alpha"] == alpha)]

    for step, table in rows("paths.csv").groupby("step"):
        coef = table["coef"].to_numpy()
        if family == "binomial":
            assert path.intercept[step - 1] == pytest.approx(coef[0], abs=1e-6)
            coef = coef[1:]
        np.testing.assert_allclose(path.coef[step - 1] * path.scale, coef * path.scale, atol=1e-6)
        assert path.lambdas[step - 1] == pytest.approx(table["lambda"].iloc[0], rel=1e-8)
        assert path.deviance_ratio[step - 1] == pytest.approx(table["dev_ratio"].iloc[0], abs=1e-7)
    chosen = rows("chosen.csv")
    assert len(path.lambdas) == chosen["steps"].iloc[0]
    np.testing.assert_allclose(cv.deviance[:30], chosen["deviance"], rtol=2e-5)
    np.testing.assert_allclose(cv.se[:30], chosen["se"], rtol=2e-4)
    assert path.lambdas[cv.best] == pytest.approx(chosen["lambda_min"].iloc[0], rel=1e-8)
    assert path.lambdas[cv.one_se] == pytest.approx(chosen["lambda_1se"].iloc[0], rel=1e-8)


def logistic_gradient(x, y, w, intercept, beta) -> np.ndarray:
    return (w * (y - special.expit(intercept + x @ beta))) @ x / w.sum()


def cox_gradient(x, time, event, w, beta) -> np.ndarray:
    out, ratio = np.zeros(x.shape[1]), w * np.exp(x @ beta)
    for i in np.flatnonzero(event * w):
        at_risk = time >= time[i]
        out += w[i] * (x[i] - ratio[at_risk] @ x[at_risk] / ratio[at_risk].sum())
    return out / w.sum()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cox=st.booleans(), alpha=st.sampled_from([1.0, 0.7, 0.2]), wide=st.booleans())
def test_every_solution_is_the_minimum(seed, cox, alpha, wide) -> None:
    """The subgradient of a likelihood written in loops is 0 at the coefficients, ties and weights included."""
    random = np.random.default_rng(seed)
    n, p = 40, 80 if wide else 12
    x = random.normal(size=(n, p)) + random.normal(size=(n, 1))
    x[:, 3] = x[:, 4]  # two columns alike
    w = random.uniform(0.2, 3, n) * (random.random(n) < 0.9)
    time, event = np.ceil(8 * random.exponential(size=n) * np.exp(-x[:, 0])), (random.random(n) < 0.7).astype(float)
    y = (random.random(n) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(float)
    time[0], event[0], y[:2], w[:2] = 0.5, 1.0, (0, 1), 1.0
    path = lasso_cox(x, time, event, weights=w, l1_ratio=alpha) if cox else lasso_logistic(
        x, y, weights=w, l1_ratio=alpha
    )  # fmt: skip
    center = w @ x / w.sum()
    z = (x - center) / path.scale
    for s in range(0, len(path.lambdas), 7):
        beta, lam = path.coef[s] * path.scale, path.lambdas[s]
        shift = path.intercept[s] + path.coef[s] @ center
        g = cox_gradient(z, time, event, w, beta) if cox else logistic_gradient(z, y, w, shift, beta)
        g -= lam * (1 - alpha) * beta
        on = beta != 0
        np.testing.assert_allclose(g[on], lam * alpha * np.sign(beta[on]), atol=2e-5 * lam)
        assert (np.abs(g[~on]) <= lam * alpha * (1 + 2e-5)).all()


def test_one_column_solved_by_bisection() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=60)
    y = (random.random(60) < 1 / (1 + np.exp(-x))).astype(float)
    z = (x - x.mean()) / x.std()

    def slope(beta: float, lam: float) -> float:
        low, high = -20.0, 20.0
        for _ in range(100):  # intercept for this beta
            mid = (low + high) / 2
            low, high = (mid, high) if (y - 1 / (1 + np.exp(-mid - z * beta))).sum() > 0 else (low, mid)
        return float(logistic_gradient(z[:, None], y, np.ones(60), low, np.array([beta]))[0] - lam)

    low, high = 0.0, 10.0
    for _ in range(100):
        mid = (low + high) / 2
        low, high = (mid, high) if slope(mid, 0.05) > 0 else (low, mid)
    assert lasso_logistic(x[:, None], y, lambdas=[0.05]).coef[0, 0] * x.std() == pytest.approx(low, abs=1e-7)


def test_whole_weights_are_repeated_patients() -> None:
    random = np.random.default_rng(5)
    x, w = random.normal(size=(30, 50)), random.integers(0, 4, 30)
    time, event, y = random.exponential(size=30).round(1) + 0.1, np.arange(30) % 3 > 0, np.arange(30) % 2
    again = np.repeat(np.arange(30), w)
    at = {"lambdas": [0.2, 0.1, 0.05]}
    cox = lasso_cox(x, time, event, weights=w, **at), lasso_cox(x[again], time[again], event[again], **at)
    logistic = lasso_logistic(x, y, weights=w, **at), lasso_logistic(x[again], y[again], **at)
    for one, two in (cox, logistic):
        np.testing.assert_allclose(one.coef, two.coef, atol=1e-8)


def test_units_and_constant_columns() -> None:
    random = np.random.default_rng(6)
    x, y = random.normal(size=(50, 8)), np.arange(50) % 2
    scale = 10.0 ** np.arange(-4, 4)
    plain = lasso_logistic(x, y)
    other = lasso_logistic(np.column_stack([x * scale + 3 * scale, np.full(50, 7.0)]), y)
    np.testing.assert_allclose(other.coef[:, :8] * scale, plain.coef, atol=1e-7)
    assert not other.coef[:, 8].any()
    assert other.scale[8] == 0


def test_path_between_its_penalties() -> None:
    path = LassoPath(
        np.array([4.0, 2.0, 1.0]), np.array([[0.0], [2.0], [8.0]]), np.array([1.0, 2, 3]), np.zeros(3), np.ones(1)
    )
    coef, intercept = path.at([9.0, 4.0, 3.0, 1.5, 1.0, 0.1])
    assert coef.ravel() == pytest.approx([0, 0, 1, 5, 8, 8])
    assert intercept == pytest.approx([1, 1, 1.5, 2.5, 3, 3])


def test_left_out_patients_beyond_all_others_have_a_deviance() -> None:
    """A count that is zero in most patients: hazard ratios of the left-out one beyond what numbers can hold."""
    random = np.random.default_rng(8)
    x = random.normal(size=(60, 5))
    x[:, 1] = np.where(np.arange(60) < 6, 1e-3 * random.random(60), 0.0)
    x[6, 1] = 10.0
    time, event = random.exponential(np.exp(-x[:, 0] - 2000 * x[:, 1].clip(max=1e-3))), np.ones(60)
    found = lasso_cox_cv(x, time, event, np.arange(60) % 5, lasso_cox(x, time, event))
    assert np.isfinite(found.deviance).all()
    assert found.deviance.max() > 1000
    assert np.isfinite(found.se).all()


def test_log_likelihood_of_far_hazards_is_that_of_exact_sums() -> None:
    random = np.random.default_rng(9)
    n = 12
    eta = random.normal(size=(3, n)) * [[1.0], [300.0], [3000.0]]
    y, w = (random.random(n) < 0.6).astype(float), np.where(np.arange(n) == 4, 0.0, random.random(n))
    starts = np.array([0, 1, 3, 4, 8, 9, n])  # blocks of tied times, late to early
    expected = np.zeros(3)
    for first, end in itertools.pairwise(starts):
        deaths = w[first:end] * y[first:end]
        at_risk = special.logsumexp(eta[:, :end], b=w[:end], axis=1)
        expected += eta[:, first:end] @ deaths - deaths.sum() * at_risk
    np.testing.assert_allclose(kernels.log_likelihoods(eta, y, w, starts), expected, rtol=1e-12)


def test_bad_input_is_named() -> None:
    random = np.random.default_rng(7)
    x, y = random.normal(size=(20, 3)), np.arange(20) % 2
    with pytest.raises(InputError, match=r"3 faults[\s\S]*l1_ratio[\s\S]*n_lambdas[\s\S]*x"):
        lasso_logistic(x * np.nan, y, l1_ratio=0, n_lambdas=1)
    with pytest.raises(InputError, match="above 0"):
        lasso_cox(x, np.ones(20), y, lambdas=[0.1, 0])
    with pytest.raises(InputError, match="0 or 1"):
        lasso_logistic(x, y + 1)
    with pytest.raises(DegenerateInputError, match="one class"):
        lasso_logistic(x, y * 0)
    with pytest.raises(DegenerateInputError, match="no events"):
        lasso_cox(x, np.ones(20), y * 0)
    with pytest.raises(DegenerateInputError, match="3 columns that are constant"):
        lasso_cox(x * 0, np.arange(20), y)
    path = lasso_cox(x, np.arange(20), y)
    with pytest.raises(DegenerateInputError, match="fold 1 of 2 without events"):
        lasso_cox_cv(x, np.arange(20), y, 1 - y, path)
    binary = lasso_logistic(x, y)
    with pytest.raises(DegenerateInputError, match="only one class"):
        lasso_logistic_cv(x, y, y, binary)
    with pytest.raises(InputError, match="two or more"):
        lasso_logistic_cv(x, y, np.zeros(20), binary)
