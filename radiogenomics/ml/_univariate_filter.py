"""UnivariateFilter: the features that tell the outcome by themselves."""

from __future__ import annotations

import warnings
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import ClassifierTags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from radiogenomics._errors import DegenerateGroupsError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core._univariate import UnivariateFits
from radiogenomics.core.multiple_testing import benjamini_hochberg, holm
from radiogenomics.core.univariate_cox import univariate_cox
from radiogenomics.core.univariate_logistic import univariate_logistic
from radiogenomics.ml._matrix import classes_of, feature_names, finite_matrix, one_of

OUTCOMES = ("class", "survival")
ADJUSTMENTS = ("benjamini-hochberg", "holm", "bonferroni", None)
TESTS = ("wald", "lrt", "score")


class UnivariateFilter(SelectorMixin, BaseEstimator):
    """Keep the features whose own logistic or Cox model rejects that they say nothing about the outcome.

    Parameters
    ----------
    outcome
        ``"class"`` (two of them; logistic) or ``"survival"`` (Cox).
    alpha
        Adjusted p-value in (0, 1] up to which a feature stays.
    adjust
        ``"benjamini-hochberg"``, ``"holm"`` or ``"bonferroni"`` over all features with a p-value; ``None`` for none.
    test
        ``"wald"``, ``"lrt"`` (likelihood ratio) or ``"score"``.
    n_features
        Most features to keep, those of the smallest p-values; by default no limit.
    ties
        How tied events are treated: ``"efron"`` or ``"breslow"``.
    confidence
        Level of the intervals of :meth:`report`.

    Attributes
    ----------
    fits_
        :class:`radiogenomics.core.UnivariateFits` of all features.
    p_value_, p_adjusted_
        (p,) of the chosen test; NaN where the model of the feature has no estimate.
    support_
        (p,) which features stay.
    null_
        Whether none does; a model on them is the null model.

    Notes
    -----
    Where nothing stays, ``fit`` warns and ``transform`` gives a matrix without columns: nothing has been found, which
    is a result. A feature without an estimate (constant, or separating the outcome) does not stay, unless the score
    test is asked for, which needs no estimate.
    """

    def __init__(
        self,
        *,
        outcome: Literal["class", "survival"] = "class",
        alpha: float = 0.05,
        adjust: Literal["benjamini-hochberg", "holm", "bonferroni"] | None = "benjamini-hochberg",
        test: Literal["wald", "lrt", "score"] = "wald",
        n_features: int | None = None,
        ties: Literal["efron", "breslow"] = "efron",
        confidence: float = 0.95,
    ) -> None:
        self.outcome = outcome
        self.alpha = alpha
        self.adjust = adjust
        self.test = test
        self.n_features = n_features
        self.ties = ties
        self.confidence = confidence

    def fit(self, X: Any, y: Any) -> Self:
        """Test the finite features ``X`` (n, p); ``y`` is (n,) two classes, or (n, 2) time and event (0 or 1)."""
        self._check()
        x = finite_matrix(self, X, reset=True)
        if y is None:
            raise InputError("UnivariateFilter", "requires y to be passed, but the target y is None")
        self.fits_: UnivariateFits = self._logistic(x, y) if self.outcome == "class" else self._cox(x, y)
        self.p_value_: FloatArray = getattr(self.fits_, f"p_{self.test}")
        self.p_adjusted_: FloatArray = adjusted(self.p_value_, self.adjust)
        passed = np.asarray(self.p_adjusted_ <= self.alpha)
        if self.n_features is not None:
            order = np.flatnonzero(passed)[np.argsort(self.p_value_[passed], kind="stable")]
            passed[order[self.n_features :]] = False
        self.support_: BoolArray = passed
        self.null_ = not passed.any()
        if self.null_:
            self._warn()
        return self

    def _logistic(self, x: FloatArray, y: Any) -> UnivariateFits:
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] > 1:
            hint = "Time and event are given with outcome='survival'."
            raise InputError("UnivariateFilter", Fault(f"y of shape {labels.shape}", f"({len(x)},) classes", hint=hint))
        labels = column_or_1d(labels, warn=True)
        check_classification_targets(labels)
        classes, codes = classes_of(self, labels, len(x))
        if len(classes) > 2:
            names = ", ".join(map(str, classes[:5])) + (" ..." if len(classes) > 5 else "")
            hint = "Only binary classification is supported: join classes first."
            raise DegenerateGroupsError(
                "UnivariateFilter", Fault(f"{len(classes)} classes ({names})", "two", column="y", hint=hint)
            )
        return univariate_logistic(x, codes, confidence=self.confidence)

    def _cox(self, x: FloatArray, y: Any) -> UnivariateFits:
        follow = np.asarray(y, dtype=float)
        if follow.shape != (len(x), 2):
            hint = "Classes are given with outcome='class'."
            raise InputError(
                "UnivariateFilter",
                Fault(f"y of shape {follow.shape}", f"({len(x)}, 2): time and event", column="y", hint=hint),
            )
        return univariate_cox(x, follow[:, 0], follow[:, 1], ties=self.ties, confidence=self.confidence)

    def _check(self) -> None:
        one_of(self, "outcome", OUTCOMES)
        one_of(self, "test", TESTS)
        one_of(self, "ties", ("efron", "breslow"))
        faults = []
        if self.adjust not in ADJUSTMENTS:
            expected = "'benjamini-hochberg', 'holm', 'bonferroni' or None"
            faults.append(Fault(repr(self.adjust), expected, column="adjust"))
        if not 0 < self.alpha <= 1:
            faults.append(Fault(repr(self.alpha), "a level in (0, 1]", column="alpha"))
        if self.n_features is not None and (self.n_features != int(self.n_features) or self.n_features < 1):
            faults.append(Fault(repr(self.n_features), "a whole number of at least 1, or None", column="n_features"))
        if faults:
            raise InputError("UnivariateFilter", faults)

    def _warn(self) -> None:
        known = self.p_adjusted_[~np.isnan(self.p_adjusted_)]
        smallest = f"smallest {known.min():.3g}" if len(known) else "none of them could be tested"
        what = "a p-value" if self.adjust is None else "an adjusted p-value"
        warnings.warn(
            f"UnivariateFilter: no feature of {len(self.p_value_)} has {what} of at most {self.alpha:g} "
            f"({smallest}): nothing is selected, and a model on it is the null model. Report that, or choose another "
            "selector; a higher alpha or adjust=None admits features that chance explains",
            RadiogenomicsWarning,
            stacklevel=3,
        )

    def transform(self, X: Any) -> FloatArray:
        """The features kept, in the order of the columns: (n_patients, n_kept); n_kept may be 0."""
        check_is_fitted(self)
        return finite_matrix(self, X, reset=False)[:, self.support_]

    def report(self) -> pd.DataFrame:
        """A row per feature, by p-value.

        Columns: ``feature``, ``coef``, ``se``, ``ratio`` (hazard or odds ratio per unit), ``lower``, ``upper``,
        ``p_value``, ``p_adjusted``, ``reason`` (why there is no estimate) and ``kept``.
        """
        check_is_fitted(self)
        fits = self.fits_
        columns = {
            "feature": feature_names(self, len(self.support_)), "coef": fits.coef, "se": fits.se, "ratio": fits.ratio,
            "lower": fits.lower, "upper": fits.upper, "p_value": self.p_value_, "p_adjusted": self.p_adjusted_,
            "reason": list(fits.reason), "kept": self.support_,
        }  # fmt: skip
        return pd.DataFrame(columns).sort_values("p_value", kind="stable", ignore_index=True)

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.classifier_tags = ClassifierTags(multi_class=False)
        return tags


def adjusted(p_values: FloatArray, method: str | None) -> FloatArray:
    """p-values adjusted over those that are known."""
    if method is None:
        return p_values.copy()
    if method == "bonferroni":
        return np.minimum(1.0, p_values * np.count_nonzero(~np.isnan(p_values)))
    return (holm if method == "holm" else benjamini_hochberg)(p_values)
