"""Restricted mean survival time: the area under a survival curve up to a horizon."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from radiogenomics._errors import Fault, InputError
from radiogenomics.core.survival_curve import SurvivalCurve, survival_curve


class RestrictedMean(NamedTuple):
    """Mean time free of the event up to ``tau``, in the unit of time, with its standard error and interval."""

    value: float
    std_error: float
    lower: float
    upper: float
    tau: float


class RestrictedMeanDifference(NamedTuple):
    """Difference of two restricted means (first less second) with its standard error, interval and p-value."""

    value: float
    std_error: float
    lower: float
    upper: float
    p_value: float
    tau: float


def latest_tau(curve: SurvivalCurve) -> float:
    """Latest time up to which the area under ``curve`` is known: infinite where it has come down to 0."""
    return float("inf") if curve.survival[-1] <= 0 else float(curve.time[-1])


def restricted_mean(
    time: ArrayLike, event: ArrayLike, tau: float, *, entry: ArrayLike | None = None, level: float = 0.95
) -> RestrictedMean:
    """Area under the Kaplan-Meier curve from 0 to ``tau`` :cite:p:`Royston2013`.

    Parameters
    ----------
    time, event, entry
        As in :func:`survival_curve`.
    tau
        Horizon, above 0, in the unit of `time`.
    level
        Coverage of the interval.

    Returns
    -------
    RestrictedMean
        Its standard error follows from Greenwood's formula, which is 0 without events and too small with few; the
        interval is symmetric, within [0, `tau`].

    Raises
    ------
    InputError
        `tau` is not a time above 0, or lies after the last follow-up while the curve is above 0; arguments of
        :func:`survival_curve` are at fault.
    """
    curve = survival_curve(time, event, entry=entry, level=level)
    return restricted_mean_of(curve, tau, level=level)


def restricted_mean_of(curve: SurvivalCurve, tau: float, *, level: float = 0.95) -> RestrictedMean:
    """:func:`restricted_mean` of a curve at hand."""
    where = "restricted_mean"
    if not (np.isfinite(tau) and tau > 0):
        raise InputError(where, Fault(repr(tau), "a time above 0", column="tau"))
    if tau > latest_tau(curve):
        hint = "The area under the curve is unknown there; choose an earlier horizon."
        found = f"{tau:g}, after the last follow-up"
        raise InputError(where, Fault(found, f"at most {curve.time[-1]:g}", column="tau", hint=hint))
    inside = curve.time <= tau
    times = np.concatenate(([0.0], curve.time[inside], [tau]))
    survival = np.concatenate(([1.0], curve.survival[inside]))
    pieces = np.diff(times) * survival
    mean = float(pieces.sum())
    # Area still to come after each time: what an event there takes away.
    rest = pieces[1:][::-1].cumsum()[::-1]
    n, d = curve.at_risk[inside], curve.events[inside]
    left = n - d
    share = np.divide(d, n * left, out=np.zeros_like(d), where=left > 1e-12 * n)
    se = float(np.sqrt((rest**2 * share).sum()))
    half = float(ndtri(0.5 + level / 2)) * se
    return RestrictedMean(mean, se, max(0.0, mean - half), min(float(tau), mean + half), float(tau))


def restricted_mean_difference(
    first: RestrictedMean, second: RestrictedMean, *, level: float = 0.95
) -> RestrictedMeanDifference:
    """Difference of the restricted means of two groups of patients, with a normal interval and a two-sided p-value.

    Parameters
    ----------
    first, second
        Restricted means up to the same horizon; the second is taken off the first.
    level
        Coverage of the interval.

    Returns
    -------
    RestrictedMeanDifference
        The p-value is NaN where both standard errors are 0 or one is unknown.

    Raises
    ------
    InputError
        The two have different horizons.
    """
    if first.tau != second.tau:
        raise InputError("restricted_mean_difference", Fault(f"horizons {first.tau:g} and {second.tau:g}", "one"))
    value = first.value - second.value
    se = float(np.hypot(first.std_error, second.std_error))
    half = float(ndtri(0.5 + level / 2)) * se
    p = float(2 * ndtr(-abs(value) / se)) if se > 0 else float("nan")
    return RestrictedMeanDifference(value, se, value - half, value + half, p, first.tau)
