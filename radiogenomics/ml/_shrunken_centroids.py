"""Nearest shrunken centroids as an estimator, with the threshold chosen by cross-validation."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core.shrunken_centroids import (
    balanced_folds,
    best_threshold,
    cross_validate_shrunken_centroids,
    discriminants_along,
    fit_shrunken_centroids,
    posteriors,
)
from radiogenomics.ml._matrix import classes_of, finite_matrix, one_of, share_of

RULES = ("min_error", "one_se")
MOST_FOLDS = 10


class ShrunkenCentroids(ClassifierMixin, BaseEstimator):
    """Nearest shrunken centroids (PAM) :cite:p:`Tibshirani2002`, the numbers of R's pamr.

    Parameters
    ----------
    threshold
        By how much the standardised centroids are shrunken, or ``"cv"``: chosen by cross-validation on the training
        patients.
    n_thresholds
        Thresholds tried: equally spaced from 0 to the one that leaves no gene.
    rule
        ``"min_error"``: smallest cross-validated error, the largest threshold (fewest genes) on ties; ``"one_se"``:
        the largest threshold whose error is within one standard error (over folds) of the smallest.
    folds
        Folds of the cross-validation, balanced by class; by default the size of the smallest class, at most 10.
    priors
        ``"empirical"`` (shares of the classes), ``"uniform"``, or a probability per class in the order of ``classes_``.
    offset_quantile
        Quantile of the genes' standard deviations that is added to all of them (s0): 0.5 is the median.
    random_state
        Seed or generator of the folds.

    Attributes
    ----------
    classes_
        Classes, sorted.
    threshold_
        Threshold used.
    thresholds_, n_genes_
        (T,) thresholds tried, and the genes that are left at each.
    training_error_
        (T,) share of the training patients that are told wrongly by what was learned from them: apparent.
    cv_error_, cv_error_se_, cv_log_likelihood_
        (T,) cross-validated, ``None`` without. The chosen threshold's error is optimistic, as the smallest of T.
    cv_predicted_
        (n,) class told at ``threshold_`` without the patient, ``None`` without cross-validation.
    centroids_
        (K, p) shrunken centroids in the units of the data.
    scores_
        (K, p) their distances from the overall mean in standard deviations; 0 where a class does not use the gene.
    fit_
        :class:`radiogenomics.core.ShrunkenCentroidsFit`.

    Notes
    -----
    scikit-learn's ``NearestCentroid(shrink_threshold=)`` has the same centroids. Its distances divide by standard
    deviations without s0 (and, with uniform priors, by nothing), so that its classes and probabilities are others.
    """

    def __init__(
        self,
        threshold: float | str = "cv",
        *,
        n_thresholds: int = 30,
        rule: str = "min_error",
        folds: int | None = None,
        priors: Any = "empirical",
        offset_quantile: float = 0.5,
        random_state: RNG = None,
    ) -> None:
        self.threshold = threshold
        self.n_thresholds = n_thresholds
        self.rule = rule
        self.folds = folds
        self.priors = priors
        self.offset_quantile = offset_quantile
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from expression ``X`` (n, p), finite, of patients of classes ``y`` (n,)."""
        one_of(self, "rule", RULES)
        quantile = share_of(self, "offset_quantile")
        chosen = self._fixed_threshold()
        x = finite_matrix(self, X, reset=True)
        check_classification_targets(y)
        self.classes_, codes = classes_of(self, y, len(x))
        sizes = np.bincount(codes)
        try:
            fit = fit_shrunken_centroids(x, codes, priors=self._priors(sizes), offset_quantile=quantile)
        except ValueError as error:
            raise DegenerateInputError(
                "ShrunkenCentroids", f"{error}; remove such genes first with rg.pp.clean_features"
            ) from error
        if not fit.differences.any():
            raise DegenerateInputError("ShrunkenCentroids", "no gene differs between the classes")
        self.fit_ = fit
        self.thresholds_ = fit.thresholds(self.n_thresholds)
        self.n_genes_ = fit.n_genes(self.thresholds_)
        self.training_error_ = (discriminants_along(fit, x, self.thresholds_).argmax(axis=2) != codes).mean(axis=1)
        self.cv_error_: FloatArray | None = None
        self.cv_error_se_: FloatArray | None = None
        self.cv_log_likelihood_: FloatArray | None = None
        self.cv_predicted_: Any = None
        if chosen is None:
            chosen = self._cross_validate(x, codes, sizes, quantile)
        self.threshold_ = chosen
        self.centroids_ = fit.shrunken_centroids(chosen)
        self.scores_ = fit.shrunken(chosen)
        return self

    def _cross_validate(self, x: FloatArray, codes: IntArray, sizes: IntArray, quantile: float) -> float:
        most = int(sizes.min())
        n_folds = min(MOST_FOLDS, most) if self.folds is None else self.folds
        if not isinstance(n_folds, int | np.integer) or isinstance(n_folds, bool) or not 2 <= n_folds <= len(x):
            raise InputError("ShrunkenCentroids", Fault(repr(n_folds), f"2 to {len(x)}", column="folds"))
        dealt = balanced_folds(codes, n_folds, rng=self.random_state)
        held = cross_validate_shrunken_centroids(x, codes, dealt, self.fit_, self.thresholds_, offset_quantile=quantile)
        best = best_threshold(held.error, held.error_se, rule=self.rule)
        self.cv_error_, self.cv_error_se_ = held.error, held.error_se
        self.cv_log_likelihood_ = held.log_likelihood
        self.cv_predicted_ = self.classes_[held.predicted[best]]
        return float(self.thresholds_[best])

    def decision_function(self, X: Any) -> FloatArray:
        """Log of prior times likelihood (n, K), up to a constant; of two classes (n,), their difference."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of each class (n, K), in the order of ``classes_``.

        They rest on genes being independent of each other, which they are not: most are too near to 0 and 1.
        """
        return posteriors(self._scores(X))

    def predict(self, X: Any) -> Any:
        """Class of each patient (n,)."""
        return self.classes_[self._scores(X).argmax(axis=1)]

    def _scores(self, X: Any) -> FloatArray:
        check_is_fitted(self)
        return self.fit_.discriminants(finite_matrix(self, X, reset=False), self.threshold_)

    def _fixed_threshold(self) -> float | None:
        if not isinstance(self.n_thresholds, int | np.integer) or self.n_thresholds < 2:
            raise InputError("ShrunkenCentroids", Fault(repr(self.n_thresholds), "2 or more", column="n_thresholds"))
        if isinstance(self.threshold, str) and self.threshold == "cv":
            return None
        number = isinstance(self.threshold, int | float | np.number) and not isinstance(self.threshold, bool)
        if not number or not float(self.threshold) >= 0:
            raise InputError("ShrunkenCentroids", Fault(repr(self.threshold), "'cv' or 0 or more", column="threshold"))
        return float(self.threshold)

    def _priors(self, sizes: IntArray) -> FloatArray | None:
        expected = f"'empirical', 'uniform' or {len(sizes)} probabilities above 0 that sum to 1"
        if isinstance(self.priors, str):
            if self.priors not in ("empirical", "uniform"):
                raise InputError("ShrunkenCentroids", Fault(repr(self.priors), expected, column="priors"))
            return None if self.priors == "empirical" else np.full(len(sizes), 1.0 / len(sizes))
        given = np.asarray(self.priors, dtype=float)
        if given.shape != sizes.shape or not (given > 0).all() or abs(given.sum() - 1) > 1e-8:
            raise InputError("ShrunkenCentroids", Fault(repr(self.priors), expected, column="priors"))
        return given
