"""Correlation of many features at once: unit scores whose products are correlations, and the p-value of a correlation.

The correlation of two features is the inner product of their unit scores: the values (Pearson) or ranks (Spearman)
less what an intercept and the covariates explain, divided by their length.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc
from scipy.stats import rankdata

from radiogenomics._types import BoolArray, FloatArray

Method = Literal["spearman", "pearson"]
#: Up to this many patients the p-value of Spearman's correlation (no ties, no covariates) comes from all permutations.
EXACT_UP_TO = 10
# A feature of which less than this share of its length is left is constant, or explained by the covariates.
_NOTHING_LEFT = 1e-7


def covariate_basis(covariates: ArrayLike | None, n: int) -> FloatArray:
    """(n, 1 + k) orthonormal columns that span an intercept and the k covariates.

    Raises
    ------
    ValueError
        If a covariate is constant or a combination of the others (see :func:`collinear_columns`).
    """
    z = np.empty((n, 0)) if covariates is None else np.asarray(covariates, dtype=float)
    if z.ndim != 2 or len(z) != n or not np.isfinite(z).all():
        raise ValueError(f"covariates has shape {z.shape}; expected ({n}, k) finite numbers")
    if collinear_columns(z):
        raise ValueError(f"columns {collinear_columns(z)} of covariates are constant or combinations of others")
    centred = z - z.mean(axis=0)
    basis: FloatArray = np.linalg.qr(np.column_stack([np.ones(n), centred / np.linalg.norm(centred, axis=0)]))[0]
    return basis


def collinear_columns(covariates: FloatArray) -> list[int]:
    """Columns that an intercept and the columns before them explain."""
    kept = [np.full(len(covariates), len(covariates) ** -0.5)]
    found = []
    for i, column in enumerate(covariates.T):
        rest = column - column.mean()
        before = np.linalg.norm(rest)
        for _ in range(2):  # once more, for what rounding left
            for direction in kept:
                rest = rest - direction * (direction @ rest)
        after = np.linalg.norm(rest)
        if after <= _NOTHING_LEFT * max(before, np.finfo(float).tiny) or before <= 1e-14 * np.linalg.norm(column):
            found.append(i)
        else:
            kept.append(rest / after)
    return found


def correlation_scores(x: ArrayLike, method: Method, basis: FloatArray | None = None) -> tuple[FloatArray, BoolArray]:
    """Unit scores of every column, and which columns vary.

    Parameters
    ----------
    x
        (n, p) finite values, patients in rows.
    method
        ``"spearman"``: ranks (ties share their mean rank) take the place of the values.
    basis
        What is taken out, of :func:`covariate_basis`; by default the mean.

    Returns
    -------
    (n, p) columns of length 1, zero where nothing varies; (p,) whether anything does.
    """
    values = np.array(x, dtype=float)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError(f"x has shape {values.shape} and NaN or Inf; expected (n, p) finite numbers")
    if method not in ("spearman", "pearson"):
        raise ValueError(f"method is {method!r}; expected 'spearman' or 'pearson'")
    varies: BoolArray = (values != values[:1]).any(axis=0)
    if method == "spearman":
        values = rankdata(values, axis=0)
    values -= values.mean(axis=0)
    length = np.linalg.norm(values, axis=0)
    values /= np.where(varies, length, 1.0)
    if basis is not None and basis.shape[1] > 1:
        for _ in range(2):  # once more, for what rounding left
            values -= basis @ (basis.T @ values)
        length = np.linalg.norm(values, axis=0)
        varies = varies & (length > _NOTHING_LEFT)
        values /= np.where(varies, length, 1.0)
    values[:, ~varies] = 0.0
    return values, varies


def has_ties(x: ArrayLike) -> bool:
    """Whether any column holds a value twice."""
    return bool((np.diff(np.sort(np.asarray(x, dtype=float), axis=0), axis=0) == 0).any())


def correlation_p(r: ArrayLike, df: int, *, exact: int | None = None) -> FloatArray:
    """Two-sided p-values of correlations, from Student's t with ``df`` = n - 2 - covariates.

    Parameters
    ----------
    r
        Correlations in [-1, 1].
    exact
        Number of patients, to take the distribution of Spearman's correlation over all their orders instead.

    Returns
    -------
    p-values in [0, 1], of the shape of ``r``; they fall with \\|r\\|.
    """
    size = np.minimum(np.abs(np.asarray(r, dtype=float)), 1.0)
    if exact is None:
        # 2 P(T > t) with t^2 = df r^2 / (1 - r^2); this form stays accurate where p is tiny.
        p: FloatArray = betainc(df / 2, 0.5, (1.0 - size) * (1.0 + size))
        return p
    sizes, tail = _spearman_null(exact)
    # Possible values are 12 / (n^3 - n) apart, far more than rounding.
    return np.asarray(tail[np.searchsorted(sizes, size - 1e-9)])


@cache
def _spearman_null(n: int) -> tuple[FloatArray, FloatArray]:
    """Sizes that Spearman's correlation of n patients without ties can have, rising, and P(\\|r\\| >= each)."""
    if n > EXACT_UP_TO:
        raise ValueError(f"exact p-values up to {EXACT_UP_TO} patients; found {n}")
    top = n * (n + 1) * (2 * n + 1) // 6
    # Orders of the first ranks by the set of places they took: how many give each sum of rank x place.
    ways = {0: np.eye(1, top + 1)[0]}
    for rank in range(1, n + 1):
        following: dict[int, FloatArray] = {}
        for taken, sums in ways.items():
            for place in range(1, n + 1):
                if not taken >> place & 1:
                    shifted = np.zeros(top + 1)
                    shifted[rank * place :] = sums[: top + 1 - rank * place]
                    key = taken | 1 << place
                    following[key] = following.get(key, 0) + shifted
        ways = following
    (sums,) = ways.values()
    # In whole numbers: r (n^3 - n) = 12 sum - 3 n (n + 1)^2.
    whole = np.abs(12 * np.arange(top + 1) - 3 * n * (n + 1) ** 2)[sums > 0]
    sizes, group = np.unique(whole, return_inverse=True)
    share = np.bincount(group, sums[sums > 0]) / sums.sum()
    return sizes / (n**3 - n), np.minimum(1.0, np.cumsum(share[::-1])[::-1])
