"""What happened against what a model said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from radiogenomics._cohort import result_of, settings_of, unknown_name
from radiogenomics._types import FloatArray
from radiogenomics.get import evaluate as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._classes import classes_of
from radiogenomics.pl._roc import ESTIMATE_WORDS, part_words
from radiogenomics.pl._style import new_axes
from radiogenomics.pl._text import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

#: Characters of a line of a class's name.
_WIDEST = 16


def confusion(
    data: Cohort,
    *,
    key: str = "evaluate",
    model: str | None = None,
    split: str | None = None,
    estimate: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Confusion matrix of a model at its threshold: counts, and shares of those observed alike.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.evaluate` was run for a binary outcome.
    key
        Name of the result.
    model
        Name of the model; by default the first.
    split
        Part of the split; by default the training patients, or all without a split.
    estimate
        ``"out_of_fold"``, ``"held_out"``, ``"given"`` or ``"apparent"``; by default the honest one.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Counts of out-of-fold predictions are means over the repeats.

    Raises
    ------
    UnknownNameError
        If there is no such result, model or estimate.
    InputError
        If there is no such part of the split.
    """
    settings = settings_of(result_of(data, key, made_by="evaluate"))
    table, part = block_of(table_of(data, key=key, table="confusion"), split)
    models = list(dict.fromkeys(table["model"]))
    model = models[0] if model is None else model
    if model not in models:
        raise unknown_name("model", model, models)
    own = table[table["model"] == model]
    estimates = list(dict.fromkeys(own["estimate"]))
    estimate = estimates[0] if estimate is None else estimate  # honest ones come first
    if estimate not in estimates:
        raise unknown_name("estimate", estimate, estimates)
    order = ["positive", "negative"]
    counts = own[own["estimate"] == estimate].pivot(index="observed", columns="predicted", values="n")
    axes = new_axes(ax, width=3.9, height=3.1)
    names = [wrapped(word, _WIDEST) for word in reversed(classes_of(data, settings))]
    draw_counts(axes, counts.loc[order, order].to_numpy(dtype=float), names)
    axes.set_xlabel("Predicted")
    axes.set_ylabel("Observed")
    axes.set_title(f"{model}\n{part_words(part)}, {ESTIMATE_WORDS[estimate]}", fontsize=9, loc="left")
    return axes


def draw_counts(axes: Axes, counts: FloatArray, names: Sequence[str]) -> None:
    """Cells with patients and their share of the row, which the colour shows; ``counts`` (k, k) observed in rows."""
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / totals.clip(min=1e-300)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i in range(len(names)):
        for j in range(len(names)):
            text = f"{counts[i, j]:.1f}".removesuffix(".0")
            text += f"\n{100 * shares[i, j]:.0f} %" if totals[i, 0] else ""
            colour = "white" if shares[i, j] > 0.55 else "black"
            axes.text(j, i, text, ha="center", va="center", fontsize=9, color=colour)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), [f"{g}\n(n = {n:.0f})" for g, n in zip(names, totals[:, 0], strict=True)])
