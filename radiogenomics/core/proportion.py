"""A share of patients with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray


@dataclass(frozen=True)
class Proportion:
    """Shares and their Wilson intervals; NaN where nobody was counted.

    Attributes
    ----------
    value, lower, upper
        Arrays of the shape of the counts, in [0, 1].
    """

    value: FloatArray
    lower: FloatArray
    upper: FloatArray


def wilson(successes: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Proportion:
    """Share with Wilson's score interval, which stays within [0, 1] and has a width at 0 and at 1 :cite:p:`Wilson1927`.

    Parameters
    ----------
    successes, n
        Counts, of any shapes that broadcast; they need not be whole (means over repeats of a cross-validation).
    confidence
        Coverage of the interval.

    Returns
    -------
    Proportion
        The interval of R's ``prop.test(correct = FALSE)``; all NaN where ``n`` is 0.

    Raises
    ------
    InputError
        If counts are negative or missing, more succeed than there are, or the coverage is not between 0 and 1.
    """
    x, size = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64))
    faults = []
    # Means over repeats may exceed their total by a rounding.
    if not ((x >= 0) & (size >= 0) & (x <= size * (1 + 1e-12))).all():
        faults.append(Fault("counts that are negative, missing or beyond their total", "0 <= successes <= n"))
    check_confidence(faults, confidence)
    if faults:
        raise InputError("wilson", faults)
    z2 = float(ndtri(0.5 + confidence / 2)) ** 2
    total = np.where(size > 0, size, np.nan)
    share = np.minimum(x / total, 1.0)
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = np.sqrt(z2 * (share * (1 - share) + z2 / (4 * total)) / total) / (1 + z2 / total)
    # At 0 and 1 one end is that value itself; the difference of two equal roots would miss it by a rounding.
    lower = np.where(share == 0, 0.0, np.maximum(centre - half, 0.0))
    upper = np.where(share == 1, 1.0, np.minimum(centre + half, 1.0))
    return Proportion(share, np.where(np.isnan(share), np.nan, lower), np.where(np.isnan(share), np.nan, upper))


def check_confidence(faults: list[Fault], confidence: float) -> None:
    """Add a fault unless the coverage of an interval lies between 0 and 1."""
    if not 0 < confidence < 1:
        faults.append(Fault(repr(confidence), "between 0 and 1", column="confidence"))
