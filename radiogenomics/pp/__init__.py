"""Transforms of feature and expression matrices, in place; the raw matrix is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.pp._clean_features import clean_features
    from radiogenomics.pp._combat import combat
    from radiogenomics.pp._filter_genes import filter_genes
    from radiogenomics.pp._filter_icc import filter_icc
    from radiogenomics.pp._impute import impute
    from radiogenomics.pp._normalize_counts import normalize_counts
    from radiogenomics.pp._scale import scale

__all__ = [
    "clean_features",
    "combat",
    "filter_genes",
    "filter_icc",
    "impute",
    "normalize_counts",
    "scale",
]

_WHERE = {
    "clean_features": "_clean_features",
    "combat": "_combat",
    "filter_genes": "_filter_genes",
    "filter_icc": "_filter_icc",
    "impute": "_impute",
    "normalize_counts": "_normalize_counts",
    "scale": "_scale",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
