"""Wilcoxon's rank-sum test of many variables at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import ndtr

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray

_EXACT_BELOW = 50


@dataclass(frozen=True)
class RankSums:
    """Rank-sum tests, one entry per variable.

    Attributes
    ----------
    u
        (p,) Mann-Whitney's U of the first sample: pairs in which its value is larger, ties counted half.
    z
        (p,) U as a normal deviate, corrected for ties; positive where the first sample is larger.
    p_value
        (p,) two-sided: exact with fewer than 50 in both samples and no ties, else normal with continuity correction.
    degenerate
        (p,) variables without a test: all values equal.
    """

    u: FloatArray
    z: FloatArray
    p_value: FloatArray
    degenerate: BoolArray


def rank_sum_columns(a: ArrayLike, b: ArrayLike) -> RankSums:
    """Rank-sum test of every column :cite:p:`Wilcoxon1945,Mann1947`.

    Parameters
    ----------
    a, b
        (n, p) and (m, p) finite values, neither sample empty.

    Returns
    -------
    RankSums

    Raises
    ------
    InputError
        If the samples differ in their columns, are empty or hold values that are not finite.
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or not len(x) or not len(y):
        raise InputError("rank_sum_columns", Fault(f"arrays of shape {x.shape}, {y.shape}", "(n, p) and (m, p)"))
    both = np.concatenate([x, y])
    if not np.isfinite(both).all():
        raise InputError("rank_sum_columns", Fault("missing or infinite values", "finite values"))
    n, m = len(x), len(y)
    ranks = np.asarray(stats.rankdata(both, axis=0), dtype=np.float64)
    u = ranks[:n].sum(axis=0) - n * (n + 1) / 2
    ties = _tie_sums(both)
    total = n + m
    degenerate = ties == total**3 - total
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(n * m / 12.0 * (total + 1 - ties / (total * (total - 1.0))))
        z = (u - n * m / 2) / spread
        # Half a pair nearer to the middle: U counts pairs, the normal curve does not.
        p_value = np.minimum(2.0 * ndtr(-np.maximum(np.abs(u - n * m / 2) - 0.5, 0.0) / spread), 1.0)
    untied = ties == 0
    if n < _EXACT_BELOW and m < _EXACT_BELOW and untied.any():
        p_value[untied] = _exact_tail(n, m)[np.rint(u[untied]).astype(int)]
    return RankSums(u, np.where(degenerate, np.nan, z), np.where(degenerate, np.nan, p_value), degenerate)


def _tie_sums(values: FloatArray) -> FloatArray:
    """Sum of t^3 - t over the runs of t equal values, per column."""
    ordered = np.sort(values, axis=0)
    new = np.ones(ordered.shape, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    sums = np.zeros(values.shape[1])
    for j in np.flatnonzero(~new.all(axis=0)):
        runs = np.diff(np.flatnonzero(np.append(new[:, j], True))).astype(float)
        sums[j] = np.sum(runs**3 - runs)
    return sums


@lru_cache(maxsize=8)
def _exact_tail(n: int, m: int) -> FloatArray:
    """Two-sided p-value of every U from 0 to n m, all orders of n and m different values being as likely."""
    counts = np.zeros((n + 1, n * m + 1))
    counts[0, 0] = 1.0
    # The value of rank i + 1, if it is the k-th of the first sample, beats i + 1 - k of the second.
    for i in range(n + m):
        for k in range(min(i + 1, n), max(0, i + 1 - m) - 1, -1):
            above = i + 1 - k
            if k == 0 or above > m:
                continue
            shifted = np.zeros(n * m + 1)
            shifted[above:] = counts[k - 1, : n * m + 1 - above]
            counts[k] += shifted
    share = counts[n] / counts[n].sum()
    lower = np.cumsum(share)
    tail = np.minimum(lower, np.cumsum(share[::-1])[::-1])
    return np.asarray(np.minimum(2.0 * tail, 1.0))
