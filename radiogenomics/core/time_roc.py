"""ROC curve at a horizon: who has the event by then against who is still free of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core._censoring import require_positive
from radiogenomics.core._mean_curve import mean_curve
from radiogenomics.core._survival_input import check_outcome
from radiogenomics.core.fold_concordance import uncensored_before


@dataclass(frozen=True)
class TimeROC:
    """Points of the curve from (0, 0) to (1, 1).

    Attributes
    ----------
    false_positive, true_positive
        (m,) shares in [0, 1], joined by straight lines; tied scores make a slanted piece.
    """

    false_positive: FloatArray
    true_positive: FloatArray

    @property
    def area(self) -> float:
        """Area under the curve: the AUC at the horizon."""
        return float(np.trapezoid(self.true_positive, self.false_positive))


def time_roc(
    time: ArrayLike, event: ArrayLike, risks: ArrayLike, at: float, *, folds: ArrayLike | None = None
) -> TimeROC:
    """Cumulative/dynamic ROC curve with inverse-probability-of-censoring weights :cite:p:`Heagerty2000,Uno2007`.

    Cases have the event by `at` and weigh 1 / G, the chance to be uncensored until just before it; controls are
    followed beyond `at`; those censored before count in G only.

    Parameters
    ----------
    time, event
        (n,) follow-up, and 1 for an event or 0 for censoring.
    risks
        (n,) score, or (repeats, n) out-of-fold scores; higher = earlier event.
    at
        Time in the unit of `time`.
    folds
        (repeats, n) fold in which each patient was tested. Each fold has a curve of its own; curves are averaged at
        each false-positive share, weighted by the pairs of the fold, and then over repeats, so that the area is the
        AUC of pairs formed within folds.

    Returns
    -------
    TimeROC

    Raises
    ------
    InputError
        Shapes or values are at fault.
    DegenerateInputError
        No fold has a case and a control.
    """
    where = "time_roc"
    outcome = check_outcome(where, time, event)
    n = len(outcome)
    risk = np.atleast_2d(np.asarray(risks, dtype=np.float64))
    fold = np.zeros(risk.shape, dtype=np.int64) if folds is None else np.atleast_2d(np.asarray(folds, dtype=np.int64))
    if risk.shape[1:] != (n,) or fold.shape != risk.shape:
        raise InputError(where, Fault(f"risks {risk.shape} and folds {fold.shape} of {n} patients", f"(repeats, {n})"))
    if not np.isfinite(risk).all():
        raise InputError(where, Fault("missing or infinite values", "finite numbers", column="risks"))
    case = (outcome.event > 0) & (outcome.time <= at)
    control = outcome.time > at
    before = uncensored_before(outcome.time, outcome.event)
    require_positive(where, before, case, outcome.time, "at")
    weight = np.where(case, 1.0 / np.where(before > 0, before, 1.0), 0.0)
    curves = [_fold_curves(own, labels, weight, control) for own, labels in zip(risk, fold, strict=True)]
    if not all(curves):
        found = f"{int(case.sum())} case(s) and {int(control.sum())} control(s) by time {at:g}"
        raise DegenerateInputError(where, Fault(found, "a case and a control in one fold", column="at"))
    own = [(size / sum(n for n, _ in repeat) / len(curves), curve) for repeat in curves for size, curve in repeat]
    grid, before, after = mean_curve(
        [(curve.false_positive, curve.true_positive) for _, curve in own], [share for share, _ in own]
    )
    return TimeROC(np.append(0.0, np.repeat(grid, 2)), np.append(0.0, np.stack([before, after], axis=1).ravel()))


def _fold_curves(
    risk: FloatArray, folds: IntArray, weight: FloatArray, control: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> list[tuple[float, TimeROC]]:
    """Pairs and curve of every fold that has a case and a control."""
    out = []
    for fold in np.unique(folds[folds >= 0]):
        rows = folds == fold
        w, free = weight[rows], control[rows].astype(np.float64)
        if not w.any() or not free.any():
            continue
        order = np.argsort(-risk[rows], kind="stable")
        score = risk[rows][order]
        last = np.append(np.flatnonzero(np.diff(score) != 0), len(score) - 1)
        true, false = np.cumsum(w[order])[last], np.cumsum(free[order])[last]
        curve = TimeROC(np.append(0.0, false / false[-1]), np.append(0.0, true / true[-1]))
        out.append((float(w.sum() * free.sum()), curve))
    return out
