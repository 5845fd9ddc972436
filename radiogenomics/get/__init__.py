"""Stored results as tidy DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.get._assign_clusters import assign_clusters
    from radiogenomics.get._associate import associate
    from radiogenomics.get._audit import audit
    from radiogenomics.get._combined_cindex import combined_cindex
    from radiogenomics.get._consensus_cluster import consensus_cluster
    from radiogenomics.get._cox import cox
    from radiogenomics.get._differential_expression import differential_expression
    from radiogenomics.get._enrich import enrich
    from radiogenomics.get._kaplan_meier import kaplan_meier

__all__ = [
    "assign_clusters",
    "associate",
    "audit",
    "combined_cindex",
    "consensus_cluster",
    "cox",
    "differential_expression",
    "enrich",
    "kaplan_meier",
]

_WHERE = {
    "assign_clusters": "_assign_clusters",
    "associate": "_associate",
    "audit": "_audit",
    "combined_cindex": "_combined_cindex",
    "consensus_cluster": "_consensus_cluster",
    "cox": "_cox",
    "differential_expression": "_differential_expression",
    "enrich": "_enrich",
    "kaplan_meier": "_kaplan_meier",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
