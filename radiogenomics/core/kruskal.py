"""Kruskal-Wallis rank test with its effect size and interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from radiogenomics.core.anova import noncentrality


@dataclass(frozen=True)
class KruskalResult:
    """Kruskal-Wallis test.

    Attributes
    ----------
    statistic
        H, corrected for ties.
    df
        Number of groups less one.
    p_value
        From the chi-squared distribution with ``df`` degrees of freedom.
    epsilon_squared
        Share of the variance of the ranks between the groups, H / (n - 1), in [0, 1].
    lower, upper
        Its interval, that of eta squared of the ranks (it inverts the non-central F); NaN where the ranks do not vary
        within the groups. Approximate: where groups differed by a shift, 87 to 98 % of simulated 95 % intervals held a
        true value of at most 0.4, and 80 to 93 % a larger one.
    """

    statistic: float
    df: int
    p_value: float
    epsilon_squared: float
    lower: float
    upper: float


def kruskal(values: ArrayLike, groups: ArrayLike, *, confidence: float = 0.95) -> KruskalResult:
    """Kruskal-Wallis test of one variable between groups :cite:p:`Kruskal1952,Tomczak2014`.

    Parameters
    ----------
    values
        (n,) finite numbers.
    groups
        (n,) labels.
    confidence
        Level of the interval.

    Returns
    -------
    KruskalResult

    Raises
    ------
    ValueError
        If there are fewer than two groups, a value is not finite or all values are equal.
    """
    x = np.asarray(values, dtype=float)
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    if x.shape != group.shape or x.ndim != 1:
        raise ValueError(f"values {x.shape} and groups {group.shape} must be two vectors of one length")
    if not np.isfinite(x).all():
        raise ValueError("values must be finite; leave patients without a value out")
    if len(names) < 2:
        raise ValueError(f"found {len(names)} group; a comparison needs at least 2")
    n = x.size
    ranks = stats.rankdata(x)
    ties = np.unique(x, return_counts=True)[1].astype(float)
    correction = 1 - (ties**3 - ties).sum() / (float(n) ** 3 - n)
    if correction <= 0:
        raise ValueError("all values are equal; there is nothing to rank")
    size = np.bincount(group)
    mean_rank = np.bincount(group, weights=ranks) / size
    h = 12 / (n * (n + 1)) * float((size * (mean_rank - (n + 1) / 2) ** 2).sum()) / correction
    df = len(names) - 1
    low, high = _interval(h / (n - 1), df, n, confidence)
    return KruskalResult(h, df, float(stats.chi2.sf(h, df)), h / (n - 1), low, high)


def _interval(share: float, df: int, n: int, confidence: float) -> tuple[float, float]:
    within = n - df - 1
    if within < 1 or share > 1 - 1e-12:
        return float("nan"), float("nan")
    f = (share / df) / ((1 - share) / within)
    low, high = noncentrality(lambda nc: float(stats.ncf.cdf(f, df, within, nc)), f * df, confidence)
    return low / (low + n), high / (high + n)
