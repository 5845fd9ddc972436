"""How far two groupings of the same patients agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._random import generator
from radiogenomics._types import RNG, FloatArray, IntArray


@dataclass(frozen=True)
class Agreement:
    """Agreement of two groupings.

    Attributes
    ----------
    adjusted_rand
        Adjusted Rand index: 1 the same groups, 0 as by chance, below 0 less than by chance.
    mutual_information
        Mutual information over the mean entropy, in [0, 1].
    cramers_v
        Cramer's V, in [0, 1].
    p_value
        Share of permutations with a V at least as large, the observed one counted among them; with fixed group sizes
        V rises with chi-squared, so that this is the permutation test of independence. NaN without permutations.
    """

    adjusted_rand: float
    mutual_information: float
    cramers_v: float
    p_value: float


def agreement(first: ArrayLike, second: ArrayLike, *, n_permutations: int = 1000, rng: RNG = 0) -> Agreement:
    """Agreement of two groupings :cite:p:`Hubert1985,Strehl2002,Cramer1946`.

    Parameters
    ----------
    first, second
        (n,) labels; names do not matter, only who is together.
    n_permutations
        Random exchanges of the labels of `second`; 0 for no p-value.
    rng
        Seed or generator.

    Raises
    ------
    ValueError
        Unequal lengths, or a grouping with fewer than two groups.
    """
    a, b = (np.unique(np.asarray(labels), return_inverse=True)[1] for labels in (first, second))
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"labels of {a.shape} and {b.shape}; they must be two vectors of one length")
    if min(a.max(initial=0), b.max(initial=0)) < 1:
        raise ValueError("a grouping has fewer than two groups; agreement needs at least 2 in both")
    table = _cross(a, b)
    v = _cramers_v(table)
    p_value = np.nan
    if n_permutations:
        random = generator(rng)
        as_large = sum(_cramers_v(_cross(a, random.permutation(b))) >= v - 1e-12 for _ in range(n_permutations))
        p_value = (1 + as_large) / (1 + n_permutations)
    return Agreement(adjusted_rand(table), normalised_mutual_information(table), v, p_value)


def adjusted_rand(table: ArrayLike) -> float:
    """Adjusted Rand index of a cross table of two groupings (r, c)."""
    counts = np.asarray(table, dtype=float)
    pairs, rows, columns = (float((c * (c - 1.0) / 2.0).sum()) for c in (counts, counts.sum(1), counts.sum(0)))
    n = counts.sum()
    expected = rows * columns / (n * (n - 1.0) / 2.0)
    highest = (rows + columns) / 2.0
    return 1.0 if highest == expected else float((pairs - expected) / (highest - expected))


def normalised_mutual_information(table: ArrayLike) -> float:
    """Mutual information of the rows and columns of a cross table, over the mean of their entropies."""
    share = np.asarray(table, dtype=float) / np.sum(table)
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    entropy = (_entropy(rows) + _entropy(columns)) / 2.0
    information = _entropy(rows) + _entropy(columns) - _entropy(share.ravel())
    return 1.0 if entropy == 0 else float(min(1.0, max(0.0, information / entropy)))


def _cross(a: IntArray, b: IntArray) -> FloatArray:
    shape = (int(a.max()) + 1, int(b.max()) + 1)
    out: FloatArray = np.bincount(a * shape[1] + b, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    return out


def _cramers_v(table: FloatArray) -> float:
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi2 / (table.sum() * (min(table.shape) - 1))))


def _entropy(share: FloatArray) -> float:
    known = share[share > 0]
    return float(-(known * np.log(known)).sum())
