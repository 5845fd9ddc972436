"""Kaplan-Meier survival at one time under many rows of case weights."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray


def weighted_survival(time: FloatArray, event: FloatArray, weights: FloatArray, at: float) -> FloatArray:
    """Chance to be free of the event at a time, under each row of weights.

    Parameters
    ----------
    time, event
        (n,) follow-up and status (1 event, 0 censored).
    weights
        (B, n) weights of the patients.

    Returns
    -------
    (B,) in [0, 1]; NaN where nobody with weight is followed until then and not all had the event before.
    """
    order = np.argsort(time, kind="stable")
    t, w = time[order], weights[:, order]
    starts = np.flatnonzero(np.diff(t, prepend=-np.inf) > 0)
    at_risk = np.cumsum(w[:, ::-1], axis=1)[:, ::-1][:, starts]
    failed = np.add.reduceat(w * event[order], starts, axis=1)
    until = t[starts] <= at
    share = np.divide(failed, at_risk, out=np.zeros_like(failed), where=at_risk > 0)
    # Sums in another order leave the last to fail with a share that rounding keeps from 1.
    survival = np.prod(np.where(share > 1 - 1e-12, 0.0, 1.0 - share)[:, until], axis=1)
    followed = (w[:, t >= at] > 0).any(axis=1)
    return np.where(followed | (survival <= 0), survival, np.nan)
