"""Compiled one-variable Cox and logistic models of every column of a matrix: O(n) for each Newton step.

A column is brought to mean 0 and standard deviation 1 first. Whether the likelihood has a maximum is told from the
order of its values, not from how the iterations went.
"""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._jit import jit

FITTED, CONSTANT, SEPARATED, EXHAUSTED = 0, 1, 2, 3
_MAX_ITER = 100
#: Newton's steps shrink quadratically: after one of this length the next would be lost in rounding.
_TOLERANCE = 1e-9
_ROUNDING = 1e-12


@jit
def _standardised(x: FloatArray, j: int, order: IntArray, out: FloatArray) -> float:
    """Fills column ``j``, rows in ``order``, standardised; returns its standard deviation, 0 if constant."""
    n = order.shape[0]
    center = 0.0
    varies = False
    for i in range(n):
        center += x[i, j] / n
        if x[i, j] != x[0, j]:
            varies = True
    if not varies:
        return 0.0
    total = 0.0
    for i in range(n):
        out[i] = x[order[i], j] - center
        total += out[i] * out[i]
    spread = float(np.sqrt(total / n))
    if not spread > 0.0:  # values so small that their squares are lost
        return 0.0
    for i in range(n):
        out[i] /= spread
    return spread


@jit
def _monotone(z: FloatArray, event: FloatArray, starts: IntArray) -> int:
    """2 where nobody at risk differs at any event; 1 where those who fail always have the highest (or lowest) value."""
    high, low = -np.inf, np.inf
    always_high, always_low = True, True
    for b in range(starts.shape[0] - 1):
        for i in range(starts[b], starts[b + 1]):
            high = max(high, z[i])
            low = min(low, z[i])
        for i in range(starts[b], starts[b + 1]):
            if event[i] > 0.0:
                always_high = always_high and z[i] == high
                always_low = always_low and z[i] == low
    if always_high and always_low:
        return 2
    return 1 if always_high or always_low else 0


@jit
def _cox(z: FloatArray, event: FloatArray, starts: IntArray, efron: bool, beta: float, out: FloatArray) -> None:
    """Log partial likelihood, score and information at ``beta`` into ``out``."""
    shift = -np.inf
    for i in range(z.shape[0]):
        shift = max(shift, beta * z[i])
    loglik, score, information = 0.0, 0.0, 0.0
    s0, s1, s2 = 0.0, 0.0, 0.0
    for b in range(starts.shape[0] - 1):
        deaths = 0
        d0, d1, d2 = 0.0, 0.0, 0.0
        for i in range(starts[b], starts[b + 1]):
            risk = np.exp(beta * z[i] - shift)
            s0 += risk
            s1 += risk * z[i]
            s2 += risk * z[i] * z[i]
            if event[i] > 0.0:
                deaths += 1
                d0 += risk
                d1 += risk * z[i]
                d2 += risk * z[i] * z[i]
                loglik += beta * z[i] - shift
                score += z[i]
        if deaths == 0:
            continue
        terms = deaths if efron else 1
        share = deaths / terms
        for r in range(terms):
            gone = r / terms
            inverse = 1.0 / (s0 - gone * d0)
            mean = (s1 - gone * d1) * inverse
            loglik += share * np.log(inverse)
            score -= share * mean
            information += share * ((s2 - gone * d2) * inverse - mean * mean)
    out[0], out[1], out[2] = loglik, score, information


@jit
def cox_columns(
    x: FloatArray, order: IntArray, event: FloatArray, starts: IntArray, efron: bool, out: FloatArray, status: IntArray
) -> None:
    """Fills (p, 4) ``out``: coefficient, standard error, score and likelihood-ratio statistic; and ``status``."""
    z, at, new = np.empty(x.shape[0]), np.empty(3), np.empty(3)
    for j in range(x.shape[1]):
        spread = _standardised(x, j, order, z)
        monotone = 2 if spread == 0.0 else _monotone(z, event, starts)
        if monotone == 2:
            status[j] = CONSTANT
            continue
        _cox(z, event, starts, efron, 0.0, at)
        null = at[0]
        out[j, 2] = at[1] * at[1] / at[2]
        if monotone == 1:
            status[j] = SEPARATED
            continue
        beta = 0.0
        status[j] = EXHAUSTED
        for _ in range(_MAX_ITER):
            step = at[1] / at[2]
            small = abs(step) <= _TOLERANCE * (1.0 + abs(beta))
            for _half in range(40):
                _cox(z, event, starts, efron, beta + step, new)
                if small or new[0] >= at[0] - _ROUNDING * (1.0 + abs(at[0])):
                    break
                step *= 0.5
            beta += step
            at[0], at[1], at[2] = new[0], new[1], new[2]
            if small:
                status[j] = FITTED
                break
        if not (status[j] == FITTED and at[2] > 0.0 and np.isfinite(beta)):
            status[j] = EXHAUSTED
            continue
        out[j, 0] = beta / spread
        out[j, 1] = 1.0 / np.sqrt(at[2]) / spread
        out[j, 3] = max(2.0 * (at[0] - null), 0.0)


@jit
def _separated(z: FloatArray, y: FloatArray) -> bool:
    """Whether a cut-off parts the classes, values on it aside."""
    low0, high0, low1, high1 = np.inf, -np.inf, np.inf, -np.inf
    for i in range(z.shape[0]):
        if y[i] > 0.0:
            low1, high1 = min(low1, z[i]), max(high1, z[i])
        else:
            low0, high0 = min(low0, z[i]), max(high0, z[i])
    return high0 <= low1 or high1 <= low0


@jit
def _logistic(z: FloatArray, y: FloatArray, alpha: float, beta: float, out: FloatArray) -> None:
    """Log likelihood, score (intercept, slope) and information (three entries) into ``out``."""
    loglik, u0, u1, i00, i01, i11 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(z.shape[0]):
        eta = alpha + beta * z[i]
        small = np.exp(-abs(eta))
        chance = 1.0 / (1.0 + small) if eta >= 0.0 else small / (1.0 + small)
        weight = small / ((1.0 + small) * (1.0 + small))
        loglik += y[i] * eta - max(eta, 0.0) - np.log1p(small)
        u0 += y[i] - chance
        u1 += (y[i] - chance) * z[i]
        i00 += weight
        i01 += weight * z[i]
        i11 += weight * z[i] * z[i]
    out[0], out[1], out[2], out[3], out[4], out[5] = loglik, u0, u1, i00, i01, i11


@jit
def logistic_columns(x: FloatArray, y: FloatArray, out: FloatArray, status: IntArray) -> None:
    """As :func:`cox_columns`, of classes 0 and 1."""
    n = x.shape[0]
    order = np.arange(n)
    z, at, new = np.empty(n), np.empty(6), np.empty(6)
    share = 0.0
    for i in range(n):
        share += y[i] / n
    for j in range(x.shape[1]):
        spread = _standardised(x, j, order, z)
        if spread == 0.0:
            status[j] = CONSTANT
            continue
        alpha, beta = np.log(share / (1.0 - share)), 0.0
        _logistic(z, y, alpha, beta, at)
        null = at[0]
        out[j, 2] = at[2] * at[2] / (at[5] - at[4] * at[4] / at[3])
        if _separated(z, y):
            status[j] = SEPARATED
            continue
        status[j] = EXHAUSTED
        for _ in range(_MAX_ITER):
            determinant = at[3] * at[5] - at[4] * at[4]
            step0 = (at[5] * at[1] - at[4] * at[2]) / determinant
            step1 = (at[3] * at[2] - at[4] * at[1]) / determinant
            small = max(abs(step0), abs(step1)) <= _TOLERANCE * (1.0 + max(abs(alpha), abs(beta)))
            for _half in range(40):
                _logistic(z, y, alpha + step0, beta + step1, new)
                if small or new[0] >= at[0] - _ROUNDING * (1.0 + abs(at[0])):
                    break
                step0 *= 0.5
                step1 *= 0.5
            alpha += step0
            beta += step1
            for k in range(6):
                at[k] = new[k]
            if small:
                status[j] = FITTED
                break
        determinant = at[3] * at[5] - at[4] * at[4]
        if not (status[j] == FITTED and determinant > 0.0 and np.isfinite(beta)):
            status[j] = EXHAUSTED
            continue
        out[j, 0] = beta / spread
        out[j, 1] = np.sqrt(at[3] / determinant) / spread
        out[j, 3] = max(2.0 * (at[0] - null), 0.0)
