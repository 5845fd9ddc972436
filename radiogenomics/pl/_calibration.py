"""Predicted against observed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import result_of, settings_of
from radiogenomics.get import calibrate as table_of
from radiogenomics.pl._judged import Shown, shown
from radiogenomics.pl._style import MUTED, new_axes, tidy
from radiogenomics.pl._text import p_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


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
        Time by which the event is predicted; by default the first of a survival outcome.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

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
    ax = new_axes(ax, width=4.9, height=4.9 + 0.85 * len(choice.colours))
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle="--")
    alone = len(choice.colours) == 1
    for model, colour in choice.colours.items():
        curve, own = choice.of(curves, model), choice.of(groups, model)
        x = curve["predicted"].to_numpy(dtype=float)
        label = _label(choice.label(model), choice.of(measures, model), _test(data, key, result, choice, model))
        ax.plot(x, curve["observed"].to_numpy(dtype=float), color=colour, linewidth=1.7, label=label)
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
    ax.set_aspect("equal", anchor="N")  # what is left of the height is the legend's
    level = round(100 * float(settings["confidence"]))
    ax.set_xlabel(f"Predicted probability ({settings['outcome']})")
    ax.set_ylabel(f"Observed share ({level} % interval)")
    ax.set_title(choice.title(str(settings["unit"])), loc="left", fontsize="medium")
    ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(0, -0.14), borderaxespad=0.2)
    return tidy(ax)


def _test(data: Cohort, key: str, result: object, choice: Shown, model: str) -> float | None:
    """P-value of Hosmer and Lemeshow's test, where there is one."""
    if not isinstance(result, dict) or "test" not in result:
        return None
    return float(choice.of(table_of(data, key=key, table="test"), model)["p_value"].iloc[0])


def _label(model: str, measures: pd.DataFrame, p_value: float | None) -> str:
    """Name and figures, a line each: long legends would leave the axes no room."""
    said = [model]
    for name in ("slope", "intercept"):
        own = measures.loc[measures["measure"] == name, ["value", "lower", "upper"]].to_numpy(dtype=float)
        if len(own) and not np.isnan(own[0, 0]):
            value, lower, upper = own[0]
            said.append(f"{name} {value:.2f} ({lower:.2f} to {upper:.2f})".replace("-0.00", "0.00"))
    if p_value is not None and not np.isnan(p_value):
        said.append(f"Hosmer-Lemeshow {p_text(p_value)}")
    return "\n".join(said)
