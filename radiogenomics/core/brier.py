"""Brier score of predicted survival under censoring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._censoring import CensoringCurve, censoring_curve, censoring_of, require_positive
from radiogenomics.core._survival_input import Outcome, check_outcome


@dataclass(frozen=True)
class BrierScore:
    """Squared error of predicted survival; 0 is perfect, 0.25 what a prediction of 0.5 for everyone gets.

    Attributes
    ----------
    time
        (m,) times.
    score
        (m,) score at each.
    integrated
        Mean score between the first and the last time, by trapezoids; NaN with one time.
    """

    time: FloatArray
    score: FloatArray
    integrated: float


def inverse_weights(
    time: FloatArray, event: FloatArray, at: FloatArray, curve: CensoringCurve, where: str
) -> tuple[FloatArray, FloatArray]:
    """(n, m) weights of those who had the event by each time, and of those still free of it: 1 / G, or 0."""
    failed = np.asarray((time[:, None] <= at) & (event[:, None] > 0))
    free = np.asarray(time[:, None] > at)
    own, then = curve.before(time), curve.at(at)
    require_positive(where, own, np.asarray(failed.any(axis=1)), time, "at")
    require_positive(where, then, np.asarray(free.any(axis=0)), at, "at")
    of_failed = np.where(failed, 1.0 / np.where(own > 0, own, 1.0)[:, None], 0.0)
    return of_failed, np.where(free, 1.0 / np.where(then > 0, then, 1.0), 0.0)


def brier_losses(
    time: FloatArray, event: FloatArray, survival: FloatArray, at: FloatArray, *, strata: IntArray | None = None
) -> FloatArray:
    """Weighted squared errors (..., n, m) whose means over patients are Brier scores; G is that of each stratum.

    Parameters
    ----------
    survival
        (..., n, m) predicted chance to be free of the event at each time of ``at`` (m,).
    """
    failed, free = np.empty((len(time), len(at))), np.empty((len(time), len(at)))
    codes = np.zeros(len(time), dtype=np.int64) if strata is None else strata
    for code in np.unique(codes):
        rows = codes == code
        curve = censoring_curve(time[rows], event[rows])
        failed[rows], free[rows] = inverse_weights(time[rows], event[rows], at, curve, "brier_score")
    return np.asarray(failed * survival**2 + free * (1.0 - survival) ** 2)


def brier_score(
    time: ArrayLike,
    event: ArrayLike,
    survival: ArrayLike,
    at: ArrayLike,
    *,
    censoring: tuple[ArrayLike, ArrayLike] | None = None,
) -> BrierScore:
    """Brier score with inverse-probability-of-censoring weights, and its mean over time :cite:p:`Graf1999`.

    Parameters
    ----------
    time, event
        (n,) follow-up, and 1 for an event or 0 for censoring.
    survival
        (n, m) predicted chance, in [0, 1], to be still free of the event at each time of `at`; (n,) for one time.
    at
        (m,) times, from early to late. After the last patient's time nothing is known.
    censoring
        (time, event) of the patients on whom the chance G to be uncensored is estimated; by default those given.
        Patients with an event count 1 / G just before it, those still free of it 1 / G at the time in question, and
        those censored before it nothing.

    Returns
    -------
    BrierScore

    Raises
    ------
    InputError
        Values or shapes are at fault, or G is 0 where it is needed (leave out late times).
    """
    where = "brier_score"
    outcome, times = checked_times(where, time, event, at)
    predicted = np.asarray(survival, dtype=np.float64).reshape(len(outcome), -1)
    faults = []
    if predicted.shape[1] != len(times):
        faults.append(Fault(f"{predicted.shape[1]} columns", f"{len(times)}, one per time", column="survival"))
    if not ((predicted >= 0) & (predicted <= 1)).all():
        faults.append(Fault("values outside 0 to 1, or missing", "probabilities", column="survival"))
    if faults:
        raise InputError(where, faults)
    failed, free = inverse_weights(
        outcome.time, outcome.event, times, censoring_of(where, outcome, censoring), where
    )  # fmt: skip
    score = (failed * predicted**2 + free * (1.0 - predicted) ** 2).mean(axis=0)
    return BrierScore(times, score, mean_over_time(score, times))


def mean_over_time(values: FloatArray, at: FloatArray) -> float:
    """Mean of a curve between its first and last time, by trapezoids; NaN with one time."""
    if len(at) < 2:
        return float("nan")
    return float(np.trapezoid(values, at) / (at[-1] - at[0]))


def checked_times(where: str, time: ArrayLike, event: ArrayLike, at: ArrayLike) -> tuple[Outcome, FloatArray]:
    """Follow-up and increasing times within it."""
    times = np.atleast_1d(np.asarray(at, dtype=np.float64))
    faults = []
    if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        faults.append(Fault("times that do not increase, or are missing", "increasing times", column="at"))
    outcome = check_outcome(where, time, event, extra=faults, need_events=False)
    if times.min() < 0 or times.max() >= outcome.time.max():
        found = f"times from {times.min():g} to {times.max():g}"
        raise InputError(where, Fault(found, f"at least 0 and less than {outcome.time.max():g}, the last follow-up",
                                      column="at"))  # fmt: skip
    return outcome, times
