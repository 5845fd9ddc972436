"""A checklist as a table: each item with its status, its evidence and where the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from radiogenomics.report._found import results_in
from radiogenomics.report.checklists._answers import Answers
from radiogenomics.report.checklists._facts import Facts
from radiogenomics.report.checklists._load import Checklist, Item, checklist_named
from radiogenomics.report.checklists._rules_cohort import COHORT_RULES
from radiogenomics.report.checklists._rules_images import IMAGE_RULES
from radiogenomics.report.checklists._rules_models import MODEL_RULES
from radiogenomics.report.checklists._score import needs_of, points_of
from radiogenomics.report.checklists._verdict import (
    NOT_APPLICABLE,
    PARTLY,
    UNKNOWN,
    Rule,
    Verdict,
    not_applicable,
    unknown,
)  # fmt: skip

RULES: dict[str, Rule] = {**COHORT_RULES, **IMAGE_RULES, **MODEL_RULES}

#: Who gives an answer.
SOFTWARE, AUTHORS, NOBODY = "stored results", "stated by the authors", "to be stated"


def fill(checklist: Checklist, facts: Facts, answers: Answers) -> pd.DataFrame:
    """Every item with ``status``, ``evidence``, ``anchor`` and ``source``; see ``rg.report.checklist``."""
    conditions = {c.condition: RULES[c.rule](facts) for c in checklist.conditions}
    own = answers.get(checklist.name, {})
    rows = []
    for item in checklist.items:
        applies = needs_of(checklist, item, conditions)
        verdict = _verdict(item, facts, checklist, applies)
        source = NOBODY if verdict.status == UNKNOWN else SOFTWARE
        if item.item in own:
            stated = own[item.item]
            points = None if stated.points is None else (stated.points, stated.points)
            verdict, source = Verdict(stated.status, stated.text, verdict.anchor, points), AUTHORS
            applies = stated.status != NOT_APPLICABLE or not item.needs
        row: dict[str, Any] = {
            "item": item.item, "section": item.section, "topic": item.topic, "status": verdict.status,
            "evidence": verdict.evidence, "anchor": verdict.anchor, "source": source,
        }  # fmt: skip
        if checklist.score == "weighted":
            row |= {"weight": item.weight, "applies": {True: "yes", False: "no", None: "not known"}[applies]}
        if checklist.score == "points":
            lowest, highest = points_of(item, verdict.status, verdict.points)
            row |= {"points_lowest": lowest, "points_highest": highest}
        rows.append(row)
    return pd.DataFrame(rows)


def _verdict(item: Item, facts: Facts, checklist: Checklist, applies: bool | None) -> Verdict:
    """What is stored says of an item, with what the authors must write."""
    if applies is False:
        return not_applicable(f"The condition {' and '.join(item.needs)} of the score does not hold")
    if item.applies == "D" and not facts.models:
        return not_applicable("No prediction model was made")
    if item.rule is None:
        return unknown(f"For the authors to state: {item.authors}")
    verdict = RULES[item.rule](facts)
    evidence = verdict.evidence
    if item.authors and verdict.status in (PARTLY, UNKNOWN):
        evidence += f". For the authors to state: {item.authors}"
    return Verdict(verdict.status, evidence, verdict.anchor, verdict.points)


def fill_all(
    data: Any, which: Sequence[str], *, provenance: Mapping[str, Any] | None = None, answers: Answers | None = None
) -> dict[str, pd.DataFrame]:
    """The asked checklists that are for what the cohort holds, by name."""
    facts = Facts(data, results_in(data), provenance or {})
    fitting = [name for name in which if facts.image_modalities or name == "tripod_ai"]
    return {name: fill(checklist_named(name), facts, answers or {}) for name in fitting}
