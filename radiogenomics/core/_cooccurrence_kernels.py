"""One pass over co-occurrence matrices for all that is summed over pairs of levels."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit

# Columns of the totals.
LARGEST, ENERGY, ENTROPY, PRODUCT = range(4)


@jit
def pair_sums(counts: FloatArray, grey: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Sums over symmetric matrices (m, n, n) of pairs of the levels ``grey``.

    Returns
    -------
    Probabilities of a level (m, n), of a difference of levels from 0 (m, last + 1), and of a sum of levels from 0
    (m, 2 last + 1); largest probability, sum of squares, entropy in bits and expected product (m, 4); matrices with
    every entry over the root of its row's and its column's sum (m, n, n).
    """
    m, n = counts.shape[0], counts.shape[1]
    last = grey[n - 1]
    level = np.zeros((m, n))
    apart = np.zeros((m, last + 1))
    together = np.zeros((m, 2 * last + 1))
    totals = np.zeros((m, 4))
    standardised = np.zeros((m, n, n))
    for k in range(m):
        total = counts[k].sum()
        for i in range(n):
            level[k, i] = counts[k, i].sum() / total
        for i in range(n):
            for j in range(n):
                if counts[k, i, j] == 0.0:
                    continue
                p = counts[k, i, j] / total
                apart[k, abs(grey[i] - grey[j])] += p
                together[k, grey[i] + grey[j]] += p
                totals[k, LARGEST] = max(totals[k, LARGEST], p)
                totals[k, ENERGY] += p * p
                totals[k, ENTROPY] -= p * np.log2(p)
                totals[k, PRODUCT] += p * grey[i] * grey[j]
                standardised[k, i, j] = p / np.sqrt(level[k, i] * level[k, j])
    return level, apart, together, totals, standardised
