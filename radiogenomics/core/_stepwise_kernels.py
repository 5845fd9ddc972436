"""Compiled stepwise selection of the terms of a Cox model, for one sample or many."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._cox_kernels import DEGENERATE, maximise, partial_likelihood
from radiogenomics.core._jit import jit

# A step has to lower the criterion by more than rounding does.
SLACK = 1e-7


@jit
def criterion(
    x: FloatArray,
    w: FloatArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    efron: bool,
    term: IntArray,
    inside: BoolArray,
    penalty: float,
    found: FloatArray,
) -> float:
    """-2 log likelihood + penalty * number of coefficients, of the terms ``inside``; infinite without a fit.

    ``found`` takes the log likelihood and the number of coefficients. Columns that are constant in the sample are
    left out and not counted.
    """
    n = x.shape[0]
    columns = np.empty(x.shape[1], np.int64)
    p = 0
    for j in range(x.shape[1]):
        if not inside[term[j]]:
            continue
        low, high = np.inf, -np.inf
        for i in range(n):
            if w[i] > 0.0:
                low = min(low, x[i, j])
                high = max(high, x[i, j])
        if high > low:
            columns[p] = j
            p += 1
    own = np.empty((n, p))
    for j in range(p):
        for i in range(n):
            own[i, j] = x[i, columns[j]]
    beta, step, covariance, logliks = np.zeros(p), np.empty(p), np.empty((p, p)), np.empty(4)
    data = (event, time, starts, strata, entry, entry_order, efron)
    found[1] = p
    if p == 0:
        blocks = starts.shape[0] - 1
        found[0] = partial_likelihood(
            own, w, *data, beta, step, covariance, np.empty(n), np.empty(n), np.empty(blocks), np.empty(blocks),
            np.empty(n),
        )  # fmt: skip
        null: float = -2.0 * found[0]
        return null
    outcome = maximise(own, w, *data, np.zeros(p), False, 100, beta, step, covariance, logliks)
    found[0] = logliks[1]
    if outcome[0] == DEGENERATE:
        return np.inf
    value: float = -2.0 * logliks[1] + penalty * p
    return value


@jit
def walk(
    x: FloatArray,
    w: FloatArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    efron: bool,
    term: IntArray,
    kept: BoolArray,
    both: bool,
    penalty: float,
    inside: BoolArray,
    path: FloatArray,
) -> int:
    """Steps from the terms ``inside`` (changed in place) down to where none lowers the criterion.

    ``path`` takes a row per step, the start first: term (-1 at the start), criterion, log likelihood, coefficients.
    Returns the number of rows, 0 where the start has no fit.
    """
    n_terms = inside.shape[0]
    found, best_found = np.empty(2), np.empty(2)
    data = (event, time, starts, strata, entry, entry_order, efron, term)
    current = criterion(x, w, *data, inside, penalty, best_found)
    if not current < np.inf:
        return 0
    path[0, 0], path[0, 1], path[0, 2], path[0, 3] = -1.0, current, best_found[0], best_found[1]
    n_rows = 1
    while n_rows < path.shape[0]:
        best, chosen = current - SLACK, -1
        # Terms to drop come before terms to add, as in the order of equal criteria elsewhere.
        for adding in range(2 if both else 1):
            for t in range(n_terms):
                if kept[t] or inside[t] == (adding == 1):
                    continue
                inside[t] = not inside[t]
                value = criterion(x, w, *data, inside, penalty, found)
                inside[t] = not inside[t]
                if value < best:
                    best, chosen = value, t
                    best_found[0], best_found[1] = found[0], found[1]
        if chosen < 0:
            break
        inside[chosen] = not inside[chosen]
        current = best
        path[n_rows, 0], path[n_rows, 1], path[n_rows, 2], path[n_rows, 3] = chosen, best, best_found[0], best_found[1]
        n_rows += 1
    return n_rows


@jit
def walk_batch(
    x: FloatArray,
    weights: FloatArray,
    order: IntArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    efron: bool,
    term: IntArray,
    kept: BoolArray,
    both: bool,
    penalties: FloatArray,
    inside: BoolArray,
    done: BoolArray,
) -> None:
    """One walk from all terms per row of ``weights`` (in the caller's order of patients); fills ``inside``."""
    n = x.shape[0]
    w = np.empty(n)
    path = np.empty((4 * inside.shape[1] + 2, 4))
    data = (event, time, starts, strata, entry, entry_order, efron, term, kept, both)
    for b in range(weights.shape[0]):
        for i in range(n):
            w[i] = weights[b, order[i]]
        for t in range(inside.shape[1]):
            inside[b, t] = True
        done[b] = walk(x, w, *data, penalties[b], inside[b], path) > 0
