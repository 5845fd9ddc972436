"""Areas under ROC curves of the same patients, with DeLong's covariance; also of out-of-fold scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._jit import jit
from radiogenomics.core.proportion import check_confidence
from radiogenomics.core.roc import binary_scores


@dataclass(frozen=True)
class DeLong:
    """Areas under the ROC curves of m scores.

    Attributes
    ----------
    auc
        (m,) chance that a positive has a higher score than a negative, ties counting half: 0.5 is no better than
        chance, less says that the score points the other way.
    covariance
        (m, m) of the areas.
    lower, upper
        (m,) ends of the normal intervals, within [0, 1]. An area of 0 or 1 has a variance of 0, hence an interval
        without width: the data then say too little for this method.
    p_value
        (m, m) two-sided, that two scores have the same area; 1 for scores that rank all pairs alike, NaN where areas
        differ without any variance.
    n_positive, n_negative
        Patients of each class.
    """

    auc: FloatArray
    covariance: FloatArray
    lower: FloatArray
    upper: FloatArray
    p_value: FloatArray
    n_positive: int
    n_negative: int

    @property
    def se(self) -> FloatArray:
        """(m,) standard errors of the areas."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


@jit
def _placements(order: IntArray, score: FloatArray, group: IntArray, positive: BoolArray, out: FloatArray) -> None:
    """Share of the other class of the same group that each patient's score exceeds (a positive's) or is below.

    ``order`` sorts by group, then score; patients whose group lacks the other class get 0.
    """
    n = order.shape[0]
    lo = 0
    while lo < n:
        hi = lo
        ones = 0
        while hi < n and group[order[hi]] == group[order[lo]]:
            ones += positive[order[hi]]
            hi += 1
        zeros = hi - lo - ones
        ones_below, zeros_below, i = 0, 0, lo
        while i < hi:
            j, tied_ones = i, 0
            while j < hi and score[order[j]] == score[order[i]]:
                tied_ones += positive[order[j]]
                j += 1
            tied_zeros = j - i - tied_ones
            for k in range(i, j):
                if positive[order[k]]:
                    out[order[k]] = (zeros_below + 0.5 * tied_zeros) / zeros if zeros > 0 else 0.0
                else:
                    out[order[k]] = (ones - ones_below - 0.5 * tied_ones) / ones if ones > 0 else 0.0
            ones_below += tied_ones
            zeros_below += tied_zeros
            i = j
        lo = hi


def placements(positive: BoolArray, scores: FloatArray, group: IntArray | None = None) -> FloatArray:
    """DeLong's components (n,) of one score: how much of the other class (of the patient's group) it ranks rightly."""
    codes = np.zeros(len(scores), dtype=np.int64) if group is None else group
    order = np.argsort(scores, kind="stable") if group is None else np.lexsort((scores, codes))
    out = np.empty(len(scores))
    _placements(order, np.ascontiguousarray(scores), codes, positive, out)
    return out


def delong(y: ArrayLike, scores: ArrayLike, *, confidence: float = 0.95) -> DeLong:
    """Areas under the ROC curves of one or several scores of the same patients, compared in pairs :cite:p:`DeLong1988`.

    Parameters
    ----------
    y
        (n,) 1 positive, 0 negative.
    scores
        (n,) or (n, m); higher speaks for positive. Nothing is turned round: an area below 0.5 stays there.
    confidence
        Coverage of the intervals.

    Returns
    -------
    DeLong
        In O(m n log n) by the ranks of the scores :cite:p:`Sun2014`; the same as R's ``pROC``.

    Raises
    ------
    InputError
        If classes are not 0 or 1, or scores are missing or of another length.
    DegenerateInputError
        If a class has fewer than 2 patients, which leaves no variance to estimate.
    """
    faults: list[Fault] = []
    check_confidence(faults, confidence)
    if faults:
        raise InputError("delong", faults)
    positive, x = binary_scores("delong", y, scores, at_least=2)
    if x.ndim > 2 or x.size == 0:
        raise InputError("delong", Fault(f"an array of shape {x.shape}", "(n,) or (n, m)", column="scores"))
    columns = np.ascontiguousarray(x.reshape(len(x), -1).T)
    components = np.stack([placements(positive, column) for column in columns])
    auc = components[:, positive].mean(axis=1)
    return _result(auc, components - auc[:, None], positive, confidence)


def fold_delong(y: ArrayLike, scores: ArrayLike, folds: ArrayLike, *, confidence: float = 0.95) -> DeLong:
    """Areas under the ROC curves of out-of-fold scores, each patient compared with those of the same fold only.

    Each fold's model has its own scale, so that scores of two folds cannot be compared. Pairs are pooled over the folds
    of a repeat, areas averaged over repeats. The components of a patient are averaged over repeats too, before their
    covariance over patients is taken; with one fold that is :func:`delong`.

    Parameters
    ----------
    y
        (n,) 1 positive, 0 negative.
    scores
        (models, repeats, n) out-of-fold scores; higher speaks for positive.
    folds
        (repeats, n) fold in which the patient was tested, from 0; (models, repeats, n) where each model has its own.
    confidence
        Coverage of the intervals.

    Returns
    -------
    DeLong

    Raises
    ------
    InputError
        If classes are not 0 or 1, scores are missing, or shapes differ.
    DegenerateInputError
        If a class has fewer than 2 patients, or no fold of a repeat has both classes.

    Notes
    -----
    What varies are the patients judged: the fits are taken as given. Folds that share training patients make the
    area of a cross-validation vary more than that where features are chosen among many (see the notes of
    `rg.tl.delong` for what this does to the test).
    """
    where = "fold_delong"
    x = np.asarray(scores, dtype=np.float64)
    fold = np.asarray(folds, dtype=np.int64)
    faults: list[Fault] = []
    if x.ndim != 3 or x.size == 0 or fold.shape not in (x.shape, x.shape[1:]) or (fold < 0).any():
        found = f"scores {x.shape} and folds {fold.shape}"
        faults.append(Fault(found, "(models, repeats, n) and (repeats, n), folds from 0"))
    check_confidence(faults, confidence)
    if faults:
        raise InputError(where, faults)
    positive, _ = binary_scores(where, y, np.moveaxis(x, 2, 0), at_least=2)
    auc, influence = np.zeros(len(x)), np.zeros((len(x), len(positive)))
    for m, r in np.ndindex(x.shape[:2]):
        own = fold[r] if fold.ndim == 2 else fold[m, r]
        share = _shares(where, positive, own, r)
        components = placements(positive, x[m, r], own)
        area = float(share[positive] @ components[positive])
        auc[m] += area / x.shape[1]
        kind = np.where(positive, positive.sum(), len(positive) - positive.sum())
        influence[m] += share * kind * (components - area) / x.shape[1]
    return _result(auc, influence, positive, confidence)


def _shares(where: str, positive: BoolArray, fold: IntArray, repeat: int) -> FloatArray:
    """Share of each patient (n,) in the pairs of a repeat: by the patients of the other class in the fold."""
    k = int(fold.max()) + 1
    zeros, ones = np.bincount(fold[~positive], minlength=k), np.bincount(fold[positive], minlength=k)
    pairs = float((zeros * ones).sum())
    if pairs == 0:
        hint = "Stratify the folds by class, or use fewer."
        raise DegenerateInputError(where, Fault(f"repeat {repeat} without a fold of both classes", "one", hint=hint))
    return np.asarray(np.where(positive, zeros[fold], ones[fold]) / pairs)


def _result(auc: FloatArray, influence: FloatArray, positive: BoolArray, confidence: float) -> DeLong:
    """Result from each patient's deviation (m, n) from the area, whose mean within each class is 0."""
    n1, n0 = int(positive.sum()), int((~positive).sum())
    one, zero = influence[:, positive], influence[:, ~positive]
    covariance = one @ one.T / (n1 * (n1 - 1)) + zero @ zero.T / (n0 * (n0 - 1))
    variance = np.diag(covariance)
    reach = float(ndtri(0.5 + confidence / 2)) * np.sqrt(variance)
    return DeLong(
        auc, covariance, np.maximum(auc - reach, 0.0), np.minimum(auc + reach, 1.0), _p_values(auc, covariance), n1, n0
    )


def _p_values(auc: FloatArray, covariance: FloatArray) -> FloatArray:
    variance = np.diag(covariance)
    total = variance[:, None] + variance[None, :]
    spread = total - 2 * covariance
    alike = spread <= 1e-12 * total  # what roundings leave of 0
    difference = np.abs(auc[:, None] - auc[None, :])
    p = 2 * ndtr(-difference / np.sqrt(np.where(alike, 1.0, spread)))
    return np.asarray(np.where(alike, np.where(difference <= 1e-12, 1.0, np.nan), p))
