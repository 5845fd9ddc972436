"""t-test of differences over the folds of a repeated cross-validation, whose training sets overlap."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from radiogenomics._errors import DegenerateInputError, Fault, InputError


class ResampledTTest(NamedTuple):
    """Mean difference over folds, its corrected standard error, t, degrees of freedom and p-value."""

    difference: float
    se: float
    statistic: float
    df: int
    p_value: float


def resampled_ttest(
    differences: ArrayLike, *, test_share: float, alternative: Literal["two-sided", "greater", "less"] = "two-sided"
) -> ResampledTTest:
    """Corrected resampled t-test :cite:p:`Nadeau2003,Bouckaert2004`.

    The folds share patients, so the plain variance of their mean is far too small; it is multiplied by
    ``1 + J * test_share / (1 - test_share)``.

    Parameters
    ----------
    differences
        (J,) difference of two models' performance in each fold of each repeat, at least 2.
    test_share
        Share of the patients in a test fold: 1 / K of K folds.
    alternative
        ``"greater"``: the mean difference is above 0.

    Raises
    ------
    InputError
        Values are missing, or `test_share` is not between 0 and 1.
    DegenerateInputError
        Fewer than 2 differences.
    """
    d = np.asarray(differences, dtype=np.float64).ravel()
    if not 0 < test_share < 1 or not np.isfinite(d).all() or alternative not in ("two-sided", "greater", "less"):
        found = f"test_share {test_share}, {int((~np.isfinite(d)).sum())} missing differences, {alternative!r}"
        raise InputError("resampled_ttest", Fault(found, "a share between 0 and 1, finite differences, a known side"))
    if len(d) < 2:
        raise DegenerateInputError("resampled_ttest", Fault(f"{len(d)} difference(s)", "at least 2"))
    mean = float(d.mean())
    se = math.sqrt((1 / len(d) + test_share / (1 - test_share)) * float(d.var(ddof=1)))
    if se == 0:
        sure = {"two-sided": float(mean == 0), "greater": float(mean <= 0), "less": float(mean >= 0)}
        return ResampledTTest(mean, 0.0, math.copysign(math.inf, mean) if mean else 0.0, len(d) - 1, sure[alternative])
    t = mean / se
    below = float(stdtr(len(d) - 1, t))
    p = {"two-sided": 2 * min(below, 1 - below), "greater": float(stdtr(len(d) - 1, -t)), "less": below}[alternative]
    return ResampledTTest(mean, se, t, len(d) - 1, p)
