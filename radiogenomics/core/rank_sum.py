"""Wilcoxon's rank-sum test with its effect size and interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

_EXACT_BELOW = 50


@dataclass(frozen=True)
class RankSumResult:
    """Rank-sum test of two groups.

    Attributes
    ----------
    statistic
        Mann-Whitney's U of the first group (R's W): pairs in which its value is larger, ties counted half.
    p_value
        Two-sided: exact with fewer than 50 in both groups and no ties, else normal with continuity correction.
    rank_biserial, lower, upper
        Share of pairs in which the first is larger less the share in which the second is, in [-1, 1]; the interval
        rests on the variance of the placements of each group in the other.
    """

    statistic: float
    p_value: float
    rank_biserial: float
    lower: float
    upper: float


def rank_sum(first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95) -> RankSumResult:
    """Wilcoxon's rank-sum test of two groups :cite:p:`Wilcoxon1945,Mann1947,DeLong1988`.

    Parameters
    ----------
    first, second
        (n,), (m,) finite numbers.
    confidence
        Level of the interval.

    Raises
    ------
    ValueError
        An empty group, a value that is not finite, or all values equal.
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not x.size or not y.size or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("both groups need values, all of them finite")
    if np.ptp(np.concatenate([x, y])) == 0:
        raise ValueError("all values are equal; there is nothing to rank")
    n, m = x.size, y.size
    ranks = stats.rankdata(np.concatenate([x, y]))
    above = ranks[:n] - stats.rankdata(x)  # of the second group, below each of the first; ties half
    below = ranks[n:] - stats.rankdata(y)
    u = float(above.sum())
    ties = len(np.unique(ranks)) < n + m
    method = "exact" if not ties and n < _EXACT_BELOW and m < _EXACT_BELOW else "asymptotic"
    p_value = float(stats.mannwhitneyu(x, y, alternative="two-sided", method=method, use_continuity=True).pvalue)
    effect = 2.0 * u / (n * m) - 1.0
    lower = upper = np.nan
    if min(n, m) > 1:
        variance = np.var(above / m, ddof=1) / n + np.var(below / n, ddof=1) / m
        half = 2.0 * float(stats.norm.ppf((1 + confidence) / 2) * np.sqrt(variance))
        lower, upper = max(-1.0, effect - half), min(1.0, effect + half)
    return RankSumResult(u, p_value, effect, lower, upper)
