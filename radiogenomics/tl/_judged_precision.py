"""Intervals of figures of prediction: resampled patients, and what cross-validation adds to their variance.

Out-of-fold predictions come from models that learned from each other's test patients: a figure varies more from
cohort to cohort than patients resampled under fixed predictions tell. The variance over patients is doubled and
the variance between repeats added. The factor was chosen by simulation (tests/tl/test_delong.py).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import stdtr, stdtrit

from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.tl._cindex_precision import Judged, Precision

OVERLAP = 2.0
#: Figures in [0, 1] whose intervals are symmetric in their log odds when they rest on a standard error.
SHARES = ("auc", "c_index", "uno_c", "balanced_accuracy", "f1")


def resamples(n: int, n_boot: int, seed: int, within: BoolArray | None = None) -> FloatArray:
    """(n_boot, n) counts of bootstrap samples of the patients, or of those of each class apart."""
    rng = np.random.default_rng(seed)
    weights = np.empty((n_boot, n))
    kinds = [np.ones(n, dtype=bool)] if within is None else [within, ~within]
    for kind in kinds:
        m = int(kind.sum())
        if m:
            weights[:, kind] = rng.multinomial(m, np.full(m, 1 / m), size=n_boot)
    return weights


def added_variance(by_repeat: FloatArray) -> FloatArray:
    """(m, m) covariance between repeats of m models, from (repeats, m); 0 where there is one repeat."""
    m = by_repeat.shape[1]
    return np.atleast_2d(np.cov(by_repeat.T)) if len(by_repeat) > 1 else np.zeros((m, m))


def bootstrap_interval(
    name: str, measure: Callable[[FloatArray], FloatArray], weights: FloatArray, *, cross_validated: bool,
    precision: Precision,
) -> dict[str, object]:  # fmt: skip
    """Value, interval, method and note of a figure.

    ``measure`` takes weights (B, n) and returns (repeats, B). One fit gets percentiles of the resamples, a
    cross-validation the standard error above. Resamples that do not differ say nothing of the precision: no interval.
    """
    one = measure(np.ones((1, weights.shape[1])))[:, 0]
    value = float(one.mean())
    row: dict[str, object] = {"value": value, "lower": np.nan, "upper": np.nan, "method": "bootstrap", "note": None}
    if np.isnan(value):
        return row
    drawn = measure(weights).mean(axis=0)
    usable = drawn[np.isfinite(drawn)]
    if not cross_validated:
        if len(usable) < 2 or np.ptp(usable) < 1e-12:
            return {**row, "note": "all resamples have this value: no interval"}
        tail = 50 * (1 - precision.confidence)
        lower, upper = np.percentile(usable, [tail, 100 - tail])
        return {**row, "lower": float(lower), "upper": float(upper)}
    judged = Judged(np.array([value]), drawn[:, None], one[:, None], OVERLAP)
    se = judged.of_model(0)[1]
    bounds = (precision.bounds_of_share if name in SHARES else precision.bounds)(value, se)
    lower = max(bounds["lower"], 0.0) if name == "brier" else bounds["lower"]
    return {**row, "lower": lower, "upper": bounds["upper"], "method": "bootstrap, corrected for folds"}


def t_test(difference: float, variance: float, df: int, confidence: float) -> tuple[float, float, float]:
    """Interval and two-sided p-value of a difference; p is 1 where nothing differs, unknown without a variance."""
    if variance <= 1e-14:
        return difference, difference, 1.0 if abs(difference) <= 1e-12 else float("nan")
    se = variance**0.5
    reach = float(stdtrit(df, 0.5 + confidence / 2)) * se
    return difference - reach, difference + reach, float(2 * stdtr(df, -abs(difference) / se))
