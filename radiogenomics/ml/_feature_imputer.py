"""FeatureImputer: fill missing values with what training patients say."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.impute import KNNImputer
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.ml._matrix import matrix_of, one_of, refuse_empty


class FeatureImputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill missing values.

    Parameters
    ----------
    strategy
        ``median`` or ``mean`` of the training patients, or ``knn``: the mean of the `n_neighbors` training patients
        that are nearest on the z-scored features both have.
    n_neighbors
        Only for ``knn``.

    Attributes
    ----------
    fill_
        (n_features,) median or mean of the training patients.
    """

    def __init__(self, strategy: str = "median", n_neighbors: int = 5) -> None:
        self.strategy = strategy
        self.n_neighbors = n_neighbors

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from ``X`` (n_patients, n_features); ``y`` is not used."""
        one_of(self, "strategy", ("median", "mean", "knn"))
        if not isinstance(self.n_neighbors, int) or self.n_neighbors < 1:
            raise InputError("FeatureImputer", Fault(repr(self.n_neighbors), "an integer >= 1", column="n_neighbors"))
        x = matrix_of(self, X, reset=True)
        refuse_empty(self, x)
        self.fill_ = np.nanmedian(x, axis=0) if self.strategy == "median" else np.nanmean(x, axis=0)
        if self.strategy == "knn":
            # Distances on raw features would be those of the feature with the largest numbers.
            spread = np.nanstd(x, axis=0)
            self.spread_ = np.where(spread > 0, spread, 1.0)
            self.neighbours_ = KNNImputer(n_neighbors=self.n_neighbors).fit((x - self.fill_) / self.spread_)
        return self

    def transform(self, X: Any) -> FloatArray:
        """``X`` without missing values: (n_patients, n_features)."""
        check_is_fitted(self)
        x = matrix_of(self, X, reset=False)
        missing = np.isnan(x)
        if self.strategy == "knn" and missing.any():
            filled = self.neighbours_.transform((x - self.fill_) / self.spread_) * self.spread_ + self.fill_
        else:
            filled = np.broadcast_to(self.fill_, x.shape)
        return np.where(missing, filled, x)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
