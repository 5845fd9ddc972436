"""Adjusted p-values of one family of tests. A NaN (a test that could not be done) stays NaN and is not counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._types import FloatArray


def _finite(p_values: ArrayLike) -> tuple[FloatArray, FloatArray]:
    p = np.array(p_values, dtype=float)
    if p.ndim != 1:
        raise ValueError(f"p_values has {p.ndim} dimensions; a family of tests has one")
    done = p[~np.isnan(p)]
    if ((done < 0) | (done > 1)).any():
        raise ValueError(f"p_values holds {done[(done < 0) | (done > 1)][0]}; a p-value lies in [0, 1]")
    return p, done


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Adjusted p-values that control the false discovery rate :cite:p:`Benjamini1995`.

    Parameters
    ----------
    p_values
        (m,) p-values in [0, 1]; NaN for tests that were not done.

    Returns
    -------
    (m,) adjusted p-values in [0, 1], NaN where the p-value was.
    """
    p, done = _finite(p_values)
    m = done.size
    order = np.argsort(-done, kind="stable")
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(done[order] * (m / np.arange(m, 0, -1))))
    p[~np.isnan(p)] = adjusted
    return p


def holm(p_values: ArrayLike) -> FloatArray:
    """Adjusted p-values that control the family-wise error rate by step-down Bonferroni :cite:p:`Holm1979`.

    Parameters
    ----------
    p_values
        (m,) p-values in [0, 1]; NaN for tests that were not done.

    Returns
    -------
    (m,) adjusted p-values in [0, 1], NaN where the p-value was.
    """
    p, done = _finite(p_values)
    m = done.size
    order = np.argsort(done, kind="stable")
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(done[order] * np.arange(m, 0, -1)))
    p[~np.isnan(p)] = adjusted
    return p
