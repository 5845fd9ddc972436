"""Survival curves with the numbers at risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics._cohort import result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics._fold_groups import fold_tests
from radiogenomics._types import FloatArray
from radiogenomics._words import log_rank_words, survival_words
from radiogenomics.get import kaplan_meier as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._style import MUTED, PALETTE, group_colours, new_axes, text_colour, tidy
from radiogenomics.pl._text import count_text, p_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_LINE = 12.0  # points from one row of the table to the next
_LONG = 14  # letters of a name; with longer ones the legend stands beside the curves
_MANY = 4  # more groups than this have their legend beside the curves, and no bands


def kaplan_meier(
    data: Cohort,
    *,
    key: str = "kaplan_meier",
    split: str | None = None,
    statistic: Literal["survival", "cumulative_hazard"] = "survival",
    interval: bool | None = None,
    at_risk: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw the survival curves of `rg.tl.kaplan_meier`: censored patients as ticks, p-values of the tests above.

    Groups that a signature told by models of training folds have the p-value of `rg.tl.evaluate`, corrected for folds,
    or none: the log-rank p-value is too small for them.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    split
        Part of the split to draw; by default the training patients, or all without a split.
    statistic
        ``"survival"``, or ``"cumulative_hazard"`` (Nelson-Aalen), on which a constant hazard is a straight line.
    interval
        Shade the 95 % intervals; by default of up to four groups, because more hide each other.
    at_risk
        Write the numbers at risk under the axis.
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
        If there is no such part of the split or statistic.
    """
    if statistic not in ("survival", "cumulative_hazard"):
        raise InputError("statistic", Fault(repr(statistic), "'survival' or 'cumulative_hazard'"))
    hazard = statistic == "cumulative_hazard"
    settings = settings_of(result_of(data, key, made_by="kaplan_meier"))
    curves, part = block_of(table_of(data, key=key, table="curves"), split)
    summary, _ = block_of(table_of(data, key=key), part)
    test, _ = block_of(table_of(data, key=key, table="test"), part)
    groups = [str(g) for g in summary["group"][summary["n"] > 0]]
    shaded = len(groups) <= _MANY if interval is None else interval
    colours = group_colours([str(g) for g in summary["group"]])
    beside = len(groups) > _MANY or max(map(len, groups), default=0) > _LONG
    ax = new_axes(ax, width=7.2 if beside else 5.6, height=3.6 + 0.19 * (len(groups) if at_risk else 0))
    for group in groups:
        own = summary[summary["group"] == group].iloc[0]
        label = f"{group} (n = {own['n']}, {count_text(own['events'], 'event')})"
        dashed = list(colours).index(group) >= len(PALETTE)  # whose colour an earlier group has
        _draw(ax, curves[curves["group"] == group], colours[group], label, shaded, hazard, dashed)
    end = float(curves["time"].max())
    ticks = _ticks(end, str(settings["unit"]))
    ax.set_xticks(ticks)
    ax.set_xlim(0, end * 1.02)
    ax.set_ylim(0, None if hazard else 1.03)
    outcome = str(settings["outcome"])
    ax.set_ylabel(f"Cumulative hazard ({outcome})" if hazard else survival_words(outcome))
    unit = f" ({settings['unit']})" if settings["unit"] else ""
    landmark = settings.get("landmark")
    after = f" after the landmark at {landmark:g}" if landmark is not None else ""
    ax.set_xlabel(f"Time{after}{unit}")
    where = "" if part == "all" else f"{part.capitalize()} patients. "
    crossed = fold_tests(data, settings)
    if part in crossed:
        tests = _cross_validated(crossed[part])
    else:
        name = log_rank_words(settings)
        tests = f"{name[0].upper()}{name[1:]}{_chosen(settings)} {p_text(float(test['p_value'].iloc[0]))}"
    if settings.get("trend") and part not in crossed:
        trend, _ = block_of(table_of(data, key=key, table="trend"), part)
        tests += f", trend {p_text(float(trend['p_value'].iloc[0]))}"
    ax.set_title(where + tests, loc="left", fontsize="medium")
    if not beside:
        ax.legend(frameon=False, fontsize="small", loc="best", borderaxespad=1.0)
    else:
        ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0))
    if at_risk:
        _numbers(ax, curves, groups, colours, ticks)
    return tidy(ax)


def _cross_validated(p_value: float) -> str:
    """Of groups told by models of folds, for which the log-rank p-value is too small."""
    if np.isnan(p_value):
        return "Cross-validated groups: no p"
    return f"Cross-validated groups, corrected {p_text(p_value)}"


def _chosen(settings: Mapping[str, Any]) -> str:
    """Exponents of Fleming and Harrington's weights, and the strata, in brackets."""
    said = []
    if settings.get("weighting") == "fleming-harrington":
        said.append(f"rho = {settings['rho']:g}, gamma = {settings['gamma']:g}")
    if settings.get("strata"):
        said.append(f"within {settings['strata']}")
    return f" ({'; '.join(said)})," if said else ""


def _draw(ax: Axes, curve: pd.DataFrame, colour: str, label: str, interval: bool, hazard: bool, dashed: bool) -> None:
    names = ("hazard", "hazard_lower", "hazard_upper") if hazard else ("survival", "lower", "upper")
    time, survival = curve["time"].to_numpy(dtype=float), curve[names[0]].to_numpy(dtype=float)
    ax.step(time, survival, where="post", color=colour, linewidth=1.6, label=label, linestyle="--" if dashed else "-")
    if interval:
        lower, upper = curve[names[1]].to_numpy(dtype=float), curve[names[2]].to_numpy(dtype=float)
        ax.fill_between(time, lower, upper, step="post", color=colour, alpha=0.13, linewidth=0)
    gone = curve["censored"].to_numpy() > 0
    ax.plot(time[gone], survival[gone], "|", color=colour, markersize=6, markeredgewidth=1.1, clip_on=False)


def _ticks(end: float, unit: str) -> FloatArray:
    """Round times; whole years where the unit is days or months and the follow-up is long enough."""
    year = {"days": 365.0, "months": 12.0}.get(unit)
    if year is not None and end >= 2 * year:
        step = year * max(1, int(np.ceil(end / year / 7)))
        return np.arange(0, end + 1e-9, step)
    from matplotlib.ticker import MaxNLocator

    ticks = np.asarray(MaxNLocator(nbins=7, steps=[1, 2, 2.5, 5, 10]).tick_values(0, end), dtype=float)
    return ticks[(ticks >= 0) & (ticks <= end)]


def _numbers(ax: Axes, curves: pd.DataFrame, groups: list[str], colours: dict[str, str], ticks: FloatArray) -> None:
    """The table hangs under the axis label by fixed distances, whatever the size of the Axes."""
    place = ("data", "axes fraction")
    first = -44.0
    style: dict[str, Any] = {"fontsize": "small", "textcoords": "offset points", "annotation_clip": False}
    ax.annotate("At risk", (0, 0), xycoords=place, xytext=(-16, first), ha="right", va="center", color=MUTED, **style)
    for row, group in enumerate(groups, start=1):
        down = first - _LINE * row
        own = curves[curves["group"] == group]
        time, n = own["time"].to_numpy(dtype=float), own["at_risk"].to_numpy()
        ax.annotate(
            group, (0, 0), xycoords=place, xytext=(-16, down), ha="right", va="center",
            color=text_colour(colours[group]), **style,
        )  # fmt: skip
        for tick in ticks:
            later = np.searchsorted(time, tick, side="left")
            count = int(n[later]) if later < len(n) else 0
            ax.annotate(str(count), (tick, 0), xycoords=place, xytext=(0, down), ha="center", va="center", **style)
