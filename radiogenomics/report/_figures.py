"""The figures of a report: for each kind of stored result, which are drawn, from what, and how they read aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import is_multimodal, modality_of
from radiogenomics._errors import RadiogenomicsError
from radiogenomics.report import _captions_groups, _sentences_batches
from radiogenomics.report._format import count, slug
from radiogenomics.report._found import Found, blocks, results_in
from radiogenomics.report._sentences import reference_of
from radiogenomics.report._svg import to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class Plan:
    """A figure that can be drawn from what is stored.

    Attributes
    ----------
    name
        Stem of its files (``figures/<name>.svg`` and ``.csv``) and its anchor.
    caption, alt
        What stands under it, and what a reader who does not see it is told.
    data
        The numbers it shows.
    draw
        Makes the Axes.
    of
        The stored result (``None``: the cohort itself).
    svg
        The figure, where it was drawn before.
    """

    name: str
    caption: str
    alt: str
    data: pd.DataFrame
    draw: Callable[[], Axes] | None = field(default=None, repr=False)
    of: Found | None = None
    svg: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Picture:
    """A figure drawn: its SVG, or why it could not be drawn."""

    plan: Plan
    svg: str | None
    problem: str = ""


@dataclass(frozen=True)
class Kind:
    """One figure of one kind of result: function of ``rg.pl``, caption, alt text, data.

    ``suffix`` ends the name of the file; ``when`` says whether a result has what the figure shows; with ``per_split``
    there is one figure for each part of the split that this table has; ``options`` go to the function.
    """

    result: str
    function: str
    caption: Callable[[Found], str]
    alt: Callable[[Found], str]
    data: Callable[[Any, Found], pd.DataFrame]
    suffix: str = ""
    when: Callable[[Found], bool] = lambda found: True
    per_split: str | None = None
    options: dict[str, str] = field(default_factory=dict)


def _part(part: str) -> Callable[[Any, Found], pd.DataFrame]:
    return lambda data, found: found.table(part)


def _consensus(data: Cohort, found: Found) -> pd.DataFrame:
    adata = modality_of(data, found.modality)
    ids = pd.Index(adata.obs_names.astype(str), name=keys.PATIENT)
    matrix = adata.obsp[f"{found.key}_consensus"]
    return pd.DataFrame(matrix, index=ids, columns=ids.to_list()).reset_index()


def _groups(found: Found) -> str:
    return str(found.settings.get("groupby", found.label))


def _several_enriched(found: Found) -> bool:
    """Whether there are enough enriched sets for a map of them."""
    alpha = float(found.settings.get("expression", {}).get("alpha", 0.05))
    return int((found.table("table")["p_adjusted"] < alpha).sum()) >= 3


FIGURES: Sequence[Kind] = (
    Kind(
        "rna_quality",
        "rna_quality",
        lambda f: "Patients on the first two principal components of expression; outliers are named.",
        lambda f: f"Scatter plot of {count(len(f.table('patients')), 'patient')}; the table beside names the outliers.",
        _part("patients"),
        suffix="components",
    ),
    Kind(
        "rna_quality",
        "rna_quality",
        lambda f: (
            "XIST against the mean of the Y chromosome's genes: women lie to the right, men above. A tumour that lost "
            "its Y chromosome lies low on both."
        ),
        lambda f: f"Scatter plot of {count(len(f.table('patients')), 'patient')} by clinical sex.",
        _part("patients"),
        suffix="sex",
        when=lambda f: bool(f.table("patients")[["xist", "y_genes"]].notna().all(axis=1).any()),
        options={"show": "sex"},
    ),
    Kind(
        "batch_effect",
        "batch_pca",
        _sentences_batches.pca_caption,
        lambda f: f"Scatter plot of {f.settings.get('n_patients')} patients by batch; its file gives every value.",
        _part("pca"),
        suffix="pca",
        per_split="pca",
    ),
    Kind(
        "batch_effect",
        "batch_effect",
        _sentences_batches.variance_caption,
        lambda f: "Box plots by column, before and after harmonisation; the table below gives every number.",
        _part("variance"),
        suffix="variance",
        per_split="variance",
    ),
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
        _part("evidence"),
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
        _part("cdf"),
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
        _part("flows"),
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
        _part("table"),
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
        _part("map"),
    ),
    Kind(
        "canonical_correlation",
        "canonical_correlation",
        lambda f: (
            f"First scores of {f.settings.get('x')} and {f.settings.get('y')} by patient. Weights were chosen for "
            "scores that go together: the correlation in patients held out is the honest one."
        ),
        lambda f: "Scatter of two scores per patient; the table below gives their correlations.",
        _part("scores"),
    ),
    Kind(
        "canonical_correlation",
        "canonical_weights",
        lambda f: "Features with the largest weights in the first pair of scores.",
        lambda f: "Bars of the largest weights of both sides; its file gives every number.",
        _part("weights"),
        suffix="weights",
    ),
    Kind(
        "canonical_correlation",
        "canonical_null",
        lambda f: "What the test compares: real patients (line) and permuted ones, the largest z over the penalties.",
        lambda f: "Histogram of the permutations with the value of the real patients.",
        _part("null"),
        suffix="null",
        when=lambda f: len(f.table("null")) > 0,
    ),
    Kind(
        "kaplan_meier",
        "kaplan_meier",
        lambda f: (
            f"Kaplan-Meier curves of {f.settings.get('outcome', 'the outcome')} by {_groups(f)}: censored patients "
            "(ticks), numbers at risk and, where there are few groups, 95 % confidence intervals (shaded)."
        ),
        lambda f: (
            f"Survival curves of {count(f.table('summary')['group'].nunique(), 'group')} of {_groups(f)} over time in "
            f"{f.settings.get('unit') or 'the unit of the outcome'}; medians and sizes are in the table below."
        ),
        _part("curves"),
        per_split="curves",
    ),
    Kind(
        "cumulative_incidence",
        "cumulative_incidence",
        lambda f: (
            f"Cumulative incidence of the events of {f.settings.get('outcome', 'the outcome')}, each allowing for the "
            "others, with 95 % confidence intervals (shaded)."
        ),
        lambda f: (
            f"Rising curves of {count(f.table('summary')['cause'].nunique(), 'event')} in "
            f"{count(f.table('summary')['group'].nunique(), 'group')}; the tables below give the numbers."
        ),
        _part("incidence"),
        per_split="incidence",
    ),
    Kind(
        "stepwise_cox",
        "stepwise_cox",
        lambda f: (
            "How often bootstrap samples keep each variable; coloured bars are in the model chosen on all patients. A "
            "variable that few samples keep was kept by chance."
        ),
        lambda f: f"Bars of {count(len(f.table('inclusion')), 'variable')}; the table below gives every share.",
        _part("inclusion"),
        when=lambda f: bool(f.table("inclusion")["frequency"].notna().any()),
    ),
    Kind(
        "cox",
        "forest",
        lambda f: (
            f"Hazard ratios for {f.settings.get('outcome', 'the outcome')} with 95 % confidence intervals; above 1 "
            "means earlier events."
        ),
        lambda f: (
            f"Forest plot of {count(len(f.table('multivariable')) or len(f.table('univariable')), 'Cox coefficient')}; "
            "the tables below give every number."
        ),
        lambda data, f: pd.concat(
            {p: f.table(p) for p in ("univariable", "multivariable") if not f.table(p).empty}, names=["analysis"]
        ).reset_index(level=0),
    ),
    Kind(
        "cox",
        "functional_form",
        lambda f: (
            f"Martingale residuals of the model without {f.table('functional_form')['variable'].iloc[0]}, against it; "
            "a straight line says that one hazard ratio per unit describes its effect."
        ),
        lambda f: (
            f"Scatter plot of {count(f.table('functional_form')['patient_id'].nunique(), 'patient')} with a smooth "
            "line; its file gives every value."
        ),
        lambda data, f: f.table("functional_form").pipe(lambda t: t[t["variable"] == t["variable"].iloc[0]]),
        suffix="form",
        when=lambda f: not f.table("functional_form").empty,
    ),
    Kind(
        "combined_cindex",
        "combined_cindex",
        lambda f: (
            "C-index of each model with its 95 % confidence interval; 0.5 is chance, 1 a perfect ranking. "
            f"{f.settings.get('estimand', '')}"
        ).strip(),
        lambda f: (
            f"Points with intervals for {count(len(f.table('models')), 'model')}, with a line at 0.5; "
            "the table below gives every number."
        ),
        _part("models"),
        per_split="models",
    ),
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
        _part("table"),
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
        _part("table"),
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
        _part("profiles"),
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
        _part("table"),
    ),
    Kind(
        "enrich",
        "enrichment_running",
        lambda f: "Running enrichment score of the strongest gene sets along the ranked genes.",
        lambda f: "Curves of the running score, with a tick for every gene of a set; the table gives the scores.",
        _part("running"),
        suffix="running",
        when=lambda f: not f.table("running").empty,
    ),
    Kind(
        "enrich",
        "enrichment_map",
        lambda f: "Enriched gene sets, joined where the same genes enrich them: a cluster is one finding, not many.",
        lambda f: "Points for gene sets with lines between those that share genes; the table below names them.",
        _part("table"),
        suffix="map",
        when=_several_enriched,
    ),
    Kind(
        "shrunken_centroids",
        "threshold_error",
        lambda f: "Share of patients told wrongly at each threshold; the fewer genes, the larger the threshold.",
        lambda f: "Curves of the cross-validated and the apparent error; the table below gives every number.",
        _part("path"),
    ),
    Kind(
        "shrunken_centroids",
        "shrunken_centroids",
        lambda f: "Genes of the classifier: distance of each group's shrunken mean from the overall mean.",
        lambda f: "Bars to either side for the genes farthest apart; the table below gives every number.",
        _part("genes"),
        suffix="genes",
        when=lambda f: not f.table("genes").empty,
    ),
    Kind(
        "shrunken_centroids",
        "class_confusion",
        lambda f: "Patients of each group (rows) by the group they are told to be of, made without them.",
        lambda f: "Matrix of patients by group and group told; its file gives every number.",
        _part("confusion"),
        suffix="confusion",
    ),
)


def plans(data: Cohort, results: Sequence[Found] | None = None) -> list[Plan]:
    """Every figure that can be drawn from what the cohort holds, in the order of the report."""
    out = [_cohort_flow(data)] if _has_audit(data) else []
    for found in results_in(data) if results is None else results:
        for kind in FIGURES:
            if kind.result == found.kind and kind.when(found):
                parts = [part for part, _ in blocks(found.table(kind.per_split))] if kind.per_split else [None]
                out += [_plan(data, found, kind, part) for part in parts]
    return out


def _plan(data: Cohort, found: Found, kind: Kind, part: str | None) -> Plan:
    where: dict[str, Any] = {"modality": found.modality} if kind.result in ("consensus_cluster", "batch_effect") else {}
    where |= kind.options
    if part is not None:
        where["split"] = part
    shown = kind.data(data, found)
    if part is not None and "split" in shown:
        shown = shown[shown["split"] == part]

    def draw() -> Axes:
        from radiogenomics import pl

        axes: Axes = getattr(pl, kind.function)(data, key=found.key, **where)
        return axes

    of_part = f" The {part} patients." if part is not None else ""
    name = slug(found.slug, kind.suffix, part)
    return Plan(name, kind.caption(found) + of_part, kind.alt(found) + of_part, shown, draw, found)


def _has_audit(data: Cohort) -> bool:
    return is_multimodal(data) and isinstance(data.uns.get(keys.AUDIT), pd.DataFrame)


def _cohort_flow(data: Cohort) -> Plan:
    def draw() -> Axes:
        from radiogenomics import pl

        axes: Axes = pl.cohort_flow(data)
        return axes

    audit = data.uns[keys.AUDIT]
    return Plan(
        "cohort_flow",
        "From everyone in the files to the patients of each modality.",
        f"Flow chart of {count(len(audit), 'patient')} of the files, {count(data.n_obs, 'patient')} of them in the "
        "cohort; the tables below give the same counts.",
        audit.reset_index(drop=True),
        draw,
    )


def draw(plan: Plan) -> Picture:
    """Draw one figure; one that its function refuses is named in the report with the reason, and the others go on."""
    if plan.draw is None:
        return Picture(plan, plan.svg)
    try:
        figure = plan.draw().figure
    except RadiogenomicsError as error:
        return Picture(plan, None, str(error))
    return Picture(plan, to_svg(figure))


def write_figures(pictures: Sequence[Picture], folder: Path) -> list[Path]:
    """Write ``<name>.svg`` and ``<name>.csv`` of every figure drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for picture in pictures:
        if picture.svg is None:
            continue
        stem = folder / picture.plan.name
        stem.with_suffix(".svg").write_text(picture.svg, encoding="utf-8")
        picture.plan.data.to_csv(stem.with_suffix(".csv"), index=False, encoding="utf-8")
        written += [stem.with_suffix(".svg"), stem.with_suffix(".csv")]
    return written
