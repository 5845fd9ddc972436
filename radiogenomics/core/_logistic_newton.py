"""Newton's method for the (penalised) logistic likelihood, with some coefficients held fixed; whether it separates."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, solve_triangular
from scipy.optimize import linprog
from scipy.special import expit

from radiogenomics._types import BoolArray, FloatArray, IntArray

Status = Literal["converged", "separated", "exhausted"]
# On columns of standard deviation 1.
_SMALLEST_STEP = 1e-11
# Firth's curvature holds a number for every pair of patients; with more, steps by the information do.
_MOST_PAIRED = 3000
# A probability of 1e-9 is suspicious enough to ask whether the classes separate.
_SUSPICIOUS = 20.0


class Problem(NamedTuple):
    """Design with the intercept first (n, q), classes, weights, offset, ridge of each coefficient, Firth or not."""

    design: FloatArray
    y: FloatArray
    weights: FloatArray
    offset: FloatArray
    ridge: FloatArray
    firth: bool


class Maximum(NamedTuple):
    """Where the iterations stopped: coefficients (q,), information (q, q), plain and penalised log likelihood."""

    coef: FloatArray
    information: FloatArray
    loglik: float
    penalised: float
    status: Status
    n_iter: int


class _Point(NamedTuple):
    eta: FloatArray
    mean: FloatArray
    information: FloatArray
    loglik: float
    penalised: float
    root: FloatArray | None


def log_likelihood(eta: FloatArray, y: FloatArray, weights: FloatArray) -> float:
    """Sum of the weighted log probabilities of the classes ``y`` (0/1) at linear predictors ``eta``."""
    return -float(weights @ np.logaddexp(0.0, np.where(y == 1, -eta, eta)))


def _evaluate(problem: Problem, coef: FloatArray) -> _Point:
    design, y, weights, offset, ridge, firth = problem
    eta = design @ coef + offset
    mean = expit(eta)
    information = (design * (weights * mean * (1.0 - mean))[:, None]).T @ design + np.diag(ridge)
    loglik = log_likelihood(eta, y, weights)
    penalised = loglik - 0.5 * float(ridge @ coef**2)
    root = None
    if firth:
        try:
            root = np.linalg.cholesky(information)
        except LinAlgError:
            return _Point(eta, mean, information, loglik, -np.inf, None)
        penalised += float(np.log(root.diagonal()).sum())
    return _Point(eta, mean, information, loglik, penalised, root)


def _score(problem: Problem, coef: FloatArray, point: _Point) -> FloatArray:
    residual = problem.weights * (problem.y - point.mean)
    if problem.firth and point.root is not None:
        scaled = problem.design * np.sqrt(problem.weights * point.mean * (1.0 - point.mean))[:, None]
        leverage = (solve_triangular(point.root, scaled.T, lower=True) ** 2).sum(axis=0)
        residual = residual + leverage * (0.5 - point.mean)
    return np.asarray(problem.design.T @ residual - problem.ridge * coef)


def _curvature(problem: Problem, point: _Point) -> FloatArray:
    """Minus the second derivative of the penalised likelihood; of Firth's penalty with that of the leverages."""
    design, weights = problem.design, problem.weights
    if not problem.firth or point.root is None or len(design) > _MOST_PAIRED:
        return point.information
    spread = point.mean * (1.0 - point.mean)
    rooted = solve_triangular(point.root, design.T, lower=True)
    pairs = rooted.T @ rooted
    leverage = weights * spread * pairs.diagonal()
    lopsided = (1.0 - 2.0 * point.mean)[:, None] * design
    change = leverage[:, None] * lopsided - (weights * spread)[:, None] * (
        pairs**2 @ ((weights * spread)[:, None] * lopsided)
    )
    own = (leverage * spread)[:, None] * design - (0.5 - point.mean)[:, None] * change
    return np.asarray(point.information + design.T @ own)


def _step(problem: Problem, point: _Point, score: FloatArray, free: IntArray) -> FloatArray | None:
    """Newton's step; by the information where the likelihood is not concave; ``None`` where that is singular."""
    inside = np.ix_(free, free)
    for matrix in (_curvature(problem, point), point.information):
        try:
            return np.asarray(cho_solve(cho_factor(matrix[inside], lower=True), score))
        except LinAlgError:
            continue
    return None


def maximise(problem: Problem, start: FloatArray, free: IntArray, max_iter: int, *, test: bool = True) -> Maximum:
    """Maximise over the coefficients ``free``, the others staying at ``start``; Firth's penalty is of all columns.

    Steps that lower the likelihood are halved. With ``test`` the iterations stop where the classes separate.
    """
    coef = start.copy()
    point = _evaluate(problem, coef)
    tested = not test or problem.firth or bool(problem.ridge[free].any())
    status: Status = "exhausted"
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        score = _score(problem, coef, point)[free]
        step = np.zeros_like(coef)
        found = _step(problem, point, score, free)
        if found is None:
            break
        step[free] = found
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-300))
        trial = _evaluate(problem, coef + step)
        slack = 1e-12 * (1.0 + abs(point.penalised))
        while not trial.penalised >= point.penalised - slack and np.abs(step).max() > _SMALLEST_STEP:
            step *= 0.5
            trial = _evaluate(problem, coef + step)
        coef, point = coef + step, trial
        if np.abs(step).max() <= _SMALLEST_STEP:
            status = "converged"
            break
        if not tested and np.abs(point.eta - problem.offset).max() > _SUSPICIOUS:
            tested = True
            if len(separating_columns(problem, free)):
                status = "separated"
                break
    return Maximum(coef, point.information, point.loglik, point.penalised, status, n_iter)


def separating_columns(problem: Problem, free: IntArray) -> IntArray:
    """Columns of ``free`` whose coefficients run to infinity: a direction that puts no patient on the wrong side.

    A linear programme :cite:p:`Konis2007`: maximise the sum of the margins within a box, all margins at least 0.
    """
    used: BoolArray = problem.weights > 0
    margins = np.where(problem.y == 1, 1.0, -1.0)[used, None] * problem.design[np.ix_(used, free)]
    found = linprog(-margins.sum(axis=0), A_ub=-margins, b_ub=np.zeros(len(margins)), bounds=(-1.0, 1.0))
    if not found.success or -found.fun <= 1e-7:
        return np.empty(0, dtype=np.int64)
    return np.asarray(free[np.abs(found.x) > 1e-6], dtype=np.int64)
