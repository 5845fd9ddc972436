"""Kaplan-Meier and Nelson-Aalen curves with log-log intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core._survival_input import as_vector, check_outcome


class Quantile(NamedTuple):
    """Time by which a share of the patients had the event, with its interval; NaN where the curve stays above."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class SurvivalCurve:
    """A survival curve at its distinct times, or at the times asked for.

    Attributes
    ----------
    time
        (m,) times from early to late.
    survival
        (m,) chance to be still free of the event just after `time`.
    lower, upper
        (m,) bounds of the interval on the log(-log) scale; NaN where survival is 0 or 1, where that scale has none.
    at_risk, events, censored
        (m,) weight of the patients at risk just before `time`, and of those who fail or are censored at it. With
        ``at=``: at risk just before that time, events and censorings since the time before it in the list.
    std_error
        (m,) standard error of the logarithm of survival (Greenwood).
    hazard, hazard_lower, hazard_upper
        (m,) Nelson-Aalen cumulative hazard and its interval on the log scale (which is log-log for exp(-hazard)).
    """

    time: FloatArray
    survival: FloatArray
    lower: FloatArray
    upper: FloatArray
    at_risk: FloatArray
    events: FloatArray
    censored: FloatArray
    std_error: FloatArray
    hazard: FloatArray
    hazard_lower: FloatArray
    hazard_upper: FloatArray


def _count(time: FloatArray, weight: FloatArray, grid: FloatArray) -> FloatArray:
    return np.bincount(np.searchsorted(grid, time), weights=weight, minlength=len(grid)).astype(np.float64)


def survival_curve(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    at: ArrayLike | None = None,
    level: float = 0.95,
) -> SurvivalCurve:
    """Kaplan-Meier survival and Nelson-Aalen hazard :cite:p:`Kaplan1958,Kalbfleisch2002`.

    Parameters
    ----------
    time, event
        (n,) follow-up, and 1 for an event or 0 for censoring. Someone censored at the
        time of an event is at risk at it.
    entry
        (n,) time at which observation began (left truncation), before `time`.
    weights
        (n,) numbers of patients that each row stands for.
    at
        Times at which to give the curve, in rising order; by default every distinct time.
    level
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    SurvivalCurve

    Raises
    ------
    InputError
        Lengths, times, events, weights or arguments are at fault; `at` beyond the last time, where the curve is
        unknown unless it has reached 0.
    """
    where = "survival_curve"
    faults: list[Fault] = []
    if not 0 < level < 1:
        faults.append(Fault(repr(level), "a number between 0 and 1", column="level"))
    wanted = None if at is None else as_vector("at", np.atleast_1d(np.asarray(at)), None, faults)
    if wanted is not None and not (np.isfinite(wanted).all() and (wanted >= 0).all() and (np.diff(wanted) > 0).all()):
        faults.append(Fault("others", "times of at least 0 in rising order", column="at"))
    outcome = check_outcome(where, time, event, entry=entry, weights=weights, extra=faults, need_events=False)
    t, w = outcome.time, outcome.weights if outcome.weights is not None else np.ones(len(outcome))
    kept = w > 0
    t, w, d = t[kept], w[kept], outcome.event[kept]
    grid = np.unique(t)
    events, censored = _count(t, w * d, grid), _count(t, w * (1 - d), grid)
    # Summed from the late end, so that the last to leave is at risk with exactly its own weight.
    at_risk = np.cumsum((events + censored)[::-1])[::-1].astype(np.float64)
    if outcome.entry is not None:
        late = outcome.entry[kept]
        # At risk at t: entered before t.
        waiting = np.bincount(np.searchsorted(grid, late, side="right"), weights=w, minlength=len(grid) + 1)
        at_risk = at_risk - (w.sum() - np.cumsum(waiting)[:-1])
    curve = _estimate(grid, at_risk, events, censored, level)
    return curve if wanted is None else _evaluate(where, curve, wanted, t, w, outcome.entry, kept)


def _estimate(
    grid: FloatArray, at_risk: FloatArray, events: FloatArray, censored: FloatArray, level: float
) -> SurvivalCurve:
    z = float(ndtri(0.5 + level / 2))
    share = np.where(events >= at_risk * (1 - 1e-12), 1.0, events / at_risk)
    survival = np.cumprod(1.0 - share, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
        std_error[np.cumsum(share >= 1.0) > 0] = np.inf
        hazard = np.cumsum(share)
        hazard_error = np.sqrt(np.cumsum(events / at_risk**2)) / hazard
        half = z * std_error / -np.log(survival)
        inside = (survival > 0) & (survival < 1)
        lower = np.where(inside, survival ** np.exp(half), np.nan)
        upper = np.where(inside, survival ** np.exp(-half), np.nan)
        hazard_lower = np.where(hazard > 0, hazard * np.exp(-z * hazard_error), np.nan)
        hazard_upper = np.where(hazard > 0, hazard * np.exp(z * hazard_error), np.nan)
    return SurvivalCurve(
        grid, survival, lower, upper, at_risk, events, censored, std_error, hazard, hazard_lower, hazard_upper
    )


def _evaluate(
    where: str, curve: SurvivalCurve, at: FloatArray, time: FloatArray, weight: FloatArray, entry: FloatArray | None,
    kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> SurvivalCurve:  # fmt: skip
    last = curve.time[-1]
    if at[-1] > last and curve.survival[-1] > 0:
        hint = "Ask for an earlier time."
        found, expected = f"{at[-1]:g}, after the last follow-up", f"times up to {last:g}"
        raise InputError(where, Fault(found, expected, column="at", hint=hint))
    index = np.searchsorted(curve.time, at, side="right")

    def step(values: FloatArray, start: float) -> FloatArray:
        return np.concatenate(([start], values))[index]

    def since(values: FloatArray) -> FloatArray:
        return np.diff(np.concatenate(([0.0], np.cumsum(values)))[index], prepend=0.0)

    present = time[None, :] >= at[:, None]
    if entry is not None:
        present &= entry[kept][None, :] < at[:, None]
    return SurvivalCurve(
        at, step(curve.survival, 1.0), step(curve.lower, np.nan), step(curve.upper, np.nan), present @ weight,
        since(curve.events), since(curve.censored), step(curve.std_error, 0.0), step(curve.hazard, 0.0),
        step(curve.hazard_lower, np.nan), step(curve.hazard_upper, np.nan),
    )  # fmt: skip


def survival_quantile(curve: SurvivalCurve, share: float = 0.5) -> Quantile:
    """Time by which ``share`` of the patients had the event, with the interval from inverting the curve's bounds.

    Where the curve stands at exactly ``1 - share`` for a while, the middle of that while. With delayed entry a bound
    may fall below ``1 - share`` and rise again: the first time counts.
    """
    if not 0 < share < 1:
        raise InputError("survival_quantile", Fault(repr(share), "a number between 0 and 1", column="share"))
    level = 1.0 - share

    def crossing(bound: FloatArray) -> float:
        known = np.where(np.isnan(bound), np.where(curve.survival > 0, 1.0, np.nan), bound)
        slack = 1e-9
        hit = np.flatnonzero(known <= level + slack)
        if not len(hit):
            return float("nan")
        first = int(hit[0])
        if abs(known[first] - level) <= slack:
            below = np.flatnonzero(known < level - slack)
            end = int(below[0]) if len(below) else len(known) - 1
            return float((curve.time[first] + curve.time[end]) / 2)
        return float(curve.time[first])

    return Quantile(crossing(curve.survival), crossing(curve.lower), crossing(curve.upper))


def median_survival(curve: SurvivalCurve) -> Quantile:
    """Median time to the event and its interval.

    Parameters
    ----------
    curve
        What :func:`survival_curve` returned.

    Returns
    -------
    Time at which survival falls to one half, with its bounds; NaN where the curve (or its band) does not reach it.
    """
    return survival_quantile(curve, 0.5)
