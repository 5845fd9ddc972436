"""Calibration of the predicted chance to have the event by a horizon, with censored patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._survival_input import check_outcome
from radiogenomics.core.brier import brier_losses
from radiogenomics.core.calibration import BOUND, Estimate, curve_knots, mean_distance
from radiogenomics.core.cox import fit_cox, fit_cox_batch
from radiogenomics.core.cubic_spline import cubic_spline
from radiogenomics.core.hosmer_lemeshow import check_probabilities, quantile_groups
from radiogenomics.core.survival_curve import survival_curve
from radiogenomics.core.survival_prediction import predicted_survival
from radiogenomics.core.weighted_survival import weighted_survival


def log_log_risk(probability: FloatArray) -> FloatArray:
    """Complementary log-log of risks held within ``BOUND`` of 0 and 1: the log cumulative hazard by the horizon."""
    return np.asarray(np.log(-np.log1p(-np.clip(probability, BOUND, 1 - BOUND))), dtype=np.float64)


@dataclass(frozen=True)
class SurvivalGroups:
    """Groups of predicted risk, from low to high; bounds are log-log.

    Attributes
    ----------
    n, events
        (g,) patients, and events by the horizon.
    predicted
        (g,) mean predicted risk.
    observed, lower, upper
        (g,) one minus Kaplan-Meier survival at the horizon; NaN where nobody of the group is followed until then. A
        group without events by then has an upper bound from its size alone.
    """

    n: IntArray
    events: IntArray
    predicted: FloatArray
    observed: FloatArray
    lower: FloatArray
    upper: FloatArray


def _checked(
    where: str, time: ArrayLike, event: ArrayLike, probability: ArrayLike, horizon: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Follow-up, status and risks."""
    outcome = check_outcome(where, time, event, need_events=False)
    _, p = check_probabilities(where, outcome.event, probability)
    if not 0 < horizon < np.inf:
        raise InputError(where, Fault(repr(horizon), "a time above 0", column="horizon"))
    return outcome.time, outcome.event, p


def _until(time: FloatArray, event: FloatArray, horizon: float) -> tuple[FloatArray, FloatArray]:
    """Follow-up that ends at the horizon."""
    return np.minimum(time, horizon), np.where(time <= horizon, event, 0.0)


def observed_risk(
    time: FloatArray, event: FloatArray, horizon: float, *, confidence: float = 0.95
) -> tuple[float, float, float, float]:
    """One minus Kaplan-Meier survival at the horizon, its log-log bounds, and the standard error of its logarithm."""
    nothing = float("nan")
    if not (time >= horizon).any() and np.isnan(weighted_survival(time, event, np.ones((1, len(time))), horizon)[0]):
        return nothing, nothing, nothing, nothing
    curve = survival_curve(time, event, at=min(horizon, float(time.max())), level=confidence)
    survival = float(curve.survival[0])
    risk, tail = 1.0 - survival, (1.0 - confidence) / 2
    if risk <= 0:  # as many patients without an event: the exact bound of a share of none
        return 0.0, 0.0, 1.0 - tail ** (1.0 / max(float(curve.at_risk[0]), 1.0)), nothing
    if survival <= 0:
        return 1.0, tail ** (1.0 / len(time)), 1.0, nothing
    se = survival * float(curve.std_error[0]) / risk
    return risk, 1.0 - float(curve.upper[0]), 1.0 - float(curve.lower[0]), se


def survival_calibration_groups(
    time: ArrayLike,
    event: ArrayLike,
    probability: ArrayLike,
    horizon: float,
    *,
    groups: int = 5,
    confidence: float = 0.95,
) -> SurvivalGroups:
    """Observed against predicted risk by a horizon in groups of the predicted risk :cite:p:`Harrell2015`.

    Parameters
    ----------
    time, event
        (n,) follow-up, and 1 for an event or 0 for censoring.
    probability
        (n,) predicted probability of the event by `horizon`, in [0, 1].
    horizon
        Time in the unit of `time`.
    groups
        Number of groups, cut at quantiles; equal risks stay together.
    confidence
        Coverage of the bounds.

    Returns
    -------
    SurvivalGroups

    Raises
    ------
    InputError
        Values are at fault.
    """
    t, d, p = _checked("survival_calibration_groups", time, event, probability, horizon)
    codes = quantile_groups(p, groups)
    members = [codes == code for code in range(int(codes.max()) + 1)]
    seen = np.array([observed_risk(t[rows], d[rows], horizon, confidence=confidence)[:3] for rows in members])
    return SurvivalGroups(
        np.bincount(codes).astype(np.int64),
        np.bincount(codes, weights=d * (t <= horizon)).astype(np.int64),
        np.array([p[rows].mean() for rows in members]),
        seen[:, 0], seen[:, 1], seen[:, 2],
    )  # fmt: skip


def survival_calibration_slope(time: ArrayLike, event: ArrayLike, probability: ArrayLike, horizon: float) -> Estimate:
    """Log hazard ratio of the complementary log-log of the predicted risk :cite:p:`Austin2020`.

    Parameters
    ----------
    time, event, probability, horizon
        As in :func:`survival_calibration_groups`. Follow-up counts until the horizon.

    Returns
    -------
    Estimate
        1 where the spread of the risks is right, below 1 where they are too extreme; NaN without events, where all
        risks are alike, and where the slope has no bound.
    """
    t, d, p = _checked("survival_calibration_slope", time, event, probability, horizon)
    t, d = _until(t, d, horizon)
    x = log_log_risk(p)
    if not d.any() or np.ptp(x) < 1e-9:
        return Estimate(float("nan"), float("nan"))
    batch = fit_cox_batch(x[:, None], t, d, np.ones((1, len(t))), ties="breslow")
    if not batch.converged[0]:
        return Estimate(float("nan"), float("nan"))
    fit = fit_cox(x[:, None], t, d, ties="breslow")
    return Estimate(float(fit.coef[0]), float(fit.se[0]))


def survival_calibration_curve(
    time: ArrayLike, event: ArrayLike, probability: ArrayLike, horizon: float, at: ArrayLike,
    *, weights: ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Smooth curve of the observed risk by a horizon over the predicted one, and its mean distance (ICI).

    A Cox model (Breslow) on a restricted cubic spline of the complementary log-log of the predicted risk
    :cite:p:`Austin2020`, with 4 knots, 3 with fewer than 50 events by the horizon, or a straight line with fewer than
    20.

    Parameters
    ----------
    time, event, probability, horizon
        As in :func:`survival_calibration_groups`; at least two different risks. Follow-up counts until the horizon.
    at
        (m,) risks at which the curve is wanted.
    weights
        (B, n) weights of the patients, one row per bootstrap sample; by default one row of ones.

    Returns
    -------
    curve
        (B, m) in [0, 1]; NaN in a sample that cannot be fitted.
    ici
        (B,) mean distance of curve and prediction over the patients; 0 is perfect.
    """
    t, d, p = _checked("survival_calibration_curve", time, event, probability, horizon)
    t, d = _until(t, d, horizon)
    sample = np.ones((1, len(p))) if weights is None else np.asarray(weights, dtype=np.float64)
    x, grid = log_log_risk(p), log_log_risk(np.atleast_1d(np.asarray(at, dtype=np.float64)))
    knots = curve_knots(x, int(d.sum()))
    basis, wanted = cubic_spline(x, knots), cubic_spline(grid, knots)
    coef = fit_cox_batch(basis, t, d, sample, ties="breslow").coef
    # Grid points ride along as patients of weight 0.
    risk = coef @ np.vstack([basis, wanted]).T
    m = len(grid)
    everyone = np.column_stack([sample, np.zeros((len(sample), m))])
    survival = predicted_survival(
        risk, np.append(t, np.zeros(m)), np.append(d, np.zeros(m)), everyone, np.array([horizon])
    )[:, :, 0]
    return 1.0 - survival[:, len(p) :], mean_distance(1.0 - survival[:, : len(p)], p, sample)


def survival_squared_errors(
    time: FloatArray, event: FloatArray, probability: FloatArray, horizon: float, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(B,) Brier score at the horizon, weighted for censoring :cite:p:`Graf1999`, and its share below that of the
    Kaplan-Meier curve (scaled Brier score). Weights for censoring are those of the patients as they are."""
    at = np.array([horizon])
    common = 1.0 - weighted_survival(time, event, np.ones((1, len(time))), horizon)
    risks = np.vstack([probability, np.full(len(probability), common[0])])
    losses = brier_losses(time, event, 1.0 - risks[:, :, None], at)[:, :, 0]
    scores = weights @ losses.T / weights.sum(axis=1, keepdims=True)
    return scores[:, 0], 1.0 - scores[:, 0] / np.where(scores[:, 1] > 0, scores[:, 1], np.nan)
