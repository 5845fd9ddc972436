"""How the training of an autoencoder went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import frame_of, modality_of, result_of
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def learning_curve(
    data: Cohort, *, modality: str | None = None, sequence: str | None = None, loss: str = "mse", ax: Axes | None = None
) -> Axes:
    """Draw the loss of every network by epoch, on the slices that taught and on those that told when to stop.

    Parameters
    ----------
    data
        Cohort or features of `rg.im.encode`.
    modality
        Where the features are, in a cohort.
    sequence
        Of the model; by default its first.
    loss
        ``"mse"`` (mean squared error), ``"loss"`` (what is minimised) or ``"label_loss"`` (of a model with labels).
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Thin lines for networks of folds, thick ones for the final network with a dot at its best epoch (the smallest
        mean squared error of the slices that tell when to stop, whichever loss is drawn); for ``"mse"`` also the
        held-out error of the yardsticks (mean slice, principal components) as dashed lines.
    """
    uns = modality_of(data, modality).uns
    for name in ("learning_curves", "errors"):
        result_of(modality_of(data, modality), name, made_by="encode", package="im")
    curves, errors = frame_of(uns, "learning_curves"), frame_of(uns, "errors")
    known = list(dict.fromkeys(curves["sequence"].astype(str)))
    if sequence is not None and sequence not in known:
        raise InputError("sequence", Fault(repr(sequence), f"one of {', '.join(known)}"))
    chosen = known[0] if sequence is None else sequence
    if f"training_{loss}" not in curves:
        there = [c.removeprefix("training_") for c in map(str, curves) if c.startswith("training_")]
        raise InputError("loss", Fault(repr(loss), f"one of {', '.join(there)}"))
    curves = curves[curves["sequence"].astype(str) == chosen]
    if not np.isfinite(curves[f"training_{loss}"].to_numpy(dtype=float)).any():
        raise DegenerateInputError("learning_curve", Fault(f"no {loss} of {chosen}", "a training with this loss"))
    from matplotlib.ticker import MaxNLocator

    axes = new_axes(ax, width=6.0, height=3.8)
    _lines(axes, curves, loss)
    if loss == "mse":
        _yardsticks(axes, errors[errors["sequence"].astype(str) == chosen])
    if (curves[f"training_{loss}"] > 0).all() and (curves[f"validation_{loss}"] > 0).all() and loss != "label_loss":
        axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("Epoch")
    axes.set_ylabel({"mse": "Mean squared error", "label_loss": "Loss of the label"}.get(loss, "Loss"))
    axes.set_title(chosen, fontsize=9, loc="left")
    axes.legend(frameon=True, framealpha=0.9, edgecolor="none", fontsize=7)
    return tidy(axes)


def _lines(axes: Axes, curves: pd.DataFrame, loss: str) -> None:
    parts = {"training": ("teaching slices", PALETTE[0]), "validation": ("slices that tell when to stop", PALETTE[1])}
    for network, own in curves.groupby("network", sort=False):
        final = network == "final"
        for part, (words, colour) in parts.items():
            axes.plot(own["epoch"] + 1, own[f"{part}_{loss}"], color=colour, linewidth=1.8 if final else 0.6,
                      alpha=1 if final else 0.5, label=f"{words}, final network" if final else None)  # fmt: skip
        if final:
            best = own.iloc[[int(own["validation_mse"].to_numpy(dtype=float).argmin())]]
            axes.plot(best["epoch"] + 1, best[f"validation_{loss}"], "o", color=PALETTE[1], markersize=5)


def _yardsticks(axes: Axes, errors: pd.DataFrame) -> None:
    words = {"mean_slice": "mean slice", "pca": "principal components"}
    means = errors.groupby("model")["mse"].mean()
    for (name, text), style in zip(words.items(), (":", "--"), strict=True):
        if name in means:
            axes.axhline(float(means[name]), color=MUTED, linestyle=style, linewidth=1,
                         label=f"{text}, patients left out")  # fmt: skip
    others = [m for m in means.index if m not in words]
    if others:
        axes.axhline(float(means[others[0]]), color="#000000", linewidth=1, linestyle="-.",
                     label=f"{others[0].upper()}, patients left out")  # fmt: skip
