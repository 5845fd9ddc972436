"""Time-dependent area under the ROC curve, cumulative cases against dynamic controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core import _concordance_kernels as kernels
from radiogenomics.core._censoring import censoring_of, require_positive
from radiogenomics.core._survival_input import as_vector
from radiogenomics.core.brier import checked_times
from radiogenomics.core.survival_curve import survival_curve


@dataclass(frozen=True)
class TimeAUC:
    """Chance that of two patients, one with the event by ``time`` and one without, the first has the higher risk.

    Attributes
    ----------
    time
        (m,) times.
    auc
        (m,) in [0, 1]; 0.5 is chance.
    mean
        Mean of ``auc``, weighed by the share of patients that fail between a time and the one before it.
    cases, controls
        (m,) patients of each kind.
    """

    time: FloatArray
    auc: FloatArray
    mean: float
    cases: IntArray
    controls: IntArray


def time_auc(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    at: ArrayLike,
    *,
    censoring: tuple[ArrayLike, ArrayLike] | None = None,
) -> TimeAUC:
    """Cumulative/dynamic AUC with inverse-probability-of-censoring weights :cite:p:`Uno2007,Hung2010`.

    Parameters
    ----------
    time, event
        (n,) follow-up, and 1 for an event or 0 for censoring.
    risk
        (n,) any score; higher risk = earlier event.
    at
        (m,) times, from early to late: those with the event by then are cases, weighted by 1 / G (the chance to be
        uncensored until just before their event); those followed beyond it are controls.
    censoring
        (time, event) of the patients on whom G is estimated; by default those given.

    Returns
    -------
    TimeAUC

    Raises
    ------
    InputError
        Values are at fault, or G is 0 at an event.
    DegenerateInputError
        A time without a case or without a control.
    """
    where = "time_auc"
    outcome, times = checked_times(where, time, event, at)
    faults: list[Fault] = []
    score = as_vector("risk", risk, len(outcome), faults)
    if score is not None and not np.isfinite(score).all():
        faults.append(Fault("missing or infinite values", "finite numbers", column="risk"))
    if faults:
        raise InputError(where, faults)
    assert score is not None
    case = (outcome.event > 0) & (outcome.time <= times[-1])
    before = censoring_of(where, outcome, censoring).before(outcome.time)
    require_positive(where, before, case, outcome.time, "at")
    cases = ((outcome.time[:, None] <= times) & (outcome.event[:, None] > 0)).sum(axis=0)
    controls = (outcome.time[:, None] > times).sum(axis=0)
    if not (cases.all() and controls.all()):
        empty = times[(cases == 0) | (controls == 0)]
        raise DegenerateInputError(
            where,
            Fault(f"no event by time {empty[0]:g}", "a case and a control at every time", column="at",
                  hint="Leave that time out."),
        )  # fmt: skip
    weight = np.where(case, 1.0 / np.where(before > 0, before, 1.0), 0.0)
    auc = np.empty(len(times))
    one_fold, everyone = np.zeros(len(outcome), dtype=np.int64), np.ones((len(outcome), 1))
    from_start = np.full(len(outcome), -np.inf)
    for j, t in enumerate(times):
        agreeing, pairs = np.zeros((1, 1)), np.zeros(1)
        factor = np.where(outcome.time <= t, weight, 0.0)
        kernels.fold_ratios(
            outcome.time, outcome.event, factor, np.full(len(outcome), t), from_start, False, one_fold, 1,
            score[None, :], everyone, agreeing, pairs,
        )  # fmt: skip
        auc[j] = agreeing[0, 0] / pairs[0]
    survival = survival_curve(outcome.time, outcome.event, at=times).survival
    failing = -np.diff(survival, prepend=1.0)
    return TimeAUC(times, auc, float(failing @ auc / failing.sum()), cases.astype(np.int64), controls.astype(np.int64))
