"""scikit-learn estimators: fit on training patients, transform or predict others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.ml._consensus_clusterer import ConsensusClusterer
    from radiogenomics.ml._count_normalizer import CountNormalizer
    from radiogenomics.ml._feature_cleaner import FeatureCleaner
    from radiogenomics.ml._feature_imputer import FeatureImputer
    from radiogenomics.ml._feature_scaler import FeatureScaler
    from radiogenomics.ml._pipeline import build_pipeline
    from radiogenomics.ml._sparse_cca import SparseCCA

__all__ = [
    "ConsensusClusterer",
    "CountNormalizer",
    "FeatureCleaner",
    "FeatureImputer",
    "FeatureScaler",
    "SparseCCA",
    "build_pipeline",
]

_WHERE = {
    "ConsensusClusterer": "_consensus_clusterer",
    "CountNormalizer": "_count_normalizer",
    "FeatureCleaner": "_feature_cleaner",
    "FeatureImputer": "_feature_imputer",
    "FeatureScaler": "_feature_scaler",
    "SparseCCA": "_sparse_cca",
    "build_pipeline": "_pipeline",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
