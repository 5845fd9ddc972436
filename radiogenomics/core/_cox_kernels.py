"""Compiled Cox partial likelihood: value, score and information in two sweeps, and the Newton iterations on it.

Rows come sorted by stratum, then by time from late to early, so that the risk set grows along the rows. A first sweep
collects the risk-set sums, the likelihood, the score and the products of risk-set means; a second one, from early to
late, gives every patient the cumulative hazard met while at risk, which turns the second moments into one weighted
cross-product: O(n p^2) without a p x p sum per event time.
"""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._cox_firth import firth_score
from radiogenomics.core._jit import jit

CONVERGED, EXHAUSTED, DIVERGING, DEGENERATE = 0, 1, 2, 3


@jit
def cholesky(a: FloatArray, tolerance: float) -> int:
    """Lower factor of ``a`` in place; returns -1, or the first column that adds nothing to those before it."""
    p = a.shape[0]
    for j in range(p):
        whole = a[j, j]
        pivot = whole
        for k in range(j):
            pivot -= a[j, k] * a[j, k]
        if not (pivot > tolerance * whole and whole > 0.0):
            return j
        root = np.sqrt(pivot)
        a[j, j] = root
        for i in range(j + 1, p):
            value = a[i, j]
            for k in range(j):
                value -= a[i, k] * a[j, k]
            a[i, j] = value / root
    return -1


@jit
def solve(factor: FloatArray, right: FloatArray, out: FloatArray) -> None:
    """``out`` = (L L')^-1 ``right``."""
    p = factor.shape[0]
    for i in range(p):
        value = right[i]
        for k in range(i):
            value -= factor[i, k] * out[k]
        out[i] = value / factor[i, i]
    for i in range(p - 1, -1, -1):
        value = out[i]
        for k in range(i + 1, p):
            value -= factor[k, i] * out[k]
        out[i] = value / factor[i, i]


@jit
def invert(factor: FloatArray) -> FloatArray:
    """(L L')^-1 from its lower factor."""
    p = factor.shape[0]
    inverse = np.empty((p, p))
    unit = np.zeros(p)
    column = np.empty(p)
    for j in range(p):
        unit[j] = 1.0
        solve(factor, unit, column)
        unit[j] = 0.0
        for i in range(p):
            inverse[i, j] = column[i]
    return inverse


@jit
def copy(source: FloatArray, target: FloatArray) -> None:
    """Square matrices; loops compile in a fraction of the time that array expressions take."""
    for i in range(source.shape[0]):
        for j in range(source.shape[0]):
            target[i, j] = source[i, j]


@jit
def largest(values: FloatArray) -> float:
    """Largest absolute value."""
    found = 0.0
    for i in range(values.shape[0]):
        found = max(found, abs(values[i]))
    return found


@jit
def standardise(
    x: FloatArray, w: FloatArray, order: IntArray, out: FloatArray, center: FloatArray, spread: FloatArray
) -> None:
    """Columns of ``x`` with weighted mean 0 and standard deviation 1, rows in ``order``; a constant one: spread 0."""
    n, p = x.shape
    total = 0.0
    for i in range(n):
        total += w[i]
    for j in range(p):
        center[j] = 0.0
        spread[j] = 0.0
    for i in range(n):
        for j in range(p):
            center[j] += w[i] / total * x[i, j]
    constant = np.ones(p, np.bool_)
    for i in range(n):
        for j in range(p):
            out[i, j] = x[order[i], j] - center[j]
            spread[j] += out[i, j] * out[i, j]
            if x[i, j] != x[0, j]:
                constant[j] = False
    for j in range(p):
        spread[j] = 0.0 if constant[j] else np.sqrt(spread[j] / n)
    for i in range(n):
        for j in range(p):
            if not constant[j]:
                out[i, j] /= spread[j]


@jit
def risk_scores(x: FloatArray, w: FloatArray, beta: FloatArray, eta: FloatArray, risk: FloatArray) -> float:
    """Fills the linear predictor and ``w * exp(eta - shift)``; returns the shift, which guards against overflow."""
    n, p = x.shape
    shift = -np.inf
    for i in range(n):
        value = 0.0
        for j in range(p):
            value += x[i, j] * beta[j]
        eta[i] = value
        if value > shift:
            shift = value
    for i in range(n):
        risk[i] = w[i] * np.exp(eta[i] - shift)
    return shift


@jit
def hazard_met(
    risk: FloatArray,
    w: FloatArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    step: FloatArray,
    own: FloatArray,
    met: FloatArray,
) -> None:
    """Each patient's expected events, ``w * exp(eta) * (cumulative hazard from entry to time)``, into ``met``.

    ``step`` is the hazard of each block of tied times, ``own`` the part of it that those who fail there meet.
    """
    delayed = entry.shape[0] > 0
    met[:] = 0.0
    for s in range(strata.shape[0] - 1):
        first_row = starts[strata[s]]
        pointer = starts[strata[s + 1]] - 1
        total = 0.0
        for b in range(strata[s + 1] - 1, strata[s] - 1, -1):
            lo, hi = starts[b], starts[b + 1]
            if delayed:
                while pointer >= first_row and entry[entry_order[pointer]] < time[lo]:
                    late = entry_order[pointer]
                    met[late] -= risk[late] * total
                    pointer -= 1
            for i in range(lo, hi):
                hazard = own[b] if event[i] > 0.0 and w[i] > 0.0 else step[b]
                met[i] += risk[i] * (total + hazard)
            total += step[b]


@jit
def partial_likelihood(
    x: FloatArray,
    w: FloatArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    efron: bool,
    beta: FloatArray,
    score: FloatArray,
    information: FloatArray,
    eta: FloatArray,
    risk: FloatArray,
    step: FloatArray,
    own: FloatArray,
    met: FloatArray,
) -> float:
    """Log partial likelihood at ``beta``; fills score, information (both triangles) and the working arrays."""
    n, p = x.shape
    delayed = entry.shape[0] > 0
    shift = risk_scores(x, w, beta, eta, risk)
    for j in range(p):
        score[j] = 0.0
        for k in range(p):
            information[j, k] = 0.0
    at_risk = np.zeros(p)
    failing = np.zeros(p)
    mean = np.zeros(p)
    loglik = 0.0
    for s in range(strata.shape[0] - 1):
        pointer = starts[strata[s]]
        total = 0.0
        at_risk[:] = 0.0
        for b in range(strata[s], strata[s + 1]):
            lo, hi = starts[b], starts[b + 1]
            if delayed:
                while entry[entry_order[pointer]] >= time[lo]:
                    late = entry_order[pointer]
                    total -= risk[late]
                    for j in range(p):
                        at_risk[j] -= risk[late] * x[late, j]
                    pointer += 1
            deaths = 0
            weight = 0.0
            tied = 0.0
            failing[:] = 0.0
            for i in range(lo, hi):
                total += risk[i]
                for j in range(p):
                    at_risk[j] += risk[i] * x[i, j]
                if event[i] > 0.0 and w[i] > 0.0:
                    deaths += 1
                    weight += w[i]
                    tied += risk[i]
                    loglik += w[i] * (eta[i] - shift)
                    for j in range(p):
                        failing[j] += risk[i] * x[i, j]
                        score[j] += w[i] * x[i, j]
            step[b] = 0.0
            own[b] = 0.0
            if deaths == 0:
                continue
            # Breslow: one term for all tied deaths. Efron: as many terms as deaths, each with less of them at risk.
            terms = deaths if efron else 1
            share = weight / terms
            for r in range(terms):
                gone = r / terms
                sum0 = total - gone * tied
                if not sum0 > 0.0:
                    return -np.inf
                loglik -= share * np.log(sum0)
                inverse = 1.0 / sum0
                step[b] += share * inverse
                own[b] += share * (1.0 - gone) * inverse
                for j in range(p):
                    mean[j] = (at_risk[j] - gone * failing[j]) * inverse
                    weighted = share * mean[j]
                    score[j] -= weighted
                    for k in range(j + 1):
                        information[j, k] -= weighted * mean[k]
    hazard_met(risk, w, event, time, starts, strata, entry, entry_order, step, own, met)
    for i in range(n):
        if met[i] != 0.0:
            for j in range(p):
                weighted = met[i] * x[i, j]
                for k in range(j + 1):
                    information[j, k] += weighted * x[i, k]
    for j in range(p):
        for k in range(j):
            information[k, j] = information[j, k]
    return loglik


@jit
def maximise(
    x: FloatArray,
    w: FloatArray,
    event: FloatArray,
    time: FloatArray,
    starts: IntArray,
    strata: IntArray,
    entry: FloatArray,
    entry_order: IntArray,
    efron: bool,
    ridge: FloatArray,
    firth: bool,
    max_iter: int,
    beta: FloatArray,
    step: FloatArray,
    covariance: FloatArray,
    logliks: FloatArray,
) -> tuple[int, int]:
    """Newton's method with step halving from 0, on columns of standard deviation near 1.

    Fills ``beta``, its last ``step``, its ``covariance`` and ``logliks`` (null log likelihood, fitted one, score
    and Wald statistics, for no ridge); returns a status and the number of iterations.

    Where the likelihood is monotone it flattens while Newton's step stays about one unit long: steps that no longer
    shrink on a flat likelihood are the sign of it.
    """
    n, p = x.shape
    n_blocks = starts.shape[0] - 1
    score, information = np.zeros(p), np.zeros((p, p))
    eta, risk, met = np.empty(n), np.empty(n), np.empty(n)
    jump, own = np.zeros(n_blocks), np.zeros(n_blocks)
    trial = np.zeros(p)
    for j in range(p):
        beta[j] = 0.0
        step[j] = 0.0
    data = (x, w, event, time, starts, strata, entry, entry_order, efron)
    loglik = partial_likelihood(*data, beta, score, information, eta, risk, jump, own, met)
    factor = np.empty((p, p))
    copy(information, factor)
    for j in range(p):
        factor[j, j] += ridge[j]
    if not loglik > -np.inf or cholesky(factor, 1e-10) >= 0:
        return DEGENERATE, 0
    solve(factor, score, step)
    logliks[2] = 0.0
    logliks[3] = 0.0
    for j in range(p):
        logliks[2] += score[j] * step[j]
    objective = loglik
    if firth:
        objective += _half_log_determinant(factor)
    logliks[0] = objective
    logliks[1] = objective
    status = EXHAUSTED
    flat = 0
    last_size = np.inf
    iteration = 0
    tolerance = 1e-10 if firth else 1e-7
    while iteration < max_iter:
        iteration += 1
        if firth:
            firth_score(*data, risk, invert(factor), score)
        for j in range(p):
            score[j] -= ridge[j] * beta[j]
        solve(factor, score, step)
        size = largest(step)
        if firth and size > 1.0:
            # The information ignores the penalty's curvature: long steps from it are not to be trusted.
            for j in range(p):
                step[j] /= size
        scale = 1.0
        improved = False
        for _ in range(40):
            for j in range(p):
                trial[j] = beta[j] + scale * step[j]
            new = partial_likelihood(*data, trial, score, information, eta, risk, jump, own, met)
            new_objective = new
            for j in range(p):
                new_objective -= 0.5 * ridge[j] * trial[j] * trial[j]
                information[j, j] += ridge[j]
            copy(information, factor)
            singular = not new > -np.inf or cholesky(factor, 1e-13) >= 0
            if firth and not singular:
                new_objective += _half_log_determinant(factor)
            if not singular and new_objective >= objective - 1e-12 * (1.0 + abs(objective)):
                improved = True
                break
            if singular and iteration > 5 and not firth:
                break
            scale *= 0.5
        if not improved:
            # No point along the step is better: information gone flat, or precision exhausted at the maximum.
            status = DIVERGING if size > 1e-4 else CONVERGED
            partial_likelihood(*data, beta, score, information, eta, risk, jump, own, met)
            for j in range(p):
                information[j, j] += ridge[j]
            copy(information, factor)
            if cholesky(factor, 0.0) >= 0:
                return DEGENERATE, iteration
            break
        gain = new_objective - objective
        for j in range(p):
            beta[j] = trial[j]
        objective = new_objective
        logliks[1] = new_objective if firth else new
        if size * scale <= tolerance * (1.0 + largest(beta)):
            status = CONVERGED
            break
        flat = flat + 1 if gain < 1e-8 * (1.0 + abs(objective)) and size > 1e-4 and size > 0.5 * last_size else 0
        last_size = size
        if flat >= 2 and not firth:
            status = DIVERGING
            break
    for j in range(p):
        for k in range(p):
            logliks[3] += beta[j] * information[j, k] * beta[k]
    copy(invert(factor), covariance)
    return status, iteration


@jit
def _half_log_determinant(factor: FloatArray) -> float:
    total = 0.0
    for j in range(factor.shape[0]):
        total += np.log(factor[j, j])
    return total


@jit
def maximise_batch(
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
    ridge: FloatArray,
    firth: bool,
    max_iter: int,
    coef: FloatArray,
    status: IntArray,
) -> None:
    """One fit per row of ``weights`` (given in the caller's order of patients) on rows sorted once."""
    n, p = x.shape
    w = np.empty(n)
    step, covariance, logliks = np.empty(p), np.empty((p, p)), np.empty(4)
    data = (event, time, starts, strata, entry, entry_order, efron, ridge, firth, max_iter)
    for b in range(weights.shape[0]):
        for i in range(n):
            w[i] = weights[b, order[i]]
        outcome = maximise(x, w, *data, coef[b], step, covariance, logliks)
        status[b] = outcome[0]
        if outcome[0] == DEGENERATE:
            coef[b, :] = np.nan
