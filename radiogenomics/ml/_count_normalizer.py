"""CountNormalizer: raw counts to the log2 scale, with a reference fitted on training patients."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.ml._matrix import matrix_of, one_of

METHODS = ("log_cpm", "size_factors")


class CountNormalizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """log2(normalised count + pseudocount) of counts, patients in rows.

    Parameters
    ----------
    method
        ``log_cpm``: counts per million of the patient's own total. ``size_factors``: counts divided by the median
        ratio to the training patients' geometric means, over genes that every training patient expresses
        :cite:p:`Anders2010`; a new patient is compared with those same means.
    pseudocount
        Added before the logarithm, in normalised counts; greater than 0.

    Attributes
    ----------
    log_reference_
        (n_genes,) natural log of the training patients' geometric mean, ``-inf`` where a patient has a zero
        (``size_factors`` only).
    """

    def __init__(self, method: str = "log_cpm", pseudocount: float = 1.0) -> None:
        self.method = method
        self.pseudocount = pseudocount

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from counts ``X`` (n_patients, n_genes); ``y`` is not used."""
        one_of(self, "method", METHODS)
        if not self.pseudocount > 0:
            raise InputError("CountNormalizer", Fault(repr(self.pseudocount), "a number > 0", column="pseudocount"))
        counts = self._counts(X, reset=True)
        if self.method == "size_factors":
            with np.errstate(divide="ignore"):
                self.log_reference_ = np.log(counts).mean(axis=0)
            if not np.isfinite(self.log_reference_).any():
                raise DegenerateInputError(
                    "CountNormalizer",
                    f"no gene has a count above 0 in all {len(counts)} training patients, which size_factors needs; "
                    "use method='log_cpm'",
                )
        return self

    def transform(self, X: Any) -> FloatArray:
        """log2 of the normalised counts plus pseudocount: (n_patients, n_genes)."""
        check_is_fitted(self, "n_features_in_")
        counts = self._counts(X, reset=False)
        factors = self._factors(counts) if self.method == "size_factors" else counts.sum(axis=1) / 1e6
        return np.asarray(np.log2(counts / factors[:, None] + self.pseudocount))

    def size_factors(self, X: Any) -> FloatArray:
        """(n_patients,) what each patient's counts are divided by; only for ``size_factors``."""
        check_is_fitted(self, "log_reference_")
        return self._factors(self._counts(X, reset=False))

    def _factors(self, counts: FloatArray) -> FloatArray:
        factors = np.empty(len(counts))
        usable = np.isfinite(self.log_reference_)
        for i, row in enumerate(counts):
            both = usable & (row > 0)
            if not both.any():
                raise DegenerateInputError(
                    "CountNormalizer", f"patient {i} expresses none of the genes that the training patients share"
                )
            factors[i] = np.exp(np.median(np.log(row[both]) - self.log_reference_[both]))
        return factors

    def _counts(self, X: Any, *, reset: bool) -> FloatArray:
        counts = matrix_of(self, X, reset=reset)
        if np.isnan(counts).any() or (counts < 0).any():
            raise InputError("CountNormalizer", Fault("missing or negative values", "raw counts, 0 or more"))
        empty = np.flatnonzero(counts.sum(axis=1) == 0)
        if len(empty):
            raise DegenerateInputError(
                "CountNormalizer", f"{len(empty)} patient(s) have no count at all (row {empty[0]})"
            )
        return counts
