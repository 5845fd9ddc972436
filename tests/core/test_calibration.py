"""Calibration of binary and survival predictions against R, hand-counted cases and simulations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import chi2

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core._logistic_batch import fit_logistic_batch
from radiogenomics.core.calibration import calibration_curve, calibration_line, squared_errors
from radiogenomics.core.cubic_spline import cubic_spline, spline_knots
from radiogenomics.core.hosmer_lemeshow import hosmer_lemeshow
from radiogenomics.core.logistic import fit_logistic
from radiogenomics.core.survival_calibration import (
    observed_risk,
    survival_calibration_curve,
    survival_calibration_groups,
    survival_calibration_slope,
    survival_squared_errors,
)
from radiogenomics.core.survival_curve import survival_curve
from radiogenomics.core.weighted_survival import weighted_survival

REFERENCE = Path(__file__).parents[1] / "reference" / "calibration"
HORIZON = 400.0


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return reference("patients")


def test_hosmer_lemeshow_is_that_of_resource_selection(patients: pd.DataFrame) -> None:
    for row in reference("hosmer_lemeshow").itertuples():
        found = hosmer_lemeshow(patients["y"], patients[row.column], groups=row.groups)
        assert len(found.n) == row.used
        assert found.statistic == pytest.approx(row.statistic, abs=1e-9)


def test_hosmer_lemeshow_counted_by_hand() -> None:
    # Three groups of 4 with 1, 2, 3 events; 1.0, 2.0, 3.6 expected: only the last adds, .36 / 3.6 + .36 / .4.
    p = np.repeat([0.25, 0.5, 0.9], 4)
    y = [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0]
    found = hosmer_lemeshow(y, p, groups=3)
    assert found.statistic == pytest.approx(1.0)
    assert found.df == 3
    assert found.p_value == pytest.approx(chi2.sf(1.0, 3))
    assert found.smallest_expected == pytest.approx(0.4)
    fitted = hosmer_lemeshow(y, p, groups=3, fitted=True)
    assert fitted.df == 1
    assert fitted.p_value == pytest.approx(chi2.sf(1.0, 1))


def test_hosmer_lemeshow_of_what_cannot_be() -> None:
    found = hosmer_lemeshow([1, 0, 1, 1, 0, 1], [0, 0, 0.5, 0.5, 0.9, 0.9], groups=3)
    assert found.statistic == np.inf
    assert found.p_value == 0.0
    with pytest.raises(DegenerateInputError, match="1 group"):
        hosmer_lemeshow([0, 1, 0, 1], [0.5] * 4)
    with pytest.raises(InputError, match="outside 0 to 1"):
        hosmer_lemeshow([0, 1], [0.5, 1.2])
    with pytest.raises(InputError, match="at least 3"):
        hosmer_lemeshow([0, 1], [0.5, 0.2], groups=2)


def test_line_and_brier_are_those_of_val_prob(patients: pd.DataFrame) -> None:
    expected = reference("binary").iloc[0]
    line = calibration_line(patients["y"], patients["probability"])
    assert line.slope.value == pytest.approx(expected["slope"], abs=1e-6)
    assert line.slope.se == pytest.approx(expected["slope_se"], abs=1e-5)
    assert line.slope_intercept.value == pytest.approx(expected["slope_intercept"], abs=1e-6)
    assert line.intercept.value == pytest.approx(expected["large"], abs=1e-6)
    assert line.intercept.se == pytest.approx(expected["large_se"], abs=1e-5)
    y, p = (patients[c].to_numpy(dtype=float) for c in ("y", "probability"))
    score, scaled = squared_errors(y, p, np.ones((1, len(y))))
    assert score[0] == pytest.approx(expected["brier"], abs=1e-10)
    assert scaled[0] == pytest.approx(1 - expected["brier"] / (y.mean() * (1 - y.mean())))


def test_curve_is_that_of_glm_on_rcs(patients: pd.DataFrame) -> None:
    expected = reference("curve")
    curve, ici = calibration_curve(patients["y"], patients["probability"], expected["predicted"])
    np.testing.assert_allclose(curve[0], expected["observed"], atol=1e-6)
    assert ici[0] == pytest.approx(expected["ici"][0], abs=1e-6)


def test_curve_of_few_events_is_a_straight_line_in_log_odds() -> None:
    rng = np.random.default_rng(7)
    p = expit(rng.normal(size=60))
    y = np.zeros(60)
    y[rng.permutation(60)[:15]] = 1
    curve, _ = calibration_curve(y, p, [0.2, 0.4, 0.7])
    line = calibration_line(y, p)
    expected = expit(line.slope_intercept.value + line.slope.value * logit([0.2, 0.4, 0.7]))
    np.testing.assert_allclose(curve[0], expected, atol=1e-5)


def test_spline_is_straight_beyond_its_knots() -> None:
    x = np.linspace(-3, 3, 200)
    knots = spline_knots(x, 4)
    outside = cubic_spline(np.array([5.0, 6.0, 7.0]), knots)
    np.testing.assert_allclose(np.diff(outside, 2, axis=0), 0, atol=1e-9)
    assert cubic_spline(x, knots[:2]).shape == (200, 1)


def test_batch_of_logistic_models_is_fit_logistic() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    y = (rng.random(60) < expit(x[:, 0])).astype(float)
    weights = np.vstack([np.ones(60), rng.integers(0, 4, 60), np.where(y == 1, 1.0, 0.0)])
    coef = fit_logistic_batch(x, y, weights)
    for row, w in zip(coef[:2], weights[:2], strict=True):
        fit = fit_logistic(x, y, weights=w)
        np.testing.assert_allclose(row, np.append(fit.intercept, fit.coef), atol=1e-5)
    assert np.isnan(coef[2]).all()


def test_line_without_a_bound_or_spread_is_nan() -> None:
    y = [0, 0, 0, 1, 1, 1]
    assert np.isnan(calibration_line(y, [0.1, 0.2, 0.3, 0.7, 0.8, 0.9]).slope.value)
    alike = calibration_line(y, [0.25] * 6)
    assert np.isnan(alike.slope.value)
    assert alike.intercept.value == pytest.approx(logit(0.5) - logit(0.25))


def test_survival_calibration_is_that_of_r(patients: pd.DataFrame) -> None:
    t, d, p = (patients[c].to_numpy(dtype=float) for c in ("time", "event", "risk"))
    expected = reference("survival").iloc[0]
    slope = survival_calibration_slope(t, d, p, HORIZON)
    assert slope.value == pytest.approx(expected["slope"], abs=1e-6)
    assert slope.se == pytest.approx(expected["slope_se"], abs=1e-6)
    score, scaled = survival_squared_errors(t, d, p, HORIZON, np.ones((1, len(t))))
    assert score[0] == pytest.approx(expected["brier"], abs=1e-6)
    assert scaled[0] == pytest.approx(1 - expected["brier"] / expected["null"], abs=1e-6)
    groups = reference("survival_groups")
    found = survival_calibration_groups(t, d, p, HORIZON, groups=5)
    for name in ("predicted", "observed", "lower", "upper", "n"):
        np.testing.assert_allclose(getattr(found, name), groups[name], atol=1e-9)
    smooth = reference("survival_curve")
    curve, ici = survival_calibration_curve(t, d, p, HORIZON, smooth["predicted"])
    np.testing.assert_allclose(curve[0], smooth["observed"], atol=1e-6)
    assert ici[0] == pytest.approx(smooth["ici"][0], abs=1e-6)


def test_weighted_survival_is_the_curve_of_copied_patients(patients: pd.DataFrame) -> None:
    t, d = (patients[c].to_numpy(dtype=float) for c in ("time", "event"))
    rng = np.random.default_rng(1)
    counts = rng.multinomial(len(t), np.full(len(t), 1 / len(t)), size=5)
    found = weighted_survival(t, d, counts.astype(float), HORIZON)
    for value, row in zip(found, counts, strict=True):
        copied = survival_curve(np.repeat(t, row), np.repeat(d, row), at=HORIZON)
        assert value == pytest.approx(copied.survival[0], abs=1e-12)
    assert np.isnan(weighted_survival(np.array([1.0, 2.0]), np.array([1.0, 0.0]), np.ones((1, 2)), 5.0)[0])
    assert weighted_survival(np.array([1.0, 2.0]), np.ones(2), np.ones((1, 2)), 5.0)[0] == 0.0


def test_risk_of_a_group_without_events_or_follow_up() -> None:
    risk, lower, upper, _ = observed_risk(np.full(10, 9.0), np.zeros(10), 5.0)
    assert (risk, lower) == (0.0, 0.0)
    assert upper == pytest.approx(1 - 0.025**0.1)
    assert np.isnan(observed_risk(np.array([1.0, 2.0]), np.array([1.0, 0.0]), 5.0)[0])


@pytest.mark.slow
def test_hosmer_lemeshow_rejects_a_true_model_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    external, fitted = [], []
    for _ in range(1000):
        x = rng.normal(size=(300, 2))
        p = expit(x @ [0.8, 0.5] - 0.3)
        y = (rng.random(300) < p).astype(float)
        external.append(hosmer_lemeshow(y, p).p_value)
        fitted.append(hosmer_lemeshow(y, fit_logistic(x, y).probability(x), fitted=True).p_value)
    assert np.mean(np.array(external) < 0.05) == pytest.approx(0.05, abs=0.021)
    assert np.mean(np.array(fitted) < 0.05) == pytest.approx(0.05, abs=0.021)


@pytest.mark.slow
def test_intervals_of_slopes_cover_the_truth() -> None:
    rng = np.random.default_rng(3)
    inside: dict[str, list[bool]] = {"slope": [], "intercept": [], "survival": []}
    for _ in range(500):
        x = rng.normal(size=150)
        y = (rng.random(150) < expit(0.7 * x + 0.4)).astype(float)
        line = calibration_line(y, expit(x))
        inside["slope"].append(abs(line.slope.value - 0.7) < 1.96 * line.slope.se)
        large = calibration_line(y, expit(0.7 * x)).intercept
        inside["intercept"].append(abs(large.value - 0.4) < 1.96 * large.se)
        t, c = rng.exponential(np.exp(-0.7 * x)), rng.uniform(0.2, 3, 150)
        slope = survival_calibration_slope(np.minimum(t, c), t <= c, -np.expm1(-np.exp(x)), 1.0)
        inside["survival"].append(abs(slope.value - 0.7) < 1.96 * slope.se)
    for name, values in inside.items():
        assert np.mean(values) == pytest.approx(0.95, abs=0.03), name
