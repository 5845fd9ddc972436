"""Share of the variance of many features that one variable explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from radiogenomics._types import FloatArray, IntArray


@dataclass(frozen=True)
class VarianceExplained:
    """One entry per feature; NaN where a feature has too few values or does not vary.

    Attributes
    ----------
    r2
        Share in [0, 1] of the sum of squares (eta squared for groups).
    n, df
        Patients with a value, and degrees of freedom of the variable among them.
    p_value
        Upper tail of F.
    """

    r2: FloatArray
    n: IntArray
    df: IntArray
    p_value: FloatArray


def variance_explained(x: ArrayLike, variable: ArrayLike) -> VarianceExplained:
    """R squared of every feature on one variable: groups (one-way analysis of variance) or numbers (straight line).

    Parameters
    ----------
    x
        (n_patients, n_features), NaN where missing.
    variable
        (n_patients,) numbers, or labels of groups; none missing.
    """
    values, given = np.asarray(x, dtype=float), np.asarray(variable)
    known = ~np.isnan(values)
    n = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        filled = np.where(known, values - np.where(known, values, 0.0).sum(axis=0) / n, 0.0)
        total = (filled**2).sum(axis=0)
        if np.issubdtype(given.dtype, np.number):
            z = np.where(known, given[:, None].astype(float), 0.0)
            z = np.where(known, z - z.sum(axis=0) / n, 0.0)
            squares = (z**2).sum(axis=0)
            explained = (z * filled).sum(axis=0) ** 2 / squares
            df = (squares > 0).astype(np.int64)
        else:
            member = (given[:, None] == np.unique(given)).astype(float).T
            sizes = member @ known
            explained = np.where(sizes > 0, (member @ filled) ** 2 / sizes, 0.0).sum(axis=0)
            df = (sizes > 0).sum(axis=0) - 1
        usable = (
            (total > 1e-28 * n * np.nanmax(np.abs(np.where(known, values, 0.0)), axis=0) ** 2) & (df > 0) & (n - 1 > df)
        )
        r2 = np.where(usable, np.clip(explained / total, 0.0, 1.0), np.nan)
        f = (r2 / df) / ((1 - r2) / (n - 1 - df))
    p = np.where(usable, stats.f.sf(f, np.maximum(df, 1), np.maximum(n - 1 - df, 1)), np.nan)
    return VarianceExplained(r2, n, df, p)
