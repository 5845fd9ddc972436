"""Flow of patients between the groups of several groupings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._errors import DegenerateInputError
from radiogenomics._words import grouping_words
from radiogenomics.get import agreement as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._style import MUTED, group_colours, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_BAR = 0.09
_GAP = 0.03  # between the groups of a grouping, as a share of all patients


def flow(data: Cohort, *, key: str = "agreement", split: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how patients pass from the groups of one grouping to those of the next (Sankey diagram).

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.agreement`, whose groupings stand from left to right.
    key
        Its ``key_added``.
    split
        Part of the split to draw; by default the training patients, or all without a split.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Bars and bands are as high as they have patients; bands have the colour of the group they come from.

    Raises
    ------
    UnknownNameError
        If there is no such result.
    DegenerateInputError
        If no patient has all the groupings.
    """
    flows, part = block_of(table_of(data, key=key, table="flows"), split)
    flows["n"] = flows["n"].astype(int)
    total = int(flows.loc[flows["step"] == flows["step"].min(), "n"].sum())
    if not total:
        raise DegenerateInputError("flow", "no patient has all the groupings; run rg.tl.agreement on fewer of them")
    columns = _columns(flows)
    ax = new_axes(ax, width=2.2 + 2.1 * (len(columns) - 1), height=3.8)
    places = [_places(sizes, total) for _, sizes in columns]
    for at, (name, sizes) in enumerate(columns):
        _bars(ax, at, sizes, places[at])
        ax.text(at, 1.03, grouping_words(name), ha="center", va="bottom", fontsize="small")
    for at in range(len(columns) - 1):
        _bands(ax, at, flows[flows["step"] == at], places, columns[at][1], total)
    ax.set(xlim=(-0.35, len(columns) - 0.65), ylim=(-0.02, 1.12))
    ax.set_axis_off()
    said = f"{part} patients: " if part != "all" else ""
    ax.text(-0.35, -0.02, f"{said}n = {total:,}", ha="left", va="top", fontsize="x-small", color=MUTED)
    return ax


def _columns(flows: pd.DataFrame) -> list[tuple[str, dict[str, int]]]:
    """Each grouping from left to right with the size of its groups, those without patients left out."""
    out = []
    for step in sorted(set(flows["step"])):
        own = flows[flows["step"] == step]
        out.append((str(own["first"].iloc[0]), _sizes(own, "first_group")))
    last = flows[flows["step"] == flows["step"].max()]
    return [*out, (str(last["second"].iloc[0]), _sizes(last, "second_group"))]


def _sizes(flows: pd.DataFrame, side: str) -> dict[str, int]:
    sizes = flows.groupby(side, sort=False)["n"].sum()
    return {str(g): int(n) for g, n in sizes.items() if n}


def _places(sizes: dict[str, int], total: int) -> dict[str, tuple[float, float]]:
    """Lower and upper end of the bar of each group, the first on top; all columns reach from 0 to 1."""
    share = (1.0 - _GAP * (len(sizes) - 1)) / total
    top, out = 1.0, {}
    for group, n in sizes.items():
        out[group] = (top - n * share, top)
        top -= n * share + _GAP
    return out


def _bars(ax: Axes, at: int, sizes: dict[str, int], places: dict[str, tuple[float, float]]) -> None:
    colours = group_colours(list(sizes))
    for group, n in sizes.items():
        low, high = places[group]
        ax.bar(at, high - low, bottom=low, width=_BAR, color=colours[group], zorder=3)
        right = at > 0
        ax.text(
            at + (0.5 * _BAR + 0.02) * (1 if right else -1),
            (low + high) / 2,
            f"{group} ({n:,})",
            ha="left" if right else "right",
            va="center",
            fontsize="small",
            zorder=4,
        )


def _bands(
    ax: Axes, at: int, flows: pd.DataFrame, places: list[dict[str, tuple[float, float]]], left: dict[str, int],
    total: int,
) -> None:  # fmt: skip
    colours = group_colours(list(left))
    start = {g: high for g, (_, high) in places[at].items()}
    end = {g: high for g, (_, high) in places[at + 1].items()}
    t = np.linspace(0.0, 1.0, 40)
    smooth = t * t * (3.0 - 2.0 * t)
    x = at + _BAR / 2 + t * (1.0 - _BAR)
    for row in flows[flows["n"] > 0].itertuples():
        a, b, n = str(row.first_group), str(row.second_group), float(str(row.n))
        height_a, height_b = (n * _share(p, total) for p in (places[at], places[at + 1]))
        upper = start[a] + (end[b] - start[a]) * smooth
        lower = start[a] - height_a + (end[b] - height_b - start[a] + height_a) * smooth
        ax.fill_between(x, lower, upper, color=colours[a], alpha=0.35, linewidth=0, zorder=2)
        start[a] -= height_a
        end[b] -= height_b


def _share(places: dict[str, tuple[float, float]], total: int) -> float:
    return (1.0 - _GAP * (len(places) - 1)) / total
