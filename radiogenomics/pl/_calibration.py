"""Predicted against observed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import result_of, settings_of
from radiogenomics.get import calibrate as table_of
from radiogenomics.pl._classes import classes_of
from radiogenomics.pl._judged import Shown, shown
from radiogenomics.pl._legend import height_of, outside
from radiogenomics.pl._style import MUTED, new_axes, tidy
from radiogenomics.pl._text import elided, p_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

#: Bands and groups of more models hide each other.
_FEW = 2
_LONGEST = 24


def calibration(
    data: Cohort,
    *,
    key: str = "calibrate",
    models: Sequence[str] | None = None,
    split: str | None = None,
    estimate: str | None = None,
    horizon: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the calibration of `rg.tl.calibrate`: smooth curve with its band, groups of patients, and the ideal.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    models
        Models to draw, at most eight; by default all.
    split
        Part of the split to draw; by default the training patients, or all without a split.
    estimate
        ``"out_of_fold"``, ``"held_out"``, ``"given"`` or ``"apparent"``; by default the first of these that there is.
    horizon
        Time by which the event is predicted; by default the first with at least 10 patients with and 10 without it.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Of more than two models only the curves: bands and groups would hide each other.

    Raises
    ------
    UnknownNameError
        If there is no such result, model or estimate.
    InputError
        If there is no such part of the split or horizon, or there are too many models.
    """
    result = result_of(data, key, made_by="calibrate")
    settings = settings_of(result)
    measures = table_of(data, key=key)
    choice = shown(measures, models=models, split=split, estimate=estimate, horizon=horizon)
    curves, groups = (table_of(data, key=key, table=name) for name in ("curve", "groups"))
    alone, few = len(choice.colours) == 1, len(choice.colours) <= _FEW
    lines = len(choice.colours) * (4 if few else 1)
    ax = new_axes(ax, width=4.9, height=4.9 + height_of(lines))
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle="--")
    for model, colour in choice.colours.items():
        curve, own = choice.of(curves, model), choice.of(groups, model)
        x = curve["predicted"].to_numpy(dtype=float)
        label = _label(choice.label(model), choice.of(measures, model), _test(data, key, result, choice, model), few)
        ax.plot(x, curve["observed"].to_numpy(dtype=float), color=colour, linewidth=1.7, label=label)
        if not few:
            continue
        low, high = (curve[name].to_numpy(dtype=float) for name in ("lower", "upper"))
        ax.fill_between(x, low, high, color=colour, alpha=0.15 if alone else 0.08, linewidth=0)
        own = own[own["observed"].notna()]
        place, seen = own["predicted"].to_numpy(dtype=float), own["observed"].to_numpy(dtype=float)
        if alone:
            ends = np.vstack([seen - own["lower"].to_numpy(dtype=float), own["upper"].to_numpy(dtype=float) - seen])
            ax.errorbar(place, seen, yerr=np.maximum(np.nan_to_num(ends), 0), fmt="none", ecolor=colour, elinewidth=1)
        ax.plot(place, seen, "o", color=colour, markersize=4.5, mfc="white" if alone else colour)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.set_aspect("equal")
    level = round(100 * float(settings["confidence"]))
    ax.set_xlabel(f"Predicted probability {_of_what(data, settings)}")
    ax.set_ylabel(f"Observed share\n({level} % interval)" if few else "Observed share")
    ax.set_title(choice.title(str(settings["unit"])), loc="left", fontsize="medium")
    outside(ax)
    return tidy(ax)


def _test(data: Cohort, key: str, result: object, choice: Shown, model: str) -> float | None:
    """P-value of Hosmer and Lemeshow's test, where there is one."""
    if not isinstance(result, dict) or "test" not in result:
        return None
    return float(choice.of(table_of(data, key=key, table="test"), model)["p_value"].iloc[0])


def _of_what(data: Cohort, settings: dict[str, Any]) -> str:
    """``of G3 (grade)``, ``(os)``."""
    name = str(settings["outcome"])
    if settings.get("kind") != "binary":
        return f"({name})"
    positive = classes_of(data, settings)[1]
    return f"of {name}" if positive == name else f"of {positive} ({name})"


def _label(model: str, measures: pd.DataFrame, p_value: float | None, few: bool) -> str:
    """Name and figures, of ``few`` models with intervals, a line each: long legends would leave the axes no room."""
    said = [model]
    for name in ("slope", "intercept"):
        own = measures.loc[measures["measure"] == name, ["value", "lower", "upper"]].to_numpy(dtype=float)
        if len(own) and not np.isnan(own[0, 0]):
            value, lower, upper = own[0]
            interval = f" ({lower:.2f} to {upper:.2f})" if few else ""
            said.append(f"{name} {value:.2f}{interval}".replace("-0.00", "0.00"))
    if p_value is not None and not np.isnan(p_value):
        said.append(f"Hosmer-Lemeshow {p_text(p_value)}")
    return "\n".join(said) if few else f"{elided(model, _LONGEST)}: {', '.join(said[1:])}"
