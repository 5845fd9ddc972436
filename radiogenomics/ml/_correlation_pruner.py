"""CorrelationPruner: one feature of those that say the same."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.correlation import correlation_scores
from radiogenomics.ml._matrix import feature_names, finite_matrix, one_of, share_of


class CorrelationPruner(SelectorMixin, BaseEstimator):
    """Drop features whose correlation with one that is kept exceeds a threshold.

    Features are taken in order of ``priority``; each is kept unless it correlates too much with one kept before. No
    two of those kept correlate above the threshold, and each that is dropped has a partner among them.

    Parameters
    ----------
    threshold
        Largest absolute correlation in [0, 1] between two features that are kept.
    method
        ``"pearson"`` or ``"spearman"``.
    priority
        ``"order"``: the earlier column first; ``"mean_correlation"``: first the feature whose mean absolute
        correlation with all others is smallest, the earlier column on ties.

    Attributes
    ----------
    partner_
        (p,) column of the kept feature for which each was dropped (of several, the most correlated), -1 where it stays.
    correlation_
        (p,) its correlation with the partner, NaN where it stays.

    Notes
    -----
    A feature that does not vary correlates with nothing, and stays.
    """

    def __init__(
        self,
        threshold: float = 0.9,
        *,
        method: Literal["pearson", "spearman"] = "pearson",
        priority: Literal["order", "mean_correlation"] = "order",
    ) -> None:
        self.threshold = threshold
        self.method = method
        self.priority = priority

    def fit(self, X: Any, y: Any = None) -> Self:
        """Decide on the finite features ``X`` (n_patients, n_features) which stay; ``y`` is not used."""
        threshold = share_of(self, "threshold")
        one_of(self, "method", ("pearson", "spearman"))
        one_of(self, "priority", ("order", "mean_correlation"))
        scores, _ = correlation_scores(finite_matrix(self, X, reset=True), self.method)
        p = scores.shape[1]
        order = np.arange(p)
        if self.priority == "mean_correlation":
            total = np.array([np.abs(scores.T @ scores[:, j]).sum() for j in range(p)])
            order = np.argsort(np.round(total, 10), kind="stable")  # copies are tied, whatever rounding says
        kept = np.empty(p, dtype=np.int64)
        n_kept = 0
        self.partner_ = np.full(p, -1, dtype=np.int64)
        self.correlation_ = np.full(p, np.nan)
        chosen = np.empty((p, len(scores)))  # kept features in rows, so that those so far are one block
        for j in order:
            r = np.clip(chosen[:n_kept] @ scores[:, j], -1, 1)
            best = int(np.argmax(np.abs(r))) if n_kept else -1
            if n_kept and abs(r[best]) > threshold:
                self.partner_[j], self.correlation_[j] = kept[best], r[best]
                continue
            kept[n_kept], chosen[n_kept] = j, scores[:, j]
            n_kept += 1
        return self

    def transform(self, X: Any) -> FloatArray:
        """The features that stay: (n_patients, n_kept)."""
        check_is_fitted(self)
        return finite_matrix(self, X, reset=False)[:, self.get_support()]

    def report(self) -> pd.DataFrame:
        """A row per feature: ``feature``, ``kept``, ``partner`` (empty where kept) and ``correlation`` with it."""
        check_is_fitted(self)
        names = feature_names(self, len(self.partner_))
        columns = {
            "feature": names, "kept": self.partner_ < 0,
            "partner": [names[j] if j >= 0 else "" for j in self.partner_], "correlation": self.correlation_,
        }  # fmt: skip
        return pd.DataFrame(columns)

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return np.asarray(self.partner_ < 0, dtype=bool)
