"""Features with much information on the outcome and little on each other: minimum redundancy, maximum relevance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.concordance import concordance_batch
from radiogenomics.core.correlation import correlation_scores

Measure = Literal["gaussian", "histogram", "correlation"]
MEASURES = ("gaussian", "histogram", "correlation")
SCHEMES = ("difference", "quotient")
OUTCOMES = ("class", "survival")
CORRELATIONS = ("pearson", "spearman")
#: Information of two variables that determine each other would be infinite, and nothing could be subtracted from it.
_MOST = 1 - 1e-12
#: The least redundancy a relevance is divided by.
_LEAST_REDUNDANCY = 1e-3


@dataclass(frozen=True)
class MRMRPath:
    """Features in the order of their choice.

    Attributes
    ----------
    order
        (m,) columns chosen.
    score, redundancy
        (m,) score at its choice, and mean redundancy with those chosen before (0 for the first).
    relevance
        (p,) of every column; NaN where it does not vary.
    """

    order: IntArray
    score: FloatArray
    redundancy: FloatArray
    relevance: FloatArray


def mrmr(
    x: ArrayLike,
    y: ArrayLike,
    *,
    n_features: int,
    outcome: Literal["class", "survival"] = "class",
    measure: Measure = "gaussian",
    scheme: Literal["difference", "quotient"] = "difference",
    correlation: Literal["pearson", "spearman"] = "pearson",
    n_bins: int | None = None,
) -> MRMRPath:
    r"""Greedy choice by relevance to the outcome minus, or over, mean redundancy :cite:p:`Ding2005,DeJay2013`.

    Parameters
    ----------
    x
        (n, p) finite features.
    y
        (n,) classes, or (n, 2) time and event (0 or 1).
    n_features
        Most features to choose; all that vary, if these are fewer.
    outcome
        What ``y`` is.
    measure
        ``"gaussian"``: mutual information :math:`-\ln(1 - r^2) / 2`. Between features, r is their correlation. With
        two classes or survival it is Somers' D, 2 c - 1 (c the AUC or Harrell's c), as in R's mRMRe; with more
        classes, whose order carries no meaning here, :math:`r^2` is the share of variance between them.
        ``"histogram"``: mutual information of features cut into bins of equal size; classes only. ``"correlation"``:
        relevance is the F statistic between classes, or \|D\| for survival; redundancy is \|r\|.
    scheme
        ``"difference"`` or ``"quotient"`` of relevance and redundancy (at least 0.001). F and \|r\| have no common
        unit: take their quotient.
    correlation
        Of values or of ranks, for r between features and for variance and F between classes.
    n_bins
        Bins of the histogram, 2 or more; by default the cube root of n.

    Returns
    -------
    MRMRPath

    Raises
    ------
    InputError
        Faulty arguments, missing values, or a histogram for survival.
    DegenerateInputError
        No feature varies, there is one class, or nobody has an event.
    """
    values, target = np.asarray(x, dtype=np.float64), np.asarray(y)
    _check(values, target, n_features, outcome, measure, scheme, correlation, n_bins)
    scores, varies = correlation_scores(values, correlation)
    if not varies.any():
        raise DegenerateInputError("mrmr", f"none of {values.shape[1]} features varies over {len(values)} patients")
    values, scores = values[:, varies], scores[:, varies]
    codes = None if outcome == "survival" else _codes(target)
    between: Callable[[int], FloatArray]
    if measure == "histogram":
        bins = n_bins if n_bins is not None else max(2, round(len(values) ** (1 / 3)))
        table = _indicators(_binned(values, bins), bins)
        assert codes is not None
        known = _information(_indicators(codes[:, None], int(codes.max()) + 1), table)

        def between(j: int) -> FloatArray:
            return _information(table[:, j : j + 1], table)
    else:
        known = _relevance(values, scores, target, codes, measure)

        def between(j: int) -> FloatArray:
            r = scores.T @ scores[:, j]
            return gaussian_information(r) if measure == "gaussian" else np.abs(r)

    order, score, redundancy = _choose(known, between, min(n_features, len(known)), scheme == "quotient")
    relevance = np.full(len(varies), np.nan)
    relevance[varies] = known
    return MRMRPath(np.flatnonzero(varies)[order], score, redundancy, relevance)


def gaussian_information(r: ArrayLike) -> FloatArray:
    """Mutual information, in nats, of two normal variables of correlation ``r``; below 14 also where they are one."""
    squared = np.minimum(np.asarray(r, dtype=np.float64) ** 2, _MOST)
    return np.asarray(-0.5 * np.log1p(-squared), dtype=np.float64)


def _choose(
    relevance: FloatArray, between: Callable[[int], FloatArray], n: int, quotient: bool
) -> tuple[IntArray, FloatArray, FloatArray]:
    total = np.zeros(len(relevance))
    free: BoolArray = np.ones(len(relevance), dtype=bool)
    order, score, redundancy = np.empty(n, dtype=np.int64), np.empty(n), np.empty(n)
    for step in range(n):
        mean = total / max(step, 1)
        if step == 0:
            now = relevance
        else:
            now = relevance / np.maximum(mean, _LEAST_REDUNDANCY) if quotient else relevance - mean
        best = int(np.argmax(np.where(free, now, -np.inf)))
        order[step], score[step], redundancy[step] = best, now[best], mean[best]
        free[best] = False
        if step + 1 < n:
            total += between(best)
    return order, score, redundancy


def _relevance(
    values: FloatArray, scores: FloatArray, y: np.ndarray, codes: IntArray | None, measure: Measure
) -> FloatArray:
    gaussian = measure == "gaussian"
    if codes is None:
        c = concordance_batch(y[:, 0], y[:, 1], values, np.ones((1, len(y))))[0]
        if np.isnan(c).any():
            raise DegenerateInputError("mrmr", "no pair of patients is comparable: no event precedes another follow-up")
        somers = 2 * c - 1
        return gaussian_information(somers) if gaussian else np.abs(somers)
    sizes = np.bincount(codes)
    if gaussian and len(sizes) == 2:
        ranks = rankdata(values, axis=0)
        first = ranks[codes == 0].sum(axis=0) - sizes[0] * (sizes[0] + 1) / 2
        return gaussian_information(2 * first / (sizes[0] * sizes[1]) - 1)
    means = np.stack([scores[codes == c].mean(axis=0) for c in range(len(sizes))])
    share = np.minimum((sizes[:, None] * means**2).sum(axis=0), _MOST)  # scores have length 1
    if gaussian:
        return np.asarray(-0.5 * np.log1p(-share), dtype=np.float64)
    return np.asarray(share / (1 - share) * (len(codes) - len(sizes)) / (len(sizes) - 1), dtype=np.float64)


def _codes(y: np.ndarray) -> IntArray:
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise DegenerateInputError("mrmr", f"all {len(y)} patients are of one class ({classes[0]!s})")
    return codes.astype(np.int64)


def _binned(values: FloatArray, bins: int) -> IntArray:
    """Bin of every value, of equal sizes but for ties, which stay together."""
    share = (rankdata(values, axis=0) - 0.5) / len(values)
    return np.asarray(np.minimum((share * bins).astype(np.int64), bins - 1))


def _indicators(codes: IntArray, n_codes: int) -> FloatArray:
    """(n, p) codes as (n, p, n_codes) zeros and ones."""
    return np.asarray(codes[:, :, None] == np.arange(n_codes), dtype=np.float64)


def _information(one: FloatArray, others: FloatArray) -> FloatArray:
    """(p,) mutual information in nats of one variable, (n, 1, a) indicators, with each of (n, p, b)."""
    n, p, b = others.shape
    joint = (one[:, 0].T @ others.reshape(n, p * b)).reshape(-1, p, b) / n
    expected = joint.sum(axis=0) * joint.sum(axis=2)[:, :, None]
    ratio = np.divide(joint, expected, out=np.ones_like(joint), where=joint > 0)
    return np.asarray((joint * np.log(ratio)).sum(axis=(0, 2)), dtype=np.float64)


def _check(
    x: FloatArray, y: np.ndarray, n_features: int, outcome: str, measure: str, scheme: str, correlation: str,
    n_bins: int | None,
) -> None:  # fmt: skip
    faults = [
        Fault(repr(value), f"one of {', '.join(allowed)}", column=name)
        for name, value, allowed in (
            ("outcome", outcome, OUTCOMES), ("measure", measure, MEASURES), ("scheme", scheme, SCHEMES),
            ("correlation", correlation, CORRELATIONS),
        )
        if value not in allowed
    ]  # fmt: skip
    for name, number, least in (("n_features", n_features, 1), ("n_bins", n_bins, 2)):
        whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
        if not (name == "n_bins" and number is None) and not (whole and number is not None and number >= least):
            faults.append(Fault(repr(number), f"a whole number of {least} or more", column=name))
    if n_bins is not None and measure != "histogram":
        faults.append(Fault(f"{n_bins!r} with measure {measure!r}", "none: only a histogram has bins", column="n_bins"))
    if measure == "histogram" and outcome == "survival":
        hint = "Take 'gaussian' or 'correlation', which use the concordance."
        faults.append(Fault("'histogram' for survival", "classes", column="measure", hint=hint))
    if x.ndim != 2 or 0 in x.shape or not np.isfinite(x).all():
        faults.append(Fault(f"an array of shape {x.shape}, or values missing", "(n, p) finite numbers", column="x"))
    wanted = (len(x), 2) if outcome == "survival" else (len(x),)
    if y.shape != wanted:
        faults.append(Fault(f"an array of shape {y.shape}", f"{wanted}", column="y"))
    if faults:
        raise InputError("mrmr", faults)
