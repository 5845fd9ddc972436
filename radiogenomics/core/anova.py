"""One-way analysis of variance with its effect size and interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats


@dataclass(frozen=True)
class AnovaResult:
    """One-way analysis of variance.

    Attributes
    ----------
    statistic, df, df_within, p_value
        F, its two degrees of freedom and its upper tail.
    eta_squared, lower, upper
        Share of the variance between the groups, in [0, 1], with the interval that inverts the non-central F.
    """

    statistic: float
    df: int
    df_within: int
    p_value: float
    eta_squared: float
    lower: float
    upper: float


def anova(values: ArrayLike, groups: ArrayLike, *, confidence: float = 0.95) -> AnovaResult:
    """One-way analysis of variance of one variable between groups :cite:p:`Fisher1925,Steiger2004`.

    Parameters
    ----------
    values
        (n,) finite numbers, normal within groups with one variance.
    groups
        (n,) labels.
    confidence
        Level of the interval.

    Raises
    ------
    ValueError
        Fewer than two groups, no more patients than groups, or no variation within the groups.
    """
    x = np.asarray(values, dtype=float)
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    if x.shape != group.shape or x.ndim != 1 or not np.isfinite(x).all():
        raise ValueError("values and groups must be two vectors of one length, the values finite")
    df, within = len(names) - 1, x.size - len(names)
    if df < 1 or within < 1:
        raise ValueError(f"{len(names)} group(s) of {x.size} patients; the comparison needs 2, and more patients")
    mean = np.bincount(group, weights=x) / np.bincount(group)
    between = float((np.bincount(group) * (mean - x.mean()) ** 2).sum())
    inside = float(((x - mean[group]) ** 2).sum())
    if inside <= 1e-14 * (between + inside):
        raise ValueError("the values do not vary within the groups")
    f = (between / df) / (inside / within)
    low, high = noncentrality(lambda nc: float(stats.ncf.cdf(f, df, within, nc)), f * df, confidence)
    total = between + inside
    n = x.size
    return AnovaResult(
        f, df, within, float(stats.f.sf(f, df, within)), between / total, low / (low + n), high / (high + n)
    )


def noncentrality(tail: Callable[[float], float], start: float, confidence: float) -> tuple[float, float]:
    """Interval of a non-centrality parameter by inverting the distribution function ``tail`` of the statistic.

    ``tail`` falls with the parameter; a bound that would be negative is 0.
    """

    def known(nc: float) -> float:
        """The tail; far from ``start``, where scipy gives NaN for large samples, it is 0 or 1."""
        value = tail(nc)
        return value if np.isfinite(value) else float(nc < start)

    def bound(level: float) -> float:
        if known(1e-9) <= level:
            return 0.0
        high = max(1.0, 2.0 * start)
        while known(high) > level:
            high *= 2.0
        return float(optimize.brentq(lambda nc: known(nc) - level, 1e-9, high))

    return bound((1 + confidence) / 2), bound((1 - confidence) / 2)
