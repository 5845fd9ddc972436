"""Fine and Gray's model of the cumulative incidence, as a weighted Cox model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._survival_input import check_outcome
from radiogenomics.core.cox import CoxFit, Ties, as_matrix, fit_cox
from radiogenomics.core.cox_residuals import dfbeta
from radiogenomics.core.cumulative_incidence import check_causes, require_cause


@dataclass(frozen=True)
class FineGrayFit:
    """A fitted model of the subdistribution hazard.

    Attributes
    ----------
    coef, se
        (p,) log subdistribution hazard ratios and their robust standard errors.
    covariance
        (p, p) robust covariance.
    cox
        The weighted Cox fit behind it; its own standard errors take the weights for patients and are too small.
    n, n_events, n_competing
        Patients, events of the cause, events of the others.
    """

    coef: FloatArray
    se: FloatArray
    covariance: FloatArray
    cox: CoxFit
    n: int
    n_events: int
    n_competing: int


@dataclass(frozen=True)
class WeightedRows:
    """Patients as rows at risk from ``entry`` to ``time`` with a weight; ``patient`` is the index of each row's."""

    patient: IntArray
    entry: FloatArray
    time: FloatArray
    event: FloatArray
    weight: FloatArray


def weighted_rows(time: FloatArray, codes: FloatArray, of_interest: int) -> WeightedRows:
    """Patients with a competing event stay at risk, with the chance not to have been censored as their weight."""
    n = len(time)
    grid, place = np.unique(time, return_inverse=True)
    m = len(grid)
    failed, censored = np.bincount(place, weights=codes > 0, minlength=m), np.bincount(
        place, weights=codes == 0, minlength=m
    )  # fmt: skip
    at_risk = (failed + censored)[::-1].cumsum()[::-1]
    left = at_risk - failed  # who fails at a time fails before others are censored at it
    staying = np.cumprod(1.0 - np.divide(censored, left, out=np.zeros(m), where=left > 0))
    before = np.concatenate(([1.0], staying[:-1]))
    events = np.flatnonzero(np.bincount(place, weights=codes == of_interest, minlength=m) > 0)
    base = WeightedRows(np.arange(n), np.full(n, -1.0), time, (codes == of_interest).astype(float), np.ones(n))
    more: list[tuple[IntArray, FloatArray, FloatArray, FloatArray]] = []
    for i in np.flatnonzero((codes > 0) & (codes != of_interest)):
        later = events[events > place[i]]
        if not len(later):
            continue
        # One row for each run of later events of the cause that share a weight.
        weight = before[later] / before[place[i]]
        last = np.flatnonzero(np.append(np.diff(weight) != 0, True))
        stop = grid[later[last]]
        start = np.concatenate(([time[i]], stop[:-1]))
        kept = weight[last] > 0
        more.append((np.full(int(kept.sum()), i), start[kept], stop[kept], weight[last][kept]))
    if not more:
        return base
    patient, start, stop, weight = (np.concatenate(parts) for parts in zip(*more, strict=True))
    return WeightedRows(
        np.concatenate([base.patient, patient]), np.concatenate([base.entry, start]),
        np.concatenate([base.time, stop]), np.concatenate([base.event, np.zeros(len(patient))]),
        np.concatenate([base.weight, weight]),
    )  # fmt: skip


def fit_fine_gray(
    x: ArrayLike, time: ArrayLike, cause: ArrayLike, *, of_interest: int, ties: Ties = "efron"
) -> FineGrayFit:
    """Regression of the cumulative incidence of one cause :cite:p:`Fine1999,Geskus2011`.

    Everybody is taken to be observed from time 0: there is no delayed entry (left truncation).

    Parameters
    ----------
    x
        (n, p) covariates without missing values; (n,) counts as one column.
    time, cause
        As in :func:`cumulative_incidence`.
    of_interest
        Code of the cause that is modelled.
    ties
        How tied events are treated.

    Returns
    -------
    FineGrayFit
        Positive coefficients mean that more patients with higher values have had the event by any time.

    Raises
    ------
    InputError
        Lengths, times, codes or values are at fault.
    DegenerateInputError
        No event of the cause, or a column that is constant or collinear (named by its index).

    Warns
    -----
    RadiogenomicsWarning
        As :func:`fit_cox`.
    """
    where = "fit_fine_gray"
    faults: list[Fault] = []
    codes, causes = check_causes(where, cause, faults)
    matrix = as_matrix(x, len(codes), faults)
    if faults:
        raise InputError(where, faults)
    outcome = check_outcome(where, time, (codes > 0).astype(float))
    require_cause(where, of_interest, causes)
    rows = weighted_rows(outcome.time, codes, of_interest)
    wide = matrix[rows.patient]
    fitted = fit_cox(wide, rows.time, rows.event, entry=rows.entry, weights=rows.weight, ties=ties)
    influence = dfbeta(
        wide, rows.time, rows.event, fitted.coef, fitted.covariance, entry=rows.entry, weights=rows.weight, ties=ties
    )
    by_patient = np.zeros(matrix.shape)
    np.add.at(by_patient, rows.patient, influence)
    covariance = by_patient.T @ by_patient
    return FineGrayFit(
        fitted.coef, np.sqrt(covariance.diagonal()), covariance, fitted, len(codes), fitted.n_events,
        int(((codes > 0) & (codes != of_interest)).sum()),
    )  # fmt: skip
