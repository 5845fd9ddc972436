"""Net benefit over thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from radiogenomics._cohort import result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.get import decision_curve as table_of
from radiogenomics.pl._judged import shown
from radiogenomics.pl._style import MUTED, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_WORDS = {
    "net_benefit": "Net benefit",
    "standardised": "Standardised net benefit",
    "reduction": "Treatments avoided per 100 patients",
}


def decision_curve(
    data: Cohort,
    *,
    key: str = "decision_curve",
    models: Sequence[str] | None = None,
    split: str | None = None,
    estimate: str | None = None,
    horizon: float | None = None,
    statistic: Literal["net_benefit", "standardised", "reduction"] = "net_benefit",
    ax: Axes | None = None,
) -> Axes:
    """Draw the decision curves of `rg.tl.decision_curve` with those of treating everyone and nobody.

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
    statistic
        Net benefit, its share of the highest there can be, or the treatments avoided per 100 patients.
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
        If there is no such part of the split, horizon or statistic, or there are too many models.
    """
    if statistic not in _WORDS:
        raise InputError("statistic", Fault(repr(statistic), f"one of {', '.join(map(repr, _WORDS))}"))
    settings = settings_of(result_of(data, key, made_by="decision_curve"))
    table, summary = table_of(data, key=key), table_of(data, key=key, table="summary")
    choice = shown(table, models=models, split=split, estimate=estimate, horizon=horizon, counts=summary)
    ax = new_axes(ax, width=5.6, height=4.2)
    bounds = ("lower", "upper") if statistic == "net_benefit" else (f"{statistic}_lower", f"{statistic}_upper")
    alone, top, everyone = len(choice.colours) == 1, 0.0, None
    for model, colour in choice.colours.items():
        own = choice.of(table, model)
        x, y = own["threshold"].to_numpy(dtype=float), own[statistic].to_numpy(dtype=float)
        low, high = (own[name].to_numpy(dtype=float) for name in bounds)
        ax.fill_between(x, low, high, color=colour, alpha=0.15 if alone else 0.08, linewidth=0)
        ax.plot(x, y, color=colour, linewidth=1.7, label=choice.label(model))
        # Where few are treated, bounds may reach far beyond what net benefit can be.
        reach = high if statistic == "reduction" else high[:1]
        top = max(top, float(np.nanmax(np.concatenate([y, reach, [0.0]]))))
        if everyone is None or np.isnan(everyone).all():
            everyone = own["treat_all"].to_numpy(dtype=float)
            if statistic == "standardised":  # at a threshold of 0 everyone's net benefit is the prevalence
                odds = x / (1 - x)
                everyone = everyone / ((everyone + odds) / (1 + odds))
    if statistic == "reduction":
        ax.axhline(0, color=MUTED, linewidth=1.2, label="Treat everyone")
    elif everyone is not None:
        ax.plot(x, everyone, color=MUTED, linewidth=1.2, label="Treat everyone")
        ax.axhline(0, color="black", linewidth=1.2, label="Treat nobody")
    floor = -0.15 * top if top > 0 else -0.1
    ax.set_ylim(floor, top * 1.06 if top > 0 else 0.1)
    ax.set_xlim(0, 1)
    ax.set_xlabel(f"Threshold probability ({settings['outcome']})")
    ax.set_ylabel(_WORDS[statistic])
    ax.set_title(choice.title(str(settings["unit"])), loc="left", fontsize="medium")
    ax.legend(frameon=False, fontsize="small", loc="upper right")
    return tidy(ax)
