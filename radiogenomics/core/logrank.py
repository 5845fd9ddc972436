"""Log-rank tests that groups share one survival curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from radiogenomics._errors import DegenerateGroupsError, Fault
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit
from radiogenomics.core._survival_input import check_outcome, codes_of
from radiogenomics.core.cox import sort_rows

Weighting = Literal["fleming-harrington", "gehan", "tarone-ware", "peto"]
_WEIGHTINGS = {None: 0, "fleming-harrington": 1, "gehan": 2, "tarone-ware": 3, "peto": 4}


@dataclass(frozen=True)
class LogrankTest:
    """A log-rank test.

    Attributes
    ----------
    statistic, df, p_value
        Chi-squared statistic, its degrees of freedom, and the p-value.
    groups
        Labels in sorted order; ``n``, ``observed`` and ``expected`` (weighted events) follow it.
    covariance
        (k, k) covariance of observed minus expected.
    """

    statistic: float
    df: int
    p_value: float
    groups: tuple[Any, ...]
    n: IntArray
    observed: FloatArray
    expected: FloatArray
    covariance: FloatArray


@jit
def _sweep(
    group: IntArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    weighting: int,
    rho: float,
    gamma: float,
    observed: FloatArray,
    expected: FloatArray,
    covariance: FloatArray,
) -> None:
    """Sums over event times from early to late; rows come by stratum, then time from late to early."""
    k = observed.shape[0]
    delayed = entry.shape[0] > 0
    at_risk = np.empty(k)
    deaths = np.empty(k)
    for s in range(strata.shape[0] - 1):
        at_risk[:] = 0.0
        first_row = starts[strata[s]]
        pointer = starts[strata[s + 1]] - 1
        if not delayed:
            for i in range(first_row, pointer + 1):
                at_risk[group[i]] += 1.0
        survival = 1.0
        for b in range(strata[s + 1] - 1, strata[s] - 1, -1):
            lo, hi = starts[b], starts[b + 1]
            if delayed:
                while pointer >= first_row and entry[entry_order[pointer]] < time[lo]:
                    at_risk[group[entry_order[pointer]]] += 1.0
                    pointer -= 1
            deaths[:] = 0.0
            for i in range(lo, hi):
                deaths[group[i]] += event[i]
            n, d = at_risk.sum(), deaths.sum()
            if d > 0.0:
                weight = 1.0
                if weighting == 1:
                    # Just before t, so that the weight does not look at the events it weighs.
                    weight = survival**rho * (1.0 - survival) ** gamma
                elif weighting == 2:
                    weight = n
                elif weighting == 3:
                    weight = np.sqrt(n)
                elif weighting == 4:
                    survival *= 1.0 - d / (n + 1.0)
                    weight = survival
                if weighting == 1:
                    survival *= 1.0 - d / n
                spread = weight * weight * d * (n - d) / (n - 1.0) if n > 1.0 else 0.0
                for g in range(k):
                    share = at_risk[g] / n
                    observed[g] += weight * deaths[g]
                    expected[g] += weight * d * share
                    covariance[g, g] += spread * share
                    for h in range(k):
                        covariance[g, h] -= spread * share * at_risk[h] / n
            for i in range(lo, hi):
                at_risk[group[i]] -= 1.0


def weighting_faults(weighting: str | None, rho: float | None, gamma: float | None) -> list[Fault]:
    """What is wrong with the weighting of a log-rank test."""
    faults = []
    if weighting not in _WEIGHTINGS:
        names = ", ".join(repr(name) for name in _WEIGHTINGS)
        faults.append(Fault(repr(weighting), f"one of {names}", column="weighting"))
    for name, value in (("rho", rho), ("gamma", gamma)):
        if value is not None and weighting != "fleming-harrington":
            faults.append(Fault(repr(value), "None: only weighting='fleming-harrington' uses it", column=name))
        elif value is not None and not 0 <= value < np.inf:
            faults.append(Fault(repr(value), "a finite number of at least 0", column=name))
    return faults


def exponents(weighting: str | None, rho: float | None, gamma: float | None) -> tuple[float, float] | None:
    """(rho, gamma) of Fleming-Harrington: (1, 0) unless one is given, the other being 0 then; ``None`` for others."""
    if weighting != "fleming-harrington":
        return None
    if rho is None and gamma is None:
        return 1.0, 0.0
    return float(rho or 0.0), float(gamma or 0.0)


def logrank(
    time: ArrayLike,
    event: ArrayLike,
    groups: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weighting: Weighting | None = None,
    rho: float | None = None,
    gamma: float | None = None,
    trend: bool = False,
) -> LogrankTest:
    """Log-rank test of two or more groups :cite:p:`Mantel1966,Harrington1982,Tarone1977,Peto1972`.

    Parameters
    ----------
    time, event
        (n,) follow-up, and 1 for an event or 0 for censoring.
    groups
        (n,) labels.
    entry
        (n,) time at which observation began (left truncation), before `time`.
    strata
        (n,) labels; observed, expected and covariance are summed over the strata.
    weighting
        Weight of each event time: ``None`` 1; ``"gehan"`` the number at risk; ``"tarone-ware"`` its square root;
        ``"peto"`` the product of 1 - d / (n + 1) up to and including that time; ``"fleming-harrington"``
        ``S(t-)**rho * (1 - S(t-))**gamma`` with S of all patients of the stratum.
    rho, gamma
        Exponents of Fleming-Harrington: a larger `rho` stresses early events, a larger `gamma` late ones. 1 and 0 if
        neither is given; one that is not given beside the other is 0.
    trend
        Test for a trend with one degree of freedom: numeric groups are their own scores, others score 0, 1, 2, ... in
        sorted order.

    Returns
    -------
    LogrankTest

    Raises
    ------
    InputError
        Lengths, times, events, labels or arguments are at fault.
    DegenerateInputError
        No events.
    DegenerateGroupsError
        Fewer than two groups, or no event while patients of two groups are at risk.
    """
    where = "logrank"
    faults = weighting_faults(weighting, rho, gamma)
    coded = codes_of("groups", groups, np.size(np.asarray(time)), faults)
    outcome = check_outcome(where, time, event, entry=entry, strata=strata, extra=faults)
    assert coded is not None
    labels, codes = coded
    k = len(labels)
    if k < 2:
        raise DegenerateGroupsError(where, Fault(f"one group ({labels[0]})", "at least two", column="groups"))
    rows = sort_rows(outcome)
    observed, expected, covariance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    powers = exponents(weighting, rho, gamma) or (0.0, 0.0)
    _sweep(
        codes[rows.order], rows.event, rows.time, rows.starts, rows.strata, rows.entry, rows.entry_order,
        _WEIGHTINGS[weighting], *powers, observed, expected, covariance,
    )  # fmt: skip
    statistic, df = (
        _trend(labels, observed - expected, covariance) if trend else _overall(observed - expected, covariance)
    )
    return LogrankTest(
        statistic, df, float(chdtrc(df, statistic)), tuple(labels.tolist()), np.bincount(codes, minlength=k), observed,
        expected, covariance,
    )  # fmt: skip


def _nothing_to_compare() -> DegenerateGroupsError:
    hint = "The groups' follow-up has to overlap at an event."
    return DegenerateGroupsError("logrank", Fault("no event while two groups are at risk", "at least one", hint=hint))


def _overall(difference: FloatArray, covariance: FloatArray) -> tuple[float, int]:
    """Groups that are never at risk beside another at an event carry no information and are left out."""
    variances = np.diagonal(covariance)
    used = np.flatnonzero(variances > 1e-12 * variances.max()) if variances.max() > 0 else np.empty(0, dtype=np.int64)
    if len(used) < 2:
        raise _nothing_to_compare()
    block = covariance[np.ix_(used, used)]
    df = int(np.linalg.matrix_rank(block, tol=1e-9 * float(np.diagonal(block).max()), hermitian=True))
    return float(difference[used] @ np.linalg.pinv(block, rcond=1e-9, hermitian=True) @ difference[used]), df


def _trend(labels: Any, difference: FloatArray, covariance: FloatArray) -> tuple[float, int]:
    score = (
        np.asarray(labels, dtype=np.float64) if labels.dtype.kind in "iuf" else np.arange(len(labels), dtype=np.float64)
    )
    score = score - score.mean()
    variance = float(score @ covariance @ score)
    if not variance > 1e-12 * float(score @ score) * max(float(np.diagonal(covariance).max()), 1e-300):
        raise _nothing_to_compare()
    return float((score @ difference) ** 2 / variance), 1
