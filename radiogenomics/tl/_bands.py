"""Intervals of many values at once: of a curve at each of its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from radiogenomics._types import FloatArray
from radiogenomics.tl._cindex_precision import Precision

_NEAR = 1e-6


@dataclass(frozen=True)
class Band:
    """(m,) values and their bounds."""

    value: FloatArray
    lower: FloatArray
    upper: FloatArray


def band(one: FloatArray, drawn: FloatArray, precision: Precision, *, share: bool = False) -> Band:
    """Percentiles of the resamples; with several repeats, standard errors that hold the variance between them.

    Probabilities of different folds are on one scale and need no more: simulated (tests/tl/test_decision_curve.py),
    intervals of net benefit and Brier score of a cross-validation cover as they say.

    Parameters
    ----------
    one
        (repeats, m) values of the patients as they are.
    drawn
        (B, m) of each resample, the mean over repeats.
    share
        Values are in [0, 1]: bounds from standard errors are symmetric in the log odds.
    """
    value = one.mean(axis=0)
    usable = np.isfinite(drawn).sum(axis=0) > max(1, len(drawn) // 2)
    known = usable & np.isfinite(value)
    lower, upper = np.full(len(value), np.nan), np.full(len(value), np.nan)
    if not known.any():
        return Band(value, lower, upper)
    kept, tail = np.where(np.isfinite(drawn), drawn, np.nan)[:, known], 50 * (1 - precision.confidence)
    if len(one) == 1:
        lower[known], upper[known] = np.nanpercentile(kept, [tail, 100 - tail], axis=0)
        return Band(value, lower, upper)
    repeats, center = one[:, known], value[known]
    if share:
        kept, repeats, center = (logit(np.clip(v, _NEAR, 1 - _NEAR)) for v in (kept, repeats, center))
    reach = precision.reach * np.sqrt(np.nanvar(kept, axis=0, ddof=1) + np.var(repeats, axis=0, ddof=1))
    low, high = center - reach, center + reach
    lower[known], upper[known] = (expit(low), expit(high)) if share else (low, high)
    return Band(value, lower, upper)
