"""What follows from a fitted Cox model: linear predictor, residuals, influence, baseline hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core import _cox_kernels as kernels
from radiogenomics.core import _cox_sweeps as sweeps
from radiogenomics.core._survival_input import as_vector
from radiogenomics.core.cox import Sorted, Ties, check_cox, sort_rows


@dataclass(frozen=True)
class BaselineHazard:
    """Cumulative hazard at the distinct times of each stratum.

    Attributes
    ----------
    stratum
        (m,) label of the stratum (0 throughout where there are no strata).
    time
        (m,) times from early to late within the stratum.
    hazard
        (m,) cumulative hazard of a patient whose linear predictor is 0; survival is ``exp(-hazard * exp(predictor))``.
    """

    stratum: Any
    time: FloatArray
    hazard: FloatArray


def linear_predictor(x: ArrayLike, coef: ArrayLike, *, center: ArrayLike | None = None) -> FloatArray:
    """Log hazard of each row of ``x`` (n, p) relative to a patient at ``center`` (p,), by default at 0.

    Raises
    ------
    InputError
        The number of columns is not that of the coefficients.
    """
    matrix = np.asarray(x, dtype=np.float64)
    beta = np.atleast_1d(np.asarray(coef, dtype=np.float64))
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or beta.shape != matrix.shape[1:]:
        raise InputError("linear_predictor", Fault(f"x of shape {matrix.shape}", f"(n, {len(beta)})", column="x"))
    return np.asarray((matrix if center is None else matrix - np.asarray(center, dtype=np.float64)) @ beta)


def prepare(
    where: str, x: ArrayLike, time: ArrayLike, event: ArrayLike, coef: ArrayLike, entry: ArrayLike | None, ties: Ties,
    weights: ArrayLike | None, strata: ArrayLike | None,
) -> tuple[FloatArray, FloatArray, Sorted, FloatArray]:  # fmt: skip
    """Checked covariates (rows as given), coefficients, sorted rows, and weights in their order."""
    faults: list[Fault] = []
    beta = as_vector("coef", np.atleast_1d(np.asarray(coef)), None, faults)
    matrix, outcome = check_cox(where, x, time, event, entry, ties, weights, strata, 0.0, None, faults)
    assert beta is not None
    if len(beta) != matrix.shape[1] or not np.isfinite(beta).all():
        found = f"{len(beta)} coefficients" if len(beta) != matrix.shape[1] else "missing or infinite coefficients"
        raise InputError(where, Fault(found, f"{matrix.shape[1]} finite ones, one per column", column="coef"))
    rows = sort_rows(outcome)
    w = np.ones(len(matrix)) if outcome.weights is None else outcome.weights[rows.order]
    return matrix, beta, rows, w


def _hazard_steps(
    where: str, x: ArrayLike, time: ArrayLike, event: ArrayLike, coef: ArrayLike, entry: ArrayLike | None, ties: Ties,
    weights: ArrayLike | None, strata: ArrayLike | None,
) -> tuple[Sorted, FloatArray, FloatArray, FloatArray, FloatArray]:  # fmt: skip
    """Sorted rows, weights, exp(linear predictor), hazard of each block, and the part that its events meet."""
    matrix, beta, rows, w = prepare(where, x, time, event, coef, entry, ties, weights, strata)
    n, p = matrix.shape
    blocks = len(rows.starts) - 1
    step, own, eta, risk = np.empty(blocks), np.empty(blocks), np.empty(n), np.empty(n)
    kernels.partial_likelihood(
        matrix[rows.order] - matrix.mean(axis=0), w, rows.event, rows.time, rows.starts, rows.strata, rows.entry,
        rows.entry_order, ties == "efron", beta, np.empty(p), np.empty((p, p)), eta, risk, step, own, np.empty(n),
    )  # fmt: skip
    # The kernel's risks are relative to the largest; hazards are wanted for a linear predictor of 0.
    scale = np.exp(-eta.max() - matrix.mean(axis=0) @ beta)
    return rows, w, np.exp(eta - eta.max()) / scale, step * scale, own * scale


def martingale_residuals(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    coef: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> FloatArray:
    """Events minus expected events of each patient under a Cox model :cite:p:`Therneau1990`.

    Parameters
    ----------
    x, time, event, entry, ties, weights, strata
        As in :func:`fit_cox`.
    coef
        (p,) its coefficients.

    Returns
    -------
    (n,) residuals, at most 1: positive where the event came earlier than the model expects.

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_cox`.
    """
    rows, w, risk, step, own = _hazard_steps(
        "martingale_residuals", x, time, event, coef, entry, ties, weights, strata
    )  # fmt: skip
    met = np.empty(len(w))
    kernels.hazard_met(
        risk, w, rows.event, rows.time, rows.starts, rows.strata, rows.entry, rows.entry_order, step, own, met
    )  # fmt: skip
    residuals = np.empty(len(w))
    residuals[rows.order] = rows.event - met
    return residuals


def baseline_hazard(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    coef: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> BaselineHazard:
    """Cumulative hazard of a patient with all columns 0 (Breslow's estimate, with Efron's correction for ties).

    Parameters
    ----------
    x, time, event, entry, ties, weights, strata
        As in :func:`fit_cox`.
    coef
        (p,) its coefficients.

    Returns
    -------
    BaselineHazard

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_cox`.
    """
    rows, _, _, step, _ = _hazard_steps("baseline_hazard", x, time, event, coef, entry, ties, weights, strata)
    labels = np.zeros(1, dtype=np.int64) if strata is None else np.unique(np.asarray(strata))
    stratum, times, hazard = [], [], []
    for s, (first, last) in enumerate(zip(rows.strata[:-1], rows.strata[1:], strict=True)):
        stratum.append(np.repeat(labels[s], last - first))
        times.append(rows.time[rows.starts[first:last]][::-1])
        hazard.append(np.cumsum(step[first:last][::-1]))
    return BaselineHazard(np.concatenate(stratum), np.concatenate(times), np.concatenate(hazard))


@dataclass(frozen=True)
class RiskSets:
    """Sums over the risk sets of a Cox model at given coefficients, on columns centred at ``center``.

    Attributes
    ----------
    x, w, relative
        Rows in the order of ``rows``: covariates, case weights, hazard relative to the largest.
    mean
        (blocks, p) risk-set mean of the covariates at each block of tied times.
    score, information
        (p,) and (2 p, 2 p): of the model in which ``x * g(time)`` joins ``x`` with coefficients 0.
    """

    rows: Sorted
    x: FloatArray
    w: FloatArray
    relative: FloatArray
    steps: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    mean: FloatArray
    score: FloatArray
    information: FloatArray


def risk_sets(
    where: str, x: ArrayLike, time: ArrayLike, event: ArrayLike, coef: ArrayLike, entry: ArrayLike | None, ties: Ties,
    weights: ArrayLike | None, strata: ArrayLike | None, g: FloatArray | None = None,
) -> RiskSets:  # fmt: skip
    """One sweep over the risk sets; ``g`` (n,) is a function of each patient's time, by default 0."""
    matrix, beta, rows, w = prepare(where, x, time, event, coef, entry, ties, weights, strata)
    p = matrix.shape[1]
    blocks = len(rows.starts) - 1
    centred = np.ascontiguousarray((matrix - matrix.mean(axis=0))[rows.order])
    eta = centred @ beta
    relative = np.exp(eta - eta.max())
    by_block = np.zeros(blocks) if g is None else g[rows.order][rows.starts[:-1]]
    steps = np.empty(blocks), np.empty(blocks), np.empty((blocks, p)), np.empty((blocks, p))
    mean, score, information = np.empty((blocks, p)), np.empty(p), np.empty((2 * p, 2 * p))
    sweeps.risk_set_sweep(
        centred, w, rows.event, rows.time, rows.starts, rows.strata, rows.entry, rows.entry_order, ties == "efron",
        w * relative, by_block, *steps, mean, score, information,
    )  # fmt: skip
    return RiskSets(rows, centred, w, relative, steps, mean, score, information)


def score_residuals(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    coef: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> FloatArray:
    """Each patient's part of the score of a Cox model :cite:p:`Therneau1990`.

    Parameters
    ----------
    x, time, event, entry, ties, weights, strata
        As in :func:`fit_cox`.
    coef
        (p,) its coefficients.

    Returns
    -------
    (n, p) residuals; multiplied by the weights they sum to 0 over the patients at the fitted coefficients.

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_cox`.
    """
    sets = risk_sets("score_residuals", x, time, event, coef, entry, ties, weights, strata)
    rows, residuals = sets.rows, np.empty(sets.x.shape)
    sweeps.score_sweep(
        sets.x, rows.event, rows.time, rows.starts, rows.strata, rows.entry, rows.entry_order, sets.relative,
        *sets.steps, sets.mean, residuals,
    )  # fmt: skip
    out = np.empty(residuals.shape)
    out[rows.order] = residuals
    return out


def dfbeta(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    coef: ArrayLike,
    covariance: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> FloatArray:
    """Approximate change of each coefficient by each patient's being there :cite:p:`Cain1984`.

    Parameters
    ----------
    x, time, event, entry, ties, weights, strata
        As in :func:`fit_cox`.
    coef, covariance
        (p,) and (p, p): its coefficients and their covariance.

    Returns
    -------
    (n, p) coefficients with the patient less those without, to first order.

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_cox`.
    """
    residuals = score_residuals(x, time, event, coef, entry=entry, ties=ties, weights=weights, strata=strata)
    if weights is not None:
        residuals *= np.asarray(weights, dtype=np.float64)[:, None]
    return np.asarray(residuals @ np.asarray(covariance, dtype=np.float64))
