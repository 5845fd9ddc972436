"""The largest correlation that chance gives: patients of one matrix permuted, its features' correlation kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._random import generator
from radiogenomics._types import RNG, FloatArray
from radiogenomics.core.correlation import Method, correlation_scores, covariate_basis

# Columns of one product: the result (times the rows of the other matrix) should stay in the cache.
_COLUMNS = 1024
# Single precision errs by about 1e-6; a null correlation this close below an observed one counts as reaching it.
_SLACK = 1e-5


def correlation_null(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: Method = "spearman",
    covariates: ArrayLike | None = None,
    n_permutations: int = 1000,
    rng: RNG = 0,
) -> FloatArray:
    """Largest \\|r\\| over all pairs after each permutation of the patients of one matrix.

    Whole rows are permuted, so features stay correlated with each other as they are. With covariates the rows of their
    residuals are permuted, and the covariates taken out again :cite:p:`Freedman1983`.

    Parameters
    ----------
    x, y, method, covariates
        As in :func:`correlation_map`.
    n_permutations
        Permutations.
    rng
        Seed or Generator.

    Returns
    -------
    (n_permutations,) in [0, 1], to single precision.
    """
    draws = null_draws(x, y, method=method, covariates=covariates, n_permutations=n_permutations, limit=np.nan, rng=rng)
    return np.fromiter((largest for largest, _ in draws), dtype=float)


def null_draws(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: Method,
    covariates: ArrayLike | None,
    n_permutations: int,
    limit: float,
    rng: RNG,
) -> Iterator[tuple[float, int]]:
    """Values of :func:`correlation_null` one by one, with the number of pairs whose \\|r\\| reaches ``limit``."""
    random = generator(rng)
    basis = covariate_basis(covariates, len(np.asarray(x)))
    sides = [correlation_scores(values, method, basis) for values in (x, y)]
    # The matrix with fewer columns is the one that is permuted: less to move.
    moved, fixed = sorted((scores[:, varies] for scores, varies in sides), key=lambda s: s.shape[1])
    limit -= _SLACK
    single = fixed.astype(np.float32)
    blocks = [np.ascontiguousarray(single[:, j : j + _COLUMNS]) for j in range(0, single.shape[1], _COLUMNS)]
    room = np.empty((moved.shape[1], _COLUMNS), dtype=np.float32)
    for _ in range(n_permutations):
        rows = moved[random.permutation(len(moved))]
        if basis.shape[1] > 1:
            rows = rows - basis @ (basis.T @ rows)
            rows /= np.maximum(np.linalg.norm(rows, axis=0), np.finfo(float).tiny)
        left = np.ascontiguousarray(rows.T, dtype=np.float32)
        largest, beyond = 0.0, 0
        for block in blocks:
            r = np.matmul(left, block, out=room[:, : block.shape[1]] if block.shape[1] == _COLUMNS else None)
            high, low = float(r.max()), float(r.min())
            largest = max(largest, high, -low)
            if high >= limit or -low >= limit:  # never for NaN
                beyond += int(np.count_nonzero(r >= limit)) + int(np.count_nonzero(r <= -limit))
        yield min(largest, 1.0), beyond


def family_wise_p(r: ArrayLike, null: ArrayLike) -> FloatArray:
    """P-values in (0, 1] that any pair reaches \\|r\\| by chance: (1 + null maxima as large) / (1 + permutations)."""
    maxima = np.sort(np.asarray(null, dtype=float))
    reached = maxima.size - np.searchsorted(maxima, np.abs(np.asarray(r, dtype=float)) - _SLACK, side="left")
    return np.asarray((1.0 + reached) / (1.0 + maxima.size))
