"""Compiled paths of L1-penalised logistic and Cox models.

Newton's method on the penalised likelihood: each quadratic model is minimised over a few working columns by coordinate
descent on its Hessian, finished by an exact solve once the signs have settled. The working columns are those that are
not zero and those whose gradient exceeds the penalty; the strong rules say which columns have to be looked at for that,
and a last look at all columns makes the solution certain.

Weights sum to 1. Cox: patients sorted by time from late to early,
``starts`` the first of each block of tied times and the end. Logistic: ``starts`` is empty.
"""

from __future__ import annotations

import numpy as np

from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._jit import jit

#: Squared step of a coefficient, as a share of the null deviance, at which Newton's method stops (the next one would
#: be about its square), and below which the Hessian of the step before serves again.
_NEWTON, _SAME_CURVATURE = 1e-12, 1e-5
#: Squared step at which coordinate descent on a quadratic ends, as a share of Newton's.
_QUADRATIC = 1e-6
#: Added to the Hessian's diagonal, as a share of it, by the exact solve: columns that depend on each other then take
#: long steps along the line of equal fit, until one of them is left out.
_JITTER = 1e-9
#: Sweeps of coordinate descent before the exact solve of the signs found is tried.
_SWEEPS = 12
_LEAST_CURVATURE = 1e-7
#: The path ends when it explains nearly all deviance, or hardly more than before: one step (logistic; a share of the
#: deviance) or four steps before (Cox; a share of what is explained).
MOST_EXPLAINED, LEAST_GAIN, LEAST_GAIN_COX, LEAST_STEPS = 0.999, 1e-5, 1e-3, 5


@jit
def dot(a: FloatArray, b: FloatArray) -> float:
    """Inner product in four lanes: exact IEEE arithmetic in an order that the compiler can run abreast."""
    n = a.shape[0]
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    t0, t1, t2, t3 = 0.0, 0.0, 0.0, 0.0
    whole = n - n % 8
    for i in range(0, whole, 8):
        s0 += a[i] * b[i]
        s1 += a[i + 1] * b[i + 1]
        s2 += a[i + 2] * b[i + 2]
        s3 += a[i + 3] * b[i + 3]
        t0 += a[i + 4] * b[i + 4]
        t1 += a[i + 5] * b[i + 5]
        t2 += a[i + 6] * b[i + 6]
        t3 += a[i + 7] * b[i + 7]
    for i in range(whole, n):
        s0 += a[i] * b[i]
    return ((s0 + t0) + (s1 + t1)) + ((s2 + t2) + (s3 + t3))


@jit
def likelihood(
    eta: FloatArray, y: FloatArray, w: FloatArray, starts: IntArray, risk: FloatArray, total: FloatArray
) -> float:
    """Weighted log likelihood; fills ``risk`` (probability, or hazard ratio times weight), Cox: ``total`` at risk."""
    n = eta.shape[0]
    loglik = 0.0
    if starts.shape[0] == 0:
        for i in range(n):
            small = np.exp(-abs(eta[i]))
            risk[i] = 1.0 / (1.0 + small) if eta[i] >= 0.0 else small / (1.0 + small)
            loglik += w[i] * (y[i] * eta[i] - max(eta[i], 0.0) - np.log1p(small))
        return loglik
    shift = -np.inf
    for i in range(n):
        shift = max(shift, eta[i])
    at_risk = 0.0
    for b in range(starts.shape[0] - 1):
        deaths = 0.0
        for i in range(starts[b], starts[b + 1]):
            risk[i] = w[i] * np.exp(eta[i] - shift)
            at_risk += risk[i]
            if y[i] > 0.0:
                deaths += w[i]
                loglik += w[i] * (eta[i] - shift)
        total[b] = at_risk
        if deaths > 0.0:
            if not at_risk > 0.0:  # hazards too far apart for this arithmetic: no place to step to
                return -np.inf
            loglik -= deaths * np.log(at_risk)
    return loglik


@jit
def residuals(
    y: FloatArray, w: FloatArray, starts: IntArray, risk: FloatArray, total: FloatArray, out: FloatArray, v: FloatArray
) -> None:
    """Gradient of the log likelihood by linear predictor into ``out``, diagonal of its curvature into ``v``."""
    n = y.shape[0]
    if starts.shape[0] == 0:
        for i in range(n):
            out[i] = w[i] * (y[i] - risk[i])
            v[i] = w[i] * max(risk[i] * (1.0 - risk[i]), _LEAST_CURVATURE)
        return
    hazard = 0.0
    for b in range(starts.shape[0] - 2, -1, -1):
        deaths = 0.0
        for i in range(starts[b], starts[b + 1]):
            if y[i] > 0.0:
                deaths += w[i]
        if deaths > 0.0:
            hazard += deaths / total[b]
        for i in range(starts[b], starts[b + 1]):
            v[i] = risk[i] * hazard
            out[i] = w[i] * y[i] - v[i]


@jit
def _curvature(
    x: FloatArray, y: FloatArray, w: FloatArray, starts: IntArray, risk: FloatArray, total: FloatArray, v: FloatArray,
    z: FloatArray, mean: FloatArray, h: FloatArray,
) -> None:  # fmt: skip
    """Hessian ``h`` of the negative log likelihood by the columns of ``x`` (n, m), an intercept profiled out.

    ``z`` is the curvature by linear predictor times ``x``; ``mean`` (logistic) the columns' means under ``v``.
    """
    n, m = x.shape
    if starts.shape[0] == 0:
        mean[:] = 0.0
        whole = v.sum()
        for i in range(n):
            for a in range(m):
                mean[a] += v[i] / whole * x[i, a]
        for i in range(n):
            for a in range(m):
                z[i, a] = v[i] * (x[i, a] - mean[a])
    else:
        blocks = starts.shape[0] - 1
        first, met, means = np.zeros(m), np.zeros(m), np.empty((blocks, m))
        for b in range(blocks):
            deaths = 0.0
            for i in range(starts[b], starts[b + 1]):
                if y[i] > 0.0:
                    deaths += w[i]
                for a in range(m):
                    first[a] += risk[i] * x[i, a]
            share = deaths / total[b] if deaths > 0.0 else 0.0
            for a in range(m):
                means[b, a] = share * (first[a] / total[b]) if deaths > 0.0 else 0.0
        for b in range(blocks - 1, -1, -1):
            for a in range(m):
                met[a] += means[b, a]
            for i in range(starts[b], starts[b + 1]):
                for a in range(m):
                    z[i, a] = v[i] * x[i, a] - risk[i] * met[a]
    whole_rows = n - n % 4
    for a in range(m):
        row = h[a]
        row[: a + 1] = 0.0
        for i in range(0, whole_rows, 4):  # element by element over a row: the compiler runs these abreast
            z0, z1, z2, z3 = z[i, a], z[i + 1, a], z[i + 2, a], z[i + 3, a]
            x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
            for b in range(a + 1):
                row[b] += (z0 * x0[b] + z1 * x1[b]) + (z2 * x2[b] + z3 * x3[b])
        for i in range(whole_rows, n):
            for b in range(a + 1):
                row[b] += z[i, a] * x[i, b]
    for a in range(m):
        for b in range(a):
            h[b, a] = h[a, b]


@jit
def _factor(h: FloatArray, on: IntArray, ridge: float, out: FloatArray) -> bool:
    """Upper factor of the columns ``on`` of ``h`` with ``ridge`` on the diagonal; false where they are dependent."""
    m = on.shape[0]
    for i in range(m):
        for j in range(i, m):
            out[i, j] = h[on[i], on[j]]
        out[i, i] = out[i, i] * (1.0 + _JITTER) + ridge
    for k in range(m):
        row = out[k]
        if not row[k] > 1e-13 * (h[on[k], on[k]] + ridge):
            return False
        inverse = 1.0 / np.sqrt(row[k])
        for j in range(k, m):
            row[j] *= inverse
        for i in range(k + 1, m):
            share, below = row[i], out[i]
            for j in range(i, m):
                below[j] -= share * row[j]
    return True


@jit
def _solve_signs(
    h: FloatArray, q: FloatArray, beta: FloatArray, lasso: float, ridge: float, factor: FloatArray
) -> bool:
    """Go to the minimum of the quadratic for the present signs, dropping columns whose sign would turn on the way."""
    m = beta.shape[0]
    step = np.empty(m)
    while True:
        on = np.flatnonzero(beta)
        a = on.shape[0]
        if a == 0 or not _factor(h, on, ridge, factor):
            return a == 0
        for i in range(a):
            j = on[i]
            step[i] = q[j] - ridge * beta[j] - (lasso if beta[j] > 0.0 else -lasso)
        for i in range(a):
            step[i] /= factor[i, i]
            for k in range(i + 1, a):
                step[k] -= factor[i, k] * step[i]
        for i in range(a - 1, -1, -1):
            for k in range(i + 1, a):
                step[i] -= factor[i, k] * step[k]
            step[i] /= factor[i, i]
        share, turned = 1.0, -1
        for i in range(a):
            if (beta[on[i]] + step[i]) * beta[on[i]] <= 0.0:
                limit = -beta[on[i]] / step[i]
                if limit < share or turned < 0:
                    share, turned = limit, i
        for i in range(a):
            j = on[i]
            move = -beta[j] if i == turned else share * step[i]
            beta[j] = 0.0 if i == turned else beta[j] + move
            for k in range(m):
                q[k] -= move * h[j, k]
        if turned < 0:
            return True


@jit
def _sweep(h: FloatArray, q: FloatArray, beta: FloatArray, lasso: float, ridge: float, zeros: bool) -> float:
    """Coordinate descent over all columns, or those not zero; returns the largest squared step times curvature."""
    m = beta.shape[0]
    largest = 0.0
    for j in range(m):
        if (beta[j] == 0.0 and not zeros) or not h[j, j] > 0.0:
            continue
        u = q[j] + h[j, j] * beta[j]
        new = 0.0
        if u > lasso:
            new = (u - lasso) / (h[j, j] + ridge)
        elif u < -lasso:
            new = (u + lasso) / (h[j, j] + ridge)
        move = new - beta[j]
        if move != 0.0:
            beta[j] = new
            row = h[j]
            for k in range(m):
                q[k] -= move * row[k]
            largest = max(largest, move * move * (h[j, j] + ridge))
    return largest


@jit
def _minimise_quadratic(
    h: FloatArray, q: FloatArray, beta: FloatArray, lasso: float, ridge: float, factor: FloatArray, enough: float
) -> None:
    """Minimum of the penalised quadratic with Hessian ``h`` and gradient ``q`` of the likelihood, kept at ``beta``."""
    for _ in range(100):
        if _sweep(h, q, beta, lasso, ridge, True) < enough:
            return
        change = enough
        for _ in range(_SWEEPS):
            change = _sweep(h, q, beta, lasso, ridge, False)
            if change < enough:
                break
        if change >= enough and not _solve_signs(h, q, beta, lasso, ridge, factor):
            for _ in range(10 * _SWEEPS):
                if _sweep(h, q, beta, lasso, ridge, False) < enough:
                    break


@jit
def _scan(
    x: FloatArray, xt: FloatArray, gradient: FloatArray, lasso: float, look: BoolArray, all_columns: bool,
    inside: BoolArray, at: FloatArray,
) -> int:  # fmt: skip
    """Columns to ``look`` at (or all, with their gradients into ``at``) beyond the penalty come ``inside``."""
    found = 0
    p = xt.shape[0]
    if all_columns:
        at[:] = 0.0
        for i in range(x.shape[0]):
            pull, row = gradient[i], x[i]
            for j in range(p):
                at[j] += pull * row[j]
        for j in range(p):
            at[j] = abs(at[j])
    for j in range(p):
        if look[j] and not inside[j]:
            pull = at[j] if all_columns else abs(dot(gradient, xt[j]))
            if pull > lasso * (1.0 + 1e-9):
                inside[j] = True
                found += 1
    return found


@jit
def _solve(
    x: FloatArray, xt: FloatArray, y: FloatArray, w: FloatArray, starts: IntArray, varies: BoolArray,
    strong: BoolArray, inside: BoolArray, lasso: float, ridge: float, null: float, beta: FloatArray, eta: FloatArray,
    intercept: float, gradient: FloatArray, at: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """Minimum at one penalty, from where ``beta`` and ``eta`` are; returns intercept and log likelihood."""
    n = y.shape[0]
    logistic = starts.shape[0] == 0
    risk, total, v = np.empty(n), np.empty(max(starts.shape[0] - 1, 0)), np.empty(n)
    move, trial = np.empty(n), np.empty(n)
    loglik = likelihood(eta, y, w, starts, risk, total)
    residuals(y, w, starts, risk, total, gradient, v)
    work = np.flatnonzero(inside)
    m = work.shape[0]
    columns, z = np.empty((n, m)), np.empty((n, m))
    h, factor, mean = np.empty((m, m)), np.empty((m, m)), np.zeros(m)
    q, start, now = np.empty(m), np.empty(m), np.empty(m)
    changed, size, kept = True, np.inf, v.copy()
    for _ in range(200):
        if changed:
            work = np.flatnonzero(inside)
            m = work.shape[0]
            columns, z = np.empty((n, m)), np.empty((n, m))
            for a in range(m):
                columns[:, a] = xt[work[a]]
            h, factor, mean = np.empty((m, m)), np.empty((m, m)), np.zeros(m)
            q, start, now = np.empty(m), np.empty(m), np.empty(m)
        if changed or size > _SAME_CURVATURE * null:
            _curvature(columns, y, w, starts, risk, total, v, z, mean, h)
            kept[:] = v
        shift = gradient.sum() / kept.sum() if logistic else 0.0
        penalty = 0.0
        for a in range(m):
            q[a] = dot(gradient, xt[work[a]])
            if logistic:
                q[a] -= shift * dot(kept, xt[work[a]])
            start[a] = beta[work[a]]
            now[a] = start[a]
            penalty += lasso * abs(start[a]) + 0.5 * ridge * start[a] * start[a]
        _minimise_quadratic(h, q, now, lasso, ridge, factor, _QUADRATIC * _NEWTON * null)
        size = 0.0
        jump = shift
        move[:] = 0.0
        for a in range(m):
            step = now[a] - start[a]
            if step != 0.0:
                size = max(size, step * step * h[a, a])
                jump -= mean[a] * step
                column = xt[work[a]]
                for i in range(n):
                    move[i] += step * column[i]
        for i in range(n):
            move[i] += jump
        if logistic:
            size = max(size, jump * jump * kept.sum())
        share = 1.0
        improved = False
        for _ in range(30):
            for i in range(n):
                trial[i] = eta[i] + share * move[i]
            new = likelihood(trial, y, w, starts, risk, total)
            cost = 0.0
            for a in range(m):
                value = start[a] + share * (now[a] - start[a])
                cost += lasso * abs(value) + 0.5 * ridge * value * value
            if new - cost >= loglik - penalty - 1e-13 * (1.0 + abs(loglik)):
                improved = True
                break
            share *= 0.5
        if improved:
            loglik = new
            for i in range(n):
                eta[i] = trial[i]
            intercept += share * jump
            for a in range(m):
                beta[work[a]] = now[a] if share == 1.0 else start[a] + share * (now[a] - start[a])
        else:
            likelihood(eta, y, w, starts, risk, total)
        residuals(y, w, starts, risk, total, gradient, v)
        found = _scan(x, xt, gradient, lasso, strong, False, inside, at)
        if found == 0 and (not improved or (size <= _NEWTON * null and share == 1.0)):
            found = _scan(x, xt, gradient, lasso, varies, True, inside, at)
            if found == 0:
                break
        changed = found > 0
    return intercept, loglik


@jit
def path(
    x: FloatArray, varies: BoolArray, y: FloatArray, w: FloatArray, starts: IntArray, lambdas: FloatArray,
    n_lambdas: int, least: float, mixing: float,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:  # fmt: skip
    """Penalties, coefficients (L, p), intercepts and log likelihoods along the path, and the null log likelihood.

    Without ``lambdas``: ``n_lambdas`` from the least one that leaves no column to ``least`` of it, in equal steps of
    the logarithm, ended early where nearly all deviance is explained or no more is gained.
    """
    n, p = x.shape
    xt = np.ascontiguousarray(x.T)
    logistic = starts.shape[0] == 0
    blocks = max(starts.shape[0] - 1, 0)
    risk, total, gradient, v = np.empty(n), np.empty(blocks), np.empty(n), np.empty(n)
    eta, beta, at = np.zeros(n), np.zeros(p), np.zeros(p)
    intercept = 0.0
    if logistic:
        share = dot(w, y)
        intercept = np.log(share / (1.0 - share))
        eta[:] = intercept
    null = likelihood(eta, y, w, starts, risk, total)
    residuals(y, w, starts, risk, total, gradient, v)
    for j in range(p):
        if varies[j]:
            at[j] = abs(dot(gradient, xt[j]))
    highest = at.max() / mixing
    automatic = lambdas.shape[0] == 0
    if automatic:
        lambdas = highest * np.exp(np.linspace(0.0, np.log(least), n_lambdas))
    steps = lambdas.shape[0]
    coef, intercepts, logliks = np.zeros((steps, p)), np.empty(steps), np.empty(steps)
    inside, strong = np.zeros(p, np.bool_), np.zeros(p, np.bool_)
    before, loglik = highest, null
    explained = np.zeros(steps)
    # Log likelihood that explains all: 0, or for Cox that of deaths alone at their time.
    full = 0.0
    for b in range(blocks):
        deaths = 0.0
        for i in range(starts[b], starts[b + 1]):
            if y[i] > 0.0:
                deaths += w[i]
        if deaths > 0.0:
            full -= deaths * np.log(deaths)
    for s in range(steps):
        lasso, ridge = lambdas[s] * mixing, lambdas[s] * (1.0 - mixing)
        for j in range(p):
            inside[j] = beta[j] != 0.0
            strong[j] = varies[j] and at[j] >= (2.0 * lambdas[s] - before) * mixing
        if lambdas[s] < highest:
            for j in range(p):
                if strong[j] and at[j] > lasso:
                    inside[j] = True
            intercept, loglik = _solve(
                x,
                xt,
                y,
                w,
                starts,
                varies,
                strong,
                inside,
                lasso,
                ridge,
                full - null,
                beta,
                eta,
                intercept,
                gradient,
                at,
            )
        before = lambdas[s]
        coef[s] = beta
        intercepts[s] = intercept
        logliks[s] = loglik
        explained[s] = 1.0 - (full - loglik) / (full - null)
        if automatic and s + 1 >= LEAST_STEPS:
            if logistic:
                idle = explained[s] - explained[s - 1] < LEAST_GAIN
            else:
                idle = explained[s] - explained[s - LEAST_STEPS + 1] < LEAST_GAIN_COX * explained[s]
            if idle or explained[s] > MOST_EXPLAINED:
                steps = s + 1
                break
    return lambdas[:steps], coef[:steps], intercepts[:steps], logliks[:steps], null


@jit
def log_likelihoods(eta: FloatArray, y: FloatArray, w: FloatArray, starts: IntArray) -> FloatArray:
    """Log partial likelihood of each row of ``eta`` (L, n), finite however far apart the hazards are."""
    out = np.zeros(eta.shape[0])
    for s in range(eta.shape[0]):
        peak, at_risk = -np.inf, 0.0  # hazards as shares of the highest so far: patients not seen before may exceed it
        for b in range(starts.shape[0] - 1):
            deaths = 0.0
            for i in range(starts[b], starts[b + 1]):
                if not w[i] > 0.0:
                    continue
                if eta[s, i] > peak:
                    at_risk *= np.exp(peak - eta[s, i])
                    peak = eta[s, i]
                at_risk += w[i] * np.exp(eta[s, i] - peak)
                if y[i] > 0.0:
                    deaths += w[i]
                    out[s] += w[i] * eta[s, i]
            if deaths > 0.0:
                out[s] -= deaths * (peak + np.log(at_risk))
    return out
