"""Figures of the genes and gene sets of a group."""

from __future__ import annotations

from radiogenomics.report._figure_kinds import Kind, part
from radiogenomics.report._format import count
from radiogenomics.report._found import Found
from radiogenomics.report._sentences import reference_of


def _several_enriched(found: Found) -> bool:
    """Whether there are enough enriched sets for a map of them."""
    alpha = float(found.settings.get("expression", {}).get("alpha", 0.05))
    return int((found.table("table")["p_adjusted"] < alpha).sum()) >= 3


BIOLOGY: tuple[Kind, ...] = (
    Kind(
        "differential_expression",
        "volcano",
        lambda f: (
            f"Genes of {f.settings.get('group')} against {reference_of(f)}: size of the difference and p-value; "
            "coloured genes pass every threshold."
        ),
        lambda f: (
            f"Volcano plot of {count(len(f.table('table')), 'gene')}, "
            f"{int(f.table('table')['significant'].sum()):,} of them significant; the table below names them."
        ),
        part("table"),
    ),
    Kind(
        "differential_expression",
        "ma",
        lambda f: (
            "The same genes: fold change against mean expression. A cloud that bends away from 0 would point to the "
            "normalisation."
        ),
        lambda f: (
            f"Scatter plot of {count(f.table('table')['p_value'].notna().sum(), 'gene')}; its file gives every value."
        ),
        part("table"),
        suffix="ma",
        when=lambda f: "mean" in f.table("table"),
    ),
    Kind(
        "differential_expression",
        "expression_heatmap",
        lambda f: (
            "The genes of smallest p-value in every patient compared. They were chosen by this comparison, so that "
            "both sides look tidy here."
        ),
        lambda f: (
            f"Heatmap of z-scores of {count(f.table('profiles')['patient_id'].nunique(), 'patient')}; its file gives "
            "the values."
        ),
        part("profiles"),
        suffix="heatmap",
        when=lambda f: not f.table("profiles").empty,
    ),
    Kind(
        "enrich",
        "enrichment",
        lambda f: "The gene sets with the smallest p-values, their scores, and how many of their genes were found.",
        lambda f: (
            f"Dot plot of the strongest of {count(f.table('table')['term'].nunique(), 'gene set')}; "
            "the table below gives every number."
        ),
        part("table"),
    ),
    Kind(
        "enrich",
        "enrichment_running",
        lambda f: "Running enrichment score of the strongest gene sets along the ranked genes.",
        lambda f: "Curves of the running score, with a tick for every gene of a set; the table gives the scores.",
        part("running"),
        suffix="running",
        when=lambda f: not f.table("running").empty,
    ),
    Kind(
        "enrich",
        "enrichment_map",
        lambda f: "Enriched gene sets, joined where the same genes enrich them: a cluster is one finding, not many.",
        lambda f: "Points for gene sets with lines between those that share genes; the table below names them.",
        part("table"),
        suffix="map",
        when=_several_enriched,
    ),
    Kind(
        "shrunken_centroids",
        "threshold_error",
        lambda f: "Share of patients told wrongly at each threshold; the fewer genes, the larger the threshold.",
        lambda f: "Curves of the cross-validated and the apparent error; the table below gives every number.",
        part("path"),
    ),
    Kind(
        "shrunken_centroids",
        "shrunken_centroids",
        lambda f: "Genes of the classifier: distance of each group's shrunken mean from the overall mean.",
        lambda f: "Bars to either side for the genes farthest apart; the table below gives every number.",
        part("genes"),
        suffix="genes",
        when=lambda f: not f.table("genes").empty,
    ),
    Kind(
        "shrunken_centroids",
        "class_confusion",
        lambda f: "Patients of each group (rows) by the group they are told to be of, made without them.",
        lambda f: "Matrix of patients by group and group told; its file gives every number.",
        part("confusion"),
        suffix="confusion",
    ),
)
