"""MRMR as a selector of features."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.mrmr import OUTCOMES, mrmr
from radiogenomics.ml._matrix import classes_of, feature_names, finite_matrix, one_of


class MRMR(SelectorMixin, BaseEstimator):
    """Keep the features of maximum relevance to the outcome and minimum redundancy :cite:p:`Ding2005,DeJay2013`.

    Parameters
    ----------
    n_features
        Most features to keep; all that vary, if these are fewer.
    outcome
        ``"class"`` or ``"survival"``.
    measure, scheme, correlation, n_bins
        As of :func:`radiogenomics.core.mrmr`; the defaults are the choice of R's mRMRe.

    Attributes
    ----------
    path_
        :class:`radiogenomics.core.MRMRPath`: columns in the order of their choice, their scores, and the relevance of
        all.
    """

    def __init__(
        self,
        n_features: int = 30,
        *,
        outcome: Literal["class", "survival"] = "class",
        measure: Literal["gaussian", "histogram", "correlation"] = "gaussian",
        scheme: Literal["difference", "quotient"] = "difference",
        correlation: Literal["pearson", "spearman"] = "pearson",
        n_bins: int | None = None,
    ) -> None:
        self.n_features = n_features
        self.outcome = outcome
        self.measure = measure
        self.scheme = scheme
        self.correlation = correlation
        self.n_bins = n_bins

    def fit(self, X: Any, y: Any) -> Self:
        """Choose among the finite features ``X`` (n, p); ``y`` is (n,) classes, or (n, 2) time and event."""
        one_of(self, "outcome", OUTCOMES)
        x = finite_matrix(self, X, reset=True)
        if y is None:
            raise InputError("MRMR", "requires y to be passed, but the target y is None")
        self.path_ = mrmr(
            x, self._codes(y, len(x)) if self.outcome == "class" else np.asarray(y, dtype=float),
            n_features=self.n_features, outcome=self.outcome, measure=self.measure, scheme=self.scheme,
            correlation=self.correlation, n_bins=self.n_bins,
        )  # fmt: skip
        return self

    def _codes(self, y: Any, n: int) -> Any:
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] > 1:
            hint = "Time and event are given with outcome='survival'."
            raise InputError("MRMR", Fault(f"y of shape {labels.shape}", f"({n},) classes", hint=hint))
        labels = column_or_1d(labels, warn=True)
        check_classification_targets(labels)
        return classes_of(self, labels, n)[1]

    def transform(self, X: Any) -> FloatArray:
        """The features kept, in the order of the columns: (n_patients, n_kept)."""
        check_is_fitted(self)
        return finite_matrix(self, X, reset=False)[:, self.get_support()]

    def report(self) -> pd.DataFrame:
        """A row per feature kept, in the order of choice: ``feature``, ``relevance``, ``redundancy``, ``score``."""
        check_is_fitted(self)
        names = np.array(feature_names(self, len(self.path_.relevance)), dtype=object)
        columns = {
            "feature": names[self.path_.order], "relevance": self.path_.relevance[self.path_.order],
            "redundancy": self.path_.redundancy, "score": self.path_.score,
        }  # fmt: skip
        return pd.DataFrame(columns)

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        mask = np.zeros(len(self.path_.relevance), dtype=bool)
        mask[self.path_.order] = True
        return mask

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
