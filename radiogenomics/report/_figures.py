"""The figures of a report: for each kind of stored result, which are drawn, from what, and how they read aloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import is_multimodal
from radiogenomics._errors import RadiogenomicsError
from radiogenomics.pl._marks import Marks
from radiogenomics.report._figure_kinds import Kind
from radiogenomics.report._figures_biology import BIOLOGY
from radiogenomics.report._figures_features import FEATURES
from radiogenomics.report._figures_groups import GROUPS
from radiogenomics.report._figures_models import MODELS
from radiogenomics.report._figures_prognosis import PROGNOSIS
from radiogenomics.report._format import count, slug
from radiogenomics.report._found import Found, blocks, results_in
from radiogenomics.report._svg import drawn

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
    named
        Patients whose ids stand as texts in it.
    """

    name: str
    caption: str
    alt: str
    data: pd.DataFrame
    draw: Callable[[], Axes] | None = field(default=None, repr=False)
    of: Found | None = None
    svg: str | None = field(default=None, repr=False)
    named: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A figure drawn: its SVG, or why it could not be drawn; and whose marks stand in which groups of the SVG."""

    plan: Plan
    svg: str | None
    problem: str = ""
    marks: Mapping[str, Marks] = field(default_factory=dict)


#: Results of a modality, whose figures are asked for by its name.
_OF_A_MODALITY = frozenset({"consensus_cluster", "batch_effect", "encoder", "icc"})

FIGURES: tuple[Kind, ...] = (*FEATURES, *GROUPS, *PROGNOSIS, *MODELS, *BIOLOGY)
"""Every figure; those of one result stand in the order of the report."""


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
    where: dict[str, Any] = {"modality": found.modality} if kind.result in _OF_A_MODALITY else {}
    where |= kind.options | ({"key": found.key} if kind.keyed else {})
    if part is not None:
        where["split"] = part
    shown = kind.data(data, found)
    if part is not None and "split" in shown:
        shown = shown[shown["split"] == part]

    def draw() -> Axes:
        from radiogenomics import pl

        axes: Axes = getattr(pl, kind.function)(data, **where)
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
    made = drawn(figure)
    return Picture(plan, made.svg, marks=made.marks)


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
