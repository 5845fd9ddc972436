"""Who has what, and who was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics.get._audit import audit
from radiogenomics.pl._style import MUTED, PALETTE, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_LINE = 0.042  # height of a line of text in axes units, at the figure's own height
_PAD = 0.035


def cohort_flow(data: Cohort, *, key: str = keys.AUDIT, ax: Axes | None = None) -> Axes:
    """Flow of patients from the files to the cohort, with the numbers left out and why.

    Parameters
    ----------
    data
        Cohort of :func:`rg.io.assemble_cohort`.
    key
        Name of its audit table.
    ax
        Axes to draw on; by default those of a new figure.
    """
    table = audit(data, key=key)
    axes = new_axes(ax, width=7.2, height=5.2)
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    modalities = [str(c).removeprefix("has_") for c in table.columns if str(c).startswith("has_")]
    kept = table[table["kept"]]

    sources = [("Clinical table", int(table["in_clinical"].sum()))]
    sources += [(name, int(table[f"has_{name}"].sum())) for name in modalities]
    width = min(0.28, 0.92 / len(sources) - 0.03)
    centres = [(i + 0.5) / len(sources) for i in range(len(sources))]
    cohort_top = 0.60
    for x, (name, n) in zip(centres, sources, strict=True):
        low = _box(axes, x, 0.93, width, [_title(name), f"{n} patients"], colour=PALETTE[0])
        _arrow(axes, (x, low), (0.34 + (x - 0.5) * 0.35, cohort_top + 0.045))

    low = _box(axes, 0.34, cohort_top, 0.46, ["Cohort", f"{len(kept)} patients"], colour=PALETTE[0], bold=True)
    aside = _aside(table)
    if aside:
        _box(axes, 0.82, cohort_top, 0.34, aside, colour=MUTED)
        _arrow(axes, (0.57, cohort_top), (0.65, cohort_top))

    lower = [_overlap(kept, modalities), _splits(kept)]
    lower = [lines for lines in lower if lines]
    places = {1: [0.34], 2: [0.26, 0.76]}.get(len(lower), [])
    for x, lines in zip(places, lower, strict=True):
        height = len(lines) * _LINE + _PAD
        _box(axes, x, 0.40 - height / 2, 0.46, lines, colour=PALETTE[2], align_left=True)
        _arrow(axes, (0.34, low), (x, 0.40))
    return axes


def _title(name: str) -> str:
    return name if name == "Clinical table" else f"Modality {name}"


def _aside(table: pd.DataFrame) -> list[str]:
    """What happened to patients who are not in every file, and whose ids look alike."""
    lines = []
    no_modality = int((~table["kept"]).sum())
    if no_modality:
        lines += [f"{no_modality} left out:", "in no modality"]
    no_row = int((table["kept"] & ~table["in_clinical"]).sum())
    if no_row:
        lines += [f"{no_row} kept without", "a clinical row"]
    alike = int(((table["note"].fillna("") != "") & (table["reason"].fillna("") != "")).sum())
    if alike:
        lines += [f"{alike} of these have an id", "like that of another file"]
    return lines


def _overlap(kept: pd.DataFrame, modalities: list[str]) -> list[str]:
    """Patients by the combination of modalities they have."""
    if len(modalities) < 2:
        return []
    has = kept[[f"has_{name}" for name in modalities]].to_numpy(dtype=bool)
    combinations: dict[tuple[bool, ...], int] = {}
    for row in has:
        combinations[tuple(row)] = combinations.get(tuple(row), 0) + 1
    lines = ["Modalities per patient"]
    for combination, n in sorted(combinations.items(), key=lambda item: (-sum(item[0]), -item[1])):
        names = [name for name, there in zip(modalities, combination, strict=True) if there]
        said = " and ".join(names) if len(names) > 1 else f"{names[0]} only"
        lines.append(f"{n:>4}  {said}")
    return lines


def _splits(kept: pd.DataFrame) -> list[str]:
    counts = kept["split"].value_counts()
    if set(counts.index) <= {"all"}:
        return []
    parts = [part for part in (*keys.SPLITS, "none") if part in counts.index]
    names = {"none": "in no part (no clinical row)"}
    return ["Split", *(f"{int(counts[part]):>4}  {names.get(part, part)}" for part in parts)]


def _box(
    axes: Axes,
    x: float,
    y: float,
    width: float,
    lines: list[str],
    *,
    colour: str,
    bold: bool = False,
    align_left: bool = False,
) -> float:
    """A box of text centred at (x, y); returns its lower edge."""
    from matplotlib.patches import FancyBboxPatch

    height = len(lines) * _LINE + _PAD
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.012",
            facecolor="white",
            edgecolor=colour,
            linewidth=1.3,
        )
    )
    for i, line in enumerate(lines):
        heavy = bold or (i == 0 and len(lines) > 1 and colour != MUTED)
        axes.text(
            x - width / 2 + 0.02 if align_left else x,
            y + height / 2 - _PAD / 2 - (i + 0.5) * _LINE,
            line,
            ha="left" if align_left else "center",
            va="center",
            fontsize=9,
            fontweight="bold" if heavy else "normal",
        )
    return y - height / 2


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", "color": MUTED, "linewidth": 1.1})
