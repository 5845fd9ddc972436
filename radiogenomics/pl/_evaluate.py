"""Figures of several models beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import unknown_name
from radiogenomics.get import evaluate as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._roc import ESTIMATE_WORDS, models_shown, part_words
from radiogenomics.pl._style import MUTED, group_colours, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_WORDS = {
    "auc": "AUC", "accuracy": "Accuracy", "balanced_accuracy": "Balanced accuracy", "sensitivity": "Sensitivity",
    "specificity": "Specificity", "ppv": "PPV", "npv": "NPV", "f1": "F1", "brier": "Brier score",
    "scaled_brier": "Scaled Brier score", "c_index": "Harrell's c", "uno_c": "Uno's c",
}  # fmt: skip
_CHANCE = ("auc", "balanced_accuracy", "c_index", "uno_c")


def evaluate(
    data: Cohort,
    *,
    key: str = "evaluate",
    split: str | None = None,
    models: Sequence[str] | None = None,
    measures: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw measures of models with their intervals, the apparent ones hollow beside the honest ones.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.evaluate` was run.
    key
        Name of the result.
    split
        Part of the split; by default the training patients, or all without a split.
    models
        Models to draw, in that order; by default all, of more than eight those with the largest AUC or c-index.
    measures
        Names of measures, in that order; by default all but hazard ratios, which have another scale.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A short line marks 0.5 for measures of which that is chance.

    Raises
    ------
    UnknownNameError
        If there is no such result, model or measure.
    InputError
        If there is no such part of the split.
    """
    table, part = block_of(table_of(data, key=key), split)
    table = table.drop_duplicates(["model", "estimate", "measure"])  # the AUC with DeLong's interval comes first
    known = [name for name in _WORDS if name in set(table["measure"])]
    wanted = known if measures is None else list(measures)
    for name in wanted:
        if name not in known:
            raise unknown_name("measures", name, known)
    ranked = table[table["measure"].isin(("auc", "c_index"))]
    shown = models_shown(ranked, models)
    kinds = [(model, estimate) for model in shown
             for estimate in dict.fromkeys(table.loc[table["model"] == model, "estimate"])]  # fmt: skip
    colours = group_colours(shown)
    axes = new_axes(ax, width=7.2, height=1.3 + len(wanted) * max(0.32, 0.14 * len(kinds)))
    offsets = np.linspace(-0.3, 0.3, len(kinds)) if len(kinds) > 1 else np.zeros(1)
    for offset, (model, estimate) in zip(offsets, kinds, strict=True):
        own = table[(table["model"] == model) & (table["estimate"] == estimate)].set_index("measure").reindex(wanted)
        at = np.arange(len(wanted)) + offset
        face = "white" if estimate == "apparent" else colours[model]
        axes.hlines(at, own["lower"], own["upper"], color=colours[model], linewidth=1.2)
        label = f"{model}, {ESTIMATE_WORDS[estimate]}"
        axes.plot(own["value"], at, "o", color=colours[model], markersize=4.5, label=label, markerfacecolor=face)
    for y, name in enumerate(wanted):
        if name in _CHANCE:
            axes.plot([0.5, 0.5], [y - 0.45, y + 0.45], color=MUTED, linewidth=0.8, linestyle=":")
    low = float(table.loc[table["measure"].isin(wanted), "lower"].min())
    axes.set_xlim(min(0.0, max(low, -1.0)) if np.isfinite(low) else 0.0, 1.0)
    axes.set_ylim(len(wanted) - 0.5, -0.5)
    axes.set_yticks(range(len(wanted)), [_WORDS[name] for name in wanted])
    axes.set_xlabel("Value")
    axes.set_title(part_words(part), fontsize=10, loc="left")
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return tidy(axes)
