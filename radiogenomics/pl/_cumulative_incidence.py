"""Cumulative incidence of competing events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import result_of, settings_of, unknown_name
from radiogenomics.get import cumulative_incidence as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._style import group_colours, new_axes, tidy
from radiogenomics.pl._text import p_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_DASHES = ("-", "--", ":", "-.")


def cumulative_incidence(
    data: Cohort,
    *,
    key: str = "cumulative_incidence",
    cause: str | None = None,
    split: str | None = None,
    interval: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw the curves of `rg.tl.cumulative_incidence`: a colour per group, a dash per cause, Gray's p-values above.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    cause
        Draw one cause alone, by its name.
    split
        Part of the split to draw; by default the training patients, or all without a split.
    interval
        Shade the 95 % intervals.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        If there is no such result or cause.
    InputError
        If there is no such part of the split.
    """
    settings = settings_of(result_of(data, key, made_by="cumulative_incidence"))
    curves, part = block_of(table_of(data, key=key, table="incidence"), split)
    causes = list(settings["causes"])
    if cause is not None and cause not in causes:
        raise unknown_name("cause", cause, causes)
    shown = causes if cause is None else [cause]
    groups = list(dict.fromkeys(curves["group"].astype(str)))
    colours = group_colours(groups)
    ax = new_axes(ax, width=6.8, height=3.8)
    for group in groups:
        for name in shown:
            own = curves[(curves["group"].astype(str) == group) & (curves["cause"] == name)]
            time, value = own["time"].to_numpy(dtype=float), own["incidence"].to_numpy(dtype=float)
            label = " ".join(t for t in (group if len(groups) > 1 else "", name) if t)
            dash = _DASHES[causes.index(name) % len(_DASHES)]
            ax.step(time, value, where="post", color=colours[group], linestyle=dash, linewidth=1.6, label=label)
            if interval:
                lower, upper = own["lower"].to_numpy(dtype=float), own["upper"].to_numpy(dtype=float)
                ax.fill_between(time, lower, upper, step="post", color=colours[group], alpha=0.1, linewidth=0)
    ax.set_xlim(0, float(curves["time"].max()) * 1.02)
    top = float(np.nanmax(curves.loc[curves["cause"].isin(shown), ["incidence", "upper"]].to_numpy(dtype=float)))
    ax.set_ylim(0, min(1.0, max(1.05 * top, 0.1)))
    unit = f" ({settings['unit']})" if settings["unit"] else ""
    ax.set_xlabel(f"Time{unit}")
    ax.set_ylabel("Cumulative incidence")
    tests = table_of(data, key=key, table="gray")
    tests = tests[(tests["split"] == part) & tests["cause"].isin(shown)].dropna(subset=["p_value"])
    where = "" if part == "all" else f"{part.capitalize()} patients. "
    said = "; ".join(f"{r['cause']} {p_text(float(r['p_value']))}" for _, r in tests.iterrows())
    if where or said:
        ax.set_title(f"{where}Gray's test: {said}" if said else where.strip(), loc="left", fontsize="medium")
    ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return tidy(ax)
