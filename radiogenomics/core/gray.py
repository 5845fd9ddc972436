"""Gray's test that groups share one cumulative incidence of a cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from radiogenomics._errors import DegenerateGroupsError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._survival_input import check_outcome, codes_of
from radiogenomics.core.cumulative_incidence import check_causes, require_cause


@dataclass(frozen=True)
class GrayTest:
    """Chi-squared statistic, degrees of freedom, p-value; ``score`` and ``covariance`` of all groups but the last."""

    statistic: float
    df: int
    p_value: float
    groups: tuple[Any, ...]
    score: FloatArray
    covariance: FloatArray


@dataclass(frozen=True)
class _Counts:
    """By distinct time and group: at risk just before, events of the cause, of the others."""

    at_risk: FloatArray
    events: FloatArray
    others: FloatArray


def gray_test(
    time: ArrayLike, cause: ArrayLike, groups: ArrayLike, *, of_interest: int, strata: ArrayLike | None = None
) -> GrayTest:
    """Compare the cumulative incidence of one cause between groups :cite:p:`Gray1988`.

    Parameters
    ----------
    time, cause
        As in :func:`cumulative_incidence`.
    groups
        (n,) labels.
    of_interest
        Code of the cause that is compared; every other code but 0 competes with it.
    strata
        (n,) labels; scores and covariances are summed over the strata.

    Returns
    -------
    GrayTest
        Every time counts alike. Unlike the log-rank test of the cause's hazard, it compares what patients are told:
        how many have had the event by a time.

    Raises
    ------
    InputError
        Lengths, times, codes or labels are at fault.
    DegenerateInputError
        No event of the cause.
    DegenerateGroupsError
        Fewer than two groups, or nothing to compare at any event of the cause.
    """
    where = "gray_test"
    faults: list[Fault] = []
    codes, causes = check_causes(where, cause, faults)
    coded = codes_of("groups", groups, len(codes), faults)
    if faults:
        raise InputError(where, faults)
    outcome = check_outcome(where, time, (codes > 0).astype(float), strata=strata)
    require_cause(where, of_interest, causes)
    assert coded is not None
    labels, group = coded
    k = len(labels)
    if k < 2:
        raise DegenerateGroupsError(where, Fault(f"one group ({labels[0]})", "at least two", column="groups"))
    layers = outcome.strata if outcome.strata is not None else np.zeros(len(codes), dtype=np.int64)
    score, covariance = np.zeros(k), np.zeros((k, k))
    for layer in np.unique(layers):
        rows = layers == layer
        part = _score(_count(outcome.time[rows], codes[rows], group[rows], of_interest, k))
        score += part[0]
        covariance += part[1]
    u, v = score[:-1], covariance[:-1, :-1]
    scale = float(np.diagonal(covariance).max(initial=0.0))
    df = int(np.linalg.matrix_rank(v, tol=1e-9 * scale, hermitian=True)) if scale > 0 else 0
    if df == 0:
        hint = "The groups' follow-up has to overlap at an event."
        raise DegenerateGroupsError(where, Fault("no event while two groups are at risk", "at least one", hint=hint))
    statistic = float(u @ np.linalg.pinv(v, rcond=1e-9, hermitian=True) @ u)
    return GrayTest(statistic, df, float(chdtrc(df, statistic)), tuple(labels.tolist()), u, v)


def _count(time: FloatArray, codes: FloatArray, group: IntArray, of_interest: int, k: int) -> _Counts:
    grid, place = np.unique(time, return_inverse=True)
    cell = place * k + group

    def table(rows: BoolArray) -> FloatArray:
        counts = np.bincount(cell[rows], minlength=len(grid) * k)
        return counts.reshape(len(grid), k).astype(np.float64)

    leaving = table(np.ones(len(time), dtype=bool))
    at_risk = leaving[::-1].cumsum(axis=0)[::-1]
    events, others = table(codes == of_interest), table((codes > 0) & (codes != of_interest))
    used = (events + others).any(axis=1)
    return _Counts(at_risk[used], events[used], others[used])


def _before(values: FloatArray, start: float) -> FloatArray:
    return np.concatenate([np.full((1, *values.shape[1:]), start), values[:-1]])


def _share(top: FloatArray, bottom: FloatArray) -> FloatArray:
    return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > 0)


def _score(counts: _Counts) -> tuple[FloatArray, FloatArray]:
    """Scores of the groups and their covariance within one stratum.

    ``r`` is the risk set of the subdistribution, less its factor 1 - F: those at risk over the chance to be so free
    of all causes. ``d`` = sum of r; the common subdistribution hazard has increments (events / d) / (1 - F).
    """
    n, d1, d2 = counts.at_risk, counts.events, counts.others
    k = n.shape[1]
    free = np.cumprod(1.0 - _share(d1 + d2, n), axis=0, dtype=np.float64)
    free_before = _before(free, 1.0)
    incidence = np.cumsum(free_before * _share(d1, n), axis=0, dtype=np.float64)
    r = _share(n, free_before)
    total = r.sum(axis=1)
    all_events = d1.sum(axis=1)
    jump = all_events / total
    common = np.cumsum(jump)
    common_before = _before(common, 0.0)
    alive = r * (1.0 - _before(incidence, 0.0))
    score = (d1 - all_events[:, None] * alive / alive.sum(axis=1, keepdims=True)).sum(axis=0)
    # a[t, i, j]: how group i's score changes with group j's estimated incidence; c: what it has summed to by t.
    a = r[:, :, None] * (np.eye(k) - r[:, None, :] / total[:, None, None])
    c = np.cumsum(a * (jump / (1.0 - common_before))[:, None, None], axis=0)
    to_come = c[-1] - c
    odds = _share(np.broadcast_to(1.0 - common[:, None], free.shape), free)
    # Events of the cause itself: seen by the score and by the estimate of the common incidence.
    weight = np.where(free > 0, 1.0 - odds, 1.0)
    pooled = total[:, None] * free_before
    tied = np.where(all_events[:, None] > 1, 1.0 - _share(all_events[:, None] - 1.0, pooled - 1.0), 1.0)
    spread = tied * _share(free_before * all_events[:, None], total[:, None] * n)
    part = a + weight[:, None, :] * to_come
    covariance = np.einsum("tk,tik,tjk->ij", spread, part, part)
    # Events of the other causes: seen by the estimate alone.
    tied = np.where(d2 > 1, 1.0 - _share(d2 - 1.0, n - 1.0), 1.0)
    spread = np.where(free > 0, tied * _share(free_before**2 * d2, n**2), 0.0)
    part = odds[:, None, :] * to_come
    return score, covariance + np.einsum("tk,tik,tjk->ij", spread, part, part)
