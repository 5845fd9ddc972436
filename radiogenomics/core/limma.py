"""Moderated t-tests of many variables at once, the prior variance following their mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, polygamma, stdtr

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray

# A variance of zero is taken as this share of the median one: its logarithm is needed.
_LEAST_VARIANCE = 1e-5


@dataclass(frozen=True)
class ModeratedT:
    """Moderated t-tests of one column of a design, one entry per variable.

    Attributes
    ----------
    coefficient, se
        (p,) least-squares coefficient of the tested column and its moderated standard error.
    statistic, df, p_value
        (p,) moderated t, its degrees of freedom and two-sided p-value.
    variance, prior_variance
        (p,) moderated residual variance, and the value of the trend it was drawn towards.
    prior_df
        Weight of the trend in degrees of freedom; infinite where variances scatter no more than chance has them.
    """

    coefficient: FloatArray
    se: FloatArray
    statistic: FloatArray
    df: FloatArray
    p_value: FloatArray
    variance: FloatArray
    prior_variance: FloatArray
    prior_df: float


def moderated_ttest(y: ArrayLike, design: ArrayLike, column: int) -> ModeratedT:
    """Test one coefficient of a linear model of every variable with variances shrunk to a trend in the mean.

    The empirical Bayes method of limma with its trend ("limma-trend") :cite:p:`Smyth2004,Law2014`.

    Parameters
    ----------
    y
        (n, p) finite values, on the log2 scale for genes.
    design
        (n, k) design matrix of full rank with fewer columns than rows.
    column
        The column whose coefficient is tested.

    Returns
    -------
    ModeratedT

    Raises
    ------
    InputError
        If shapes differ or values are not finite.
    DegenerateInputError
        If the design is not of full rank or leaves no residual degrees of freedom.
    """
    values, x = np.asarray(y, dtype=np.float64), np.asarray(design, dtype=np.float64)
    if values.ndim != 2 or x.ndim != 2 or len(values) != len(x):
        raise InputError("moderated_ttest", Fault(f"arrays of shape {values.shape}, {x.shape}", "(n, p) and (n, k)"))
    if not (np.isfinite(values).all() and np.isfinite(x).all()):
        raise InputError("moderated_ttest", Fault("missing or infinite values", "finite values"))
    n, k = x.shape
    if np.linalg.matrix_rank(x) < k:
        raise DegenerateInputError("design", f"its {k} columns are not independent of each other")
    if n <= k:
        raise DegenerateInputError(
            "design", f"{k} columns for {n} patients leave nothing to estimate the variance from"
        )
    q, r = np.linalg.qr(x)
    effects = q.T @ values
    inverse = np.linalg.inv(r)
    coefficient = inverse[column] @ effects
    residual = values - q @ effects
    df = float(n - k)
    variance = np.einsum("ij,ij->j", residual, residual) / df
    prior, prior_df = variance_trend(variance, df, values.mean(axis=0))
    posterior = prior.copy() if np.isinf(prior_df) else (df * variance + prior_df * prior) / (df + prior_df)
    # No more degrees of freedom than all variables have together.
    total = np.full(values.shape[1], min(df + prior_df, df * values.shape[1]))
    se = np.sqrt(posterior) * float(np.linalg.norm(inverse[column]))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = coefficient / se
    p_value = np.asarray(2.0 * stdtr(total, -np.abs(statistic)), dtype=np.float64)
    return ModeratedT(coefficient, se, statistic, total, p_value, posterior, prior, prior_df)


def variance_trend(variance: FloatArray, df: float, mean: FloatArray) -> tuple[FloatArray, float]:
    """Prior variance of every variable, a smooth function of its mean, and the prior's degrees of freedom.

    Log variances are those of a scaled F distribution whose scale follows a natural cubic spline of the mean, with as
    many degrees of freedom as their number carries (four from thirty variables on).
    """
    n = len(variance)
    if n < 2:
        return variance.copy(), 0.0
    median = float(np.median(variance)) or 1.0
    log_variance = np.log(np.maximum(variance, _LEAST_VARIANCE * median)) - digamma(df / 2) + np.log(df / 2)
    spline_df = min(1 + (n >= 3) + (n >= 6) + (n >= 30), len(np.unique(mean)))
    basis = _natural_spline(mean, spline_df) if spline_df > 1 else np.ones((n, 1))
    coefficients, _, rank, _ = np.linalg.lstsq(basis, log_variance, rcond=None)
    fitted = basis @ coefficients
    left = n - int(rank)
    excess = float(np.sum((log_variance - fitted) ** 2)) / left if left else 0.0
    excess -= float(polygamma(1, df / 2))
    if excess <= 0:
        without_trend = np.full(n, float(np.mean(variance)))
        return (np.exp(fitted) if spline_df > 1 else without_trend), float("inf")
    prior_df = 2.0 * _inverse_trigamma(excess)
    return np.exp(fitted + digamma(prior_df / 2) - np.log(prior_df / 2)), prior_df


def _natural_spline(x: FloatArray, df: int) -> FloatArray:
    """Basis of cubic splines that are linear beyond the data, intercept included, inner knots at quantiles."""
    low, high = float(x.min()), float(x.max())
    u = (x - low) / (high - low)
    knots = np.unique(np.quantile(u, np.linspace(0.0, 1.0, df)))
    last = knots[-1]

    def above(knot: float) -> FloatArray:
        cubes: FloatArray = (np.maximum(u - knot, 0.0) ** 3 - np.maximum(u - last, 0.0) ** 3) / (last - knot)
        return cubes

    columns = [np.ones_like(u), u, *(above(knot) - above(knots[-2]) for knot in knots[:-2])]
    return np.column_stack(columns)


def _inverse_trigamma(x: float) -> float:
    """The y whose trigamma function is x, by Newton's method on its reciprocal, which is nearly linear."""
    if x > 1e7:
        return float(1.0 / np.sqrt(x))
    if x < 1e-6:
        return 1.0 / x
    y = 0.5 + 1.0 / x
    for _ in range(50):
        value = float(polygamma(1, y))
        step = value * (1.0 - value / x) / float(polygamma(2, y))
        y += step
        if -step / y < 1e-8:
            break
    return y
