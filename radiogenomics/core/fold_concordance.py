"""c-index and time-dependent AUC of cross-validated risks, pairs formed within folds, over weights of the patients.

Pairs of a fold are walked one by one, all resamples and models at each: a few dozen patients leave nothing for
sorting to save. `concordance_batch` sorts, for large cohorts in one piece.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core import _concordance_kernels as kernels
from radiogenomics.core._censoring import censoring_curve, require_positive
from radiogenomics.core._survival_input import Outcome, check_outcome
from radiogenomics.core.cox import check_weight_rows


def uncensored_before(time: FloatArray, event: FloatArray, strata: IntArray | None = None) -> FloatArray:
    """Chance to be still uncensored just before each patient's time, estimated within each stratum."""
    out = np.empty(len(time))
    codes = np.zeros(len(time), dtype=np.int64) if strata is None else strata
    for code in np.unique(codes):
        rows = codes == code
        out[rows] = censoring_curve(time[rows], event[rows]).before(time[rows])
    return out


def fold_concordance(
    time: ArrayLike,
    event: ArrayLike,
    risks: ArrayLike,
    folds: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    method: Literal["harrell", "uno"] = "harrell",
    tau: float | None = None,
    per_repeat: bool = False,
) -> FloatArray:
    """C-index of out-of-fold risks :cite:p:`Harrell1996,Uno2011`.

    Only patients of the same fold (and stratum) are compared, because each fold's model has its own scale. Pairs are
    pooled over the folds of a repeat, and the c-index is averaged over repeats.

    Parameters
    ----------
    time, event
        (n,) follow-up and status (1 event, 0 censored).
    risks
        (models, repeats, n) out-of-fold risk; higher is an earlier event.
    folds
        (repeats, n) fold in which the patient was tested, from 0; -1 leaves a patient out.
    entry
        (n,) time at which each patient came under observation: an event is compared with those who had by then, as
        in R's ``concordance`` of ``Surv(entry, time, event)``. Only for ``"harrell"``.
    weights
        (B, n) weights of the patients, one row per bootstrap resample; by default one row of ones.
    strata
        (n,) labels; only pairs within a stratum count.
    method
        ``"uno"`` weighs the pairs of an event by 1 / G^2, the chance to be uncensored until then, which is estimated
        on all patients of the stratum as they are (not resampled).
    tau
        Events after `tau` are not counted.
    per_repeat
        Return each repeat on its own.

    Returns
    -------
    (B, models), or (repeats, B, models), c-index in [0, 1]: concordant pairs, and half of those tied in risk, over
    comparable pairs. A patient drawn twice is not compared with himself. NaN for a resample that leaves a repeat
    without comparable pairs.

    Raises
    ------
    InputError
        Shapes or values are at fault, or G is 0 at an event (pass a smaller `tau`).
    DegenerateInputError
        No events, or a repeat without a comparable pair.
    """
    where = "fold_concordance"
    outcome, labels, risk, sample = _checked(where, time, event, risks, folds, weights, strata, entry)
    if entry is not None and method == "uno":
        hint = "The censoring weights of Uno's c are those of patients followed from the start."
        raise InputError(where, Fault("delayed entry", "none with method='uno'", column="entry", hint=hint))
    case = outcome.event > 0
    if tau is not None:
        case &= outcome.time <= tau
    factor = case.astype(float)
    if method == "uno":
        before = uncensored_before(outcome.time, outcome.event, outcome.strata)
        require_positive(where, before, case, outcome.time, "tau")
        factor[case] = before[case] ** -2
    ratios = _ratios(where, outcome, factor, outcome.time, True, labels, risk, sample)
    return ratios if per_repeat else np.asarray(ratios.mean(axis=0))


def fold_auc(
    time: ArrayLike,
    event: ArrayLike,
    risks: ArrayLike,
    folds: ArrayLike,
    at: float,
    *,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    per_repeat: bool = False,
) -> FloatArray:
    """Cumulative/dynamic AUC of out-of-fold risks at one time :cite:p:`Uno2007,Hung2010`.

    Parameters
    ----------
    time, event, risks, folds, weights, strata, per_repeat
        As in :func:`fold_concordance`.
    at
        Time by which cases have had the event, and beyond which controls are followed.

    Returns
    -------
    (B, models), or (repeats, B, models), chance that the case of a case-control pair of one fold has the higher
    risk, in [0, 1]. Cases count 1 / G, the chance to be uncensored until their event.

    Raises
    ------
    InputError
        Shapes or values are at fault.
    DegenerateInputError
        A repeat without a case and a control in one fold.
    """
    where = "fold_auc"
    outcome, labels, risk, sample = _checked(where, time, event, risks, folds, weights, strata)
    case = (outcome.event > 0) & (outcome.time <= at)
    before = uncensored_before(outcome.time, outcome.event, outcome.strata)
    require_positive(where, before, case, outcome.time, "at")
    factor = np.zeros(len(outcome))
    factor[case] = 1.0 / before[case]
    limit = np.full(len(outcome), float(at))
    ratios = _ratios(where, outcome, factor, limit, False, labels, risk, sample)
    return ratios if per_repeat else np.asarray(ratios.mean(axis=0))


def _checked(
    where: str, time: ArrayLike, event: ArrayLike, risks: ArrayLike, folds: ArrayLike, weights: ArrayLike | None,
    strata: ArrayLike | None, entry: ArrayLike | None = None,
) -> tuple[Outcome, IntArray, FloatArray, FloatArray]:  # fmt: skip
    outcome = check_outcome(where, time, event, entry=entry, strata=strata)
    n = len(outcome)
    risk = np.ascontiguousarray(risks, dtype=np.float64)
    fold = np.ascontiguousarray(folds, dtype=np.int64)
    if risk.ndim != 3 or risk.shape[1:] != fold.shape or fold.shape[1:] != (n,):
        found = f"risks {risk.shape} and folds {fold.shape} of {n} patients"
        raise InputError(where, Fault(found, f"(models, repeats, {n}) and (repeats, {n})"))
    if not np.isfinite(risk[:, fold >= 0]).all():
        raise InputError(where, Fault("missing or infinite values", "finite numbers", column="risks"))
    sample = np.ones((1, n)) if weights is None else check_weight_rows(where, weights, n)
    if outcome.strata is not None:
        fold = np.where(fold >= 0, fold * (int(outcome.strata.max()) + 1) + outcome.strata, -1)
    return outcome, fold, risk, sample


def _entries(outcome: Outcome) -> FloatArray:
    return np.full(len(outcome), -np.inf) if outcome.entry is None else outcome.entry


def _ratios(
    where: str, outcome: Outcome, factor: FloatArray, limit: FloatArray, inclusive: bool, folds: IntArray,
    risk: FloatArray, sample: FloatArray,
) -> FloatArray:  # fmt: skip
    by_patient = np.ascontiguousarray(sample.T)
    out = np.empty((len(folds), len(sample), len(risk)))
    for r, fold in enumerate(folds):
        agreeing, pairs = np.zeros((len(risk), len(sample))), np.zeros(len(sample))
        kernels.fold_ratios(
            outcome.time, outcome.event, factor, limit, _entries(outcome), inclusive, fold, int(fold.max()) + 1,
            np.ascontiguousarray(risk[:, r]), by_patient, agreeing, pairs,
        )  # fmt: skip
        out[r] = (agreeing / np.where(pairs > 0, pairs, np.nan)).T
    if np.isnan(out[:, sample.all(axis=1)]).any():
        hint = "A pair needs an event and someone of the same fold (and stratum) followed for longer; use fewer folds."
        raise DegenerateInputError(where, Fault("a repeat without a comparable pair", "at least one", hint=hint))
    return out


def concordance_by_fold(
    time: ArrayLike,
    event: ArrayLike,
    risks: ArrayLike,
    folds: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> FloatArray:
    """Harrell's c of every fold of every repeat on its own.

    Parameters
    ----------
    time, event, risks, folds, entry, strata
        As in :func:`fold_concordance`.

    Returns
    -------
    (repeats, folds, models) c-indices; NaN for a fold without a comparable pair.
    """
    where = "concordance_by_fold"
    outcome, labels, risk, sample = _checked(where, time, event, risks, folds, None, strata, entry)
    fold = np.asarray(folds)
    weights = np.ascontiguousarray(sample.T)
    out = np.full((len(fold), int(fold.max()) + 1, len(risk)), np.nan)
    factor = outcome.event.copy()
    for r in range(out.shape[0]):
        own = np.ascontiguousarray(risk[:, r])
        for k in range(out.shape[1]):
            agreeing, pairs = np.zeros((len(risk), 1)), np.zeros(1)
            only = np.where(fold[r] == k, labels[r], -1)
            kernels.fold_ratios(
                outcome.time, outcome.event, factor, outcome.time, _entries(outcome), True, only,
                int(labels.max()) + 1, own, weights, agreeing, pairs,
            )  # fmt: skip
            if pairs[0] > 0:
                out[r, k] = agreeing[:, 0] / pairs[0]
    return out
