"""Compiled sweeps over a fitted Cox model: score residuals, and the score test of effects that change with time.

Rows come sorted by stratum, then by time from late to early, as in ``_cox_kernels``.
"""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit


@jit
def risk_set_sweep(
    x: FloatArray,
    w: FloatArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    efron: bool,
    risk: FloatArray,
    g: FloatArray,
    step: FloatArray,
    own: FloatArray,
    drift: FloatArray,
    own_drift: FloatArray,
    mean: FloatArray,
    score: FloatArray,
    information: FloatArray,
) -> None:
    """Risk-set means and hazards of every block of tied times, and the score test of ``x * g(time)``.

    Fills, by block: ``step`` (hazard) and ``drift`` (hazard times mean of ``x``), ``own`` and ``own_drift`` (the parts
    that those who fail there meet), ``mean`` (of ``x``, averaged over Efron's terms). ``score`` (p,) and
    ``information`` (2 p, 2 p) are those of the model in which ``x * g`` joins ``x``; ``g`` is by block.
    """
    p = x.shape[1]
    delayed = entry.shape[0] > 0
    first = np.zeros(p)
    tied = np.zeros(p)
    second = np.zeros((p, p))
    tied_second = np.zeros((p, p))
    m = np.zeros(p)
    score[:] = 0.0
    information[:, :] = 0.0
    for s in range(strata.shape[0] - 1):
        pointer = starts[strata[s]]
        total = 0.0
        first[:] = 0.0
        second[:, :] = 0.0
        for b in range(strata[s], strata[s + 1]):
            lo, hi = starts[b], starts[b + 1]
            if delayed:
                while entry[entry_order[pointer]] >= time[lo]:
                    late = entry_order[pointer]
                    total -= risk[late]
                    _add(x, late, -risk[late], first, second)
                    pointer += 1
            deaths = 0
            weight = 0.0
            tied_total = 0.0
            tied[:] = 0.0
            tied_second[:, :] = 0.0
            for i in range(lo, hi):
                total += risk[i]
                _add(x, i, risk[i], first, second)
                if event[i] > 0.0 and w[i] > 0.0:
                    deaths += 1
                    weight += w[i]
                    tied_total += risk[i]
                    _add(x, i, risk[i], tied, tied_second)
            step[b] = 0.0
            own[b] = 0.0
            for j in range(p):
                drift[b, j] = 0.0
                own_drift[b, j] = 0.0
                mean[b, j] = 0.0
            if deaths == 0:
                continue
            terms = deaths if efron else 1
            share = weight / terms
            for r in range(terms):
                gone = r / terms
                inverse = 1.0 / (total - gone * tied_total)
                hazard = share * inverse
                step[b] += hazard
                own[b] += (1.0 - gone) * hazard
                for j in range(p):
                    m[j] = (first[j] - gone * tied[j]) * inverse
                    mean[b, j] += m[j] / terms
                    drift[b, j] += hazard * m[j]
                    own_drift[b, j] += (1.0 - gone) * hazard * m[j]
                for j in range(p):
                    for k in range(p):
                        v = share * ((second[j, k] - gone * tied_second[j, k]) * inverse - m[j] * m[k])
                        information[j, k] += v
                        information[j, p + k] += g[b] * v
                        information[p + j, k] += g[b] * v
                        information[p + j, p + k] += g[b] * g[b] * v
            for i in range(lo, hi):
                if event[i] > 0.0:
                    for j in range(p):
                        score[j] += w[i] * g[b] * (x[i, j] - mean[b, j])


@jit
def _add(x: FloatArray, i: int, weight: float, first: FloatArray, second: FloatArray) -> None:
    p = x.shape[1]
    for j in range(p):
        first[j] += weight * x[i, j]
        for k in range(p):
            second[j, k] += weight * x[i, j] * x[i, k]


@jit
def score_sweep(
    x: FloatArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    relative: FloatArray,
    step: FloatArray,
    own: FloatArray,
    drift: FloatArray,
    own_drift: FloatArray,
    mean: FloatArray,
    residuals: FloatArray,
) -> None:
    """Each patient's part of the score: ``x - mean`` at the event, less what was expected while at risk.

    ``relative`` is the hazard relative to the one that ``step`` and its kin belong to, without case weights.
    """
    p = x.shape[1]
    delayed = entry.shape[0] > 0
    along = np.zeros(p)
    residuals[:, :] = 0.0
    for s in range(strata.shape[0] - 1):
        first_row = starts[strata[s]]
        pointer = starts[strata[s + 1]] - 1
        total = 0.0
        along[:] = 0.0
        for b in range(strata[s + 1] - 1, strata[s] - 1, -1):
            lo, hi = starts[b], starts[b + 1]
            if delayed:
                while pointer >= first_row and entry[entry_order[pointer]] < time[lo]:
                    late = entry_order[pointer]
                    for j in range(p):
                        residuals[late, j] += relative[late] * (x[late, j] * total - along[j])
                    pointer -= 1
            for i in range(lo, hi):
                failed = event[i] > 0.0
                hazard = total + (own[b] if failed else step[b])
                for j in range(p):
                    met = along[j] + (own_drift[b, j] if failed else drift[b, j])
                    residuals[i, j] -= relative[i] * (x[i, j] * hazard - met)
                    if failed:
                        residuals[i, j] += x[i, j] - mean[b, j]
            total += step[b]
            for j in range(p):
                along[j] += drift[b, j]
