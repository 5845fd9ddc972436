"""The report as plain data: what stands in which section, before anything is drawn."""

import json
from collections.abc import Callable

import pandas as pd
import pytest
from mudata import MuData

from radiogenomics._errors import InputError
from radiogenomics.report._summarize import summarize


def _section(report: dict, name: str) -> dict:
    return next(s for s in report["sections"] if s["id"] == name)


def _table(section: dict, title: str) -> dict:
    return next(b for b in section["blocks"] if b["kind"] == "table" and b["title"] == title)


def test_sections_in_the_order_of_the_analysis(cohort: Callable[..., MuData]) -> None:
    report = summarize(cohort(), title="T")
    assert [s["id"] for s in report["sections"]] == [
        "cohort", "features", "groups", "associations", "survival", "c-index", "expression", "enrichment", "failures",
        "skipped",
    ]  # fmt: skip
    for section in report["sections"]:
        for part in section["parts"] or [section]:
            assert part["findings"], part["id"]


def test_it_is_plain_data(cohort: Callable[..., MuData]) -> None:
    json.dumps(summarize(cohort(split=True)), allow_nan=False)


def test_anchors_are_unique(cohort: Callable[..., MuData]) -> None:
    report = summarize(cohort(split=True))
    ids = [s["id"] for s in report["sections"]] + [p["id"] for s in report["sections"] for p in s["parts"]]
    assert len(ids) == len(set(ids))
    assert len(report["figures"]) == len(set(report["figures"]))
    names = [t["name"] for t in report["tables"]]
    assert len(names) == len(set(names))


def test_who_has_what(cohort: Callable[..., MuData]) -> None:
    block = _table(_section(summarize(cohort(split=True)), "cohort"), "Who has what")
    assert [c["heading"] for c in block["columns"]] == [
        "Patients of", "Patients", "With radiomics", "With rna", "With all of these",
    ]  # fmt: skip
    assert [[c["text"] for c in row] for row in block["rows"]] == [
        ["all", "30", "30", "20", "20"],
        ["training", "15", "15", "15", "15"],
        ["internal", "8", "8", "5", "5"],
        ["external", "7", "7", "0", "0"],
    ]


def test_left_out_patients_are_named_with_the_reason(cohort: Callable[..., MuData]) -> None:
    section = _section(summarize(cohort()), "cohort")
    gone = _table(section, "Patients of the files who are not in the cohort")
    assert [c["text"] for c in gone["rows"][0]] == ["P999", "not in the clinical table", "P999 looks like P009"]
    unused = _table(section, "Patients an analysis did not use")
    assert [c["text"] for c in unused["rows"][0]] == [
        "kaplan_meier (kaplan_meier)", "no follow-up", "1", "<script>alert(1)</script>",
    ]  # fmt: skip


def test_cox_table_shows_hazard_ratios_with_intervals(cohort: Callable[..., MuData]) -> None:
    survival = _section(summarize(cohort()), "survival")
    cox = next(p for p in survival["parts"] if p["id"] == "survival_cox_cox")
    table = _table(cox, "Multivariable Cox regression (all terms together)")
    assert [c["text"] for c in table["rows"][2]] == [
        "radiomics:groups C against A", "10", "3", "2.46 (0.92 to 6.50)", "1.80", "0.070",
    ]  # fmt: skip
    assert table["rows"][2][3]["sort"] == 2.46


def test_long_tables_are_cut_and_name_their_file(cohort: Callable[..., MuData]) -> None:
    block = _table(_section(summarize(cohort()), "expression"), "Genes with the smallest p-values")
    assert (len(block["rows"]), block["total"], block["csv"]) == (50, 200, "differential_expression")
    p_values = [row[[c["heading"] for c in block["columns"]].index("p")]["sort"] for row in block["rows"]]
    assert p_values == sorted(p_values)


def test_failures_skipped_steps_and_warnings(cohort: Callable[..., MuData]) -> None:
    provenance = {"steps": [{"step": "cluster", "seconds": 1.5, "warnings": ["few patients"]}], "rng": 0}
    report = summarize(cohort(), provenance=provenance)
    assert _section(report, "failures")["findings"] == ["1 case failed; the others went on."]
    assert _section(report, "skipped")["blocks"][0]["rows"][0][1]["text"] == "no images"
    assert _section(report, "warnings")["blocks"][0]["rows"][0][1]["text"] == "few patients"
    assert report["provenance"]["items"] == [("Rng", "0")]


def test_methods_name_every_setting_and_number_the_references(cohort: Callable[..., MuData]) -> None:
    methods = summarize(cohort())["methods"]
    groups = next(p for p in methods["paragraphs"] if p["heading"] == "Groups of radiomics:groups")
    assert dict(groups["settings"])["sample_fraction"] == "0.8"
    assert dict(groups["settings"])["feature_fraction"] == "1"
    assert (
        "average-linkage hierarchical clustering with pearson distance on 1,000 resamples of 80 % of" in groups["text"]
    )
    cited = {int(n) for p in methods["paragraphs"] if "[" in p["text"]
             for n in p["text"].rsplit("[", 1)[1].rstrip("].").split(", ")}  # fmt: skip
    assert cited == set(range(1, len(methods["references"]) + 1))
    preparation = next(p for p in methods["paragraphs"] if p["heading"] == "Preparation of radiomics")
    assert preparation["settings"] == [("FeatureScaler", "method: zscore")]


def test_nothing_computed_says_what_to_run(bare: Callable[..., MuData]) -> None:
    data = bare()
    del data.uns["audit"]
    with pytest.raises(InputError, match=r"run one of rg\.tl\.consensus_cluster, .*rg\.tl\.enrich first"):
        summarize(data)


def test_an_assembled_cohort_has_its_first_section_only(bare: Callable[..., MuData]) -> None:
    report = summarize(bare())
    assert [s["id"] for s in report["sections"]] == ["cohort"]
    assert report["figures"] == ["cohort_flow"]


def test_a_single_modality(cohort: Callable[..., MuData]) -> None:
    adata = cohort().mod["radiomics"]
    report = summarize(adata)
    assert [s["id"] for s in report["sections"]] == ["cohort", "features", "groups", "failures"]
    assert _section(report, "groups")["findings"][0].startswith("3 groups of 30 patients by groups")


def test_a_table_without_rows_is_not_shown(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    candidates = data.uns["differential_expression"]["candidates"]
    data.uns["differential_expression"]["candidates"] = pd.DataFrame(columns=candidates.columns)
    titles = [b.get("title") for b in _section(summarize(data), "expression")["blocks"]]
    assert "Choice of the worst group" not in titles
