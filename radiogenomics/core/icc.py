"""Intraclass correlation of repeated readings, for many features at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray

FORMS = ("icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k")
#: Below this share of the largest reading, readings differ by rounding only.
_ROUNDING = 1e-12


class ICCForm(NamedTuple):
    """One form: ``value`` with its interval ``lower``, ``upper`` and the F test of value 0; each (p,) or a number."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    statistic: FloatArray
    df: FloatArray
    df_within: FloatArray
    p_value: FloatArray


@dataclass(frozen=True)
class ICC:
    """Intraclass correlations; arrays (p,) of features, or numbers where one feature was given.

    Attributes
    ----------
    icc1, icc2, icc3
        Of a single reading: ICC(1,1), each patient read by other readers; ICC(2,1), the same readers, a random sample
        of all readers (absolute agreement); ICC(3,1), these very readers (consistency: a constant shift costs nothing).
    icc1k, icc2k, icc3k
        The same of the mean over the k readings.
    n_patients
        Patients with all k readings of the feature, which were used.
    n_dropped
        Patients that were not, for a missing reading.
    n_readings
        k.
    """

    icc1: ICCForm
    icc2: ICCForm
    icc3: ICCForm
    icc1k: ICCForm
    icc2k: ICCForm
    icc3k: ICCForm
    n_patients: IntArray
    n_dropped: IntArray
    n_readings: int


def icc(ratings: ArrayLike, *, confidence: float = 0.95) -> ICC:
    """Intraclass correlations, all six forms :cite:p:`Shrout1979,McGraw1996`.

    Parameters
    ----------
    ratings
        (n, k) readings of n patients by k readers, or (p, n, k) of p features. A patient with a missing reading (NaN)
        of a feature is left out of that feature.
    confidence
        Level of the intervals, in (0, 1).

    Returns
    -------
    ICC
        NaN for a feature with fewer than two complete patients, or whose readings are all the same to 12 digits.
        Readings that do not differ between readers have the value 1, bounds of 1 and an infinite F. Of ``icc2k``,
        a value or bound is minus infinity where that of ``icc2`` is -1 / (k - 1) or less (the formula, and psych, give
        numbers above 0 there).

    Raises
    ------
    InputError
        Another shape, fewer than two readings, infinite readings, or a confidence outside (0, 1).
    """
    x = np.asarray(ratings, dtype=np.float64)
    faults = []
    if x.ndim not in (2, 3) or x.shape[-1] < 2:
        faults.append(Fault(f"an array of shape {x.shape}", "(n, k) or (p, n, k), k of 2 or more", column="ratings"))
    if np.isinf(x).any():
        faults.append(Fault("infinite readings", "finite or missing", column="ratings"))
    if not 0 < confidence < 1:
        faults.append(Fault(repr(confidence), "a level in (0, 1)", column="confidence"))
    if faults:
        raise InputError("icc", faults)
    stack = x if x.ndim == 3 else x[None]
    k = stack.shape[2]
    complete: BoolArray = np.asarray(~np.isnan(stack).any(axis=2))
    n = complete.sum(axis=1).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        between, readers, error, within = _mean_squares(stack, complete, n)
        forms = _forms(between, readers, error, within, n.astype(np.float64), k, confidence)
    if x.ndim == 2:
        forms = [ICCForm(*(values[0] for values in form)) for form in forms]
        n = n[0]
    icc1, icc2, icc3, icc1k, icc2k, icc3k = forms
    return ICC(icc1, icc2, icc3, icc1k, icc2k, icc3k, n, complete.shape[1] - n, k)


def _mean_squares(
    x: FloatArray, complete: BoolArray, n: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Between patients, between readers, residual and within patients, (p,) each; NaN where nothing varies."""
    k = x.shape[2]
    kept = complete[:, :, None]
    x = np.where(kept, x, 0.0)
    size = np.abs(x).max(axis=(1, 2), initial=0.0)
    centre = x.sum(axis=(1, 2)) / np.where(n, n * k, 1)
    x = np.where(kept, x - centre[:, None, None], 0.0)
    patient = x.mean(axis=2)
    reader = x.sum(axis=1) / n[:, None]
    inside = np.where(kept, x - patient[:, :, None], 0.0)
    residual = np.where(kept, inside - reader[:, None, :], 0.0)
    total = (x * x).sum(axis=(1, 2))
    between = k * (patient * patient).sum(axis=1) / (n - 1)
    readers = n * (reader * reader).sum(axis=1) / (k - 1)
    error = (residual * residual).sum(axis=(1, 2)) / ((n - 1) * (k - 1))
    within = (inside * inside).sum(axis=(1, 2)) / (n * (k - 1))
    rounding = (_ROUNDING * size) ** 2
    known = (n > 1) & (total > rounding * n * k)
    parts = (
        np.where(known, np.where(part <= rounding, 0.0, part), np.nan) for part in (between, readers, error, within)
    )
    between, readers, error, within = parts
    return between, readers, error, within


def _forms(
    between: FloatArray, readers: FloatArray, error: FloatArray, within: FloatArray, n: FloatArray, k: int, level: float
) -> list[ICCForm]:
    tail = (1 - level) / 2
    df, df_within, df_error = n - 1, n * (k - 1), (n - 1) * (k - 1)
    f1, f3 = between / within, between / error
    p1, p3 = special.fdtrc(df, df_within, f1), special.fdtrc(df, df_error, f3)
    test1 = (f1, df, df_within, p1)
    test3 = (f3, df, df_error, p3)

    # Both bounds of the forms 1 and 3 are those of the ratio of the mean squares.
    some, at = np.unique(n, return_inverse=True)  # most features have all patients: few quantiles to look for
    a, b, c = some - 1, some * (k - 1), (some - 1) * (k - 1)
    low1, high1 = f1 / _quantile(a, b, 1 - tail)[at], f1 * _quantile(b, a, 1 - tail)[at]
    low3, high3 = f3 / _quantile(a, c, 1 - tail)[at], f3 * _quantile(c, a, 1 - tail)[at]
    one1, one1_low, one1_high = (_of_ratio(f, k) for f in (f1, low1, high1))
    one3, one3_low, one3_high = (_of_ratio(f, k) for f in (f3, low3, high3))
    mean1, mean1_low, mean1_high = (_of_ratio(f, 1, mean=True) for f in (f1, low1, high1))
    mean3, mean3_low, mean3_high = (_of_ratio(f, 1, mean=True) for f in (f3, low3, high3))

    value2 = (between - error) / (between + (k - 1) * error + k * (readers - error) / n)
    lower2, upper2 = _agreement_interval(value2, between, readers, error, n, k, tail)
    value2k, lower2k, upper2k = (_of_mean(single_value, k) for single_value in (value2, lower2, upper2))
    return [
        ICCForm(one1, one1_low, one1_high, *test1),
        ICCForm(value2, lower2, upper2, *test3),
        ICCForm(one3, one3_low, one3_high, *test3),
        ICCForm(mean1, mean1_low, mean1_high, *test1),
        ICCForm(value2k, lower2k, upper2k, *test3),
        ICCForm(mean3, mean3_low, mean3_high, *test3),
    ]


def _of_ratio(f: FloatArray, k: int, *, mean: bool = False) -> FloatArray:
    """(F - 1) / (F + k - 1), or 1 - 1 / F of a mean; 1 where F is infinite."""
    value = 1 - 1 / f if mean else (f - 1) / (f + k - 1)
    return np.where(np.isposinf(f), 1.0, value)


def _of_mean(value: FloatArray, k: int) -> FloatArray:
    """Spearman and Brown's formula; it has a pole at -1 / (k - 1), from which on down there is no agreement left."""
    noise = 1 + value * (k - 1)
    return np.where(noise <= 0, -np.inf, value * k / noise)


def _agreement_interval(
    value: FloatArray, between: FloatArray, readers: FloatArray, error: FloatArray, n: FloatArray, k: int, tail: float
) -> tuple[FloatArray, FloatArray]:
    """Interval of ICC(2,1): Satterthwaite's degrees of freedom for the readers' and the residual mean square."""
    by_readers = k * value * readers
    by_error = (n * (1 + (k - 1) * value) - k * value) * error
    df = (n - 1) * (k - 1) * (by_readers + by_error) ** 2 / ((n - 1) * by_readers**2 + by_error**2)
    perfect = (readers == 0) & (error == 0)
    df = np.where(perfect, 1.0, df)  # there is nothing to approximate, and the bounds below are 1
    noise = k * readers + (k * n - k - n) * error
    high = _quantile(n - 1, df, 1 - tail)
    low = _quantile(df, n - 1, 1 - tail)
    lower = n * (between / high - error) / (noise + n * between / high)  # high may be infinite
    upper = n * (low * between - error) / (noise + n * low * between)
    return lower, upper


def _quantile(df: FloatArray, df_within: FloatArray, p: float) -> FloatArray:
    """Quantile of the F distribution; NaN for degrees of freedom that are not above 0."""
    possible = (df > 0) & (df_within > 0)
    a, b = np.where(possible, df, 1.0), np.where(possible, df_within, 1.0)
    share = special.betaincinv(b / 2, a / 2, 1 - p)  # of the upper tail: 1 - share would lose digits
    return np.where(possible, b * (1 - share) / (a * share), np.nan)
