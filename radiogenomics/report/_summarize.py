"""A cohort as a plain dictionary of sections: everything the template shows, nothing that is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import patients_of
from radiogenomics._errors import InputError
from radiogenomics.report import _cohort_section as cohort_section
from radiogenomics.report import _images_section as images_section
from radiogenomics.report._figures import Plan, plans
from radiogenomics.report._format import count, listed, setting, slug
from radiogenomics.report._found import SHAPES, Found, modalities_of, outcomes_of, results_in, where
from radiogenomics.report._glance import main_findings, without_the_usual
from radiogenomics.report._methods import methods_of, versions
from radiogenomics.report._sentences import enrichment_warnings, findings
from radiogenomics.report._sentences_strata import ignored_strata
from radiogenomics.report._sentences_survival import unadjusted
from radiogenomics.report._tables import Table, shown, tables_of
from radiogenomics.report._views import View
from radiogenomics.report._views_models import ALL_VIEWS
from radiogenomics.report._wording import Wording, first_capital, title_of
from radiogenomics.report.checklists._section import section as checklist_section
from radiogenomics.report.checklists._section import tables as checklist_tables

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: Section -> its title and the kinds of results it shows, in order.
SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "quality": ("Quality of the RNA data", ("rna_quality",)),
    "reproducibility": ("Reproducibility of features", ("icc",)),
    "learned": ("Learned features", ("encoder",)),
    "batches": ("Batches", ("batch_effect",)),
    "groups": ("Groups of patients", ("consensus_cluster", "combine_groups")),
    "integration": ("Groups of several modalities together", ("integrate", "agreement")),
    "associations": ("Associations", ("associate",)),
    "map": ("Radiogenomic map", ("correlate", "canonical_correlation")),
    "survival": ("Survival", ("kaplan_meier", "cumulative_incidence", "cox", "fine_gray")),
    "stepwise": ("Choice of variables", ("stepwise_cox",)),
    "models": ("Prediction models", ("signature", "compare_models", "logistic", "nomogram")),
    "performance": ("How good the models are", ("evaluate", "delong", "calibrate", "decision_curve", "time_roc")),
    "c-index": ("Prediction: each modality and together", ("combined_cindex",)),
    "expression": ("Genes that set a group apart", ("differential_expression",)),
    "enrichment": ("Gene sets", ("enrich",)),
    "centroids": ("A classifier of the groups", ("shrunken_centroids",)),
}


def summarize(
    data: Cohort, *, title: str | None = None, provenance: Mapping[str, Any] | None = None, link: str | None = None,
    sheets: Sequence[Plan] = (), checklists: Mapping[str, pd.DataFrame] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Everything a report says about a cohort, as dictionaries, lists and text.

    Parameters
    ----------
    data
        Cohort with at least one stored result or the table of its assembly.
    title
        Heading of the report.
    provenance
        Inputs, settings, versions and timings of the run that made the results.
    link
        Where the page finds the provenance file, relative to itself.
    sheets
        Contact sheets of the images, as figures.
    checklists
        Filled reporting checklists by name.

    Returns
    -------
    ``title``, ``simulated``, ``facts`` (label and text), ``highlights``, ``sections`` (``id``, ``title``,
    ``findings``, ``warnings``, ``blocks``: figures by name and tables of cells, and ``parts`` of the same form),
    ``methods``, ``versions``, ``provenance``, all ``patients``, and the names of all ``tables`` and ``figures``.

    Raises
    ------
    InputError
        If nothing was computed: says which functions to run.
    """
    results = results_in(data)
    if not results and not isinstance(data.uns.get("audit"), pd.DataFrame):
        raise InputError(
            "report",
            "nothing was computed that could be reported; run one of "
            + ", ".join(f"rg.tl.{kind}" for kind in SHAPES if kind not in ("icc", "encoder"))
            + " first, or make the cohort with rg.io.assemble_cohort for a report of who has what",
        )
    drawn = plans(data, results)
    tables = tables_of(data, results)
    images = images_section.section(data, list(sheets))
    sections = [_cohort(data, results, drawn), *([images] if images else []), *_features(data, tables)]
    for name, (heading, kinds) in SECTIONS.items():
        inside = [f for f in results if f.kind in kinds]
        if inside:
            sections.append(_section(name, heading, inside, drawn, tables, list(outcomes_of(data))))
    sections += _left_undone(data, tables, provenance or {})
    wording = Wording(data, results)
    sections = [wording.section(section) for section in sections]
    if checklists:
        sections.append(wording.section(checklist_section(checklists)))
        tables += checklist_tables(checklists)
    methods = methods_of(data, results)
    for paragraph in methods["paragraphs"]:
        paragraph.update({part: first_capital(wording.prose(paragraph[part])) for part in ("heading", "text")})
    report = {
        "title": title or "Radiogenomic study",
        "simulated": cohort_section.is_simulated(data, title, provenance or {}),
        "facts": [(wording.prose(label), text) for label, text in cohort_section.facts(data)],
        "sections": sections,
        "methods": methods,
        "versions": dict((provenance or {}).get("versions") or versions()),
        "provenance": _provenance(provenance, link),
        "patients": patients_of(data).tolist(),
        "tables": [{"name": t.name, "rows": len(t.frame)} for t in tables],
        "figures": [p.name for p in (*drawn, *sheets)],
    }
    # What is missing is said before what was found; it would be overlooked under it.
    shown_first = sorted(sections, key=lambda s: _AT_A_GLANCE.get(s["id"], 2))
    report["highlights"] = [_highlight(s) for s in shown_first if s["id"] not in _NOT_AT_A_GLANCE]
    return report


#: Place at a glance of the sections that do not stand in the order of the page.
_AT_A_GLANCE = {"cohort": 0, "failures": 1, "skipped": 1}
#: What is no finding.
_NOT_AT_A_GLANCE = frozenset({"features", "images", "checklists"})


def _highlight(section: Mapping[str, Any]) -> dict[str, Any]:
    """What "At a glance" lists of a section: its main findings, or all where there are few."""
    told = without_the_usual(section["findings"])
    said = section.get("glance") or [{"id": section["id"], "text": text} for text in told]
    said = [{**one, "id": one["id"] or section["id"]} for one in said]
    return {"title": section["title"], "id": section["id"], "said": said}


def _cohort(data: Cohort, results: Sequence[Found], drawn: Sequence[Plan]) -> dict[str, Any]:
    blocks = [_figure(p) for p in drawn if p.of is None] + cohort_section.blocks_of(data, results)
    return _made("cohort", "Patients", cohort_section.findings(data, results), blocks)


def _made(name: str, title: str, said: list[str], blocks: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    section: dict[str, Any] = {
        "id": name,
        "title": title,
        "findings": said,
        "warnings": [],
        "blocks": blocks,
        "parts": [],
    }
    return section | more


def _figure(plan: Plan) -> dict[str, Any]:
    return {"kind": "figure", "name": plan.name, "caption": plan.caption, "alt": plan.alt}


def _told(drawn: Sequence[Plan], said: Sequence[str]) -> list[dict[str, Any]]:
    """The figures of a result; the first of each part of the split is told with the finding on that part."""
    out, told = [], set()
    for plan in drawn:
        part = next((p for p in keys.SPLITS if plan.name.endswith(f"_{p}")), None)
        own = [text for text in said if text.lower().startswith(where(part).lower())] if part else list(said)
        block = _figure(plan)
        if part not in told and own:
            block["alt"] = f"{own[0]} {block['alt']}"
        told.add(part)
        out.append(block)
    return out


def _section(
    name: str,
    heading: str,
    results: Sequence[Found],
    drawn: Sequence[Plan],
    tables: Sequence[Table],
    outcomes: Sequence[str],
) -> dict[str, Any]:
    parts = []
    for found in results:
        warnings = enrichment_warnings(found) if found.kind == "enrich" else []
        said = findings(found)
        source = found.settings.get("expression", found.settings)
        if source.get("apparent") and source.get("apparent_reason"):
            warnings = [*warnings, f"Apparent: {source['apparent_reason']}."]
        blocks = _told([p for p in drawn if p.of is found], said) + _result_tables(found, tables)
        parts.append(_made(slug(name, found.kind, found.slug), title_of(found), said, blocks, warnings=warnings))
    if len(parts) == 1:
        only = parts[0] | {"id": name, "title": heading}
        return only | {"glance": main_findings(results, [only], outcomes)}
    said = unadjusted(results) + ignored_strata(results)
    return _made(name, heading, said, [], parts=parts, glance=main_findings(results, parts, outcomes))


def _tested(found: Found, part: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The table without p-values of log-rank tests on cross-validated groups, which are too small."""
    if part not in ("test", "trend", "pairwise", "restricted_mean_differences") or not found.fold_tests:
        return frame
    frame, crossed = frame.copy(), frame["split"].astype(str).isin(found.fold_tests)
    frame.loc[crossed, [c for c in frame if str(c).startswith("p_")]] = float("nan")
    return frame


def _result_tables(found: Found, tables: Sequence[Table]) -> list[dict[str, Any]]:
    """The tables of a result in the order of the views."""
    own = {t.part: t for t in tables if t.of is found}
    out = []
    for (kind, part), view in ALL_VIEWS.items():
        if kind == found.kind and part in own and len(own[part].frame):
            out.append(shown(_tested(found, part, own[part].frame), view, csv=own[part].name))
    return out


def _features(data: Cohort, tables: Sequence[Table]) -> list[dict[str, Any]]:
    """What was removed from each matrix and why, and what was filled in."""
    blocks: list[dict[str, Any]] = []
    said = []
    by_name = {t.name: t.frame for t in tables}
    for modality in modalities_of(data):
        name = modality or "the matrix"
        expressed = by_name.get(slug(modality, "gene_filter_genes"))
        if expressed is not None:
            n = int(expressed["kept"].astype(bool).sum())
            out = f"; the filter left out {len(expressed) - n:,}" if n < len(expressed) else ""
            said.append(f"{name}: {n:,} of {count(len(expressed), 'gene')} are expressed by enough patients{out}.")
        csv = slug(modality, "cleaning_features")
        if csv in by_name:
            cleaning = by_name[csv]
            kept = cleaning["kept"].astype(bool)
            came = "" if expressed is None else f" ({len(expressed):,} before the filter of genes)"
            said.append(f"{name}: {int(kept.sum()):,} of {count(len(kept), 'feature')}{came} kept.")
            why = cleaning.loc[~kept, "reason"].astype(str).str.replace(r"^equals .*", "equals another", regex=True)
            reasons = why.value_counts().rename_axis("reason").reset_index(name="n")
            if len(reasons):
                view = View(f"Features of {name} that were removed", (("reason", "Reason"), ("n", "Features")))
                blocks.append(shown(reasons, view, csv=csv))
        filled = by_name.get(slug(modality, "imputation_features"))
        if filled is not None and len(filled):
            values = count(filled["filled"].sum(), "missing value")
            said.append(f"{name}: {values} in {count(len(filled), 'feature')} filled in.")
    return [_made("features", "Features", said, blocks)] if said else []


def _left_undone(data: Cohort, tables: Sequence[Table], provenance: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Cases that failed, steps that were skipped, and what the steps warned of."""
    out, blocks, n_failed = [], [], 0
    failed = [(t.name, t.frame) for t in tables if t.of is None and t.name.endswith("failures") and len(t.frame)]
    if provenance.get("failures"):
        failed = [("", pd.DataFrame(provenance["failures"]))]
    for name, frame in failed:
        n_failed += len(frame)
        blocks.append(shown(frame, View("Cases that failed", _all_columns(frame)), csv=name))
    if blocks:
        who = listed(dict.fromkeys(i for _, f in failed if "patient_id" in f for i in f["patient_id"]), most=8)
        said = [f"{count(n_failed, 'case')} failed{f' (of {who})' if who else ''}; the others went on."]
        out.append(_made("failures", "Failures", said, blocks))
    skipped = cohort_section.skipped_steps(data)
    if skipped:
        view = View("What was not done", (("step", "Step"), ("reason", "Reason")))
        said = _not_done(skipped)
        out.append(_made("skipped", "Steps skipped", said, [shown(pd.DataFrame(skipped), view)]))
    steps = [s for s in provenance.get("steps", []) if isinstance(s, Mapping)]
    by_text: dict[str, list[str]] = {}
    for step in steps:
        for text in step.get("warnings", []):
            by_text.setdefault(text, []).append(str(step.get("step")))
    if by_text:
        warned = pd.DataFrame([{"step": ", ".join(names), "warning": text} for text, names in by_text.items()])
        said = [f"{count(len(warned), 'warning')} came up while the study ran."]
        blocks = [shown(warned, View("What the steps warned of", _all_columns(warned)))]
        out.append(_made("warnings", "Warnings", said, blocks))
    return out


def _not_done(skipped: Sequence[Mapping[str, str]]) -> list[str]:
    """One sentence per reason, with everything it kept from being done."""
    by_reason: dict[str, list[str]] = {}
    for row in skipped:
        what, reason = row.get("what", ""), row["reason"]
        by_reason.setdefault(reason.removeprefix(f"{what}: ") if what else reason, []).append(what)
    return [
        f"Not done: {listed(filter(None, what), most=9)}{': ' if any(what) else ''}{reason.rstrip('.')}."
        for reason, what in by_reason.items()
    ]


def _all_columns(frame: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    return tuple((str(c), str(c).replace("_", " ").capitalize()) for c in frame.columns)


#: Parts of a provenance that stand elsewhere in the page, or that say nothing before the run has ended.
_ELSEWHERE = frozenset({"versions", "settings", "left_out", "failures", "skipped", "status", "exit_code", "finished"})
_STEP_COLUMNS = ("step", "status", "seconds", "seeds")


def _provenance(provenance: Mapping[str, Any] | None, link: str | None) -> dict[str, Any]:
    """Scalars as items, lists of records as tables."""
    items: list[tuple[str, str]] = []
    blocks = []
    for name, value in (provenance or {}).items():
        title = str(name).replace("_", " ").capitalize()
        if name in _ELSEWHERE or value is None or value == [] or value == {}:
            continue
        if isinstance(value, list) and all(isinstance(v, Mapping) for v in value):
            frame = pd.DataFrame([{str(k): _flat(x) for k, x in v.items()} for v in value])
            if name == "steps":
                frame = frame[[c for c in _STEP_COLUMNS if c in frame]]
            blocks.append(shown(frame, View(title, _all_columns(frame), most=50, folded=True)))
        else:
            items.append((title, setting(value)))
    return {"items": items, "blocks": blocks, "link": link}


def _flat(value: Any) -> Any:
    return value if isinstance(value, float) else setting(value)
