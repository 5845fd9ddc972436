"""k-means in the space of inner products: no feature is touched, whatever their number (compiled)."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit

_MAX_PASSES = 100


@jit
def k_means(gram: FloatArray, centres: IntArray, out: IntArray) -> None:
    """Exchange k-means (Hartigan): points move one by one while the within-group sum of squares falls.

    Parameters
    ----------
    gram
        (m, m) inner products of the points.
    centres
        The k points that start the groups; a point starts in the group of the nearest.
    out
        (m,) labels 0..k-1; every group keeps at least one point.
    """
    m = gram.shape[0]
    k = centres.shape[0]
    size = np.zeros(k)
    for i in range(m):
        best = np.inf
        for c in range(k):
            d = gram[centres[c], centres[c]] - 2.0 * gram[i, centres[c]]
            if i == centres[c]:  # identical patients must not leave a group empty
                d = -np.inf
            if d < best:
                best = d
                out[i] = c
        size[out[i]] += 1.0
    # cross[c, i]: sum of inner products of i with the members of c; within[c]: the same summed over members.
    cross = np.zeros((k, m))
    for j in range(m):
        for i in range(m):
            cross[out[j], i] += gram[j, i]
    within = np.zeros(k)
    for i in range(m):
        within[out[i]] += cross[out[i], i]
    still = 0
    i = 0
    for _ in range(_MAX_PASSES * m):
        a = out[i]
        if size[a] > 1.0:
            to_a = gram[i, i] - 2.0 * cross[a, i] / size[a] + within[a] / size[a] ** 2
            gain = size[a] / (size[a] - 1.0) * to_a
            best_cost = gain - 1e-10 * (abs(gain) + abs(gram[i, i]))
            b = a
            for c in range(k):
                if c != a:
                    cost = gram[i, i] - 2.0 * cross[c, i] / size[c] + within[c] / size[c] ** 2
                    cost *= size[c] / (size[c] + 1.0)
                    if cost < best_cost:
                        best_cost = cost
                        b = c
            if b != a:
                within[a] += gram[i, i] - 2.0 * cross[a, i]
                within[b] += gram[i, i] + 2.0 * cross[b, i]
                for j in range(m):
                    cross[a, j] -= gram[i, j]
                    cross[b, j] += gram[i, j]
                size[a] -= 1.0
                size[b] += 1.0
                out[i] = b
                still = 0
        still += 1
        if still >= m:
            break
        i = i + 1 if i + 1 < m else 0
