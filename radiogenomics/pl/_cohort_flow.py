"""Who has what, and who was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._words import modality_words
from radiogenomics.get._audit import audit
from radiogenomics.pl._style import MUTED, PALETTE, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

# Heights are in lines of text: y is 0 at the top and falls.
_PAD = 0.8
_GAP = 1.3
_INCHES_PER_LINE = 0.2


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
    modalities = [str(c).removeprefix("has_") for c in table.columns if str(c).startswith("has_")]
    kept = table[table["kept"]]
    sources = [["Clinical table", _patients(int(table["in_clinical"].sum()))]]
    sources += [[modality_words(name), _patients(int(table[f"has_{name}"].sum()))] for name in modalities]
    aside = _left_out(table)
    middle = _cohort(kept)
    below = [lines for lines in (_overlap(kept, modalities), _splits(kept), _outcomes(data)) if lines]

    # Top, left-out, cohort and bottom rows, one under the other.
    top_of_aside = -_height(sources[0]) - _GAP
    top_of_middle = top_of_aside - (_height(aside) + 0.4 if aside else 0)
    top_of_below = top_of_middle - _height(middle) - _GAP
    bottom = top_of_below - max((_height(lines) for lines in below), default=-_GAP)

    axes = new_axes(ax, width=7.2, height=-bottom * _INCHES_PER_LINE)
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(bottom - 0.1, 0.1))
    spine = 0.5
    places = _spread(len(sources))
    for x, lines in zip(places, sources, strict=True):
        _box(axes, x, 0, _width(len(sources)), lines, PALETTE[0])
    _join(axes, places, -_height(sources[0]), top_of_aside + _GAP / 2, spine)
    _arrow(axes, (spine, top_of_aside + _GAP / 2), (spine, top_of_middle))
    if aside:
        level = top_of_aside - _height(aside) / 2
        _box(axes, 0.8, top_of_aside, 0.36, aside, MUTED)
        _arrow(axes, (spine, level), (0.62, level))
    _box(axes, spine, top_of_middle, 0.46, middle, PALETTE[0])
    if below:
        places = _spread(len(below))
        start = top_of_middle - _height(middle)
        _join(axes, places, top_of_below + _GAP / 2, top_of_below + _GAP / 2, spine)
        axes.plot([spine, spine], [start, top_of_below + _GAP / 2], color=MUTED, linewidth=1.1)
        for x, lines in zip(places, below, strict=True):
            _arrow(axes, (x, top_of_below + _GAP / 2), (x, top_of_below))
            _box(axes, x, top_of_below, _width(len(below)), lines, PALETTE[2], left=True)
    return axes


def _patients(n: int) -> str:
    return f"{n} patient" if n == 1 else f"{n} patients"


def _left_out(table: pd.DataFrame) -> list[str]:
    gone = table[~table["kept"]]
    if gone.empty:
        return []
    lines = [f"Left out: {_patients(len(gone))}"]
    lines += [f"{reason}: {n}" for reason, n in gone["reason"].value_counts().items()]
    return lines + _alike(gone)


def _alike(rows: pd.DataFrame) -> list[str]:
    n = int((rows["note"].fillna("") != "").sum())
    return [f"id like one of another file: {n}"] if n else []


def _cohort(kept: pd.DataFrame) -> list[str]:
    lines = ["Cohort", _patients(len(kept))]
    without = kept[~kept["in_clinical"]]
    return lines if without.empty else [*lines, f"without a clinical row: {len(without)}", *_alike(without)]


def _overlap(kept: pd.DataFrame, modalities: Sequence[str]) -> list[str]:
    """Patients by the combination of modalities they have, the fullest first."""
    if len(modalities) < 2:
        return []
    combinations = Counter(tuple(name for name in modalities if has[f"has_{name}"]) for _, has in kept.iterrows())
    lines = ["Modalities"]
    for names, n in sorted(combinations.items(), key=lambda item: (-len(item[0]), -item[1])):
        lines.append(f"{' + '.join(map(modality_words, names))}{' only' if len(names) == 1 else ''}: {n}")
    return lines


def _splits(kept: pd.DataFrame) -> list[str]:
    counts = kept["split"].value_counts()
    if set(counts.index) <= {"all"}:
        return []
    names = {"none": "no part (no clinical row)"}
    parts = [part for part in (*keys.SPLITS, "none") if part in counts.index]
    return ["Split", *(f"{names.get(part, part)}: {int(counts[part])}" for part in parts)]


def _outcomes(data: Cohort) -> list[str]:
    """Patients whose outcome is known, and the events among them."""
    registered = data.uns.get(keys.OUTCOMES, {})
    lines = ["Outcomes"]
    for name in sorted(registered, key=lambda n: int(registered[n].get("order", 0))):
        outcome = registered[name]
        if outcome["kind"] == "binary":
            known = data.obs[outcome["column"]].notna()
            lines.append(f"{name}: known for {int(known.sum())}")
            continue
        known = data.obs[outcome["time"]].notna() & data.obs[outcome["event"]].notna()
        n_events = int((data.obs.loc[known, outcome["event"]].astype(float) > 0).sum())
        lines.append(f"{name}: {n_events} events of {int(known.sum())}")
    return lines if len(lines) > 1 else []


def _spread(n: int) -> list[float]:
    return [(i + 0.5) / n for i in range(n)]


def _width(n: int) -> float:
    return min(0.38, 0.94 / n)


def _height(lines: Sequence[str]) -> float:
    return len(lines) + _PAD


def _box(
    axes: Axes, x: float, top: float, width: float, lines: Sequence[str], colour: str, *, left: bool = False
) -> None:
    """Lines of text in a frame, the first in bold, hanging from ``top`` around ``x``."""
    from matplotlib.patches import Rectangle

    height = _height(lines)
    axes.add_patch(
        Rectangle((x - width / 2, top - height), width, height, facecolor="white", edgecolor=colour, linewidth=1.3)
    )
    for i, line in enumerate(lines):
        axes.text(
            x - width / 2 + 0.02 if left else x,
            top - _PAD / 2 - i - 0.5,
            line,
            ha="left" if left else "center",
            va="center",
            fontsize=8.5,
            fontweight="bold" if i == 0 else "normal",
        )


def _join(axes: Axes, places: Sequence[float], start: float, level: float, spine: float) -> None:
    """Lines from every place down to a common level that reaches the spine."""
    for x in places:
        axes.plot([x, x], [start, level], color=MUTED, linewidth=1.1, solid_capstyle="butt")
    axes.plot([min(*places, spine), max(*places, spine)], [level, level], color=MUTED, linewidth=1.1)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=arrow)
