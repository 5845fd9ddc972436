"""Compiled weights of the non-parametric prior."""

from __future__ import annotations

import math

from radiogenomics._types import FloatArray
from radiogenomics.core._jit import jit

#: Likelihoods this far under the largest (natural log) are 0 in double precision.
_NOTHING = -745.0


@jit
def weighted_priors(
    mean: FloatArray, within: FloatArray, n: FloatArray, gamma: FloatArray, delta: FloatArray,
    out_gamma: FloatArray, out_delta: FloatArray,
) -> None:  # fmt: skip
    """Mean offset and variance over all other features, weighted by the likelihood of this feature's values.

    ``mean``, ``within`` (squares about the mean) and ``n`` describe the values of each feature in the batch.
    """
    p = gamma.size
    half = 0.5 / delta
    log_delta = 0.5 * (math.log(2.0 * math.pi) + _logs(delta))
    likelihood = gamma.copy()
    for i in range(p):
        top = -math.inf
        for j in range(p):
            away = mean[i] - gamma[j]
            value = -n[i] * log_delta[j] - (within[i] + n[i] * away * away) * half[j]
            likelihood[j] = value
            if j != i and value > top:
                top = value
        total, sum_gamma, sum_delta = 0.0, 0.0, 0.0
        for j in range(p):
            value = likelihood[j] - top
            if j != i and value > _NOTHING:
                weight = math.exp(value)
                total += weight
                sum_gamma += weight * gamma[j]
                sum_delta += weight * delta[j]
        out_gamma[i], out_delta[i] = sum_gamma / total, sum_delta / total


@jit
def _logs(values: FloatArray) -> FloatArray:
    out = values.copy()
    for i in range(values.size):
        out[i] = math.log(values[i])
    return out
