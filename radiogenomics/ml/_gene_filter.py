"""GeneFilter: which genes are expressed enough to be compared, decided on training patients."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.ml._matrix import feature_names, matrix_of, one_of

METHODS = ("filter_by_expr", "count", "cpm", "value")
#: What a gene must reach, by method.
MINIMUM = {"filter_by_expr": 10.0, "count": 10.0, "cpm": 1.0, "value": 1.0}
MIN_TOTAL, MIN_SHARE = 15.0, 0.2
#: edgeR's rule: of a group of more than so many patients, a share of the others suffices.
_LARGE_GROUP, _SHARE_OF_LARGE = 10, 0.7
#: The smallest group where none is told: this share of the patients, and no fewer than this many.
_DEFAULT_SHARE, _DEFAULT_LEAST = 0.2, 10
_ROUNDING = 1e-14


class GeneFilter(SelectorMixin, BaseEstimator):
    """Keep genes that enough patients express; patients in rows.

    Parameters
    ----------
    method
        ``filter_by_expr``: edgeR's rule :cite:p:`Chen2025`: as many counts per million as ``minimum`` counts are in
        the patient of median total, in as many patients as the smallest group has (of more than ten: ten and 70 % of
        the others), and ``min_total`` counts in all. ``count``, ``cpm``: at least ``minimum`` counts, or counts per
        million, in a share of ``min_share`` of the patients. ``value``: the same of values that are no counts.
    minimum
        What a patient must reach; by default 10 counts (``filter_by_expr``, ``count``), 1 otherwise.
    min_share
        Share in (0, 1] of the training patients who must reach it, 0.2 by default; not for ``filter_by_expr``.
    min_total
        Counts over all training patients, 15 by default; for ``filter_by_expr`` only.
    smallest_group
        Patients of the smallest group that will be compared; for ``filter_by_expr`` only. By default a fifth of the
        patients, at least ten, so that genes stay which only a group still to be found expresses; edgeR without groups
        takes all. Only its size is told, so that the filter does not know who is in it.

    Attributes
    ----------
    support_
        (n_genes,) which genes stay.
    n_reached_
        (n_genes,) training patients who reach the minimum.
    cutoff_
        The minimum, on the scale that it was compared on (counts per million for ``filter_by_expr``).
    n_needed_
        How many patients must reach it.
    """

    def __init__(
        self,
        method: str = "filter_by_expr",
        minimum: float | None = None,
        min_share: float | None = None,
        min_total: float | None = None,
        smallest_group: int | None = None,
    ) -> None:
        self.method = method
        self.minimum = minimum
        self.min_share = min_share
        self.min_total = min_total
        self.smallest_group = smallest_group

    def fit(self, X: Any, y: Any = None) -> Self:
        """Decide on ``X`` (n_patients, n_genes) which genes stay; ``y`` is not used."""
        one_of(self, "method", METHODS)
        x = matrix_of(self, X, reset=True)
        self._check(len(x))
        minimum = MINIMUM[self.method] if self.minimum is None else float(self.minimum)
        totals, in_all = x.sum(axis=1), x.sum(axis=0)
        if self.method in ("filter_by_expr", "cpm"):
            if (totals <= 0).any():
                raise DegenerateInputError("GeneFilter", f"{int((totals <= 0).sum())} patient(s) have no count at all")
            x = x / totals[:, None] * 1e6
        if self.method == "filter_by_expr":
            minimum = minimum / float(np.median(totals)) * 1e6
            needed = float(_default_group(len(x)) if self.smallest_group is None else self.smallest_group)
            if needed > _LARGE_GROUP:
                needed = _LARGE_GROUP + (needed - _LARGE_GROUP) * _SHARE_OF_LARGE
            enough = in_all >= (MIN_TOTAL if self.min_total is None else self.min_total) - _ROUNDING
        else:
            needed = float(np.ceil((MIN_SHARE if self.min_share is None else self.min_share) * len(x) - 1e-9))
            enough = np.ones(x.shape[1], dtype=bool)
        self.cutoff_, self.n_needed_ = minimum, needed
        self.n_reached_ = (x >= minimum).sum(axis=0)
        self.support_ = (self.n_reached_ >= needed - _ROUNDING) & enough
        if not self.support_.any():
            raise DegenerateInputError(
                "GeneFilter", f"none of {x.shape[1]} genes reaches {minimum:g} in {needed:g} of {len(x)} patients"
            )
        return self

    def transform(self, X: Any) -> FloatArray:
        """The genes that stay: (n_patients, n_kept)."""
        check_is_fitted(self)
        return matrix_of(self, X, reset=False)[:, self.support_]

    def report(self) -> pd.DataFrame:
        """One row per gene: ``feature``, ``kept``, ``n_reached`` (training patients at or above the minimum)."""
        check_is_fitted(self)
        names = feature_names(self, len(self.support_))
        return pd.DataFrame({"feature": names, "kept": self.support_, "n_reached": self.n_reached_})

    def _check(self, n: int) -> None:
        by_expr = self.method == "filter_by_expr"
        given = {"min_share": self.min_share, "min_total": self.min_total, "smallest_group": self.smallest_group}
        idle = ["min_share"] if by_expr else ["min_total", "smallest_group"]
        faults = [Fault(f"{given[k]!r} with method {self.method!r}", "none", column=k) for k in idle
                  if given[k] is not None]  # fmt: skip
        if self.minimum is not None and not self.minimum > 0:
            faults.append(Fault(repr(self.minimum), "a number > 0", column="minimum"))
        if self.min_share is not None and not 0 < self.min_share <= 1:
            faults.append(Fault(repr(self.min_share), "a share in (0, 1]", column="min_share"))
        if self.min_total is not None and not self.min_total >= 0:
            faults.append(Fault(repr(self.min_total), "a number, 0 or more", column="min_total"))
        if self.smallest_group is not None and not 1 <= self.smallest_group <= n:
            faults.append(Fault(repr(self.smallest_group), f"1 to {n} patients", column="smallest_group"))
        if faults:
            raise InputError("GeneFilter", faults)

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return np.asarray(self.support_, dtype=bool)


def _default_group(n: int) -> int:
    return min(n, max(_DEFAULT_LEAST, math.ceil(_DEFAULT_SHARE * n - 1e-9)))
