"""The tables of the checklists: their items, weights and points, as package data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

from radiogenomics._cohort import unknown_name

#: Every checklist, in the order of the report.
NAMES = ("clear", "metrics", "tripod_ai", "rqs")


@dataclass(frozen=True)
class Item:
    """One item.

    Attributes
    ----------
    item, section, topic
        Its number in the publication, where it stands there, and our own short summary.
    rule
        The function that fills it; without one, only the authors know.
    authors
        What the authors must write themselves.
    weight
        Weight of METRICS.
    needs
        Conditions of METRICS, all of which must hold for the item to apply.
    lowest, highest, levels
        Points of RQS: their range, and the points there are where not every whole number between is one.
    applies
        ``D``: development of a model only; ``E``: its evaluation in other data only.
    """

    item: str
    section: str
    topic: str
    rule: str | None = None
    authors: str = ""
    weight: float = 0.0
    needs: tuple[str, ...] = ()
    lowest: int = 0
    highest: int = 0
    levels: tuple[int, ...] = ()
    applies: str = "D;E"

    @property
    def points(self) -> tuple[int, ...]:
        """The points an answer may give."""
        return self.levels or tuple(range(self.lowest, self.highest + 1))


@dataclass(frozen=True)
class Condition:
    """A condition of METRICS, on which items depend."""

    condition: str
    topic: str
    rule: str


@dataclass(frozen=True)
class Checklist:
    """A checklist; ``score`` is ``"weighted"`` (METRICS), ``"points"`` (RQS) or ``None``."""

    name: str
    title: str
    citation: str
    bibtex: str
    sources: tuple[str, ...]
    items: tuple[Item, ...]
    score: str | None = None
    conditions: tuple[Condition, ...] = field(default=())


@cache
def checklist_named(name: str) -> Checklist:
    """The checklist of a name.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    if name not in NAMES:
        raise unknown_name("checklist", name, NAMES)
    text = (resources.files(__package__) / f"{name}.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = yaml.safe_load(text)
    return Checklist(
        name=told["name"],
        title=told["title"],
        citation=told["citation"],
        bibtex=told["bibtex"],
        sources=tuple(told["sources"]),
        items=tuple(_item(one) for one in told["items"]),
        score=told.get("score"),
        conditions=tuple(Condition(**one) for one in told.get("conditions", ())),
    )


def _item(told: dict[str, Any]) -> Item:
    fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}
    return Item(**fields)
