"""Likelihood-ratio tests and profile-likelihood intervals of the coefficients of a logistic model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core._logistic_newton import Maximum, Problem, maximise
from radiogenomics.core.cox import ChiSquared
from radiogenomics.core.logistic import check_logistic

_ITERATIONS = 200
# In standard errors of the estimate. Where the likelihood has not fallen by then, it has no limit on that side.
_FARTHEST = 1000.0


@dataclass(frozen=True)
class LogisticProfile:
    """What the profile likelihood says of each coefficient.

    Attributes
    ----------
    lower, upper
        (p,) limits of the log odds ratios; infinite where the likelihood does not fall on that side.
    statistic
        (p,) likelihood-ratio statistic (1 degree of freedom) of a coefficient of 0, the others estimated.
    """

    lower: FloatArray
    upper: FloatArray
    statistic: FloatArray

    @property
    def p_value(self) -> FloatArray:
        """(p,) p-values of the likelihood-ratio tests."""
        return np.asarray(chdtrc(1, np.maximum(self.statistic, 0.0)), dtype=np.float64)


def logistic_profile(
    x: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    penalty: Literal["firth"] | None = None,
    level: float = 0.95,
) -> LogisticProfile:
    """Profile-likelihood intervals of a logistic model, penalised or not :cite:p:`HeinzeSchemper2002`.

    With few patients the likelihood is lopsided, and intervals symmetric about the estimate (Wald's) miss; under
    separation they are useless, while these, with Firth's penalty, hold.

    Parameters
    ----------
    x, y, weights, offset, penalty
        As in :func:`fit_logistic`.
    level
        Confidence in (0, 1).

    Returns
    -------
    LogisticProfile
        All NaN where the likelihood has no maximum (:func:`fit_logistic` says so of the same input).

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_logistic`.
    """
    if not 0 < level < 1:
        raise InputError("logistic_profile", Fault(repr(level), "a number between 0 and 1", column="level"))
    scaled = check_logistic("logistic_profile", x, y, weights, offset, penalty, 0.0)
    problem = scaled.problem
    q = problem.design.shape[1]
    best = maximise(problem, np.zeros(q), np.arange(q), _ITERATIONS)
    p = q - 1
    if best.status != "converged":
        unknown = np.full(p, np.nan)
        return LogisticProfile(unknown, unknown.copy(), unknown.copy())
    allowed = float(chdtri(1, 1.0 - level))
    se = np.sqrt(np.linalg.inv(best.information).diagonal())
    lower, upper, statistic = np.empty(p), np.empty(p), np.empty(p)
    for j in range(1, q):
        fall = _Fall(problem, best, j)
        statistic[j - 1] = fall(0.0)
        lower[j - 1] = fall.limit(-se[j], allowed) / scaled.spread[j - 1]
        upper[j - 1] = fall.limit(se[j], allowed) / scaled.spread[j - 1]
    return LogisticProfile(lower, upper, statistic)


def logistic_term_test(
    x: ArrayLike,
    y: ArrayLike,
    columns: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    penalty: Literal["firth"] | None = None,
) -> ChiSquared:
    """Likelihood-ratio test that some coefficients are 0, the others estimated :cite:p:`HeinzeSchemper2002`.

    Parameters
    ----------
    x, y, weights, offset, penalty
        As in :func:`fit_logistic`. Firth's penalty is of all columns under both hypotheses.
    columns
        Columns of `x` in question.

    Returns
    -------
    ChiSquared
        With as many degrees of freedom as `columns`.

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_logistic`.
    """
    problem = check_logistic("logistic_term_test", x, y, weights, offset, penalty, 0.0).problem
    q = problem.design.shape[1]
    tested = np.unique(np.asarray(columns, dtype=np.int64)) + 1
    if not len(tested) or tested.min() < 1 or tested.max() >= q:
        found = Fault(f"{np.asarray(columns).tolist()}", f"numbers from 0 to {q - 2}", column="columns")
        raise InputError("logistic_term_test", found)
    full = maximise(problem, np.zeros(q), np.arange(q), _ITERATIONS)
    less = maximise(problem, np.zeros(q), np.setdiff1d(np.arange(q), tested), _ITERATIONS)
    statistic = max(2.0 * (full.penalised - less.penalised), 0.0)
    return ChiSquared(statistic, len(tested), float(chdtrc(len(tested), statistic)))


class _Fall:
    """Twice the fall of the log likelihood from its maximum as coefficient ``j`` is held at a value."""

    def __init__(self, problem: Problem, best: Maximum, j: int) -> None:
        self.problem, self.best, self.j = problem, best, j
        self.free = np.delete(np.arange(len(best.coef)), j)
        self.start = best.coef

    def __call__(self, value: float) -> float:
        start = self.start.copy()
        start[self.j] = value
        found = maximise(self.problem, start, self.free, _ITERATIONS, test=False)
        self.start = found.coef
        return 2.0 * (self.best.penalised - found.penalised)

    def limit(self, step: float, allowed: float) -> float:
        """Where the fall reaches ``allowed`` on the side of ``step`` (a standard error, with a sign)."""
        center = float(self.best.coef[self.j])
        inside, far = 0.0, 2.0
        self.start = self.best.coef
        while self(center + far * step) < allowed:
            inside, far = far, 2.0 * far
            if far > _FARTHEST:
                return float(np.copysign(np.inf, step))
        root = brentq(lambda at: self(center + at * step) - allowed, inside, far, xtol=1e-12, rtol=1e-14)
        return float(center + root * step)
