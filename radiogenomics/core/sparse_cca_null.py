"""Permutation test of sparse canonical correlation, the choice of the penalty included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._random import generator
from radiogenomics._types import RNG, FloatArray
from radiogenomics.core.sparse_cca import bound_of, first_component, iterate, row_correlations, scores_of

Statistic = Literal["covariance", "correlation"]
#: Shares tried where the penalty is chosen.
PENALTIES = tuple((round(0.1 * i, 1), round(0.1 * i, 1)) for i in range(1, 8))
# Added to the standard deviation of the null, as CCA.permute does: no penalty wins by a spread near 0.
_LEAST_SPREAD = 0.05
# The permutations and the observed order get the same tolerance and as many iterations.
_TOL, _MAX_ITER, _STEPS = 1e-3, 25, 15
# Decompositions iterated together, so that memory does not grow with the number of permutations.
_TOGETHER = 2048


@dataclass(frozen=True)
class SparseCCATest:
    """First component under each penalty, against permuted patients.

    Attributes
    ----------
    penalties
        (J, 2) shares.
    statistic
        ``"covariance"`` or ``"correlation"``.
    value, z
        (J,) the statistic, and its transform (logarithm of a covariance, Fisher's of a correlation) less the mean over
        all orders of the patients (the permutations and the one observed), divided by their standard deviation; of a
        correlation plus 0.05.
    null_value, null_z
        (B, J) the same of every permutation.
    best
        Penalty of the largest ``z``.
    p_value
        (1 + permutations whose largest ``z`` over the penalties is as large) / (1 + B).
    """

    penalties: FloatArray
    statistic: Statistic
    value: FloatArray
    z: FloatArray
    null_value: FloatArray
    null_z: FloatArray
    best: int
    p_value: float

    def p_of(self, value: ArrayLike) -> FloatArray:
        """P-values of values found under the best penalty, against the largest z of every permutation."""
        every = np.append(self.null_value[:, self.best], self.value[self.best])
        _, center, spread = _standardised(every[:, None], self.statistic)
        z = (_transformed(np.asarray(value, dtype=float), self.statistic) - center) / spread
        reached = (self.null_z.max(axis=1)[None] >= np.atleast_1d(z)[:, None] - 1e-9).sum(axis=1)
        return np.asarray((1.0 + reached) / (1.0 + len(self.null_z)))


def sparse_cca_test(
    x: ArrayLike,
    y: ArrayLike,
    *,
    penalties: Sequence[tuple[float, float]] = PENALTIES,
    basis: FloatArray | None = None,
    statistic: Statistic = "covariance",
    n_permutations: int = 200,
    rng: RNG = 0,
) -> SparseCCATest:
    """Test whether any pair of sparse scores goes together more than in permuted patients.

    Every order of the patients is decomposed under every penalty in the same way, and its largest z
    over the penalties is what is compared: the choice is part of the test.

    Parameters
    ----------
    x, y
        (n, p) and (n, q), columns of mean 0 and standard deviation 1 (or zeros), without what the covariates explain.
    penalties
        Shares of both matrices, as in :func:`radiogenomics.core.sparse_cca`.
    basis
        (n, k) orthonormal columns that span an intercept and the covariates: permuted rows are residuals, and the
        covariates are taken out of them again :cite:p:`Freedman1983`.
    statistic
        ``"covariance"`` of the two scores, which the decomposition maximises; ``"correlation"``, which it does not, as
        R's ``CCA.permute`` does: outliers can lend it any value in permuted patients.
    n_permutations
        Permutations of the rows of ``y``.
    rng
        Seed or Generator.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    random, n, count = generator(rng), len(x), len(penalties)
    given = basis if basis is not None and basis.shape[1] > 1 else None
    orders = np.array([np.arange(n), *(random.permutation(n) for _ in range(n_permutations))])
    bounds = [np.array([bound_of(p[i], m.shape[1]) for p in penalties]) for i, m in enumerate((x, y))]
    value = np.empty((len(orders), count))
    own = first_component(y).astype(np.float32)
    # Single precision is enough for a null distribution and halves the time.
    small_x, small_y = x.astype(np.float32), y.astype(np.float32)
    small_basis = None if given is None else given.astype(np.float32)
    block = max(1, _TOGETHER // count)
    for first in range(0, len(orders), block):
        some = orders[first : first + block]
        scales = None if given is None else _scales(y, some, given)
        every = np.repeat(some, count, axis=0)
        few = None if scales is None else scales.astype(np.float32)
        # Where the iterations begin must not tell the observed order from the others: the first component of y alone,
        # which no order changes, then a few steps towards the first singular vector of each order.
        free = np.full(len(some), np.inf)
        begin = iterate(
            small_x, small_y, some, free, free, np.tile(own, (len(some), 1)), tol=_TOL, max_iter=_STEPS,
            basis=small_basis, scales=few,
        )[1]  # fmt: skip
        begin = np.repeat(begin, count, axis=0)
        factor = None if few is None else np.repeat(few, count, axis=0)
        u, v, _ = iterate(
            small_x, small_y, every, np.tile(bounds[0], len(some)), np.tile(bounds[1], len(some)), begin, tol=_TOL,
            max_iter=_MAX_ITER, basis=small_basis, scales=factor,
        )  # fmt: skip
        left, right = u @ small_x.T, scores_of(small_y, v, every, small_basis, factor)
        found = (left * right).sum(axis=1) if statistic == "covariance" else row_correlations(left, right)
        value[first : first + block] = found.reshape(len(some), count)
    z = _standardised(value, statistic)[0]
    largest = z.max(axis=1)
    p = (1.0 + (largest[1:] >= largest[0] - 1e-9).sum()) / (1.0 + n_permutations)
    best = int(np.argmax(z[0]))
    return SparseCCATest(
        np.asarray(penalties, dtype=float), statistic, value[0], z[0], value[1:], z[1:], best, float(p)
    )  # fmt: skip


def _transformed(value: FloatArray, statistic: Statistic) -> FloatArray:
    if statistic == "covariance":
        return np.asarray(np.log(np.maximum(value, np.finfo(np.float32).tiny)))
    return np.asarray(np.arctanh(np.clip(value, -1 + 1e-7, 1 - 1e-7)))


def _standardised(value: FloatArray, statistic: Statistic) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(orders, J) z; mean and spread of each column."""
    plain = _transformed(value, statistic)
    center, spread = plain.mean(axis=0), np.ones(plain.shape[1])
    if len(plain) > 1:
        spread = plain.std(axis=0, ddof=1) + (_LEAST_SPREAD if statistic == "correlation" else 1e-12)
    return (plain - center) / spread, center, spread


def _scales(y: FloatArray, orders: np.ndarray, basis: FloatArray) -> FloatArray:
    """(B, q) that bring the columns to their former length after the covariates were taken out of permuted rows."""
    before = (y**2).sum(axis=0)
    out = np.empty((len(orders), y.shape[1]))
    for i, order in enumerate(orders):
        after = before - ((basis.T @ y[order]) ** 2).sum(axis=0)
        out[i] = np.sqrt(before / np.where(after > 1e-9 * before, after, 1.0)) * (after > 1e-9 * before)
    return out
