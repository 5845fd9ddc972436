"""Cumulative incidence of events that exclude one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit
from radiogenomics.core._survival_input import as_vector, check_outcome


@dataclass(frozen=True)
class CumulativeIncidence:
    """Chance of each cause to have happened by each time, the other causes being there.

    Attributes
    ----------
    time
        (m,) distinct times from early to late.
    causes
        (k,) codes of the causes, in rising order.
    incidence, std_error, lower, upper
        (k, m) cumulative incidence at `time` in [0, 1], its standard error, and the interval on the log(-log) scale;
        bounds are NaN where incidence is 0 or 1.
    survival
        (m,) chance to be free of every cause.
    at_risk, censored
        (m,) patients at risk just before `time`, and censored at it.
    events
        (k, m) events at `time`.
    """

    time: FloatArray
    causes: IntArray
    incidence: FloatArray
    std_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    survival: FloatArray
    at_risk: FloatArray
    censored: FloatArray
    events: FloatArray

    def at(self, times: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Incidence and its bounds (each (k, len(times))); NaN after the last time unless everybody has failed."""
        wanted = np.atleast_1d(np.asarray(times, dtype=np.float64))
        index = np.searchsorted(self.time, wanted, side="right")
        unknown = (wanted > self.time[-1]) & (self.survival[-1] > 0)

        def step(values: FloatArray, start: float) -> FloatArray:
            found = np.column_stack([np.full(len(values), start), values])[:, index]
            found[:, unknown] = np.nan
            return np.asarray(found, dtype=np.float64)

        return step(self.incidence, 0.0), step(self.lower, np.nan), step(self.upper, np.nan)


def check_causes(where: str, cause: ArrayLike, faults: list[Fault]) -> tuple[FloatArray, IntArray]:
    """Codes by patient and the distinct causes; faults are noted. 0 means censored."""
    codes = as_vector("cause", cause, None, faults)
    if codes is None:
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    if not (np.isfinite(codes).all() and (codes >= 0).all() and (codes == np.round(codes)).all()):
        faults.append(Fault("others", "whole numbers: 0 (censored) or the code of a cause", column="cause"))
        return codes, np.zeros(0, dtype=np.int64)
    return codes, np.unique(codes[codes > 0]).astype(np.int64)


@jit
def _variance(
    first: IntArray, last: IntArray, own: IntArray, at_risk: FloatArray, before: FloatArray, hazard: FloatArray,
    total: FloatArray, variance: FloatArray,
) -> None:  # fmt: skip
    """Sum over patients of the squared influence on each incidence (infinitesimal jackknife)."""
    k, m = hazard.shape
    for i in range(first.shape[0]):
        lost = 0.0  # relative change of survival just before each time by this patient's weight
        for c in range(k):
            lost = 0.0
            change = 0.0
            for t in range(first[i], m):
                change -= before[t] * lost * hazard[c, t]
                if t <= last[i]:
                    failed = t == last[i] and own[i] >= 0
                    mine = 1.0 if failed and own[i] == c else 0.0
                    change += before[t] * (mine - hazard[c, t]) / at_risk[t]
                    if total[t] < 1.0:
                        lost += ((1.0 if failed else 0.0) - total[t]) / (at_risk[t] * (1.0 - total[t]))
                variance[c, t] += change * change


def cumulative_incidence(
    time: ArrayLike, cause: ArrayLike, *, entry: ArrayLike | None = None, level: float = 0.95
) -> CumulativeIncidence:
    """Aalen-Johansen estimate of the cumulative incidence of each cause :cite:p:`Aalen1978`.

    Parameters
    ----------
    time
        (n,) follow-up in any unit, at least 0.
    cause
        (n,) code of the event that ended it: 0 for censoring, other whole numbers for the causes.
    entry
        (n,) time at which observation began (left truncation), before `time`.
    level
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    CumulativeIncidence
        Standard errors are those of the infinitesimal jackknife.

    Raises
    ------
    InputError
        Lengths, times, codes or arguments are at fault.
    DegenerateInputError
        Nobody has an event.
    """
    where = "cumulative_incidence"
    faults: list[Fault] = []
    if not 0 < level < 1:
        faults.append(Fault(repr(level), "a number between 0 and 1", column="level"))
    codes, causes = check_causes(where, cause, faults)
    if faults:
        raise InputError(where, faults)
    outcome = check_outcome(where, time, (codes > 0).astype(float), entry=entry)
    t = outcome.time
    grid, place = np.unique(t, return_inverse=True)
    m, k = len(grid), len(causes)
    events = np.array([np.bincount(place, weights=codes == c, minlength=m) for c in causes])
    censored = np.bincount(place, weights=codes == 0, minlength=m).astype(np.float64)
    at_risk = (events.sum(axis=0) + censored)[::-1].cumsum()[::-1]
    first = np.zeros(len(t), dtype=np.int64)
    if outcome.entry is not None:
        first = np.searchsorted(grid, outcome.entry, side="right").astype(np.int64)
        at_risk = at_risk - (len(t) - np.cumsum(np.bincount(first, minlength=m + 1))[:m])
    hazard = events / at_risk
    total = np.minimum(hazard.sum(axis=0), 1.0)
    survival = np.cumprod(1.0 - total)
    before = np.concatenate(([1.0], survival[:-1]))
    incidence = np.cumsum(before * hazard, axis=1)
    own = np.searchsorted(causes, codes).astype(np.int64)
    own[codes == 0] = -1
    variance = np.zeros((k, m))
    _variance(first, place.astype(np.int64), own, at_risk, before, hazard, total, variance)
    std_error = np.sqrt(variance)
    lower, upper = _bounds(incidence, std_error, float(ndtri(0.5 + level / 2)))
    return CumulativeIncidence(
        grid, causes, incidence, std_error, lower, upper, survival, at_risk, censored, events
    )  # fmt: skip


def _bounds(incidence: FloatArray, std_error: FloatArray, z: float) -> tuple[FloatArray, FloatArray]:
    inside = (incidence > 0) & (incidence < 1)
    p = np.where(inside, incidence, 0.5)
    half = z * std_error / (-p * np.log(p))
    return np.where(inside, p ** np.exp(half), np.nan), np.where(inside, p ** np.exp(-half), np.nan)


def require_cause(where: str, of_interest: int, causes: IntArray) -> None:
    """Refuse a cause that nobody had."""
    if of_interest not in causes:
        found = f"no event of cause {of_interest}"
        raise DegenerateInputError(where, Fault(found, f"one of {causes.tolist()}", column="of_interest"))
