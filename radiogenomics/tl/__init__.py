"""Analyses: read the cohort, compute, write the result back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.tl._agreement import agreement
    from radiogenomics.tl._apply_signature import apply_signature
    from radiogenomics.tl._assign_centroids import assign_centroids
    from radiogenomics.tl._assign_clusters import assign_clusters
    from radiogenomics.tl._associate import associate
    from radiogenomics.tl._batch_effect import batch_effect
    from radiogenomics.tl._calibrate import calibrate
    from radiogenomics.tl._canonical_correlation import canonical_correlation
    from radiogenomics.tl._combine_groups import combine_groups
    from radiogenomics.tl._combined_cindex import combined_cindex
    from radiogenomics.tl._compare_models import compare_models
    from radiogenomics.tl._consensus_cluster import consensus_cluster
    from radiogenomics.tl._correlate import correlate
    from radiogenomics.tl._cox import cox
    from radiogenomics.tl._cumulative_incidence import cumulative_incidence
    from radiogenomics.tl._decision_curve import decision_curve
    from radiogenomics.tl._delong import delong
    from radiogenomics.tl._derive_clinical import derive_clinical
    from radiogenomics.tl._differential_expression import differential_expression
    from radiogenomics.tl._enrich import enrich
    from radiogenomics.tl._evaluate import evaluate
    from radiogenomics.tl._explain import explain
    from radiogenomics.tl._fine_gray import fine_gray
    from radiogenomics.tl._integrate import integrate
    from radiogenomics.tl._kaplan_meier import kaplan_meier
    from radiogenomics.tl._logistic import logistic
    from radiogenomics.tl._nearest_template import nearest_template
    from radiogenomics.tl._nomogram import nomogram
    from radiogenomics.tl._rna_quality import rna_quality
    from radiogenomics.tl._shrunken_centroids import shrunken_centroids
    from radiogenomics.tl._signature import signature
    from radiogenomics.tl._stepwise_cox import stepwise_cox
    from radiogenomics.tl._time_roc import time_roc

__all__ = [
    "agreement",
    "apply_signature",
    "assign_centroids",
    "assign_clusters",
    "associate",
    "batch_effect",
    "calibrate",
    "canonical_correlation",
    "combine_groups",
    "combined_cindex",
    "compare_models",
    "consensus_cluster",
    "correlate",
    "cox",
    "cumulative_incidence",
    "decision_curve",
    "delong",
    "derive_clinical",
    "differential_expression",
    "enrich",
    "evaluate",
    "explain",
    "fine_gray",
    "integrate",
    "kaplan_meier",
    "logistic",
    "nearest_template",
    "nomogram",
    "rna_quality",
    "shrunken_centroids",
    "signature",
    "stepwise_cox",
    "time_roc",
]

_WHERE = {
    "agreement": "_agreement",
    "apply_signature": "_apply_signature",
    "assign_centroids": "_assign_centroids",
    "assign_clusters": "_assign_clusters",
    "associate": "_associate",
    "batch_effect": "_batch_effect",
    "calibrate": "_calibrate",
    "canonical_correlation": "_canonical_correlation",
    "combine_groups": "_combine_groups",
    "combined_cindex": "_combined_cindex",
    "compare_models": "_compare_models",
    "consensus_cluster": "_consensus_cluster",
    "correlate": "_correlate",
    "cox": "_cox",
    "cumulative_incidence": "_cumulative_incidence",
    "decision_curve": "_decision_curve",
    "delong": "_delong",
    "derive_clinical": "_derive_clinical",
    "differential_expression": "_differential_expression",
    "enrich": "_enrich",
    "evaluate": "_evaluate",
    "explain": "_explain",
    "fine_gray": "_fine_gray",
    "integrate": "_integrate",
    "kaplan_meier": "_kaplan_meier",
    "logistic": "_logistic",
    "nearest_template": "_nearest_template",
    "nomogram": "_nomogram",
    "rna_quality": "_rna_quality",
    "shrunken_centroids": "_shrunken_centroids",
    "signature": "_signature",
    "stepwise_cox": "_stepwise_cox",
    "time_roc": "_time_roc",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
