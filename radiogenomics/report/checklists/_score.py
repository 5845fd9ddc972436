"""METRICS and RQS as ranges: from the lowest to the highest score that what is known allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from radiogenomics.report.checklists._load import Checklist, Item
from radiogenomics.report.checklists._verdict import DONE, NOT_APPLICABLE, NOT_DONE, Verdict

#: Categories of METRICS by the lowest score, in percent.
CATEGORIES = ((80, "excellent"), (60, "good"), (40, "moderate"), (20, "low"), (0, "very low"))


@dataclass(frozen=True)
class Score:
    """The range of a score.

    Attributes
    ----------
    lowest, highest
        Everything that is partly done or not known counted against, and for, the study. METRICS in percent of the
        weights that apply (0 to 100), RQS in points (-8 to 36).
    best
        The highest score there is.
    """

    lowest: float
    highest: float
    best: float


def points_of(item: Item, status: str, points: tuple[int, int] | None) -> tuple[int, int]:
    """Range of the points of RQS of an answer."""
    if points is not None:
        return points
    if status == DONE:
        return item.highest, item.highest
    if status in (NOT_DONE, NOT_APPLICABLE):
        return item.lowest, item.lowest
    return item.lowest, item.highest


def needs_of(checklist: Checklist, item: Item, conditions: Mapping[str, Verdict]) -> bool | None:
    """Whether an item of METRICS applies; ``None`` where that is not known."""
    told = [conditions[name].status for name in item.needs]
    if any(status in (NOT_DONE, NOT_APPLICABLE) for status in told):
        return False
    return True if all(status == DONE for status in told) else None


def score_of(checklist: Checklist, table: pd.DataFrame) -> Score | None:
    """The score of a filled checklist; ``None`` where it has none."""
    if checklist.score == "points":
        return Score(float(table["points_lowest"].sum()), float(table["points_highest"].sum()),
                     float(sum(item.highest for item in checklist.items)))  # fmt: skip
    return _weighted(table) if checklist.score == "weighted" else None


def _weighted(table: pd.DataFrame) -> Score:
    """METRICS: what is unknown counts as no or as yes; an item that may not apply counts where that lowers or lifts."""
    applies = table[table["applies"] != "no"]
    # The tool knows yes and no: only its conditions take an item out, so that what was never begun counts as no.
    yes, no = applies["status"] == DONE, applies["status"].isin([NOT_DONE, NOT_APPLICABLE])
    sure = applies["applies"].eq("yes")
    weight = applies["weight"]

    def share(gained: pd.Series, counted: pd.Series) -> float:
        whole = float(weight[counted].sum())
        return 100 * float(weight[gained & counted].sum()) / whole if whole else 0.0

    return Score(share(yes, sure | ~yes), share(~no, sure | ~no), 100.0)


def category(percent: float) -> str:
    """Category of METRICS of a score in percent."""
    return next(name for lowest, name in CATEGORIES if percent >= lowest)
