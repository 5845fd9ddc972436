"""Trend in proportions over ordered categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class TrendTest:
    """Cochran-Armitage test.

    Attributes
    ----------
    statistic, df, p_value
        Chi-squared statistic with one degree of freedom, two-sided.
    z
        Its signed root: positive where the share of the first row rises with the score.
    correlation
        Pearson's correlation of row (first row 1, second 0) and score, z / sqrt(n), in [-1, 1].
    """

    statistic: float
    df: int
    p_value: float
    z: float
    correlation: float


def cochran_armitage(table: ArrayLike, scores: ArrayLike | None = None) -> TrendTest:
    """Test whether the share of the first of two groups changes over ordered categories :cite:p:`Armitage1955`.

    Parameters
    ----------
    table
        (2, k) counts: two groups in rows, categories in their order in columns.
    scores
        (k,) score of each category; by default 1 to k.

    Raises
    ------
    ValueError
        If the table has not two rows, or all patients are in one row or one category.
    """
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != 2:
        raise ValueError(f"a table of shape {counts.shape}; the trend test needs two rows")
    x = np.arange(1.0, counts.shape[1] + 1) if scores is None else np.asarray(scores, dtype=float)
    if x.shape != (counts.shape[1],):
        raise ValueError(f"{x.size} scores of {counts.shape[1]} categories")
    size, n = counts.sum(axis=0), counts.sum()
    share = counts[0].sum() / n
    centred = x - (size * x).sum() / n
    spread = float((size * centred**2).sum())
    if spread == 0 or share in (0.0, 1.0):
        raise ValueError("all patients are in one group or one category; there is no trend to test")
    z = float((counts[0] * centred).sum() / np.sqrt(share * (1 - share) * spread))
    return TrendTest(z**2, 1, float(stats.chi2.sf(z**2, 1)), z, z / float(np.sqrt(n)))
