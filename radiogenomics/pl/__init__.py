"""Figures of stored results; every function returns matplotlib Axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.pl._associate import associate
    from radiogenomics.pl._batch_effect import batch_effect
    from radiogenomics.pl._batch_pca import batch_pca
    from radiogenomics.pl._calibration import calibration
    from radiogenomics.pl._canonical_correlation import canonical_correlation
    from radiogenomics.pl._canonical_null import canonical_null
    from radiogenomics.pl._canonical_weights import canonical_weights
    from radiogenomics.pl._class_confusion import class_confusion
    from radiogenomics.pl._coefficient_path import coefficient_path
    from radiogenomics.pl._cohort_flow import cohort_flow
    from radiogenomics.pl._combined_cindex import combined_cindex
    from radiogenomics.pl._compare_models import compare_models
    from radiogenomics.pl._confusion import confusion
    from radiogenomics.pl._consensus_cdf import consensus_cdf
    from radiogenomics.pl._consensus_evidence import consensus_evidence
    from radiogenomics.pl._consensus_matrix import consensus_matrix
    from radiogenomics.pl._contact_sheet import contact_sheet
    from radiogenomics.pl._correlate import correlate
    from radiogenomics.pl._cumulative_incidence import cumulative_incidence
    from radiogenomics.pl._decision_curve import decision_curve
    from radiogenomics.pl._enrichment import enrichment
    from radiogenomics.pl._enrichment_map import enrichment_map
    from radiogenomics.pl._enrichment_running import enrichment_running
    from radiogenomics.pl._evaluate import evaluate
    from radiogenomics.pl._explain import explain
    from radiogenomics.pl._expression_heatmap import expression_heatmap
    from radiogenomics.pl._flow import flow
    from radiogenomics.pl._forest import forest
    from radiogenomics.pl._functional_form import functional_form
    from radiogenomics.pl._grad_cam import grad_cam
    from radiogenomics.pl._icc import icc
    from radiogenomics.pl._intensities import intensities
    from radiogenomics.pl._kaplan_meier import kaplan_meier
    from radiogenomics.pl._latent_order import latent_order
    from radiogenomics.pl._latent_traversal import latent_traversal
    from radiogenomics.pl._learning_curve import learning_curve
    from radiogenomics.pl._ma import ma
    from radiogenomics.pl._mask_transfer import mask_transfer
    from radiogenomics.pl._nomogram import nomogram
    from radiogenomics.pl._reconstructions import reconstructions
    from radiogenomics.pl._rna_quality import rna_quality
    from radiogenomics.pl._roc import roc
    from radiogenomics.pl._shrunken_centroids import shrunken_centroids
    from radiogenomics.pl._stepwise_cox import stepwise_cox
    from radiogenomics.pl._threshold_error import threshold_error
    from radiogenomics.pl._time_roc import time_roc
    from radiogenomics.pl._volcano import volcano
    from radiogenomics.pl._waterfall import waterfall

__all__ = [
    "associate",
    "batch_effect",
    "batch_pca",
    "calibration",
    "canonical_correlation",
    "canonical_null",
    "canonical_weights",
    "class_confusion",
    "coefficient_path",
    "cohort_flow",
    "combined_cindex",
    "compare_models",
    "confusion",
    "consensus_cdf",
    "consensus_evidence",
    "consensus_matrix",
    "contact_sheet",
    "correlate",
    "cumulative_incidence",
    "decision_curve",
    "enrichment",
    "enrichment_map",
    "enrichment_running",
    "evaluate",
    "explain",
    "expression_heatmap",
    "flow",
    "forest",
    "functional_form",
    "grad_cam",
    "icc",
    "intensities",
    "kaplan_meier",
    "latent_order",
    "latent_traversal",
    "learning_curve",
    "ma",
    "mask_transfer",
    "nomogram",
    "reconstructions",
    "rna_quality",
    "roc",
    "shrunken_centroids",
    "stepwise_cox",
    "threshold_error",
    "time_roc",
    "volcano",
    "waterfall",
]

_WHERE = {
    "associate": "_associate",
    "batch_effect": "_batch_effect",
    "batch_pca": "_batch_pca",
    "calibration": "_calibration",
    "canonical_correlation": "_canonical_correlation",
    "canonical_null": "_canonical_null",
    "canonical_weights": "_canonical_weights",
    "class_confusion": "_class_confusion",
    "coefficient_path": "_coefficient_path",
    "cohort_flow": "_cohort_flow",
    "combined_cindex": "_combined_cindex",
    "compare_models": "_compare_models",
    "confusion": "_confusion",
    "consensus_cdf": "_consensus_cdf",
    "consensus_evidence": "_consensus_evidence",
    "consensus_matrix": "_consensus_matrix",
    "contact_sheet": "_contact_sheet",
    "correlate": "_correlate",
    "cumulative_incidence": "_cumulative_incidence",
    "decision_curve": "_decision_curve",
    "enrichment": "_enrichment",
    "enrichment_map": "_enrichment_map",
    "enrichment_running": "_enrichment_running",
    "evaluate": "_evaluate",
    "explain": "_explain",
    "expression_heatmap": "_expression_heatmap",
    "flow": "_flow",
    "forest": "_forest",
    "functional_form": "_functional_form",
    "grad_cam": "_grad_cam",
    "icc": "_icc",
    "intensities": "_intensities",
    "kaplan_meier": "_kaplan_meier",
    "latent_order": "_latent_order",
    "latent_traversal": "_latent_traversal",
    "learning_curve": "_learning_curve",
    "ma": "_ma",
    "mask_transfer": "_mask_transfer",
    "nomogram": "_nomogram",
    "reconstructions": "_reconstructions",
    "rna_quality": "_rna_quality",
    "roc": "_roc",
    "shrunken_centroids": "_shrunken_centroids",
    "stepwise_cox": "_stepwise_cox",
    "threshold_error": "_threshold_error",
    "time_roc": "_time_roc",
    "volcano": "_volcano",
    "waterfall": "_waterfall",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
