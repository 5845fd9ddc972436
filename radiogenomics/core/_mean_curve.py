"""The mean of several ROC curves, at every false-positive share that one of them has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radiogenomics._types import FloatArray

Curve = tuple[FloatArray, FloatArray]


def mean_curve(curves: Sequence[Curve], shares: Sequence[float]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted mean of rising curves, just before and just after each place, so that steps stay steps.

    Parameters
    ----------
    curves
        False-positive and true-positive shares of each, from (0, 0) to (1, 1), joined by straight lines.
    shares
        Weight of each; they add up to 1.

    Returns
    -------
    at, before, after
        (m,) false-positive shares, and the mean true-positive shares left and right of each.
    """
    # k / n of two folds may differ by a rounding where their shares are the same.
    rounded = [(np.round(x, 12), y) for x, y in curves]
    at = np.unique(np.concatenate([x for x, _ in rounded]))
    total = np.zeros((2, len(at)))
    for (x, y), share in zip(rounded, shares, strict=True):
        total += share * _read(x, y, at)
    return at, total[0], total[1]


def _read(x: FloatArray, y: FloatArray, at: FloatArray) -> FloatArray:
    """(2, m) values of one curve just left and right of each place."""
    places, first = np.unique(x, return_index=True)
    low, high = y[first], y[np.append(first[1:], len(y)) - 1]
    k = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(places) - 1)
    here, after = places[k] == at, np.minimum(k + 1, len(places) - 1)
    width = np.where(after > k, places[after] - places[k], 1.0)
    between = high[k] + (at - places[k]) / width * (low[after] - high[k])
    return np.vstack([np.where(here, low[k], between), np.where(here, high[k], between)])
