"""FeatureScaler: bring features to one scale with parameters of the training patients."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.stats import norm, rankdata
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._types import FloatArray
from radiogenomics.ml._matrix import matrix_of, one_of, refuse_empty

METHODS = ("zscore", "robust", "minmax", "rank_normal")


class FeatureScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Scale every feature; missing values stay missing.

    A feature that is constant over the training patients says nothing about anyone: it becomes 0 for all.

    Parameters
    ----------
    method
        ``zscore``: mean 0, standard deviation (denominator n) 1. ``robust``: median 0, interquartile range that of
        a standard normal. ``minmax``: training range to [0, 1]; other patients may lie outside it. ``rank_normal``:
        normal quantiles of the ranks, (rank - 3/8) / (n + 1/4) :cite:p:`Blom1958`; other patients are interpolated
        between the training patients and never lie outside them.

    Attributes
    ----------
    center_, scale_
        (n_features,) subtracted, then divided by (not for ``rank_normal``).
    constant_
        (n_features,) bool.
    """

    def __init__(self, method: str = "zscore") -> None:
        self.method = method

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from ``X`` (n_patients, n_features); ``y`` is not used."""
        one_of(self, "method", METHODS)
        x = matrix_of(self, X, reset=True)
        refuse_empty(self, x)
        low, high = np.nanmin(x, axis=0), np.nanmax(x, axis=0)
        self.constant_ = high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high))
        if self.method == "rank_normal":
            self.anchors_ = [_anchors(column) for column in x.T]
            return self
        if self.method == "zscore":
            center, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
        elif self.method == "robust":
            first, center, third = np.nanpercentile(x, [25, 50, 75], axis=0)
            scale = (third - first) / (norm.ppf(0.75) - norm.ppf(0.25))
        else:
            center, scale = low, high - low
        # More than half the patients may share one value without the feature being constant.
        self.constant_ |= scale <= 0
        self.center_ = center
        self.scale_ = np.where(self.constant_, np.inf, scale)
        return self

    def transform(self, X: Any) -> FloatArray:
        """Scaled ``X``: (n_patients, n_features)."""
        check_is_fitted(self)
        x = matrix_of(self, X, reset=False)
        if self.method != "rank_normal":
            return np.asarray((x - self.center_) / self.scale_)
        out = np.full_like(x, np.nan)
        for j, (values, quantiles) in enumerate(self.anchors_):
            known = ~np.isnan(x[:, j])
            out[known, j] = 0.0 if self.constant_[j] else np.interp(x[known, j], values, quantiles)
        return out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _anchors(column: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Distinct training values, ascending, and the normal quantile of each (ties share their mean rank)."""
    known = column[~np.isnan(column)]
    quantiles = norm.ppf((rankdata(known) - 0.375) / (len(known) + 0.25))
    values, first = np.unique(known, return_index=True)
    return values, quantiles[first]
