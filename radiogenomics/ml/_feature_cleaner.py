"""FeatureCleaner: which features of a matrix can be used at all, decided on training patients."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import DegenerateInputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.ml._matrix import feature_names, matrix_of, share_of


class FeatureCleaner(SelectorMixin, BaseEstimator):
    """Turn infinite values into missing ones and drop features that carry too little.

    Parameters
    ----------
    max_missing
        Largest share in [0, 1] of training patients without a value (missing or infinite) in a feature that stays.
    max_zeros
        Largest share in [0, 1] of zeros among the values of a feature that stays (sparse features); 1 keeps all.
    drop_constant
        Whether a feature with one value (to 12 digits) over the training patients goes.
    drop_duplicated
        Whether a feature that equals an earlier one in every training patient goes.

    Attributes
    ----------
    reason_
        (n_features,) text: why each feature was dropped, empty where it stays.
    missing_, infinite_, zeros_
        (n_features,) number of training patients without a value, with an infinite one, and with a zero.
    """

    def __init__(
        self,
        max_missing: float = 0.2,
        max_zeros: float = 0.95,
        drop_constant: bool = True,
        drop_duplicated: bool = False,
    ) -> None:
        self.max_missing = max_missing
        self.max_zeros = max_zeros
        self.drop_constant = drop_constant
        self.drop_duplicated = drop_duplicated

    def fit(self, X: Any, y: Any = None) -> Self:
        """Decide on ``X`` (n_patients, n_features) which features stay; ``y`` is not used."""
        max_missing, max_zeros = share_of(self, "max_missing"), share_of(self, "max_zeros")
        x = matrix_of(self, X, reset=True, infinite=True)
        infinite = np.isinf(x)
        x = np.where(infinite, np.nan, x)
        missing = np.isnan(x)
        self.infinite_ = infinite.sum(axis=0)
        self.missing_ = missing.sum(axis=0)
        self.zeros_ = (x == 0).sum(axis=0)
        n_known = len(x) - self.missing_

        reason = np.full(x.shape[1], "", dtype=object)
        _mark(reason, n_known == 0, "no value")
        _mark(reason, self.missing_ > max_missing * len(x), "too many missing")
        if self.drop_constant:
            _mark(reason, _constant(x), "constant")
        _mark(reason, self.zeros_ > max_zeros * n_known, "too many zeros")
        if self.drop_duplicated:
            _mark_duplicates(reason, x, feature_names(self, x.shape[1]))
        self.reason_ = reason
        if not (reason == "").any():
            counts = pd.Series(reason).value_counts()
            why = ", ".join(f"{n} {text}" for text, n in counts.items())
            raise DegenerateInputError("FeatureCleaner", f"no feature is left of {x.shape[1]} ({why})")
        return self

    def transform(self, X: Any) -> FloatArray:
        """The features that stay, infinite values as NaN: (n_patients, n_kept)."""
        check_is_fitted(self)
        x = matrix_of(self, X, reset=False, infinite=True)[:, self.get_support()]
        return np.where(np.isinf(x), np.nan, x)

    def report(self) -> pd.DataFrame:
        """One row per feature: ``feature``, ``kept``, ``reason``, ``missing``, ``infinite``, ``zeros``."""
        check_is_fitted(self)
        return pd.DataFrame(
            {
                "feature": feature_names(self, len(self.reason_)),
                "kept": self.reason_ == "",
                "reason": self.reason_,
                "missing": self.missing_,
                "infinite": self.infinite_,
                "zeros": self.zeros_,
            }
        )

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return np.asarray(self.reason_ == "", dtype=bool)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _mark(reason: np.ndarray, where: BoolArray, text: str) -> None:
    """The first reason found stands."""
    reason[where & (reason == "")] = text


def _constant(x: FloatArray) -> BoolArray:
    low = np.nanmin(np.where(np.isnan(x), np.inf, x), axis=0)
    high = np.nanmax(np.where(np.isnan(x), -np.inf, x), axis=0)
    # Relative, because texture features of a flat image differ by rounding only, whatever their scale.
    return np.asarray(high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high)), dtype=bool)


def _mark_duplicates(reason: np.ndarray, x: FloatArray, names: list[str]) -> None:
    first: dict[bytes, int] = {}
    for column in np.flatnonzero(reason == ""):
        key = (x[:, column] + 0.0).tobytes()  # -0.0 and 0.0 are the same value
        if key in first:
            reason[column] = f"equals {names[first[key]]}"
        else:
            first[key] = int(column)
