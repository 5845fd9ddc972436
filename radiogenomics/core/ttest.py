"""Two-sample t-tests of many variables at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray

# A spread this much smaller than the values is rounding error: the variable is constant.
_CONSTANT = 1e-10


@dataclass(frozen=True)
class TTest:
    """Two-sample t-tests, one entry per variable.

    Attributes
    ----------
    statistic
        (p,) t; positive where the first sample has the higher mean. NaN where the test cannot be done.
    df
        (p,) degrees of freedom.
    p_value
        (p,) two-sided. NaN where the test cannot be done.
    mean_a, mean_b
        (p,) means.
    degenerate
        (p,) variables without a test: constant in both samples, or fewer than two values in one of them.
    """

    statistic: FloatArray
    df: FloatArray
    p_value: FloatArray
    mean_a: FloatArray
    mean_b: FloatArray
    degenerate: BoolArray


def ttest(a: ArrayLike, b: ArrayLike, *, equal_variance: bool = True) -> TTest:
    """Student's (equal variances) or Welch's t-test of every column :cite:p:`Student1908,Welch1947`.

    Parameters
    ----------
    a, b
        (n_a, p) and (n_b, p) values; NaN values are left out of their own column only.
    equal_variance
        Student's test with the pooled variance; Welch's without.

    Returns
    -------
    TTest

    Raises
    ------
    InputError
        If the two samples differ in their columns or hold infinite values.
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError("ttest", Fault(f"arrays of shape {x.shape} and {y.shape}", "(n_a, p) and (n_b, p)"))
    n_a, mean_a, square_a = _moments(x)
    n_b, mean_b, square_b = _moments(y)
    enough = (n_a >= 2) & (n_b >= 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if equal_variance:
            df = n_a + n_b - 2.0
            variance = (square_a + square_b) / df * (1.0 / n_a + 1.0 / n_b)
        else:
            part_a, part_b = square_a / (n_a - 1.0) / n_a, square_b / (n_b - 1.0) / n_b
            variance = part_a + part_b
            df = variance**2 / (part_a**2 / (n_a - 1.0) + part_b**2 / (n_b - 1.0))
        size = np.fmax(np.abs(mean_a), np.abs(mean_b))
        spread = np.sqrt((square_a + square_b) / (n_a + n_b))
        degenerate = ~enough | ~(spread > _CONSTANT * size)
        statistic = (mean_a - mean_b) / np.sqrt(variance)
    statistic = np.where(degenerate, np.nan, statistic)
    df = np.where(degenerate, np.nan, df)
    p_value = np.asarray(2.0 * stdtr(df, -np.abs(statistic)), dtype=np.float64)
    return TTest(statistic, df, p_value, mean_a, mean_b, degenerate)


def _moments(x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Number of values, mean, and sum of squared deviations from it, per column."""
    missing = np.isnan(x)
    if not missing.any():
        if not np.isfinite(x).all():
            raise InputError("ttest", Fault("infinite values", "finite values or NaN"))
        mean = x.mean(axis=0) if len(x) else np.full(x.shape[1], np.nan)
        deviation = x - mean
        return np.full(x.shape[1], float(len(x))), mean, np.einsum("ij,ij->j", deviation, deviation)
    if np.isinf(x).any():
        raise InputError("ttest", Fault("infinite values", "finite values or NaN"))
    n = (~missing).sum(axis=0).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(missing, 0.0, x).sum(axis=0) / n
    deviation = np.where(missing, 0.0, x - mean)
    return n, mean, np.einsum("ij,ij->j", deviation, deviation)
