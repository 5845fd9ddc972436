"""Areas under ROC curves of blocks of predictions of the same patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radiogenomics import core
from radiogenomics._types import BoolArray, FloatArray, IntArray
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
    n1 = int(positive.sum())
    if min(n1, len(positive) - n1) < 2:
        auc = np.array([weighted_auc(b.score, b.folds, positive).mean() for b in blocks])
        return Areas(auc, np.full((len(auc), len(auc)), np.nan), blocks[0].cross_validated)
    if not blocks[0].cross_validated:
        found = core.delong(positive, np.stack([b.score[0] for b in blocks], axis=1))
        return Areas(found.auc, found.covariance, False)
    found = core.fold_delong(positive, np.stack([b.score for b in blocks]), np.stack([b.folds for b in blocks]))
    by_repeat = np.stack([weighted_auc(b.score, b.folds, positive)[:, 0] for b in blocks], axis=1)
    added = added_variance(by_repeat)
    if any(not np.array_equal(b.folds, blocks[0].folds) for b in blocks):
        added = np.diag(np.diag(added))  # repeats of other folds are not paired
    return Areas(found.auc, OVERLAP * found.covariance + added, True)


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
    share = np.array(sizes) / sum(sizes)
    # 1 - k / n of two folds may differ by a rounding where their rates are the same.
    curves = [(np.round(x, 12), y) for x, y in curves]
    at = np.unique(np.concatenate([x for x, _ in curves]))
    before, after = np.zeros(len(at)), np.zeros(len(at))
    for (x, y), part in zip(curves, share, strict=True):
        low, high = _limits(x, y, at)
        before += part * low
        after += part * high
    rate = np.repeat(at, 2)
    sensitivity = np.stack([before, after], axis=1).ravel()
    needed = np.ones(len(rate), dtype=bool)
    needed[1::2] = after > before + 1e-15
    needed[0] = True
    return rate[needed], np.minimum(sensitivity[needed], 1.0)


def _limits(x: FloatArray, y: FloatArray, at: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values of a rising curve (which may jump) just before and at each place."""
    places, first = np.unique(x, return_index=True)
    last = np.append(first[1:], len(x)) - 1
    low, high = y[first], y[last]
    k = np.searchsorted(places, at, side="left")
    here = places[np.minimum(k, len(places) - 1)] == at
    left = np.maximum(k - 1, 0)
    width = np.where(here, 1.0, places[np.minimum(k, len(places) - 1)] - places[left])
    along = np.where(here, 0.0, (at - places[left]) / width)
    between = high[left] + along * (low[np.minimum(k, len(places) - 1)] - high[left])
    index = np.minimum(k, len(places) - 1)
    return np.where(here, low[index], between), np.where(here, high[index], between)
