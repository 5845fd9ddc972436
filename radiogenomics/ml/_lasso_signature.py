"""A signature of a binary outcome by L1-penalised logistic regression."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from scipy.special import expit
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, assert_all_finite, column_or_1d

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core.lasso_logistic import lasso_logistic, lasso_logistic_cv
from radiogenomics.core.lasso_path import LassoCV, LassoPath
from radiogenomics.ml._lasso import LassoBase
from radiogenomics.ml._matrix import classes_of, finite_matrix


class LassoSignature(ClassifierMixin, LassoBase):
    """Rad-score of a binary outcome: lasso or elastic-net logistic regression :cite:p:`Friedman2010`.

    Features are standardised inside; coefficients are per unit of the features as given. Numbers are those of R's
    glmnet and, given the same folds, cv.glmnet.

    Parameters
    ----------
    l1_ratio
        1 for the lasso, less (above 0) for an elastic net.
    n_lambdas
        Penalties tried (:func:`radiogenomics.core.lasso_logistic`).
    rule
        ``"min"``: penalty of the least cross-validated deviance; ``"1se"``: the largest within a standard error of it.
    folds
        Number of folds, stratified by class, or the fold of each training patient (n,).
    penalty
        Penalty to use instead of choosing one.
    class_weight
        ``"balanced"``, a weight per class, or ``None``.
    n_resamples
        Random halves of the patients (stratified by class) in which the stability of the selection is measured
        :cite:p:`Meinshausen2010`.
    random_state
        Seed or generator of folds and halves.

    Attributes
    ----------
    classes_
        The two classes, sorted; the second is the positive one.
    coef_, intercept_
        (p,) coefficients and intercept of the log odds.
    lambda_, lambda_min_, lambda_1se_
        Penalty used, and those of the two rules (missing with a fixed `penalty`).
    support_
        (p,) whether a feature has a coefficient.
    null_
        Whether none has; a warning says so.
    stability_
        (p,) share of the halves in which a feature has a coefficient at the penalty used; ``None`` without halves.
    path_, cv_
        :class:`radiogenomics.core.LassoPath` and :class:`radiogenomics.core.LassoCV` (``None`` with a fixed penalty).
    """

    def __init__(
        self,
        *,
        l1_ratio: float = 1.0,
        n_lambdas: int = 100,
        rule: Literal["min", "1se"] = "min",
        folds: Any = 10,
        penalty: float | None = None,
        class_weight: Any = None,
        n_resamples: int = 0,
        random_state: RNG = None,
    ) -> None:
        self.l1_ratio = l1_ratio
        self.n_lambdas = n_lambdas
        self.rule = rule
        self.folds = folds
        self.penalty = penalty
        self.class_weight = class_weight
        self.n_resamples = n_resamples
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from finite features ``X`` (n, p) and two classes ``y`` (n,)."""
        x = finite_matrix(self, X, reset=True)
        if y is None:
            raise InputError("LassoSignature", "requires y to be passed, but the target y is None")
        labels = column_or_1d(y, warn=True)
        try:
            assert_all_finite(labels, input_name="y")
        except ValueError as error:
            hint = "Leave those patients out."
            raise InputError("LassoSignature", f"{str(error).splitlines()[0]} {hint}") from error
        check_classification_targets(labels)
        self.classes_, codes = classes_of(self, labels, len(x))
        if len(self.classes_) > 2:
            shown = ", ".join(map(str, self.classes_[:5]))
            found = f"found {len(self.classes_)} classes ({shown}); merge them to two"
            raise InputError("LassoSignature", f"Only binary classification is supported. {found}")
        w = _check_sample_weight(sample_weight, x, dtype=np.float64) * self._class_weights(labels)[codes]
        self._learn(x, codes.astype(np.float64), codes, w)
        return self

    def _class_weights(self, labels: Any) -> FloatArray:
        try:
            weights = compute_class_weight(self.class_weight, classes=self.classes_, y=labels)
        except ValueError as error:
            fault = Fault(str(error), "'balanced', a weight per class or None", column="class_weight")
            raise InputError("LassoSignature", fault) from error
        return np.asarray(weights, dtype=np.float64)

    def _path(self, x: FloatArray, y: FloatArray, w: FloatArray, lambdas: FloatArray | None) -> LassoPath:
        return lasso_logistic(x, y, weights=w, l1_ratio=self.l1_ratio, n_lambdas=self.n_lambdas, lambdas=lambdas)

    def _cross_validated(
        self, x: FloatArray, y: FloatArray, w: FloatArray, folds: IntArray, path: LassoPath
    ) -> LassoCV:
        return lasso_logistic_cv(x, y, folds, path, weights=w, l1_ratio=self.l1_ratio, n_lambdas=self.n_lambdas)

    def _smallest(self, strata: IntArray) -> tuple[int, str]:
        sizes = np.bincount(strata, minlength=2)
        return int(sizes.min()), f"patients of class {str(self.classes_[sizes.argmin()])!r}"

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of each class (n, 2), in the order of ``classes_``."""
        positive = expit(self.decision_function(X))
        return np.column_stack([1 - positive, positive])

    def predict(self, X: Any) -> Any:
        """Class of each patient (n,): the one of probability above 0.5."""
        positive = self.decision_function(X) > 0
        return self.classes_[positive.astype(int)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
