"""Partitioning around medoids: greedy build, then best swaps, as Kaufman and Rousseeuw (1990) (compiled)."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit


@jit
def build_medoids(d: FloatArray, k: int) -> IntArray:
    """Greedy medoids; those of a smaller k are the first of a larger one."""
    m = d.shape[0]
    medoids = np.empty(k, dtype=np.int64)
    nearest = np.full(m, np.inf)
    chosen = np.zeros(m, dtype=np.bool_)
    for t in range(k):
        best = -np.inf
        pick = -1
        for c in range(m):
            if chosen[c]:
                continue
            gain = 0.0
            for i in range(m):
                if t == 0:
                    gain -= d[c, i]
                elif d[c, i] < nearest[i]:
                    gain += nearest[i] - d[c, i]
            if gain > best:
                best = gain
                pick = c
        medoids[t] = pick
        chosen[pick] = True
        for i in range(m):
            nearest[i] = min(nearest[i], d[pick, i])
    return medoids


@jit
def _two_nearest(d: FloatArray, medoids: IntArray, first: IntArray, near: FloatArray, second: FloatArray) -> None:
    for i in range(d.shape[0]):
        near[i] = np.inf
        second[i] = np.inf
        for c in range(medoids.shape[0]):
            value = d[medoids[c], i]
            if value < near[i]:
                second[i] = near[i]
                near[i] = value
                first[i] = c
            elif value < second[i]:
                second[i] = value
    for c in range(medoids.shape[0]):  # a medoid stays its own, also beside an identical patient
        first[medoids[c]] = c


@jit
def swap_medoids(d: FloatArray, medoids: IntArray, out: IntArray) -> None:
    """Swap a medoid for a non-medoid, the best swap first, until none lowers the total distance.

    All k swaps of a candidate are valued in one pass over the points (Schubert and Rousseeuw 2019).
    ``medoids`` is overwritten; ``out`` receives the labels 0..k-1.
    """
    m = d.shape[0]
    k = medoids.shape[0]
    near = np.empty(m)
    second = np.empty(m)
    loss = np.empty(k)
    change = np.empty(k)
    for _ in range(100 * k + 100):
        _two_nearest(d, medoids, out, near, second)
        loss[:] = 0.0
        total = 0.0
        for i in range(m):
            total += near[i]
            loss[out[i]] += second[i] - near[i]
        best = -1e-10 * total
        pick = -1
        leave = -1
        for c in range(m):
            if medoids[out[c]] == c:
                continue
            shared = 0.0
            change[:] = loss
            for i in range(m):
                value = d[c, i]
                if value < second[i]:
                    if value < near[i]:
                        shared += value - near[i]
                        change[out[i]] += near[i] - second[i]
                    else:
                        change[out[i]] += value - second[i]
            for s in range(k):
                if shared + change[s] < best:
                    best = shared + change[s]
                    pick = c
                    leave = s
        if pick < 0:
            return
        medoids[leave] = pick
