"""scikit-learn estimators: fit on training patients, transform or predict others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.ml._combat import ComBat
    from radiogenomics.ml._consensus_clusterer import ConsensusClusterer
    from radiogenomics.ml._correlation_pruner import CorrelationPruner
    from radiogenomics.ml._count_normalizer import CountNormalizer
    from radiogenomics.ml._cox_lasso_signature import CoxLassoSignature
    from radiogenomics.ml._feature_cleaner import FeatureCleaner
    from radiogenomics.ml._feature_imputer import FeatureImputer
    from radiogenomics.ml._feature_scaler import FeatureScaler
    from radiogenomics.ml._gene_filter import GeneFilter
    from radiogenomics.ml._icc_filter import ICCFilter
    from radiogenomics.ml._lasso_signature import LassoSignature
    from radiogenomics.ml._mrmr import MRMR
    from radiogenomics.ml._nearest_template import NearestTemplate
    from radiogenomics.ml._pipeline import build_pipeline
    from radiogenomics.ml._shrunken_centroids import ShrunkenCentroids
    from radiogenomics.ml._sparse_cca import SparseCCA
    from radiogenomics.ml._tuned_classifier import TunedClassifier
    from radiogenomics.ml._univariate_filter import UnivariateFilter

__all__ = [
    "MRMR",
    "ComBat",
    "ConsensusClusterer",
    "CorrelationPruner",
    "CountNormalizer",
    "CoxLassoSignature",
    "FeatureCleaner",
    "FeatureImputer",
    "FeatureScaler",
    "GeneFilter",
    "ICCFilter",
    "LassoSignature",
    "NearestTemplate",
    "ShrunkenCentroids",
    "SparseCCA",
    "TunedClassifier",
    "UnivariateFilter",
    "build_pipeline",
]

_WHERE = {
    "ComBat": "_combat",
    "ConsensusClusterer": "_consensus_clusterer",
    "CorrelationPruner": "_correlation_pruner",
    "CountNormalizer": "_count_normalizer",
    "CoxLassoSignature": "_cox_lasso_signature",
    "FeatureCleaner": "_feature_cleaner",
    "FeatureImputer": "_feature_imputer",
    "FeatureScaler": "_feature_scaler",
    "GeneFilter": "_gene_filter",
    "ICCFilter": "_icc_filter",
    "LassoSignature": "_lasso_signature",
    "MRMR": "_mrmr",
    "NearestTemplate": "_nearest_template",
    "ShrunkenCentroids": "_shrunken_centroids",
    "SparseCCA": "_sparse_cca",
    "TunedClassifier": "_tuned_classifier",
    "UnivariateFilter": "_univariate_filter",
    "build_pipeline": "_pipeline",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
