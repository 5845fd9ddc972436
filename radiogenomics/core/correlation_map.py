"""Every feature of one matrix against every feature of another: the strongest pairs and the false discovery rate.

All pairs share their patients, so p-values fall with |r| and the Benjamini-Hochberg rule needs ranks of |r| only. A
first pass over blocks counts |r| in narrow bins; the counts tell which bins can hold the kept pairs, the limit of
significance or the smallest later value of the rule; a second pass collects just those. The result is exact, and memory
does not grow with the number of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._correlation_kernels import collect, count_sizes
from radiogenomics.core.correlation import (
    EXACT_UP_TO,
    Method,
    correlation_p,
    correlation_scores,
    covariate_basis,
    has_ties,
)

_BINS = 1 << 18
_ROWS, _COLUMNS = 512, 4096


@dataclass(frozen=True)
class CorrelationMap:
    """Correlations of the columns of x with those of y.

    Attributes
    ----------
    x_index, y_index, r, p_value, p_adjusted
        (top,) the pairs of the largest \\|r\\|, falling. ``p_adjusted`` is Benjamini-Hochberg over all ``n_tests``.
    n_tests, n_significant
        Pairs tested, and those with an adjusted p-value of at most alpha.
    limit
        Smallest \\|r\\| of a significant pair; NaN where there is none.
    x_partners, y_partners
        (p, 2) significant partners of each column with negative and positive correlation.
    x_best, y_best, x_best_r, y_best_r
        Partner of the largest \\|r\\| of each column (-1: the column does not vary) and that r (NaN).
    x_varies, y_varies
        Columns that vary beyond the covariates; the others are in no pair.
    df
        Degrees of freedom: patients - 2 - covariates.
    exact
        Whether p-values come from all orders of the patients instead of Student's t.
    """

    x_index: IntArray
    y_index: IntArray
    r: FloatArray
    p_value: FloatArray
    p_adjusted: FloatArray
    n_tests: int
    n_significant: int
    limit: float
    x_partners: IntArray
    y_partners: IntArray
    x_best: IntArray
    y_best: IntArray
    x_best_r: FloatArray
    y_best_r: FloatArray
    x_varies: BoolArray
    y_varies: BoolArray
    df: int
    exact: bool


def correlation_map(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: Method = "spearman",
    covariates: ArrayLike | None = None,
    alpha: float = 0.05,
    top: int = 10_000,
) -> CorrelationMap:
    """Correlate every column of ``x`` with every column of ``y``, given covariates.

    Parameters
    ----------
    x, y
        (n, p) and (n, q) finite values of the same patients.
    method
        ``"spearman"`` on ranks, ``"pearson"`` on values.
    covariates
        (n, k) columns whose linear effect is taken out of the values or ranks first (partial correlation); for
        Spearman give ranks of what is numeric.
    alpha
        False discovery rate at which pairs count as significant.
    top
        Pairs to return.

    Raises
    ------
    ValueError
        If values are not finite, no column varies, covariates are collinear or no degree of freedom is left.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    n = len(x)
    basis = covariate_basis(covariates, n)
    df = n - 1 - basis.shape[1]
    if len(y) != n or df < 1:
        raise ValueError(f"x has {n} patients, y {len(y)}, and {df} degrees of freedom are left; expected at least 1")
    x_scores, x_varies = correlation_scores(x, method, basis)
    y_scores, y_varies = correlation_scores(y, method, basis)
    if not (x_varies.any() and y_varies.any()):
        raise ValueError("no column of x, or none of y, varies beyond the covariates")
    simple = method == "spearman" and basis.shape[1] == 1 and n <= EXACT_UP_TO
    exact = simple and not has_ties(x[:, x_varies]) and not has_ties(y[:, y_varies])
    family = _Family(x_scores[:, x_varies], y_scores[:, y_varies], df, n if exact else None)
    parts = family.search(alpha, min(top, family.n_tests))
    x_names, y_names = np.flatnonzero(x_varies), np.flatnonzero(y_varies)
    return CorrelationMap(
        x_index=x_names[parts.x],
        y_index=y_names[parts.y],
        r=parts.r,
        p_value=family.p(parts.r),
        p_adjusted=parts.p_adjusted,
        n_tests=family.n_tests,
        n_significant=parts.n_significant,
        limit=parts.limit,
        x_partners=_spread(parts.x_partners, x_varies, 0),
        y_partners=_spread(parts.y_partners, y_varies, 0),
        x_best=_spread(y_names[parts.x_best], x_varies, -1),
        y_best=_spread(x_names[parts.y_best], y_varies, -1),
        x_best_r=_spread(parts.x_best_r, x_varies, np.nan),
        y_best_r=_spread(parts.y_best_r, y_varies, np.nan),
        x_varies=x_varies,
        y_varies=y_varies,
        df=df,
        exact=exact,
    )


def _spread(values: np.ndarray, varies: BoolArray, fill: float) -> np.ndarray:
    """Values of the columns that vary, at their places among all columns."""
    out = np.full((varies.size, *values.shape[1:]), fill, dtype=values.dtype)
    out[varies] = values
    return out


@dataclass(frozen=True)
class _Parts:
    x: IntArray
    y: IntArray
    r: FloatArray
    p_adjusted: FloatArray
    n_significant: int
    limit: float
    x_partners: IntArray
    y_partners: IntArray
    x_best: IntArray
    y_best: IntArray
    x_best_r: FloatArray
    y_best_r: FloatArray


class _Family:
    """All pairs of two sets of unit scores."""

    def __init__(self, x: FloatArray, y: FloatArray, df: int, exact: int | None) -> None:
        self.x, self.y, self.df, self.exact = x, y, df, exact
        self.n_tests = x.shape[1] * y.shape[1]

    def p(self, r: FloatArray) -> FloatArray:
        return correlation_p(r, self.df, exact=self.exact)

    def blocks(self) -> Iterator[tuple[int, int, FloatArray]]:
        """Correlations of a block of pairs, with the first row and column of each."""
        for i in range(0, self.x.shape[1], _ROWS):
            rows = np.ascontiguousarray(self.x[:, i : i + _ROWS].T)
            for j in range(0, self.y.shape[1], _COLUMNS):
                yield i, j, rows @ self.y[:, j : j + _COLUMNS]

    def search(self, alpha: float, top: int) -> _Parts:
        """The pairs that matter, exactly."""
        counts = np.zeros(_BINS, dtype=np.int64)
        for _, _, r in self.blocks():
            count_sizes(r, counts)
        at_least = np.cumsum(counts[::-1])[::-1]  # pairs of each bin and the bins above
        edges = self.p(np.arange(_BINS + 1) / _BINS)
        # Of the rule's m p / rank in each bin: no value is smaller than least, and its last one is at most last.
        per_rank = np.where(counts > 0, self.n_tests / np.maximum(at_least, 1), np.inf)
        tiny = np.finfo(float).tiny  # not 0, which no infinity may multiply
        least, last = per_rank * np.maximum(edges[1:], tiny), per_rank * np.maximum(edges[:-1], tiny)
        kept = int(np.flatnonzero(at_least >= top)[-1])
        sure = int(np.argmax(last <= alpha)) if (last <= alpha).any() else _BINS
        wanted = np.arange(_BINS) >= kept
        wanted[:sure] |= least[:sure] <= alpha
        wanted[sure : sure + 1] = True
        if kept:
            wanted[:kept] |= (least[:kept] <= last[:kept].min()) & (least[:kept] < 1)
        n_found = int(counts[wanted].sum())
        found_r = np.empty(n_found)
        found_x, found_y = np.empty(n_found, dtype=np.int64), np.empty(n_found, dtype=np.int64)
        p, q = self.x.shape[1], self.y.shape[1]
        x_partners, y_partners = np.zeros((p, 2), dtype=np.int64), np.zeros((q, 2), dtype=np.int64)
        x_best, y_best = np.full(p, -1, dtype=np.int64), np.full(q, -1, dtype=np.int64)
        x_best_r, y_best_r = np.zeros(p), np.zeros(q)
        done = 0
        for i, j, r in self.blocks():
            done = collect(
                r, i, j, wanted, sure, found_r, found_x, found_y, done,
                x_partners, y_partners, x_best, y_best, x_best_r, y_best_r,
            )  # fmt: skip
        size = np.abs(found_r)
        order = np.lexsort((found_y, found_x, -size))
        found_r, found_x, found_y, size = found_r[order], found_x[order], found_y[order], size[order]
        place = np.minimum((size * _BINS).astype(np.int64), _BINS - 1)
        # Whole bins were collected: a pair's rank is the number above its bin and its rank within.
        above = np.append(at_least, 0)[place + 1]
        first = np.searchsorted(-place, -place, side="left")
        rank = above + np.arange(n_found) - first + 1
        value = self.n_tests * self.p(found_r) / rank
        passed = np.flatnonzero(value <= alpha)
        n_significant = int(rank[passed[-1]]) if passed.size else 0
        limit = float(size[passed[-1]]) if passed.size else np.nan
        late = (place < sure) & (rank <= n_significant)
        for partners, index in ((x_partners, found_x), (y_partners, found_y)):
            np.add.at(partners, (index[late], (found_r[late] > 0).astype(np.int64)), 1)
        adjusted = np.minimum(1.0, np.minimum.accumulate(value[::-1])[::-1])
        return _Parts(
            found_x[:top], found_y[:top], found_r[:top], adjusted[:top], n_significant, limit,
            x_partners, y_partners, x_best, y_best, x_best_r, y_best_r,
        )  # fmt: skip
