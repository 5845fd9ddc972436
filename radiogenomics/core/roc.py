"""The ROC curve of a score, and where to cut the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray

Criterion = Literal["youden", "closest.topleft"]


@dataclass(frozen=True)
class ROCCurve:
    """Sensitivity and specificity along the thresholds of a score.

    Attributes
    ----------
    threshold
        (k,) from infinity (nobody is called positive) down to minus infinity (everybody is); a score of at least the
        threshold is called positive. Those between lie midway between two neighbouring scores.
    sensitivity, specificity
        (k,) shares, in [0, 1].
    n_positive, n_negative
        Patients of each class.
    """

    threshold: FloatArray
    sensitivity: FloatArray
    specificity: FloatArray
    n_positive: int
    n_negative: int

    @property
    def auc(self) -> float:
        """Area under the curve: the chance that a positive has the higher score, ties counting half."""
        return float(np.trapezoid(self.sensitivity, 1.0 - self.specificity))


def binary_scores(where: str, y: ArrayLike, scores: ArrayLike, *, at_least: int = 1) -> tuple[BoolArray, FloatArray]:
    """Checked classes (n,) and scores (n, ...): both classes present, nothing missing.

    Raises
    ------
    InputError
        Values that are not 0 or 1, lengths that differ, missing or infinite scores.
    DegenerateInputError
        Fewer than ``at_least`` of a class.
    """
    values = np.asarray(y, dtype=np.float64)
    x = np.asarray(scores, dtype=np.float64)
    faults = []
    if values.ndim != 1 or not np.isin(values, (0.0, 1.0)).all():
        faults.append(Fault("values other than 0 and 1, or missing", "(n,) 1 positive, 0 negative", column="y"))
    if x.ndim == 0 or x.shape[:1] != values.shape[:1]:
        faults.append(Fault(f"an array of shape {x.shape}", f"{values.size} patients in rows", column="scores"))
    elif not np.isfinite(x).all():
        rows = np.flatnonzero(~np.isfinite(x.reshape(len(x), -1)).all(axis=1))
        shown = ", ".join(map(str, rows[:5])) + (" ..." if len(rows) > 5 else "")
        faults.append(Fault(f"missing or infinite values in row {shown}", "finite numbers", column="scores"))
    if faults:
        raise InputError(where, faults)
    positive = values == 1
    n1 = int(positive.sum())
    if min(n1, len(positive) - n1) < at_least:
        expected = "patients of both classes" if at_least == 1 else f"at least {at_least} of each class"
        raise DegenerateInputError(where, Fault(f"{n1} positive and {len(positive) - n1} negative", expected))
    return np.asarray(positive, dtype=np.bool_), x


def roc_curve(y: ArrayLike, scores: ArrayLike) -> ROCCurve:
    """ROC curve of a score.

    Parameters
    ----------
    y
        (n,) 1 positive, 0 negative.
    scores
        (n,) any numbers; higher speaks for positive.

    Returns
    -------
    ROCCurve
        With the thresholds of R's pROC.

    Raises
    ------
    InputError
        If values are not 0 or 1, or scores are missing.
    DegenerateInputError
        If there is only one class.
    """
    positive, x = binary_scores("roc_curve", y, scores)
    if x.ndim != 1:
        raise InputError("roc_curve", Fault(f"an array of shape {x.shape}", f"({len(x)},)", column="scores"))
    distinct, code = np.unique(x, return_inverse=True)
    found, others = _cumulated(code[positive], len(distinct)), _cumulated(code[~positive], len(distinct))
    middle = distinct[:-1] + np.diff(distinct) / 2
    # Two neighbouring floats have nothing between them: the upper one separates them as well.
    middle = np.where(middle > distinct[:-1], middle, distinct[1:])
    return ROCCurve(
        np.concatenate([[np.inf], middle[::-1], [-np.inf]]),
        found / found[-1],
        1.0 - others / others[-1],
        int(found[-1]),
        int(others[-1]),
    )


def _cumulated(codes: IntArray, k: int) -> IntArray:
    """How many have the highest score, one of the two highest, ...; from none to all."""
    counts = np.bincount(codes, minlength=k)[::-1]
    return np.asarray(np.concatenate([[0], np.cumsum(counts)]), dtype=np.int64)


def roc_threshold(y: ArrayLike, scores: ArrayLike, *, criterion: Criterion = "youden") -> float:
    """Threshold at which a score separates the classes best; a score of at least it is called positive.

    Parameters
    ----------
    y, scores
        As in :func:`roc_curve`.
    criterion
        ``"youden"`` maximises sensitivity + specificity - 1 :cite:p:`Youden1950`; ``"closest.topleft"`` minimises the
        squared distance from the corner in which both are 1.

    Returns
    -------
    float
        Midway between two scores; of several equally good ones the lowest, which has the highest sensitivity. Calling
        everybody or nobody positive is not considered, unless all scores are equal: then that score.

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`roc_curve`; the criterion does not exist.
    """
    if criterion not in ("youden", "closest.topleft"):
        raise InputError("roc_threshold", Fault(repr(criterion), "'youden' or 'closest.topleft'", column="criterion"))
    curve = roc_curve(y, scores)
    if len(curve.threshold) == 2:
        return float(np.asarray(scores, dtype=np.float64)[0])
    threshold, sensitivity, specificity = curve.threshold[1:-1], curve.sensitivity[1:-1], curve.specificity[1:-1]
    if criterion == "youden":
        quality = sensitivity + specificity
    else:
        quality = -((1 - sensitivity) ** 2 + (1 - specificity) ** 2)
    # The same pair of shares reached by other counts differs by a rounding.
    return float(threshold[np.flatnonzero(quality >= quality.max() - 1e-12)[-1]])
