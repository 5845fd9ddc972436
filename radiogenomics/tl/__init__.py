"""Analyses: read the cohort, compute, write the result back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._lazy import lazy_attributes

if TYPE_CHECKING:
    from radiogenomics.tl._assign_clusters import assign_clusters
    from radiogenomics.tl._associate import associate
    from radiogenomics.tl._combine_groups import combine_groups
    from radiogenomics.tl._combined_cindex import combined_cindex
    from radiogenomics.tl._consensus_cluster import consensus_cluster
    from radiogenomics.tl._cox import cox
    from radiogenomics.tl._differential_expression import differential_expression
    from radiogenomics.tl._enrich import enrich
    from radiogenomics.tl._kaplan_meier import kaplan_meier

__all__ = [
    "assign_clusters",
    "associate",
    "combine_groups",
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
    "combine_groups": "_combine_groups",
    "combined_cindex": "_combined_cindex",
    "consensus_cluster": "_consensus_cluster",
    "cox": "_cox",
    "differential_expression": "_differential_expression",
    "enrich": "_enrich",
    "kaplan_meier": "_kaplan_meier",
}

__getattr__, __dir__ = lazy_attributes(__name__, _WHERE)
