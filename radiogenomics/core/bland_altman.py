"""Agreement of two ways to measure the same thing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core.proportion import check_confidence


@dataclass(frozen=True)
class BlandAltman:
    """Bias and limits of agreement.

    Attributes
    ----------
    bias
        Mean difference, with ``bias_lower``, ``bias_upper``.
    sd
        Of the differences.
    lower, upper
        Limits between which 95 % of normal differences lie, each with its interval (``*_interval``).
    difference, mean
        (n,) of each pair.
    """

    bias: float
    bias_lower: float
    bias_upper: float
    sd: float
    lower: float
    lower_interval: tuple[float, float]
    upper: float
    upper_interval: tuple[float, float]
    difference: FloatArray
    mean: FloatArray


def bland_altman(measured: ArrayLike, reference: ArrayLike, *, confidence: float = 0.95) -> BlandAltman:
    """Bias and 95 % limits of agreement of two measurements of each subject :cite:p:`Bland1999`.

    Parameters
    ----------
    measured, reference
        (n,) numbers; a difference is ``measured - reference``.
    confidence
        Coverage of the intervals of bias and limits (Student's t with n - 1 degrees of freedom).

    Raises
    ------
    InputError
        If the lengths differ, or numbers are missing.
    DegenerateInputError
        If there are fewer than three pairs.
    """
    x, y = np.asarray(measured, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    faults = []
    if x.ndim != 1 or x.shape != y.shape:
        faults.append(Fault(f"arrays of shapes {x.shape} and {y.shape}", "two of one length"))
    elif not (np.isfinite(x) & np.isfinite(y)).all():
        faults.append(Fault("missing or infinite numbers", "finite ones", hint="Leave those subjects out."))
    check_confidence(faults, confidence)
    if faults:
        raise InputError("bland_altman", faults)
    n = len(x)
    if n < 3:
        raise DegenerateInputError("bland_altman", Fault(f"{n} pair(s)", "three or more"))
    difference = x - y
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    z, t = float(stats.norm.ppf(0.975)), float(stats.t.ppf(0.5 + confidence / 2, n - 1))
    of_bias = t * sd / np.sqrt(n)
    # Variance of bias +- z sd for normal differences: that of the mean, and z^2 times that of sd (sd^2 / (2 (n - 1))).
    of_limit = t * sd * np.sqrt(1 / n + z**2 / (2 * (n - 1)))
    low, high = bias - z * sd, bias + z * sd
    return BlandAltman(
        bias, float(bias - of_bias), float(bias + of_bias), sd,
        low, (float(low - of_limit), float(low + of_limit)),
        high, (float(high - of_limit), float(high + of_limit)), difference, (x + y) / 2,
    )  # fmt: skip
