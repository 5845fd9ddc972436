"""Heat map of associations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._words import grouping_words
from radiogenomics.get import associate as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._style import MUTED, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_SYMBOLS = {"cramers_v": "V", "epsilon_squared": "ε²", "eta_squared": "η²", "rank_biserial": "r", "correlation": "ρ"}
_NAMES = {
    "cramers_v": "V: Cramér's V",
    "epsilon_squared": "ε²: epsilon squared",
    "eta_squared": "η²: eta squared",
    "rank_biserial": "r: rank-biserial correlation",
    "correlation": "ρ: correlation with the order",
}
_STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


def associate(
    data: Cohort,
    *,
    key: str = "associations",
    split: str | None = None,
    colour: Literal["p_adjusted", "effect"] = "p_adjusted",
    ax: Axes | None = None,
) -> Axes:
    """Draw the associations of `rg.tl.associate`: groupings in columns, variables in rows, the effect in each cell.

    One to three stars mark adjusted p-values under 0.05, 0.01 and 0.001.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    split
        Part of the split to draw; by default the training patients, or all without a split.
    colour
        What the colour shows: -log10 of the adjusted p-value, or the size of the effect.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        If there is no such result.
    InputError
        If there is no such part of the split.
    """
    if colour not in ("p_adjusted", "effect"):
        raise InputError("colour", Fault(repr(colour), "'p_adjusted' or 'effect'"))
    table, part = block_of(table_of(data, key=key), split)
    columns = list(dict.fromkeys(table["group"]))
    rows = list(dict.fromkeys(table["variable"]))
    shown = table.assign(value=-np.log10(table["p_adjusted"]) if colour == "p_adjusted" else table["effect"].abs())
    values = shown.pivot(index="variable", columns="group", values="value").reindex(index=rows, columns=columns)
    ax = new_axes(ax, width=3.2 + 1.25 * len(columns), height=1.5 + 0.34 * len(rows))
    top = max(float(np.nanmax(values.to_numpy(), initial=0.0)), 2.0 if colour == "p_adjusted" else 0.5)
    image = ax.pcolormesh(
        np.ma.masked_invalid(values.to_numpy(dtype=float)),
        cmap="Blues",
        vmin=0,
        vmax=top,
        edgecolor="white",
        linewidth=1,
    )
    for _, row in shown.iterrows():
        x, y = columns.index(row["group"]) + 0.5, rows.index(row["variable"]) + 0.5
        dark = not np.isnan(row["value"]) and row["value"] > 0.6 * top
        ax.text(x, y, _cell(row), ha="center", va="center", fontsize="small", color="white" if dark else "black")
    ax.set_facecolor("#f2f2f2")
    ax.invert_yaxis()
    ax.set_xticks(
        np.arange(len(columns)) + 0.5,
        [grouping_words(str(column)) for column in columns],
        rotation=20 if len(columns) > 1 else 0,
        ha="right" if len(columns) > 1 else "center",
    )
    ax.set_yticks(np.arange(len(rows)) + 0.5, [grouping_words(str(row)) for row in rows])
    ax.tick_params(length=0, labelsize="small")
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.06, pad=0.03)
    bar.set_label("−log10 adjusted p" if colour == "p_adjusted" else "size of the effect", fontsize="small")
    bar.ax.tick_params(labelsize="small")
    if part != "all":
        ax.set_title(f"{part.capitalize()} patients", loc="left", fontsize="medium", pad=26)
    names = "; ".join(said for name, said in _NAMES.items() if (table["effect_name"] == name).any())
    note = f"{names}\n* adjusted p < 0.05, ** < 0.01, *** < 0.001"
    ax.annotate(
        note, (0, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points",
        fontsize="x-small", color=MUTED, annotation_clip=False,
    )  # fmt: skip
    return ax


def _cell(row: pd.Series) -> str:
    if np.isnan(row["p_value"]):
        return "–"
    stars = next((s for limit, s in _STARS if row["p_adjusted"] < limit), "")
    symbol = _SYMBOLS[row["effect_name"]]
    return f"{symbol} = {row['effect']:.2f} {stars}".rstrip()
