"""The section of the page on the checklists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from radiogenomics.report._format import count, listed
from radiogenomics.report._tables import Table, shown
from radiogenomics.report._views import View
from radiogenomics.report.checklists._fill import AUTHORS
from radiogenomics.report.checklists._load import Checklist, checklist_named
from radiogenomics.report.checklists._score import Score, category, score_of
from radiogenomics.report.checklists._verdict import STATUSES

#: The parts of the publication and who said what stand in the file; the page has no room for them.
_COLUMNS = (("item", "Item"), ("topic", "About"), ("status", "Status"), ("evidence", "Evidence"), ("weight", "Weight"),
            ("points_lowest", "Points from"), ("points_highest", "to"), ("anchor", "Where"))  # fmt: skip
_NOTE = (
    "Statuses are made by rule from what is stored, and item texts are our own summaries; read the publication for the "
    "items themselves. “Cannot know” is for the authors to write, in the manuscript or in the study file "
    "(report: checklists: answers)."
)


def tables(filled: Mapping[str, pd.DataFrame]) -> list[Table]:
    """The filled checklists as they are written."""
    return [Table(f"checklist_{name}", frame) for name, frame in filled.items()]


def section(filled: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The section with a part per checklist."""
    parts = [_part(checklist_named(name), frame) for name, frame in filled.items()]
    made = {"id": "checklists", "title": "Reporting checklists", "findings": [_NOTE], "warnings": [], "blocks": []}
    return made | {"parts": parts}


def _part(checklist: Checklist, frame: pd.DataFrame) -> dict[str, Any]:
    own = int((frame["source"] == AUTHORS).sum())
    counts = frame["status"].value_counts()
    said = f"{count(len(frame), 'item')}: {listed((f'{counts[s]} {s}' for s in STATUSES if s in counts), most=9)}"
    said += f"; {own} of them stated by the authors." if own else "."
    score = score_of(checklist, frame)
    findings = [said] if score is None else [score_sentence(checklist, score), said]
    view = View(checklist.title, _COLUMNS, folded=True)
    stated = frame["source"] == AUTHORS
    told = frame.assign(evidence=frame["evidence"].mask(stated, "Stated by the authors: " + frame["evidence"]))
    block = shown(told, view, csv=f"checklist_{checklist.name}")
    where = [i for i, column in enumerate(block["columns"]) if column["heading"] == "Where"]
    for row in block["rows"]:
        for i in where:
            anchor = row[i]["text"]
            row[i] |= {"href": f"#{anchor}"} if anchor else {}
    return {"id": f"checklists-{checklist.name}", "title": checklist.title, "findings": [*findings, checklist.citation],
            "warnings": [], "blocks": [block], "parts": []}  # fmt: skip


def score_sentence(checklist: Checklist, score: Score) -> str:
    """The range of a score as a sentence, which says why it is a range."""
    if checklist.score == "points":
        range_ = f"{score.lowest:.0f} to {score.highest:.0f} of {score.best:.0f} points"
    else:
        low, high = category(score.lowest), category(score.highest)
        range_ = f"{score.lowest:.1f} to {score.highest:.1f} % ({low if low == high else f'{low} to {high}'})"
    name = checklist.title.partition(",")[0]
    if score.lowest == score.highest:
        return f"{name}: {range_.split(' to ')[-1]}.".replace("−", "-")
    return (
        f"{name}: {range_}; the lower end counts what is partly done or not known against the study, the upper for it."
    )
