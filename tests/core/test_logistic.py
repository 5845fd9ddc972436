"""fit_logistic and logistic_profile: equal to R's glm and logistf; separation, collinearity and bad input named."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.core import fit_logistic, logistic_profile

REFERENCE = Path(__file__).parents[1] / "reference" / "logistic"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data.csv")


@pytest.fixture(scope="module")
def fits() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "fits.csv")


def design(table: pd.DataFrame, *, mark: bool = False) -> np.ndarray:
    columns = [table["age"], table["size"], table["sex"], table["grade"] == 2, table["grade"] == 3]
    return np.column_stack([*columns, *([table["mark"]] if mark else [])]).astype(float)


@pytest.mark.parametrize(
    ("model", "penalty", "tolerance"),
    [
        ("glm_plain", None, 1e-8),
        ("glm_weighted", None, 1e-8),
        ("logistf_plain", "firth", 1e-8),
        ("logistf_marked", "firth", 1e-8),
        ("logistf_weighted", "firth", 1e-8),
    ],
)
def test_equal_to_r(table: pd.DataFrame, fits: pd.DataFrame, model: str, penalty: str | None, tolerance: float) -> None:
    expected = fits[fits["model"] == model]
    x = design(table, mark=model.endswith("marked"))
    weighted = model.endswith("weighted")
    given_ = {
        "weights": table["weight"] if weighted else None,
        "offset": table["offset"] if model == "glm_weighted" else None,
        "penalty": penalty,
    }
    fit = fit_logistic(x, table["y"], **given_)
    np.testing.assert_allclose([fit.intercept, *fit.coef], expected["coef"], rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(np.sqrt(fit.covariance.diagonal()), expected["se"], rtol=1e-7)
    row = expected.iloc[0]
    np.testing.assert_allclose(fit.loglik, [row["loglik_null"], row["loglik"]], rtol=tolerance)
    assert fit.converged
    assert fit.separated == ()
    profile = logistic_profile(x, table["y"], **given_)
    np.testing.assert_allclose(profile.lower, expected["lower"][1:], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(profile.upper, expected["upper"][1:], rtol=1e-6, atol=1e-7)
    p = profile.p_value if penalty else fit.p_value  # logistf tests by the profile, glm by Wald
    np.testing.assert_allclose(p, expected["p_value"][1:], rtol=1e-6, atol=1e-12)


def test_firth_equals_its_definition(table: pd.DataFrame) -> None:
    """Naive twin: the penalised likelihood written down and maximised by a general optimiser."""
    x = np.column_stack([np.ones(len(table)), design(table)[:, :2] / [10.0, 100.0]])
    y = table["y"].to_numpy()

    def penalised(beta: np.ndarray) -> float:
        mean = expit(x @ beta)
        information = x.T @ np.diag(mean * (1 - mean)) @ x
        return float(np.sum(np.log(np.where(y == 1, mean, 1 - mean))) + 0.5 * np.linalg.slogdet(information)[1])

    best = minimize(lambda b: -penalised(b), np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    fit = fit_logistic(x[:, 1:], y, penalty="firth")
    np.testing.assert_allclose([fit.intercept, *fit.coef], best.x, atol=1e-6)
    assert fit.loglik[1] == pytest.approx(-best.fun, abs=1e-9)


def test_ridge_is_taken_off_without_the_intercept(table: pd.DataFrame) -> None:
    x, y = design(table)[:, :2], table["y"].to_numpy()
    fit = fit_logistic(x, y, ridge=0.7)
    residual = y - fit.probability(x)
    np.testing.assert_allclose(x.T @ residual, 0.7 * fit.coef, atol=1e-8)
    assert residual.sum() == pytest.approx(0.0, abs=1e-8)


def test_hand_counted_table() -> None:
    """Two by two: the log odds ratio and its standard error by hand."""
    x = np.repeat([0, 0, 1, 1], [12, 4, 5, 9])
    y = np.repeat([0, 1, 0, 1], [12, 4, 5, 9])
    fit = fit_logistic(x, y)
    assert fit.intercept == pytest.approx(np.log(4 / 12))
    assert fit.odds_ratio[0] == pytest.approx(9 * 12 / (5 * 4))
    assert fit.se[0] == pytest.approx(np.sqrt(1 / 12 + 1 / 4 + 1 / 5 + 1 / 9))
    assert fit.loglik[0] == pytest.approx(13 * np.log(13 / 30) + 17 * np.log(17 / 30))


def test_weights_are_repeated_patients(table: pd.DataFrame) -> None:
    x, y, w = design(table), table["y"].to_numpy(), table["weight"].to_numpy() - 1
    for penalty in (None, "firth"):
        weighted = fit_logistic(x, y, weights=w, penalty=penalty)
        repeated = fit_logistic(np.repeat(x, w, axis=0), np.repeat(y, w), penalty=penalty)
        np.testing.assert_allclose(weighted.coef, repeated.coef, rtol=1e-9)
        np.testing.assert_allclose(weighted.covariance, repeated.covariance, rtol=1e-7)
        assert weighted.n == int((w > 0).sum())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_shifted_and_scaled_columns(seed: int, shift: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 2))
    y = (rng.random(60) < expit(x[:, 0])).astype(int)
    plain, moved = fit_logistic(x, y, penalty="firth"), fit_logistic(x * scale + shift, y, penalty="firth")
    np.testing.assert_allclose(moved.coef * scale, plain.coef, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(moved.probability(x * scale + shift), plain.probability(x), atol=1e-7)


def test_separation_names_the_columns(table: pd.DataFrame) -> None:
    x, y = design(table, mark=True), table["y"]
    with pytest.warns(RadiogenomicsWarning, match=r"coefficient of column 5 runs to infinity.*penalty='firth'"):
        fit = fit_logistic(x, y)
    assert fit.separated == (5,)
    assert not fit.converged
    profile = logistic_profile(x, y)
    assert np.isnan(profile.lower).all()


def test_complete_separation_by_a_combination() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40, 3))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    with pytest.warns(RadiogenomicsWarning, match="separate"):
        assert {0, 1} <= set(fit_logistic(x, y).separated)
    assert np.isfinite(fit_logistic(x, y, penalty="firth").coef).all()


def test_extreme_probabilities_are_no_separation() -> None:
    """One misplaced patient far from the rest: a maximum exists, however steep."""
    x = np.concatenate([np.linspace(-60, -1, 30), np.linspace(1, 60, 30), [-3.0]])
    y = np.concatenate([np.zeros(30), np.ones(31)])
    fit = fit_logistic(x, y)
    assert fit.converged
    assert fit.separated == ()


def test_infinite_limit_of_the_profile() -> None:
    x = np.array([0, 0, 0, 1, 1, 1, 1.0])
    y = np.array([0, 1, 0, 1, 1, 1, 1])
    profile = logistic_profile(x, y, penalty="firth")
    assert np.isfinite(profile.lower[0])
    assert profile.upper[0] > 5


def test_coverage_of_the_profile_interval() -> None:
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(200):
        x = rng.normal(size=50)
        y = (rng.random(50) < expit(-0.5 + x)).astype(int)
        found = logistic_profile(x, y, penalty="firth")
        inside += bool(found.lower[0] <= 1.0 <= found.upper[0])
    assert 182 <= inside <= 198


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": [0, 1, 2, 1]}, r"'y': found others at position 2 \(1 of 4\); expected 0 or 1"),
        ({"y": [0, 1, np.nan, 1]}, "'y'"),
        ({"x": [[1.0], [2.0], [np.nan], [3.0]]}, "missing or infinite values at position 2"),
        ({"penalty": "lasso"}, "None or 'firth'"),
        ({"ridge": -1}, "at least 0"),
        ({"ridge": 1, "penalty": "firth"}, "one of the two"),
        ({"weights": [1, 1, -1, 1]}, "weights of at least 0"),
        ({"offset": [0, np.inf, 0, 0]}, "'offset'"),
    ],
)
def test_bad_input(change: dict[str, object], message: str) -> None:
    arguments = {"x": [[1.0], [2.0], [5.0], [3.0]], "y": [0, 1, 0, 1]} | change
    with pytest.raises(InputError, match=message):
        fit_logistic(arguments.pop("x"), arguments.pop("y"), **arguments)


def test_degenerate_input() -> None:
    x = np.arange(6.0)
    with pytest.raises(DegenerateInputError, match="6 patients, all of class 1"):
        fit_logistic(x, np.ones(6))
    y = [0, 1, 0, 1, 1, 0]
    with pytest.raises(DegenerateInputError, match=r"x\[:, 1\]'.*one value for all"):
        fit_logistic(np.column_stack([x, np.ones(6)]), y)
    with pytest.raises(DegenerateInputError, match=r"x\[:, 2\]'.*linear combination of columns 0, 1"):
        fit_logistic(np.column_stack([x, x**2, 3 * x - x**2]), y)
    assert fit_logistic(np.column_stack([x, 2 * x]), y, ridge=1.0).converged
    with pytest.raises(InputError, match="between 0 and 1"):
        logistic_profile(x, y, level=95)


def test_all_combinations_of_classes_end() -> None:
    """Every labelling of six patients either has a maximum or is named as separated."""
    x = np.array([0.0, 1, 2, 3, 4, 5])
    for y in product((0, 1), repeat=6):
        if not 0 < sum(y) < 6:
            continue
        separated = sorted(y) == list(y) or sorted(y, reverse=True) == list(y)
        if separated:
            with pytest.warns(RadiogenomicsWarning, match="infinity"):
                assert fit_logistic(x, y).separated == (0,)
        else:
            assert fit_logistic(x, y).converged
