"""The answer of a rule to an item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from radiogenomics.report.checklists._facts import Facts

DONE, PARTLY, NOT_DONE, UNKNOWN, NOT_APPLICABLE = "done", "partly", "not done", "cannot know", "not applicable"
STATUSES = (DONE, PARTLY, NOT_DONE, UNKNOWN, NOT_APPLICABLE)


@dataclass(frozen=True)
class Verdict:
    """Status, one sentence of evidence, the section of the page that shows it, and the range of points of RQS."""

    status: str
    evidence: str
    anchor: str = ""
    points: tuple[int, int] | None = None


Rule = Callable[[Facts], Verdict]


def done(evidence: str, anchor: str, points: tuple[int, int] | None = None) -> Verdict:
    """It was done, and the page shows it."""
    return Verdict(DONE, evidence, anchor, points)


def partly(evidence: str, anchor: str, points: tuple[int, int] | None = None) -> Verdict:
    """A part of it was done."""
    return Verdict(PARTLY, evidence, anchor, points)


def not_done(evidence: str, anchor: str = "", points: tuple[int, int] | None = None) -> Verdict:
    """It could have been done here and was not."""
    return Verdict(NOT_DONE, evidence, anchor, points)


def unknown(evidence: str, anchor: str = "", points: tuple[int, int] | None = None) -> Verdict:
    """Nothing that is stored says it."""
    return Verdict(UNKNOWN, evidence, anchor, points)


def not_applicable(evidence: str) -> Verdict:
    """It does not apply to what was done."""
    return Verdict(NOT_APPLICABLE, evidence)
