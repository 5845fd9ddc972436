"""Stored results as tidy DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.get._agreement import agreement
    from radiogenomics.get._assign_centroids import assign_centroids
    from radiogenomics.get._assign_clusters import assign_clusters
    from radiogenomics.get._associate import associate
    from radiogenomics.get._audit import audit
    from radiogenomics.get._batch_effect import batch_effect
    from radiogenomics.get._calibrate import calibrate
    from radiogenomics.get._canonical_correlation import canonical_correlation
    from radiogenomics.get._combined_cindex import combined_cindex
    from radiogenomics.get._compare_models import compare_models
    from radiogenomics.get._consensus_cluster import consensus_cluster
    from radiogenomics.get._correlate import correlate
    from radiogenomics.get._cox import cox
    from radiogenomics.get._cumulative_incidence import cumulative_incidence
    from radiogenomics.get._decision_curve import decision_curve
    from radiogenomics.get._delong import delong
    from radiogenomics.get._differential_expression import differential_expression
    from radiogenomics.get._enrich import enrich
    from radiogenomics.get._evaluate import evaluate
    from radiogenomics.get._explain import explain
    from radiogenomics.get._fine_gray import fine_gray
    from radiogenomics.get._icc import icc
    from radiogenomics.get._integrate import integrate
    from radiogenomics.get._kaplan_meier import kaplan_meier
    from radiogenomics.get._logistic import logistic
    from radiogenomics.get._nearest_template import nearest_template
    from radiogenomics.get._nomogram import nomogram, nomogram_model
    from radiogenomics.get._rna_quality import rna_quality
    from radiogenomics.get._shrunken_centroids import shrunken_centroids
    from radiogenomics.get._signature import signature, signature_model
    from radiogenomics.get._stepwise_cox import stepwise_cox
    from radiogenomics.get._table_one import table_one
    from radiogenomics.get._time_roc import time_roc

__all__ = [
    "agreement",
    "assign_centroids",
    "assign_clusters",
    "associate",
    "audit",
    "batch_effect",
    "calibrate",
    "canonical_correlation",
    "combined_cindex",
    "compare_models",
    "consensus_cluster",
    "correlate",
    "cox",
    "cumulative_incidence",
    "decision_curve",
    "delong",
    "differential_expression",
    "enrich",
    "evaluate",
    "explain",
    "fine_gray",
    "icc",
    "integrate",
    "kaplan_meier",
    "logistic",
    "nearest_template",
    "nomogram",
    "nomogram_model",
    "rna_quality",
    "shrunken_centroids",
    "signature",
    "signature_model",
    "stepwise_cox",
    "table_one",
    "time_roc",
]

_WHERE = {
    "agreement": "_agreement",
    "assign_centroids": "_assign_centroids",
    "assign_clusters": "_assign_clusters",
    "associate": "_associate",
    "audit": "_audit",
    "batch_effect": "_batch_effect",
    "calibrate": "_calibrate",
    "canonical_correlation": "_canonical_correlation",
    "combined_cindex": "_combined_cindex",
    "compare_models": "_compare_models",
    "consensus_cluster": "_consensus_cluster",
    "correlate": "_correlate",
    "cox": "_cox",
    "cumulative_incidence": "_cumulative_incidence",
    "decision_curve": "_decision_curve",
    "delong": "_delong",
    "differential_expression": "_differential_expression",
    "enrich": "_enrich",
    "evaluate": "_evaluate",
    "explain": "_explain",
    "fine_gray": "_fine_gray",
    "icc": "_icc",
    "integrate": "_integrate",
    "kaplan_meier": "_kaplan_meier",
    "logistic": "_logistic",
    "nearest_template": "_nearest_template",
    "nomogram": "_nomogram",
    "nomogram_model": "_nomogram",
    "rna_quality": "_rna_quality",
    "shrunken_centroids": "_shrunken_centroids",
    "signature": "_signature",
    "signature_model": "_signature",
    "stepwise_cox": "_stepwise_cox",
    "table_one": "_table_one",
    "time_roc": "_time_roc",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
