"""Compiled gradient of Firth's penalty of the Cox partial likelihood; rows come sorted as in ``_cox_kernels``."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit


@jit
def firth_score(
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
    inverse: FloatArray,
    score: FloatArray,
) -> None:
    """Adds the gradient of ``log det(information) / 2``: half the trace of ``inverse`` with each third moment."""
    n, p = x.shape
    delayed = entry.shape[0] > 0
    # Rows of `sums`: risk-weighted x, x * q, x x' (p rows), with q = x' inverse x; `zero` holds those without x.
    q = np.empty(n)
    for i in range(n):
        q[i] = 0.0
        for j in range(p):
            for k in range(p):
                q[i] += x[i, j] * inverse[j, k] * x[i, k]
    sums = np.zeros((p + 2, p))
    tied_sums = np.zeros((p + 2, p))
    zero = np.zeros(2)
    tied_zero = np.zeros(2)
    m = np.empty(p)
    vm = np.empty(p)
    for s in range(strata.shape[0] - 1):
        pointer = starts[strata[s]]
        sums[:, :] = 0.0
        zero[:] = 0.0
        for b in range(strata[s], strata[s + 1]):
            lo, hi = starts[b], starts[b + 1]
            if delayed:
                while entry[entry_order[pointer]] >= time[lo]:
                    late = entry_order[pointer]
                    _add_moments(x, q, late, -risk[late], sums, zero)
                    pointer += 1
            deaths = 0
            weight = 0.0
            tied_sums[:, :] = 0.0
            tied_zero[:] = 0.0
            for i in range(lo, hi):
                _add_moments(x, q, i, risk[i], sums, zero)
                if event[i] > 0.0 and w[i] > 0.0:
                    deaths += 1
                    weight += w[i]
                    _add_moments(x, q, i, risk[i], tied_sums, tied_zero)
            terms = (deaths if efron else 1) if deaths else 0
            for r in range(terms):
                gone = r / terms
                sum0 = zero[0] - gone * tied_zero[0]
                mean_q = (zero[1] - gone * tied_zero[1]) / sum0
                mvm = 0.0
                for j in range(p):
                    m[j] = (sums[0, j] - gone * tied_sums[0, j]) / sum0
                for j in range(p):
                    vm[j] = 0.0
                    for k in range(p):
                        vm[j] += inverse[j, k] * m[k]
                    mvm += m[j] * vm[j]
                for j in range(p):
                    third = (sums[1, j] - gone * tied_sums[1, j]) / sum0 - m[j] * mean_q + 2.0 * m[j] * mvm
                    for k in range(p):
                        third -= 2.0 * (sums[2 + j, k] - gone * tied_sums[2 + j, k]) / sum0 * vm[k]
                    score[j] += 0.5 * weight / terms * third


@jit
def _add_moments(x: FloatArray, q: FloatArray, i: int, weight: float, sums: FloatArray, zero: FloatArray) -> None:
    p = x.shape[1]
    zero[0] += weight
    zero[1] += weight * q[i]
    for j in range(p):
        sums[0, j] += weight * x[i, j]
        sums[1, j] += weight * x[i, j] * q[i]
        for k in range(p):
            sums[2 + j, k] += weight * x[i, j] * x[i, k]
