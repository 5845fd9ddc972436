"""What the one-variable models of all columns of a matrix give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri

from radiogenomics._types import FloatArray, IntArray

#: Why a feature has no coefficient, by the kernels' status.
REASONS = ("", "constant", "separated", "not converged")


@dataclass(frozen=True)
class UnivariateFits:
    """One-variable models of p features; arrays (p,), NaN where ``reason`` says why.

    Attributes
    ----------
    coef, se
        Log hazard (or odds) ratio per unit of the feature, and its standard error.
    ratio, lower, upper
        Hazard (or odds) ratio per unit, with Wald's interval.
    p_wald, p_score, p_lrt
        p-values of Wald's, the score and the likelihood-ratio test. The score test needs no estimate, so it is known
        of a feature that separates, too.
    reason
        Empty; or ``constant`` (also among the patients at risk at every event), ``separated`` (the coefficient runs
        to infinity, because a cut-off parts the classes or those who fail always have the highest or lowest value) or
        ``not converged``.
    """

    coef: FloatArray
    se: FloatArray
    ratio: FloatArray
    lower: FloatArray
    upper: FloatArray
    p_wald: FloatArray
    p_score: FloatArray
    p_lrt: FloatArray
    reason: tuple[str, ...]


def fits_of(found: FloatArray, status: IntArray, confidence: float) -> UnivariateFits:
    """From what the kernels fill: (p, 4) coefficient, standard error, score and likelihood-ratio statistic."""
    coef, se, score, ratio_statistic = found.T
    half = ndtri(0.5 + confidence / 2.0) * se
    with np.errstate(over="ignore"):
        ratio, lower, upper = np.exp(coef), np.exp(coef - half), np.exp(coef + half)
    p_wald, p_score, p_lrt = (chdtrc(1, statistic) for statistic in ((coef / se) ** 2, score, ratio_statistic))
    return UnivariateFits(
        coef, se, ratio, lower, upper, p_wald, p_score, p_lrt, tuple(REASONS[code] for code in status)
    )
