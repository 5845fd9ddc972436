"""One small logistic model under many rows of case weights."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from radiogenomics._types import FloatArray

_STEPS = 25
# Of standardised columns: keeps the fits of separated resamples finite, and moves no other by what could be seen.
_RIDGE = 1e-6


def fit_logistic_batch(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Coefficients of a logistic model under each row of weights, by Newton's method with halved steps.

    Parameters
    ----------
    x
        (n, q) columns that vary, without the intercept.
    y
        (n,) 0 or 1.
    weights
        (B, n) of at least 0.

    Returns
    -------
    (B, q + 1), the intercept first; NaN where only one class has weight.
    """
    center, spread = x.mean(axis=0), x.std(axis=0)
    design = np.column_stack([np.ones(len(x)), (x - center) / np.where(spread > 0, spread, 1.0)])
    q = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(x), q * q)
    positive, total = weights @ y, weights.sum(axis=1)
    usable = (positive > 0) & (positive < total)
    w = weights[usable]
    coef = np.zeros((len(w), q))
    penalty = np.append(0.0, np.full(q - 1, _RIDGE))

    def loss(beta: FloatArray) -> FloatArray:
        eta = beta @ design.T
        fit = (w * (y * eta - np.logaddexp(0.0, eta))).sum(axis=1)
        return np.asarray(0.5 * (penalty * beta**2).sum(axis=1) - fit)

    now = loss(coef)
    for _ in range(_STEPS):
        p = expit(coef @ design.T)
        gradient = (w * (y - p)) @ design - penalty * coef
        curvature = ((w * p * (1 - p)) @ products).reshape(-1, q, q) + np.diag(penalty + 1e-10)
        step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        for _ in range(10):
            new = loss(coef + step)
            worse = new > now + 1e-9 * np.abs(now)
            if not worse.any():
                break
            step[worse] /= 2
        coef, now = coef + step, new
        if np.abs(step).max(initial=0.0) < 1e-8:
            break
    out = np.full((len(weights), q), np.nan)
    slope = coef[:, 1:] / np.where(spread > 0, spread, 1.0)
    out[usable] = np.column_stack([coef[:, 0] - slope @ center, slope])
    return out
