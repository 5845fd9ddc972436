"""CountNormalizer: raw counts to the log2 scale, with a reference fitted on training patients."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core.count_scaling import (
    log_geometric_means,
    median_of_ratios,
    reference_patient,
    stabilized,
    trimmed_means,
)
from radiogenomics.ml._dispersion_trend import dispersion_trend
from radiogenomics.ml._matrix import matrix_of, one_of

METHODS = ("log_cpm", "size_factors", "tmm", "vst")
#: What is added to the normalised counts before the logarithm.
PSEUDOCOUNTS = {"log_cpm": 1.0, "size_factors": 1.0, "tmm": 2.0}


class CountNormalizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Counts on the log2 scale, comparable between patients of different sequencing depth; patients in rows.

    Parameters
    ----------
    method
        ``log_cpm``: log2(counts per million of the patient's own total + pseudocount). ``size_factors``: log2(counts
        divided by the median ratio to the training patients' geometric means + pseudocount), over genes that every
        training patient expresses :cite:p:`Anders2010`. ``tmm``: log2 counts per million of totals corrected by the
        trimmed mean of M-values against one training patient, and a prior count in proportion to the total, as edgeR's
        ``cpm(log=TRUE)`` :cite:p:`Robinson2010,Chen2025`. ``vst``: counts divided by their size factors,
        transformed so that a gene's variance does not depend on its mean :cite:p:`Love2014`, by the trend of the
        training patients' dispersions, which pydeseq2 estimates on (at most) 1,000 genes of a mean above 5.
    pseudocount
        Added before the logarithm, greater than 0: normalised counts (1 by default); for ``tmm`` edgeR's
        ``prior.count``, counts at the training patients' mean total (2 by default). Not for ``vst``.

    Attributes
    ----------
    log_reference_
        (n_genes,) natural log of the training patients' geometric mean, ``-inf`` where a patient has a zero
        (``size_factors`` and ``vst``).
    trend_
        Asymptotic and extra-Poisson coefficient of the dispersion trend (``vst``).
    reference_
        (n_genes,) counts of the training patient that others are compared with (``tmm``).

    Notes
    -----
    A new patient is compared with what the training patients taught, alone: size factors and TMM factors are not
    brought to a mean of 1 over the new patients.
    """

    def __init__(self, method: str = "log_cpm", pseudocount: float | None = None) -> None:
        self.method = method
        self.pseudocount = pseudocount

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from counts ``X`` (n_patients, n_genes); ``y`` is not used."""
        one_of(self, "method", METHODS)
        self._check_pseudocount()
        counts = self._counts(X, reset=True)
        if self.method in ("size_factors", "vst"):
            self.log_reference_ = log_geometric_means(counts)
            if not np.isfinite(self.log_reference_).any():
                raise DegenerateInputError(
                    "CountNormalizer",
                    f"no gene has a count above 0 in all {len(counts)} training patients, which {self.method} needs; "
                    "use method='log_cpm'",
                )
        if self.method == "vst":
            self.trend_ = dispersion_trend(counts, self._factors(counts))
        if self.method == "tmm":
            self.reference_ = counts[reference_patient(counts)]
            # Factors of the training patients multiply to 1; those of others are measured on the same scale.
            self._log_mean = float(np.log(trimmed_means(counts, self.reference_)).mean())
            self._mean_total = float(self._effective_totals(counts).mean())
        return self

    def transform(self, X: Any) -> FloatArray:
        """log2 of the normalised counts: (n_patients, n_genes)."""
        check_is_fitted(self, "n_features_in_")
        counts = self._counts(X, reset=False)
        factors = self._factors(counts)
        if self.method == "vst":
            return stabilized(counts / factors[:, None], *self.trend_)
        added = self._check_pseudocount()
        if self.method == "tmm":
            totals = factors * 1e6
            prior = added * totals / self._mean_total
            return np.asarray(np.log2((counts + prior[:, None]) / (totals + 2 * prior)[:, None] * 1e6))
        return np.asarray(np.log2(counts / factors[:, None] + added))

    def size_factors(self, X: Any) -> FloatArray:
        """(n_patients,) what each patient's counts are divided by: a size factor, or millions of (effective) counts."""
        check_is_fitted(self, "n_features_in_")
        return self._factors(self._counts(X, reset=False))

    def tmm_factors(self, X: Any) -> FloatArray:
        """(n_patients,) what each patient's total is multiplied with; only for ``tmm``."""
        check_is_fitted(self, "reference_")
        return self._tmm(self._counts(X, reset=False))

    def _tmm(self, counts: FloatArray) -> FloatArray:
        return np.asarray(trimmed_means(counts, self.reference_) / np.exp(self._log_mean))

    def _effective_totals(self, counts: FloatArray) -> FloatArray:
        return np.asarray(counts.sum(axis=1) * self._tmm(counts))

    def _factors(self, counts: FloatArray) -> FloatArray:
        if self.method == "tmm":
            return self._effective_totals(counts) / 1e6
        if self.method == "log_cpm":
            return np.asarray(counts.sum(axis=1) / 1e6)
        factors = median_of_ratios(counts, self.log_reference_)
        without = np.flatnonzero(np.isnan(factors))
        if len(without):
            raise DegenerateInputError(
                "CountNormalizer", f"patient {without[0]} expresses none of the genes that the training patients share"
            )
        return factors

    def _check_pseudocount(self) -> float:
        """The pseudocount to add: the one given, else that of the method."""
        if self.method == "vst":
            if self.pseudocount is not None:
                raise InputError("CountNormalizer", Fault(f"{self.pseudocount} with vst", "none", column="pseudocount"))
            return 0.0
        added = PSEUDOCOUNTS[self.method] if self.pseudocount is None else self.pseudocount
        if not added > 0:
            raise InputError("CountNormalizer", Fault(repr(added), "a number > 0", column="pseudocount"))
        return float(added)

    def _counts(self, X: Any, *, reset: bool) -> FloatArray:
        counts = matrix_of(self, X, reset=reset)
        if np.isnan(counts).any() or (counts < 0).any():
            raise InputError("CountNormalizer", Fault("missing or negative values", "raw counts, 0 or more"))
        fractions = int((counts != np.rint(counts)).sum())
        if fractions:
            raise InputError(
                "CountNormalizer",
                Fault(
                    f"{fractions} values that are not whole", "raw counts", hint="Normalised values stay as they are"
                ),
            )
        empty = np.flatnonzero(counts.sum(axis=1) == 0)
        if len(empty):
            raise DegenerateInputError(
                "CountNormalizer", f"{len(empty)} patient(s) have no count at all (row {empty[0]})"
            )
        return counts
