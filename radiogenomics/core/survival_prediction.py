"""Survival that Cox models predict, for many fits at once."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray, IntArray


def predicted_survival(
    risk: FloatArray,
    time: FloatArray,
    event: FloatArray,
    weights: FloatArray,
    at: FloatArray,
    *,
    strata: IntArray | None = None,
) -> FloatArray:
    """Chance of each patient to be free of the event, by Breslow's baseline hazard :cite:p:`Breslow1974`.

    Parameters
    ----------
    risk
        (B, n) log hazard of every patient by each of B models.
    time, event
        (n,) follow-up and status (1 event, 0 censored).
    weights
        (B, n) weight of each patient in the fit of each model: 0 for those it was not fitted to.
    at
        (m,) times, any order.
    strata
        (n,) whole-number codes; each stratum has a baseline hazard of its own.

    Returns
    -------
    (B, n, m) in [0, 1]; 1 before the first event of the fit, and throughout in a stratum without one.
    """
    out = np.empty((*risk.shape, len(at)))
    codes = np.zeros(len(time), dtype=np.int64) if strata is None else strata
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        hazard = _cumulative_hazard(risk[:, rows], time[rows], event[rows], weights[:, rows], at)
        # A risk so high that the product overflows means certain failure.
        with np.errstate(over="ignore"):
            out[:, rows] = np.exp(-np.exp(_centred(risk[:, rows]))[:, :, None] * hazard[:, None, :])
    return out


def _centred(risk: FloatArray) -> FloatArray:
    """Risks about their mean: the baseline hazard takes up the shift."""
    return np.asarray(risk - risk.mean(axis=1, keepdims=True))


def _cumulative_hazard(
    risk: FloatArray, time: FloatArray, event: FloatArray, weights: FloatArray, at: FloatArray
) -> FloatArray:
    """(B, m) hazard of a patient of mean risk, accumulated until ``at``."""
    order = np.argsort(time, kind="stable")
    t = time[order]
    relative = weights[:, order] * np.exp(_centred(risk)[:, order])
    at_risk = np.cumsum(relative[:, ::-1], axis=1)[:, ::-1]
    at_risk = at_risk[:, np.searchsorted(t, t, side="left")]  # the whole of a tied time is at risk
    failed = weights[:, order] * event[order]
    step = np.divide(failed, at_risk, out=np.zeros_like(failed), where=failed > 0)
    hazard = np.concatenate([np.zeros((len(risk), 1)), np.cumsum(step, axis=1)], axis=1)
    return np.asarray(hazard[:, np.searchsorted(t, at, side="right")])
