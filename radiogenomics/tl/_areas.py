"""Areas under ROC curves of predictions of the same patients, and their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from radiogenomics import core
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._mean_curve import mean_curve
from radiogenomics.tl._cindex_precision import Precision
from radiogenomics.tl._judged_blocks import Block
from radiogenomics.tl._judged_precision import OVERLAP, added_variance


@dataclass(frozen=True)
class Areas:
    """AUCs of m models on the same patients; covariance NaN where a class has fewer than 2 patients.

    Attributes
    ----------
    auc, covariance
        (m,) and (m, m).
    corrected
        Whether the covariance is that of a cross-validation (doubled, with the variance between repeats).
    """

    auc: FloatArray
    covariance: FloatArray
    corrected: bool


def areas(blocks: Sequence[Block], positive: BoolArray) -> Areas:
    """Areas of blocks of the same patients in the same order; out-of-fold pairs are formed within folds."""
    scores, folds = np.stack([b.score for b in blocks]), np.stack([b.folds for b in blocks])
    return areas_of(scores, folds, positive, cross_validated=blocks[0].cross_validated)


def areas_of(scores: FloatArray, folds: IntArray, positive: BoolArray, *, cross_validated: bool) -> Areas:
    """Areas of scores (m, repeats, n), judged in folds (m, repeats, n); of one fit the first repeat counts."""
    n1 = int(positive.sum())
    if min(n1, len(positive) - n1) < 2:
        auc = np.array([weighted_auc(s, f, positive).mean() for s, f in zip(scores, folds, strict=True)])
        return Areas(auc, np.full((len(auc), len(auc)), np.nan), cross_validated)
    if not cross_validated:
        found = core.delong(positive, scores[:, 0].T)
        return Areas(found.auc, found.covariance, False)
    found = core.fold_delong(positive, scores, folds)
    by_repeat = np.stack([weighted_auc(s, f, positive)[:, 0] for s, f in zip(scores, folds, strict=True)], axis=1)
    added = added_variance(by_repeat)
    if (folds != folds[0]).any():
        added = np.diag(np.diag(added))  # repeats of other folds are not paired
    return Areas(found.auc, OVERLAP * found.covariance + added, True)


def area_interval(found: Areas, model: int, precision: Precision) -> tuple[float, float, str, str | None]:
    """Ends, method and note of the interval of the area of one model."""
    auc, se = float(found.auc[model]), float(found.covariance[model, model]) ** 0.5
    if found.corrected:
        bounds = precision.bounds_of_share(auc, se)
        return bounds["lower"], bounds["upper"], "DeLong, corrected for folds", None
    if auc in (0.0, 1.0):  # DeLong's variance is 0 here, and so is that of any resample
        bounds = precision.bounds_of_share(auc, 0.0)
        said = "the classes do not overlap: interval of as many alike patients"
        return bounds["lower"], bounds["upper"], "exact", said
    reach = float(ndtri(0.5 + precision.confidence / 2)) * se
    return max(auc - reach, 0.0), min(auc + reach, 1.0), "DeLong", None


def weighted_auc(
    scores: FloatArray, folds: IntArray, positive: BoolArray, weights: FloatArray | None = None
) -> FloatArray:
    """(repeats, B) AUC, pairs formed within folds, under weights (B, n); NaN where no pair is left.

    A positive is an event at time 1, a negative is followed until 2: the c-index of this is the AUC.
    """
    sample = np.ones((1, len(positive))) if weights is None else weights
    if positive.all() or not positive.any():
        return np.full((len(scores), len(sample)), np.nan)
    time = np.where(positive, 1.0, 2.0)
    out = core.concordance_batch(time, positive.astype(float), scores.T, sample, strata=folds.T)
    return np.asarray(out.T)


def average_roc(scores: FloatArray, folds: IntArray, positive: BoolArray) -> tuple[FloatArray, FloatArray]:
    """False-positive rate and sensitivity of the curve whose area is the AUC of pairs formed within folds.

    The curves of all folds and repeats are averaged at each false-positive rate, weighted by their pairs: before and
    after a step, so that steps stay steps.
    """
    curves, sizes = [], []
    for score, fold in zip(scores, folds, strict=True):
        found, pairs = [], []
        for code in np.unique(fold):
            own = fold == code
            if positive[own].all() or not positive[own].any():
                continue
            curve = core.roc_curve(positive[own], score[own])
            found.append((1.0 - curve.specificity, curve.sensitivity))
            pairs.append(float(curve.n_positive * curve.n_negative))
        curves += found
        sizes += [p / sum(pairs) for p in pairs]
    at, before, after = mean_curve(curves, [size / sum(sizes) for size in sizes])
    rate = np.repeat(at, 2)
    sensitivity = np.stack([before, after], axis=1).ravel()
    needed = np.ones(len(rate), dtype=bool)
    needed[1::2] = after > before + 1e-15
    needed[0] = True
    return rate[needed], np.minimum(sensitivity[needed], 1.0)
