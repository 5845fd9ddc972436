"""What the report says of curves that rest on few patients at risk early on, and of tests that were not done."""

from __future__ import annotations

from typing import Any

import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.report._summarize import summarize
from tests.tl._cohorts import cohort
from tests.tl.test_survival_input import late_entries, separated


def said(data: AnnData) -> tuple[str, str, list[Any]]:
    """Findings, methods, and every table of the page."""
    page = summarize(data)
    parts = [part for s in page["sections"] for part in [s, *s["parts"]]]
    text = " ".join(text for part in parts for text in [*part["findings"], *part["warnings"]])
    methods = " ".join(p["text"] for p in page["methods"]["paragraphs"])
    return text, methods, [b for part in parts for b in part["blocks"] if b["kind"] == "table"]


def test_a_thin_start_stands_in_the_report() -> None:
    data = cohort(late_entries())
    with pytest.warns(RadiogenomicsWarning, match="few are at risk early on"):
        rg.tl.kaplan_meier(data, "g", entry="entry")
    text, _, tables = said(data)
    assert "ew are at risk early on in A (1 at risk at 2 days, all with the event then" in text
    summary = next(t for t in tables if t["title"] == "Groups and median survival")
    assert [c["heading"] for c in summary["columns"]][-1] == "Note"


def test_what_was_not_tested_beside_a_separated_fit() -> None:
    data = separated()
    with pytest.warns(RadiogenomicsWarning, match="runs to infinity"):
        rg.tl.cox(data, ["bad"])
    text, methods, tables = said(data)
    assert "Whether effects change with time was not tested (unknown: a variable separates the patients" in text
    assert "proportional hazards were tested" not in methods
    tests = next(t for t in tables if t["title"] == "Tests of the multivariable model")
    wald = next(row for row in tests["rows"] if row[0]["text"] == "Wald")
    assert wald[-1]["text"].startswith("unknown: a variable separates")
