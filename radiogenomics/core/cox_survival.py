"""Survival that a Cox model predicts for one patient, with the interval that both its parts leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core.cox import Ties, check_cox


@dataclass(frozen=True)
class CoxBaseline:
    """Hazard of a patient at ``center``, and what the variance of a prediction needs.

    Attributes
    ----------
    time
        (m,) times of events, from early to late.
    hazard
        (m,) cumulative hazard at ``center``.
    variance
        (m,) variance of the hazard, were the coefficients known.
    mean
        (m, p) cumulative sum of the hazard's steps times the mean of the covariates at risk, less ``center``.
    center
        (p,)
    """

    time: FloatArray
    hazard: FloatArray
    variance: FloatArray
    mean: FloatArray
    center: FloatArray


class PredictedSurvival(NamedTuple):
    """Chance to be free of the event and its limits, each (n, k): patients by times."""

    survival: FloatArray
    lower: FloatArray
    upper: FloatArray


def cox_baseline(
    x: ArrayLike, time: ArrayLike, event: ArrayLike, coef: ArrayLike, *, center: ArrayLike, ties: Ties = "efron"
) -> CoxBaseline:
    """Baseline hazard of a fitted Cox model with its variance :cite:p:`Breslow1974,Efron1977,Therneau2000`.

    Parameters
    ----------
    x, time, event, coef, ties
        As in :func:`fit_cox`, and its coefficients.
    center
        (p,) covariates of the patient whose hazard is the baseline.

    Returns
    -------
    CoxBaseline

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_cox`.
    """
    matrix, outcome = check_cox("cox_baseline", x, time, event, None, ties, None, None, 0.0, None, [])
    beta, middle = np.asarray(coef, dtype=np.float64), np.asarray(center, dtype=np.float64)
    if beta.shape != matrix.shape[1:] or middle.shape != beta.shape:
        found = Fault(f"coef {beta.shape}, center {middle.shape}", f"({matrix.shape[1]},)", column="coef, center")
        raise InputError("cox_baseline", found)
    z = matrix - middle
    with np.errstate(over="ignore"):
        risk = np.exp(z @ beta)
    times = np.unique(outcome.time[outcome.event == 1])
    hazard, variance, mean = np.zeros(len(times)), np.zeros(len(times)), np.zeros((len(times), len(beta)))
    for k, t in enumerate(times):
        at_risk = outcome.time >= t
        failed = (outcome.time == t) & (outcome.event == 1)
        deaths = int(failed.sum())
        # Efron: of tied events each meets the risk set less the share of those before it.
        share = np.arange(deaths) / deaths if ties == "efron" else np.zeros(deaths)
        total = risk[at_risk].sum() - share * risk[failed].sum()
        sums = risk[at_risk] @ z[at_risk] - share[:, None] * (risk[failed] @ z[failed])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            # Coefficients that run to infinity leave nobody at risk: the baseline is then no number.
            hazard[k] = (1.0 / total).sum()
            variance[k] = (1.0 / total**2).sum()
            mean[k] = (sums / total[:, None] ** 2).sum(axis=0)
    return CoxBaseline(times, np.cumsum(hazard), np.cumsum(variance), np.cumsum(mean, axis=0), middle)


def cox_survival(
    baseline: CoxBaseline, x: ArrayLike, coef: ArrayLike, covariance: ArrayLike, at: ArrayLike, *, level: float = 0.95
) -> PredictedSurvival:
    """Predicted survival with a log-log interval :cite:p:`Tsiatis1981,Therneau2000`.

    Parameters
    ----------
    baseline
        Of :func:`cox_baseline`.
    x
        (n, p) covariates of the patients.
    coef, covariance
        (p,) and (p, p) of the fit.
    at
        (k,) times.
    level
        Confidence in (0, 1).

    Returns
    -------
    PredictedSurvival
        Survival of 1 before the first event, with limits of 1.
    """
    z = np.asarray(x, dtype=np.float64) - baseline.center
    before = np.searchsorted(baseline.time, np.asarray(at, dtype=np.float64), side="right")
    hazard = np.append(0.0, baseline.hazard)[before]
    variance = np.append(0.0, baseline.variance)[before]
    mean = np.vstack([np.zeros(z.shape[1]), baseline.mean])[before]
    gradient = z[:, None, :] * hazard[None, :, None] - mean[None, :, :]
    spread = np.einsum("nkp,pq,nkq->nk", gradient, np.asarray(covariance, dtype=np.float64), gradient)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # Relative to the patient's own hazard, the factor exp(x @ coef) cancels.
        half = ndtri(0.5 + level / 2.0) * np.sqrt(variance + spread) / hazard
        own = hazard * np.exp(z @ np.asarray(coef, dtype=np.float64))[:, None]
        lower, upper = np.exp(-own * np.exp(half)), np.exp(-own * np.exp(-half))
    flat = np.broadcast_to(hazard == 0, own.shape)
    return PredictedSurvival(np.exp(-own), np.where(flat, 1.0, lower), np.where(flat, 1.0, upper))
