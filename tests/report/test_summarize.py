"""The report as plain data: what stands in which section, before anything is drawn."""

import json
import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from mudata import MuData

from radiogenomics._cohort import to_uns
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
    report = summarize(cohort(split=True))
    assert json.loads(json.dumps(report, allow_nan=False)).keys() == report.keys()


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
        "Patients of", "Patients", "With radiomics", "With RNA", "With all of these",
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
        "no follow-up", "1", "<script>alert(1)</script>", "Survival curves: os by radiomics groups",
    ]  # fmt: skip


def test_cox_table_shows_hazard_ratios_with_intervals(cohort: Callable[..., MuData]) -> None:
    survival = _section(summarize(cohort()), "survival")
    cox = next(p for p in survival["parts"] if p["id"] == "survival_cox_cox")
    table = _table(cox, "Multivariable Cox regression (all terms together)")
    assert [c["text"] for c in table["rows"][2]] == [
        "radiomics group C against A", "10", "3", "2.46 (0.92 to 6.50)", "1.80", "0.070", "0.20",
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
    assert _section(report, "failures")["findings"] == ["1 case failed (of P404); the others went on."]
    assert _section(report, "skipped")["blocks"][0]["rows"][0][1]["text"] == "no images"
    assert _section(report, "warnings")["blocks"][0]["rows"][0][1]["text"] == "few patients"
    assert report["provenance"]["items"] == [("Rng", "0")]


def test_what_was_not_done_and_what_failed_stand_at_a_glance_before_the_findings(
    cohort: Callable[..., MuData],
) -> None:
    report = summarize(cohort())
    assert [h["id"] for h in report["highlights"]][:3] == ["cohort", "failures", "skipped"]
    assert "Not done: no images." in [said["text"] for said in report["highlights"][2]["said"]]


def test_one_reason_for_several_things_not_done_is_said_once(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    data.uns["skipped"] = json.dumps(
        [{"step": s, "what": w, "reason": f"{w}: one group in radiomics and rna"} for s, w in (("a", "x"), ("b", "y"))]
    )
    said = _section(summarize(data), "skipped")["findings"]
    assert said == ["Not done: x and y: one group in radiomics and RNA."]


def test_the_same_warning_of_several_steps_stands_once(cohort: Callable[..., MuData]) -> None:
    steps = [{"step": "check", "warnings": ["like z-scores"]}, {"step": "assemble", "warnings": ["like z-scores"]}]
    rows = _section(summarize(cohort(), provenance={"steps": steps}), "warnings")["blocks"][0]["rows"]
    assert [[c["text"] for c in row] for row in rows] == [["check, assemble", "like z-scores"]]


def test_a_test_of_association_has_its_df_and_its_measure_in_one_cell(cohort: Callable[..., MuData]) -> None:
    table = _table(_section(summarize(cohort()), "associations"), "Tests of association")
    headings = [c["heading"] for c in table["columns"]]
    assert {"Statistic (df)", "Effect size", "Patients (missing)"} <= set(headings)
    assert not {"df", "Measure", "Missing"} & set(headings)
    cells = {row[headings.index("Effect size")]["text"].partition(" ")[2] for row in table["rows"]}
    assert cells == {"(Cramér's V)", "(ε²)"}


def _every_text(section: dict[str, Any]) -> list[str]:
    said = [section["title"], *section["findings"], *section["warnings"]]
    for block in section["blocks"]:
        said += [block.get(name, "") for name in ("title", "caption", "alt")]
        said += [cell["text"] for row in block.get("rows", []) for cell in row]
    return said + [text for part in section["parts"] for text in _every_text(part)]


@pytest.mark.parametrize("split", [False, True])
def test_no_column_name_of_groups_is_left_in_what_the_reader_reads(cohort: Callable[..., MuData], split: bool) -> None:
    report = summarize(cohort(split=split))
    texts = [text for section in report["sections"] for text in _every_text(section)]
    texts += [said["text"] for h in report["highlights"] for said in h["said"]]
    texts += [p[name] for p in report["methods"]["paragraphs"] for name in ("heading", "text")]
    assert [text for text in texts if re.search(r"(radiomics|rna):\w", text)] == []
    titles = [p["title"] for s in report["sections"] for p in s["parts"]]
    assert {"Radiomics groups", "RNA groups", "Combined groups (radiomics x RNA)"} <= set(titles)
    assert not any(re.search(r"\brna\b(?!:\w)", said["text"]) for h in report["highlights"] for said in h["said"])
    assert any("o evidence of differences between the radiomics groups in os" in text for text in texts)


def test_preprocessing_and_extraction_stand_in_the_methods_with_every_setting(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    chosen = {"spacing": [1, 1, 4], "bias_correction": True, "normalization": "histogram", "reference": None,
              "normalize_within": "foreground", "interpolator": "bspline", "mask_interpolator": "nearest"}  # fmt: skip
    data.mod["radiomics"].uns["preprocessing"] = json.dumps({"settings": chosen, "versions": {"SimpleITK": "2.5"}})
    extraction = {"settings": {"bin_count": 64, "spacing": None}, "reader": "r1", "versions": {"SimpleITK": "2.5"}}
    data.mod["radiomics"].uns["extraction"] = json.dumps(extraction)
    paragraphs = {p["heading"]: p for p in summarize(data)["methods"]["paragraphs"]}
    volumes = paragraphs["Preparation of the volumes"]
    assert volumes["text"].startswith(
        "The volumes were corrected for the bias field by N4; resampled to 1 x 1 x 4 mm (images by B-spline, masks by "
        "nearest neighbour); matched to the mean histogram of the cohort's images of the same sequence"
    )
    assert {"bias_correction", "normalize_within", "SimpleITK"} <= {name for name, _ in volumes["settings"]}
    features = dict(paragraphs["Features of radiomics"]["settings"])
    assert (features["bin_count"], features["spacing"], features["reader"]) == ("64", "none", "r1")


def test_methods_name_every_setting_and_number_the_references(cohort: Callable[..., MuData]) -> None:
    methods = summarize(cohort())["methods"]
    groups = next(p for p in methods["paragraphs"] if p["heading"] == "Radiomics groups")
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
    with pytest.raises(InputError, match=r"run one of .*rg\.tl\.consensus_cluster, .*rg\.tl\.enrich\b.* first"):
        summarize(data)


def test_an_assembled_cohort_has_its_first_section_only(bare: Callable[..., MuData]) -> None:
    report = summarize(bare())
    assert [s["id"] for s in report["sections"]] == ["cohort"]
    assert report["figures"] == ["cohort_flow"]


def test_a_single_modality(cohort: Callable[..., MuData]) -> None:
    adata = cohort().mod["radiomics"]
    report = summarize(adata)
    assert [s["id"] for s in report["sections"]] == ["cohort", "features", "groups", "failures"]
    assert _section(report, "groups")["findings"][0].startswith("3 groups of 30 patients by the features")


def test_a_table_without_rows_is_not_shown(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    candidates = data.uns["differential_expression"]["candidates"]
    data.uns["differential_expression"]["candidates"] = pd.DataFrame(columns=candidates.columns)
    titles = [b.get("title") for b in _section(summarize(data), "expression")["blocks"]]
    assert "Choice of the worst group" not in titles


def _second_outcome(data: MuData) -> None:
    """A second survival outcome analysed by the same groups, and a binary one that nothing uses."""
    data.uns["outcomes"]["pfs"] = data.uns["outcomes"]["os"] | {"order": 1}
    data.uns["outcomes"]["lung"] = {"kind": "binary", "column": "died", "positive": 1, "order": 2}
    for name in ("kaplan_meier", "cox"):
        stored = dict(data.uns[name])
        stored["settings"] = json.dumps(json.loads(stored["settings"]) | {"outcome": "pfs"})
        data.uns[f"{name}_pfs"] = stored


def test_at_a_glance_the_first_outcome_stands_for_its_section(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    _second_outcome(data)
    report = summarize(data)
    said = [s["text"] for h in report["highlights"] if h["id"] == "survival" for s in h["said"]]
    assert [text.partition(" ")[0] for text in said] == ["No", "Adjusted", "And"]
    assert said[-1] == "And 2 more results in the section."
    assert not any("pfs" in text for text in said)
    ids = {s["id"] for s in report["sections"]} | {p["id"] for s in report["sections"] for p in s["parts"]}
    assert {s["id"] for h in report["highlights"] for s in h["said"]} <= ids


def test_outcomes_that_nothing_used_are_named(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    assert not any("No analysis" in text for text in _section(summarize(data), "cohort")["findings"])
    _second_outcome(data)
    said = _section(summarize(data), "cohort")["findings"]
    assert "No analysis here used lung; the c-index was judged on os, not on pfs." in said


def test_several_log_rank_tests_are_called_unadjusted_once(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    _second_outcome(data)
    section = _section(summarize(data), "survival")
    assert len([text for text in section["findings"] if "not adjusted for one another" in text]) == 1


def test_titles_name_the_groups_and_what_they_are_adjusted_for(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    titles = [p["title"] for p in _section(summarize(data), "survival")["parts"]]
    assert titles[1] == "Cox regression: os by radiomics groups, with age"


@pytest.mark.parametrize("how", ["ids", "title", "study", "provenance"])
def test_simulated_patients_are_called_so(cohort: Callable[..., MuData], how: str) -> None:
    data = cohort()
    assert not summarize(data, title="Sarcoma")["simulated"]
    if how == "study":
        data.uns["study"] = {"name": "simulated-cohort"}
    if how == "ids":
        data = data.mod["radiomics"]
        data.obs_names = [f"SIM-{i:03d}" for i in range(data.n_obs)]
    title = "A simulated_cohort" if how == "title" else None
    provenance = {"settings": {"name": "Simulated sarcoma"}} if how == "provenance" else None
    assert summarize(data, title=title, provenance=provenance)["simulated"]


def test_median_follow_up_takes_events_for_the_end_of_observation(bare: Callable[..., MuData]) -> None:
    data = bare()
    data.obs["days"], data.obs["died"] = [float(i + 1) for i in range(30)], [1] * 20 + [0] * 10
    table = _table(_section(summarize(data), "cohort"), "Outcomes")
    cells = dict(zip([c["heading"] for c in table["columns"]], [c["text"] for c in table["rows"][0]], strict=True))
    # All ten censored are the last: the curve of censoring is at 10/10 until day 20, and at 5/10 on day 25.
    assert cells["Median follow-up (reverse Kaplan-Meier)"] == "25"
    assert cells["Median observed time"] == "15.5"


def test_gene_sets_without_a_gene_found_are_counted_not_shown(
    cohort: Callable[..., MuData], change: Callable[..., None]
) -> None:
    data = cohort()
    change(data, "enrichment", "table", overlap=[5, 4, *[0] * 10])
    table = _table(_section(summarize(data), "enrichment"), "Gene sets")
    assert (len(table["rows"]), table["empty"]) == (2, 10)


def test_features_are_counted_from_before_the_filter_of_genes(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    genes = pd.DataFrame({"feature": list("abcdefghi"), "kept": [True] * 7 + [False] * 2, "n_reached": 9})
    data.mod["radiomics"].uns["gene_filter"] = to_uns(genes=genes, settings={"method": "cpm"})
    said = str(summarize(data))
    assert "7 of 9 genes are expressed by enough patients; the filter left out 2." in said
    assert "6 of 7 features (9 before the filter of genes) kept." in said
