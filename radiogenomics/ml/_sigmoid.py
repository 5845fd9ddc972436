"""From scores to probabilities: a sigmoid learned on scores of patients that the scoring model has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core.logistic import fit_logistic

#: A sigmoid that falls, or is level, would undo the order of the patients: of useless models it is nearly level.
LEAST_SLOPE = 0.01


@dataclass(frozen=True)
class Sigmoid:
    """``probability = 1 / (1 + exp(-(intercept + slope * score)))``.

    Attributes
    ----------
    intercept, slope
        Of the log odds; the slope is at least :data:`LEAST_SLOPE`.
    """

    intercept: float
    slope: float

    def __call__(self, score: FloatArray) -> FloatArray:
        """(n,) probabilities of (n,) scores."""
        return np.asarray(expit(self.intercept + self.slope * score), dtype=np.float64)


def fit_sigmoid(score: FloatArray, y: IntArray) -> Sigmoid:
    """Sigmoid of held-out scores (n,), classes 0 and 1 (n,), of patients as they occur (none synthetic).

    Both classes are given a little doubt, as if each had one patient more of either kind :cite:p:`Platt1999`, so that
    the slope is finite where the scores tell the classes apart without error.
    """
    positives = int(y.sum())
    negatives = len(y) - positives
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    doubled = np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    weights = np.concatenate([target, 1 - target])
    spread = float(score.std())
    if spread > 1e-12:
        # Scaled first: margins of some classifiers are of the order of 1e-3, those of others of 10.
        scaled = np.tile((score - score.mean()) / spread, 2)
        fit = fit_logistic(scaled, doubled, weights=weights)
        slope = float(fit.coef[0]) / spread
        if slope >= LEAST_SLOPE:
            return Sigmoid(fit.intercept - slope * float(score.mean()), slope)
    return Sigmoid(_intercept(LEAST_SLOPE * score, float(target.mean())), LEAST_SLOPE)


def _intercept(offset: FloatArray, share: float) -> float:
    """Intercept with which the mean probability is `share`."""
    value = float(np.log(share / (1 - share)) - offset.mean())
    for _ in range(50):
        p = expit(value + offset)
        step = (share - float(p.mean())) / float((p * (1 - p)).mean())
        value += step
        if abs(step) < 1e-12:
            break
    return value
