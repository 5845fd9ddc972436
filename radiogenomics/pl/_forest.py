"""Hazard ratios with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics._words import grouping_words
from radiogenomics.get import cox as table_of
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy
from radiogenomics.pl._text import estimate_text, p_short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

# Intervals that go beyond are drawn with an arrow: the rest of the figure stays readable.
_WIDEST = 30.0


@dataclass(frozen=True)
class _Line:
    label: str
    counts: str = ""
    row: pd.Series | None = None
    level: bool = False


def forest(
    data: Cohort,
    *,
    key: str = "cox",
    table: Literal["multivariable", "univariable"] = "multivariable",
    ax: Axes | None = None,
) -> Axes:
    """Draw the hazard ratios of `rg.tl.cox` (odds ratios of `rg.tl.logistic`) on a log axis, with their figures beside.

    Beside each estimate stand patients, events, the interval and the p-value.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    table
        Which of the two tables.
    ax
        Axes to draw on; by default those of a new figure. The columns of text lie to the right of it.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        If there is no such result.
    """
    rows = table_of(data, key=key, table=table)
    short, words = ("OR", "Odds ratio") if "or" in rows else ("HR", "Hazard ratio")
    rows = rows.rename(columns={"or": "hr"})
    lines = _lines(rows)
    ax = new_axes(ax, width=8.2, height=1.1 + 0.27 * len(lines))
    finite = rows.dropna(subset=["hr"])
    low = max(min(float(finite["lower"].min()) if len(finite) else 1.0, 0.5) / 1.15, 1 / _WIDEST)
    high = min(max(float(finite["upper"].max()) if len(finite) else 1.0, 2.0) * 1.15, _WIDEST)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.set_ylim(len(lines) - 0.4, -1.1)
    ax.axvline(1.0, color=MUTED, linewidth=0.9, linestyle="--")
    for y, line in enumerate(lines):
        if line.row is not None:
            _draw(ax, y, line.row, low, high)
        _write(ax, y, line)
    for x, title, align in ((14, "Events / n", "left"), (100, f"{short} (95 % CI)", "left"), (212, "p", "left")):
        _beside(ax, x, -0.8, title, ha=align, weight="bold")
    ax.set_yticks(range(len(lines)), [line.label for line in lines], fontsize="small")
    for text, line in zip(ax.get_yticklabels(), lines, strict=True):
        text.set_fontweight("normal" if line.level else "bold")
    ax.tick_params(axis="y", length=0)
    ticks = [t for t in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if low <= t <= high]
    if len(ticks) > 6:  # more would touch each other
        ticks = [t for t in ticks if t in (0.05, 0.2, 1, 5, 20)]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    how = {"multivariable": ", adjusted for each other", "univariable": ", one at a time"}[table]
    if not lines:
        ax.text(0.5, 0.5, "No variable is left", transform=ax.transAxes, ha="center", va="center", color=MUTED)
    # Chosen on the patients whose ratios they are: rg.tl.logistic by p-values.
    chosen = (
        "\napparent: variables chosen by p on these patients" if "apparent" in set(rows.get("estimate", ())) else ""
    )
    ax.set_xlabel(f"{words}{how if rows['variable'].nunique() > 1 else ''}{chosen}")
    tidy(ax).spines["left"].set_visible(False)
    return ax


def _lines(rows: pd.DataFrame) -> list[_Line]:
    """A heading for each categorical variable with its reference, and its levels under it."""
    lines = []
    for variable, own in rows.groupby("variable", sort=False):
        first, name = own.iloc[0], grouping_words(str(variable))
        if pd.isna(first["reference"]):
            lines.append(_Line(f"{name}, per unit", f"{first['events']} / {first['n']}", first))
            continue
        counts = f"{first['events_reference']} / {first['n_reference']}"
        lines.append(_Line(f"{name}: {first['reference']} (reference)", counts))
        lines += [_Line(f"{row['level']}", f"{row['events']} / {row['n']}", row, True) for _, row in own.iterrows()]
    return lines


def _draw(ax: Axes, y: int, row: pd.Series, low: float, high: float) -> None:
    if np.isnan(row["hr"]):
        return
    left, right = max(row["lower"], low), min(row["upper"], high)
    ax.plot([left, right], [y, y], color=PALETTE[0], linewidth=1.4, solid_capstyle="butt")
    for end, beyond, marker in ((left, row["lower"] < low, "<"), (right, row["upper"] > high, ">")):
        if beyond:
            ax.plot([end], [y], marker, color=PALETTE[0], markersize=5, clip_on=False)
    if low <= row["hr"] <= high:
        ax.plot([row["hr"]], [y], "s", color=PALETTE[0], markersize=5.5)


def _write(ax: Axes, y: int, line: _Line) -> None:
    _beside(ax, 14, y, line.counts)
    if line.row is None:
        _beside(ax, 100, y, "1", color=MUTED)
        return
    row = line.row
    text = "separated" if np.isnan(row["hr"]) else estimate_text(row["hr"], row["lower"], row["upper"])
    _beside(ax, 100, y, text)
    _beside(ax, 212, y, p_short(float(row["p_value"])))


def _beside(ax: Axes, x: float, y: float, text: str, **style: Any) -> None:
    """Text ``x`` points to the right of the Axes, at the height of row ``y``."""
    ax.annotate(
        text, (1, y), xycoords=("axes fraction", "data"), xytext=(x, 0), textcoords="offset points", va="center",
        fontsize="small", annotation_clip=False, **style,
    )  # fmt: skip
