"""Figures of groups, and of how groups and features go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import modality_of
from radiogenomics.report import _captions_groups
from radiogenomics.report._figure_kinds import Kind, part
from radiogenomics.report._format import count
from radiogenomics.report._found import Found

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def _consensus(data: Cohort, found: Found) -> pd.DataFrame:
    adata = modality_of(data, found.modality)
    ids = pd.Index(adata.obs_names.astype(str), name=keys.PATIENT)
    matrix = adata.obsp[f"{found.key}_consensus"]
    return pd.DataFrame(matrix, index=ids, columns=ids.to_list()).reset_index()


GROUPS: tuple[Kind, ...] = (
    Kind(
        "consensus_cluster",
        "consensus_matrix",
        _captions_groups.matrix_caption,
        _captions_groups.matrix_alt,
        _consensus,
        suffix="matrix",
    ),
    Kind(
        "consensus_cluster",
        "consensus_evidence",
        _captions_groups.evidence_caption,
        _captions_groups.evidence_alt,
        part("evidence"),
        suffix="evidence",
        when=_captions_groups.tested,
    ),
    Kind(
        "consensus_cluster",
        "consensus_cdf",
        lambda f: (
            f"Consensus by number of groups of {f.label}: cumulative distribution of the consensus of each k, and "
            "how much its area grows from one k to the next. A flat middle means few ambiguous pairs."
        ),
        lambda f: (
            f"Curves of the cumulative consensus distribution for k = {int(f.table('evidence')['k'].min())} to "
            f"{int(f.table('evidence')['k'].max())} of {f.label}; the table beside gives the numbers."
        ),
        part("cdf"),
        suffix="cdf",
    ),
    Kind(
        "agreement",
        "flow",
        lambda f: (
            "How patients pass from the groups of one grouping to those of the next; bars and bands are as high "
            "as they have patients."
        ),
        lambda f: (
            f"Flow diagram of {count(len(f.settings.get('groupings', [])), 'grouping')} from left to right; its file "
            "gives the number of patients of every band."
        ),
        part("flows"),
        per_split="flows",
        when=lambda f: bool((f.table("flows")["n"] > 0).any()),
    ),
    Kind(
        "associate",
        "associate",
        lambda f: "Strength of each association (Cramér's V, or ε² for numbers) with its adjusted p-value.",
        lambda f: (
            f"Heat map of {count(f.table('table')['group'].nunique(), 'grouping')} against "
            f"{count(f.table('table')['variable'].nunique(), 'variable')}; the table below gives every number."
        ),
        part("table"),
        per_split="table",
    ),
    Kind(
        "correlate",
        "correlate",
        lambda f: (
            f"Correlations of the {f.settings.get('x')} and {f.settings.get('y')} features with the most significant "
            "partners, similar ones side by side; dots mark significant pairs. These features come first because they "
            "are the most correlated: colour alone is no evidence."
        ),
        lambda f: (
            f"Heat map of up to 20 {f.settings.get('x')} features by 30 {f.settings.get('y')} features; its file gives "
            "every number."
        ),
        part("map"),
    ),
    Kind(
        "canonical_correlation",
        "canonical_correlation",
        lambda f: (
            f"First scores of {f.settings.get('x')} and {f.settings.get('y')} by patient. Weights were chosen for "
            "scores that go together: the correlation in patients held out is the honest one."
        ),
        lambda f: "Scatter of two scores per patient; the table below gives their correlations.",
        part("scores"),
    ),
    Kind(
        "canonical_correlation",
        "canonical_weights",
        lambda f: "Features with the largest weights in the first pair of scores.",
        lambda f: "Bars of the largest weights of both sides; its file gives every number.",
        part("weights"),
        suffix="weights",
    ),
    Kind(
        "canonical_correlation",
        "canonical_null",
        lambda f: "What the test compares: real patients (line) and permuted ones, the largest z over the penalties.",
        lambda f: "Histogram of the permutations with the value of the real patients.",
        part("null"),
        suffix="null",
        when=lambda f: len(f.table("null")) > 0,
    ),
)
