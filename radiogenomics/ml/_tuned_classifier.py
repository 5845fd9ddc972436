"""TunedClassifier: a classifier of two classes with its settings, threshold and probabilities learned inside."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, check_is_fitted, column_or_1d

from radiogenomics._errors import DegenerateGroupsError, Fault, InputError
from radiogenomics._random import spawn_seeds
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.ml._classifiers import grid_of
from radiogenomics.ml._matrix import classes_of, finite_matrix, one_of
from radiogenomics.ml._sampling import SAMPLINGS, refuse_too_few, require_smote
from radiogenomics.ml._tuning import Inner, Search, training

_WHERE = "TunedClassifier"


class TunedClassifier(ClassifierMixin, BaseEstimator):
    """One of seven classifiers of two classes, tuned by folds of its own :cite:p:`Varma2006`.

    Parameters
    ----------
    classifier
        ``"logistic_regression"`` (ridge), ``"decision_tree"``, ``"random_forest"``, ``"extra_trees"``, ``"svm"``,
        ``"adaboost"`` or ``"gradient_boosting"``.
    tuning
        ``True``: the settings listed in ``radiogenomics/ml/_classifiers.py``, at most six of each; ``False``: none are
        tried, scikit-learn's own stand; or settings with the values to try, ``{"C": [0.1, 1]}``, or a list of settings.
    sampling
        ``"none"``, or ``"smote"``: synthetic patients of the rarer class are added to what is fitted, in the inner
        folds too :cite:p:`Chawla2002`. Probabilities are recalibrated.
    smote_neighbors
        Neighbours between which synthetic patients are placed.
    folds
        Inner folds.
    selector
        Selector of features, fitted anew in every inner fold; by default all features are used.
    random_state
        Seed or generator.

    Attributes
    ----------
    classes_
        The two classes, sorted; the second is the positive one.
    settings_
        Settings chosen: those of the largest AUC in the inner folds, the first of equals.
    search_
        Settings tried and the AUC of each in the inner folds.
    auc_
        Inner AUC of those chosen. As the largest of several it is optimistic.
    cutoff_, threshold_
        Youden's cut-off of the scores that inner folds gave to those they held out, and the probability there.
    sigmoid_
        Intercept and slope from scores to log odds, learned on the same scores, where probabilities need it: margins
        of support vectors and of AdaBoost, and everything fitted to synthetic patients; else ``None``.
    selector_
        Selector fitted on all training patients.
    """

    def __init__(
        self,
        classifier: str = "logistic_regression",
        *,
        tuning: Any = True,
        sampling: str = "none",
        smote_neighbors: int = 5,
        folds: int = 5,
        selector: BaseEstimator | None = None,
        random_state: RNG = None,
    ) -> None:
        self.classifier = classifier
        self.tuning = tuning
        self.sampling = sampling
        self.smote_neighbors = smote_neighbors
        self.folds = folds
        self.selector = selector
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from finite features ``X`` (n, p) of patients of two classes ``y`` (n,)."""
        one_of(self, "sampling", SAMPLINGS)
        settings = grid_of(self.classifier, self.tuning, _WHERE)
        x = finite_matrix(self, X, reset=True)
        if y is None:
            raise InputError(_WHERE, "requires y to be passed, but the target y is None")
        labels = column_or_1d(y, warn=True)
        assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
        self.classes_, codes = classes_of(self, labels, len(x))
        if len(self.classes_) > 2:
            hint = "Only binary classification is supported. The type of the target is multiclass."
            raise InputError(_WHERE, Fault(f"{len(self.classes_)} classes", "two", hint=hint))
        folds = self._folds(codes)
        fold_seed, seed = spawn_seeds(self.random_state, 2)
        fold_of = stratified_folds(codes, folds, rng=fold_seed)[0]
        self.selector_, kept = self._selected(x, codes)
        inner = [self._inner(x, codes, fold_of, k) for k in range(folds)]
        if self.sampling == "smote":
            require_smote()
            for fold in inner:
                refuse_too_few(_WHERE, fold.learn.y, self.smote_neighbors, "training patients of an inner fold")
        self._training = training(kept, codes)
        search = Search(
            self._training, inner, sampling=self.sampling, neighbors=self.smote_neighbors, seed=seed, where=_WHERE
        )
        self.tuned_ = search.tune(self.classifier, settings)
        self.settings_, self.auc_ = dict(self.tuned_.settings), self.tuned_.auc
        self.search_ = pd.DataFrame({"settings": [dict(s) for s in settings], "auc": self.tuned_.aucs})
        self.cutoff_, self.threshold_ = self.tuned_.cutoff, self.tuned_.threshold
        sigmoid = self.tuned_.sigmoid
        self.sigmoid_ = None if sigmoid is None else (sigmoid.intercept, sigmoid.slope)
        return self

    def _folds(self, codes: IntArray) -> int:
        folds, least = self.folds, int(np.bincount(codes).min())
        if not isinstance(folds, int | np.integer) or isinstance(folds, bool) or folds < 2:
            raise InputError(_WHERE, Fault(repr(folds), "a whole number of at least 2", column="folds"))
        if least < folds:
            hint = f"Use at most folds={least}."
            raise DegenerateGroupsError(
                _WHERE, Fault(f"a class of {least} patients", f"at least {folds}, one in each fold", hint=hint)
            )
        return int(folds)

    def _selected(self, x: FloatArray, codes: IntArray) -> tuple[Any, FloatArray]:
        if self.selector is None:
            return None, x
        selector = clone(self.selector).fit(x, codes)
        return selector, np.asarray(selector.transform(x), dtype=np.float64)

    def _inner(self, x: FloatArray, codes: IntArray, fold_of: IntArray, k: int) -> Inner:
        learn, rows = fold_of != k, np.flatnonzero(fold_of == k)
        selector, kept = self._selected(x[learn], codes[learn])
        own = training(kept, codes[learn])
        held = x[rows] if selector is None else np.asarray(selector.transform(x[rows]), dtype=np.float64)
        return Inner(own, rows, own.scaled(held))

    def _score(self, X: Any) -> FloatArray:
        check_is_fitted(self)
        x = finite_matrix(self, X, reset=False)
        kept = x if self.selector_ is None else np.asarray(self.selector_.transform(x), dtype=np.float64)
        return self.tuned_.fitted.score(self._training.scaled(kept))

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of each class (n, 2), in the order of ``classes_``."""
        score = self._score(X)
        p = self.tuned_.probability(score)
        return np.column_stack([1 - p, p])

    def decision_function(self, X: Any) -> FloatArray:
        """Log odds (n,) of the positive class, kept finite."""
        p = self.predict_proba(X)[:, 1]
        return np.asarray(logit(np.clip(p, 1e-12, 1 - 1e-12)), dtype=np.float64)

    def predict(self, X: Any) -> Any:
        """The more probable class (n,); to cut at Youden's threshold, compare probabilities with ``threshold_``."""
        positive = self.decision_function(X) > 0
        return self.classes_[positive.astype(int)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
