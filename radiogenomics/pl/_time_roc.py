"""Time-dependent ROC: areas over time, or the curves at a horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.get import time_roc as table_of
from radiogenomics.pl._judged import Shown, shown
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy
from radiogenomics.pl._text import estimate_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_FEW = 5


def time_roc(
    data: Cohort,
    *,
    key: str = "time_roc",
    models: Sequence[str] | None = None,
    split: str | None = None,
    estimate: str | None = None,
    horizon: float | Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the areas of `rg.tl.time_roc` over time, or the ROC curves at one or several horizons.

    Areas of fewer than 5 cases or controls are in the table only.

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
        Time at which the ROC curves are drawn: one for all models, several for a single model. By default the areas
        over all times are drawn.
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
        If there is no such part of the split or horizon, or there are too many curves.
    """
    settings = settings_of(result_of(data, key, made_by="time_roc"))
    auc = table_of(data, key=key)
    several = [] if horizon is None else [float(h) for h in np.atleast_1d(np.asarray(horizon, dtype=float))]
    choice = shown(
        auc, models=models, split=split, estimate=estimate, horizon=several[0] if several else None,
        by_horizon=bool(several),
    )  # fmt: skip
    if not several:
        return _areas(auc, choice, settings, ax)
    if len(several) > 1 and len(choice.colours) > 1:
        found = f"{len(several)} horizons of {len(choice.colours)} models"
        raise InputError("horizon", Fault(found, "one horizon, or one model in models="))
    pairs = [(model, h) for model in choice.colours for h in several]
    roc = table_of(data, key=key, table="roc")
    ax = new_axes(ax, width=4.9, height=4.9 + 0.16 * len(pairs))
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle="--")
    unit = str(settings["unit"])
    for k, (model, h) in enumerate(pairs):
        own = shown(auc, models=[model], split=choice.split, estimate=choice.estimate_of(model), horizon=h)
        points, area = own.of(roc, model), own.of(auc, model).iloc[0]
        said = estimate_text(*(float(area[name]) for name in ("value", "lower", "upper")))
        name = choice.label(model) if len(several) == 1 else f"{h:g} {unit}".rstrip()
        style = "-" if k < len(PALETTE) else "--"
        ax.plot(points["false_positive"], points["true_positive"], style, color=PALETTE[k % len(PALETTE)],
                linewidth=1.6, label=f"{name}: AUC {said}")  # fmt: skip
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.set_aspect("equal")
    ax.set_xlabel("1 - specificity")
    ax.set_ylabel("Sensitivity")
    title = choice.title(unit) if len(several) == 1 else _titled(choice, next(iter(choice.colours)))
    ax.set_title(title, loc="left", fontsize="medium")
    ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(0, -0.14), borderaxespad=0.2)
    return tidy(ax)


def _titled(choice: Shown, model: str) -> str:
    rest = replace(choice, horizon=None).title()
    return f"{model}, {rest[:1].lower()}{rest[1:]}" if rest else model


def _areas(auc: pd.DataFrame, choice: Shown, settings: dict[str, Any], ax: Axes | None) -> Axes:
    """Areas with their intervals, a line per model."""
    ax = new_axes(ax, width=5.6, height=4.0)
    alone = len(choice.colours) == 1
    times = np.unique(auc["horizon"].to_numpy(dtype=float))
    step = 0.012 * max(float(np.ptp(times)), float(times[-1]) / 10)  # bars of models stand beside each other
    for k, (model, colour) in enumerate(choice.colours.items()):
        own = choice.of(auc, model)
        own = own[own["value"].notna() & (np.minimum(own["cases"], own["controls"]) >= _FEW)]
        time, value = own["horizon"].to_numpy(dtype=float), own["value"].to_numpy(dtype=float)
        low, high = (own[name].to_numpy(dtype=float) for name in ("lower", "upper"))
        if len(own) > 3:
            ax.fill_between(time, low, high, color=colour, alpha=0.15 if alone else 0.08, linewidth=0)
        else:
            time = time + (k - (len(choice.colours) - 1) / 2) * step
            ax.errorbar(time, value, yerr=np.vstack([value - low, high - value]), fmt="none", ecolor=colour)
        ax.plot(time, value, "o-", color=colour, linewidth=1.6, markersize=3.5, label=choice.label(model))
    ax.axhline(0.5, color=MUTED, linewidth=0.9, linestyle="--")
    bottom, top = ax.get_ylim()
    ax.set_ylim(max(0.0, min(bottom, 0.4)), min(1.02, max(top, 1.02)))
    unit = f" ({settings['unit']})" if settings["unit"] else ""
    level = round(100 * float(settings["confidence"]))
    ax.set_xlabel(f"Horizon{unit}")
    ax.set_ylabel(f"AUC ({settings['outcome']}; {level} % interval)")
    ax.set_title(choice.title(), loc="left", fontsize="medium")
    ax.legend(frameon=False, fontsize="small", loc="lower right")
    return tidy(ax)
