"""Nearest shrunken centroids: classes by a few genes whose class means stand out from the overall mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._random import generator
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class ShrunkenCentroidsFit:
    """What nearest shrunken centroids learn, before any threshold.

    Attributes
    ----------
    centroids, overall
        (K, p) mean of each class; (p,) mean of all patients.
    scale, offset
        (p,) pooled within-class standard deviation plus `offset`, which is a quantile of those deviations (s0).
    se_scale
        (K,) sqrt(1/n_k - 1/n), written m_k: the standard error of a class mean's distance from the overall mean, in
        units of the standard deviation.
    priors
        (K,) probability of each class before its genes are seen.
    differences
        (K, p) standardised distance of each class from the overall mean, (centroid - overall) / (m_k scale).
    """

    centroids: FloatArray
    overall: FloatArray
    scale: FloatArray
    offset: float
    se_scale: FloatArray
    priors: FloatArray
    differences: FloatArray

    def thresholds(self, n: int = 30) -> FloatArray:
        """``n`` equally spaced thresholds from 0 to the one at which no gene is left."""
        return np.linspace(0.0, float(np.abs(self.differences).max()), n)

    def n_genes(self, thresholds: ArrayLike) -> IntArray:
        """Genes that some class still uses at each threshold."""
        largest = np.abs(self.differences).max(axis=0)
        return np.array([int((largest > t).sum()) for t in np.atleast_1d(np.asarray(thresholds, dtype=float))])

    def shrunken(self, threshold: float) -> FloatArray:
        """(K, p) distance of each class from the overall mean after soft thresholding, in units of `scale`."""
        left = np.abs(self.differences) - threshold
        return np.where(left > 0, np.sign(self.differences) * left, 0.0) * self.se_scale[:, None]

    def shrunken_centroids(self, threshold: float) -> FloatArray:
        """(K, p) shrunken class means in the units of the data."""
        return self.overall + self.shrunken(threshold) * self.scale

    def used(self, threshold: float) -> BoolArray:
        """(p,) genes that some class still uses."""
        return np.asarray(np.abs(self.differences).max(axis=0) > threshold)

    def discriminants(self, x: ArrayLike, threshold: float) -> FloatArray:
        """(n, K) log of prior times likelihood of each class, up to a constant; the largest is the predicted class."""
        keep = self.used(threshold)
        z = (np.asarray(x, dtype=float)[:, keep] - self.overall[keep]) / self.scale[keep]
        return class_scores(z, self.shrunken(threshold)[:, keep], self.priors)


def class_scores(z: FloatArray, shrunken: FloatArray, priors: FloatArray) -> FloatArray:
    """Discriminants (n, K) of standardised patients (n, p) against shrunken distances (K, p)."""
    return np.asarray(z @ shrunken.T - 0.5 * (shrunken**2).sum(axis=1) + np.log(priors))


def posteriors(discriminants: FloatArray) -> FloatArray:
    """Class probabilities (n, K) of discriminants; rows sum to 1 however large these are."""
    shifted = np.exp(discriminants - discriminants.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def fit_shrunken_centroids(
    x: ArrayLike,
    y: ArrayLike,
    *,
    priors: ArrayLike | None = None,
    se_scale: ArrayLike | None = None,
    offset_quantile: float = 0.5,
) -> ShrunkenCentroidsFit:
    """Class means and standardised distances of nearest shrunken centroids :cite:p:`Tibshirani2002`.

    Parameters
    ----------
    x
        (n, p) finite values, patients in rows.
    y
        (n,) class of each patient, 0 to K - 1, each present.
    priors
        (K,) class probabilities; by default the shares of the classes.
    se_scale
        (K,) m_k; by default from the class sizes.
    offset_quantile
        Quantile of the standard deviations that is added to all of them (s0), in [0, 1].

    Raises
    ------
    ValueError
        If a class has no patient, there are no more patients than classes, or so many genes do not vary within
        classes that s0 is 0.

    Notes
    -----
    The values are those of R's pamr 1.57.
    """
    values, codes = np.asarray(x, dtype=float), np.asarray(y)
    sizes = np.bincount(codes)
    n, n_classes = len(values), len(sizes)
    if n_classes < 2 or (sizes == 0).any() or n <= n_classes:
        raise ValueError(f"found classes of {sizes.tolist()} patients; expected two or more, none empty")
    centroids = np.stack([values[codes == k].mean(axis=0) for k in range(n_classes)])
    residuals = values - centroids[codes]
    deviation = np.sqrt(np.einsum("ij,ij->j", residuals, residuals) / (n - n_classes))
    offset = float(np.quantile(deviation, offset_quantile))
    if offset <= 0:
        raise ValueError("at least half of the genes do not vary within the classes, so that s0 is 0")
    own_scale = np.sqrt(1.0 / sizes - 1.0 / n) if se_scale is None else np.asarray(se_scale, dtype=float)
    shares = sizes / n if priors is None else np.asarray(priors, dtype=float)
    overall, scale = values.mean(axis=0), deviation + offset
    differences = (centroids - overall) / scale / own_scale[:, None]
    return ShrunkenCentroidsFit(centroids, overall, scale, offset, own_scale, shares, differences)


@dataclass(frozen=True)
class HeldOutClasses:
    """Classes of held-out patients along the thresholds.

    Attributes
    ----------
    predicted
        (T, n) class of each patient, told without it.
    probability
        (T, n, K) probabilities.
    error, error_se
        (T,) share of patients told wrongly, and its standard error: that of the mean over folds.
    log_likelihood
        (T,) mean log probability of the true class.
    """

    predicted: IntArray
    probability: FloatArray
    error: FloatArray
    error_se: FloatArray
    log_likelihood: FloatArray


def cross_validate_shrunken_centroids(
    x: ArrayLike, y: ArrayLike, folds: ArrayLike, fit: ShrunkenCentroidsFit, thresholds: ArrayLike,
    *, offset_quantile: float = 0.5,
) -> HeldOutClasses:  # fmt: skip
    """Error along the thresholds in patients that took no part in the means and standard deviations.

    Parameters
    ----------
    x, y
        As in :func:`fit_shrunken_centroids`.
    folds
        (n,) fold in which each patient is held out; every class is among the others of each fold.
    fit
        Fit on everyone, whose priors and class sizes (not its means) the folds keep, as pamr does.
    thresholds
        (T,) thresholds.
    offset_quantile
        As in :func:`fit_shrunken_centroids`.
    """
    values, codes, fold = np.asarray(x, dtype=float), np.asarray(y), np.asarray(folds)
    grid = np.atleast_1d(np.asarray(thresholds, dtype=float))
    scores = np.empty((len(grid), len(values), len(fit.priors)))
    wrong = []
    for f in np.unique(fold):
        test = fold == f
        own = fit_shrunken_centroids(
            values[~test], codes[~test], priors=fit.priors, se_scale=fit.se_scale, offset_quantile=offset_quantile
        )
        scores[:, test] = discriminants_along(own, values[test], grid)
        wrong.append((scores[:, test].argmax(axis=2) != codes[test]).mean(axis=1))
    predicted, probability = scores.argmax(axis=2), posteriors(scores)
    of_truth = probability[:, np.arange(len(codes)), codes]
    spread = np.std(wrong, axis=0, ddof=1) / np.sqrt(len(wrong))
    return HeldOutClasses(
        predicted, probability, (predicted != codes).mean(axis=1), spread,
        np.log(np.maximum(of_truth, np.finfo(float).tiny)).mean(axis=1),
    )  # fmt: skip


def discriminants_along(fit: ShrunkenCentroidsFit, x: ArrayLike, thresholds: ArrayLike) -> FloatArray:
    """``fit.discriminants`` at every threshold, (T, n, K), in one pass over the genes."""
    values, grid = np.asarray(x, dtype=float), np.atleast_1d(np.asarray(thresholds, dtype=float))
    largest = np.abs(fit.differences).max(axis=0)
    # Genes in the order in which they leave, so that each threshold takes the first of them.
    order = np.argsort(-largest, kind="stable")
    z = ((values - fit.overall) / fit.scale)[:, order]
    size, sign = np.abs(fit.differences)[:, order], (np.sign(fit.differences) * fit.se_scale[:, None])[:, order]
    counts = np.searchsorted(-largest[order], -grid, side="left")
    out = np.empty((len(grid), len(values), len(fit.priors)))
    for i, (threshold, m) in enumerate(zip(grid, counts, strict=True)):
        shrunken = sign[:, :m] * np.maximum(size[:, :m] - threshold, 0.0)
        out[i] = class_scores(z[:, :m], shrunken, fit.priors)
    return out


def balanced_folds(y: ArrayLike, folds: int, *, rng: RNG = None) -> IntArray:
    """Random folds (n,) that each class is dealt to in turn: its patients per fold differ by one at most.

    Parameters
    ----------
    y
        (n,) classes.
    folds
        Number of folds, at most the number of patients.
    rng
        Seed or Generator.
    """
    codes = np.asarray(y)
    if not 2 <= folds <= len(codes):
        raise ValueError(f"found {folds} folds for {len(codes)} patients; expected 2 to {len(codes)}")
    random = generator(rng)
    shuffled = random.permutation(len(codes))
    deck = shuffled[np.argsort(codes[shuffled], kind="stable")]
    out = np.empty(len(codes), dtype=np.int64)
    out[deck] = random.permutation(folds)[np.arange(len(codes)) % folds]
    return out


def best_threshold(error: ArrayLike, error_se: ArrayLike, *, rule: str) -> int:
    """Index of the chosen threshold, of increasing ones.

    Parameters
    ----------
    error, error_se
        (T,) error and its standard error.
    rule
        ``"min_error"``: the smallest error, the largest threshold (fewest genes) on ties; ``"one_se"``: the largest
        threshold whose error is within one standard error of the smallest.
    """
    values = np.asarray(error, dtype=float)
    lowest = np.flatnonzero(values <= values.min() + 1e-12)[-1]
    if rule == "min_error":
        return int(lowest)
    if rule != "one_se":
        raise ValueError(f"found {rule!r}; expected 'min_error' or 'one_se'")
    limit = values[lowest] + float(np.asarray(error_se)[lowest])
    return int(np.flatnonzero(values <= limit + 1e-12)[-1])
