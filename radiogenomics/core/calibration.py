"""Calibration of predicted probabilities: intercept, slope, smooth curve, Brier score."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import FloatArray
from radiogenomics.core._logistic_batch import fit_logistic_batch
from radiogenomics.core.cubic_spline import cubic_spline, spline_knots
from radiogenomics.core.hosmer_lemeshow import check_probabilities
from radiogenomics.core.logistic import fit_logistic

#: Log odds of 0 and 1 are infinite: probabilities are taken as this far from them.
BOUND = 1e-4
_VERY_FEW, _FEW = 20, 50


class Estimate(NamedTuple):
    """A figure and its standard error."""

    value: float
    se: float


class CalibrationLine(NamedTuple):
    """Logistic recalibration.

    Attributes
    ----------
    intercept
        Log odds by which all predictions are too low (above 0) or too high, their slope held at 1:
        calibration-in-the-large.
    slope
        Of the log odds of the event on the predicted log odds; below 1: predictions are too extreme.
    slope_intercept
        Intercept of the line with that slope, as R's ``rms::val.prob`` gives it.
    """

    intercept: Estimate
    slope: Estimate
    slope_intercept: Estimate


def log_odds(probability: FloatArray) -> FloatArray:
    """Log odds of probabilities held within ``BOUND`` of 0 and 1."""
    return np.asarray(logit(np.clip(probability, BOUND, 1 - BOUND)), dtype=np.float64)


def calibration_line(y: ArrayLike, probability: ArrayLike) -> CalibrationLine:
    """Intercept and slope of the log odds of the event on the predicted log odds :cite:p:`Cox1958b,VanCalster2016`.

    Parameters
    ----------
    y
        (n,) 1 for the event, 0 without; both occur.
    probability
        (n,) predicted probability of the event, in [0, 1].

    Returns
    -------
    CalibrationLine
        With standard errors from the information; the slope is NaN where all predictions are alike, and where they
        separate the classes (a slope without bound).

    Raises
    ------
    InputError, DegenerateInputError
        Values are at fault, or there is one class only.
    """
    classes, p = check_probabilities("calibration_line", y, probability)
    x = log_odds(p)
    # A column of 0 with a ridge leaves the intercept alone in the model.
    large = fit_logistic(np.zeros((len(x), 1)), classes, offset=x, ridge=1.0)
    intercept = Estimate(large.intercept, float(np.sqrt(large.covariance[0, 0])))
    unknown = Estimate(float("nan"), float("nan"))
    if np.ptp(x) < 1e-9:
        return CalibrationLine(intercept, unknown, unknown)
    with warnings.catch_warnings():  # a slope without bound is told by its NaN
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        line = fit_logistic(x[:, None], classes)
    if not line.converged:
        return CalibrationLine(intercept, unknown, unknown)
    own = Estimate(line.intercept, float(np.sqrt(line.covariance[0, 0])))
    return CalibrationLine(intercept, Estimate(float(line.coef[0]), float(line.se[0])), own)


def curve_knots(x: FloatArray, n_events: int) -> FloatArray:
    """Knots of a calibration curve: none (a straight line) below 20 events, 3 below 50, then 4."""
    if n_events < _VERY_FEW:
        return np.empty(0)
    return spline_knots(x, 4 if n_events >= _FEW else 3)


def calibration_curve(
    y: ArrayLike, probability: ArrayLike, at: ArrayLike, *, weights: ArrayLike | None = None
) -> tuple[FloatArray, FloatArray]:
    """Smooth curve of the observed chance of the event over the predicted one, and its mean distance (ICI).

    A logistic model on a restricted cubic spline of the predicted log odds :cite:p:`Harrell2015,Austin2019`, with 4
    knots, 3 where the rarer class has fewer than 50 patients, or a straight line where it has fewer than 20.

    Parameters
    ----------
    y, probability
        As in :func:`calibration_line`; at least two different probabilities.
    at
        (m,) probabilities at which the curve is wanted.
    weights
        (B, n) weights of the patients, one row per bootstrap sample; by default one row of ones.

    Returns
    -------
    curve
        (B, m) in [0, 1]; NaN in a sample of one class.
    ici
        (B,) integrated calibration index: mean distance of curve and prediction over the patients, 0 is perfect.
    """
    classes, p = check_probabilities("calibration_curve", y, probability)
    sample = np.ones((1, len(p))) if weights is None else np.asarray(weights, dtype=np.float64)
    x = log_odds(p)
    knots = curve_knots(x, int(min(classes.sum(), len(classes) - classes.sum())))
    basis = cubic_spline(x, knots)
    coef = fit_logistic_batch(basis, classes, sample)
    grid = cubic_spline(log_odds(np.asarray(at, dtype=np.float64)), knots)
    curve = expit(coef[:, :1] + coef[:, 1:] @ grid.T)
    own = expit(coef[:, :1] + coef[:, 1:] @ basis.T)
    return curve, mean_distance(own, p, sample)


def mean_distance(curve: FloatArray, probability: FloatArray, weights: FloatArray) -> FloatArray:
    """(B,) weighted mean of the distance between curve (B, n) and prediction (n,)."""
    return np.asarray((weights * np.abs(curve - probability)).sum(axis=1) / weights.sum(axis=1))


def squared_errors(y: FloatArray, probability: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(B,) Brier score :cite:p:`Brier1950` and its share below that of the common event rate (scaled Brier score)."""
    total = weights.sum(axis=1)
    score = weights @ (y - probability) ** 2 / total
    rate = weights @ y / total
    common = rate * (1 - rate)
    return score, 1.0 - score / np.where(common > 0, common, np.nan)
