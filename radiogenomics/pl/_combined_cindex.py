"""C-index of each model with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import result_of, settings_of
from radiogenomics._words import model_words
from radiogenomics.get import combined_cindex as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy
from radiogenomics.pl._text import estimate_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def combined_cindex(
    data: Cohort, *, key: str = "combined_cindex", split: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the c-index of every model of `rg.tl.combined_cindex`; hollow: apparent, judged on the patients of the fit.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    split
        Part of the split to draw; by default the training patients (cross-validated), or all without a split.
    ax
        Axes to draw on; by default those of a new figure. The estimates are written to the right of it.

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
    settings = settings_of(result_of(data, key, made_by="combined_cindex"))
    models, part = block_of(table_of(data, key=key), split)
    ax = new_axes(ax, width=7.4, height=1.3 + 0.36 * len(models))
    level = round(100 * float(settings["confidence"]))
    estimate = str(models["estimate"].iloc[0])
    for y, (_, row) in enumerate(models.iterrows()):
        label = f"{estimate}, {level} % interval" if y == 0 else None
        ax.plot([row["lower"], row["upper"]], [y, y], color=PALETTE[0], linewidth=1.6)
        ax.plot([row["c"]], [y], "o", color=PALETTE[0], markersize=6.5, label=label)
        if not np.isnan(row["apparent_c"]):
            label = "apparent (same patients)" if y == 0 else None
            ax.plot([row["apparent_c"]], [y], "o", mfc="white", mec=MUTED, markersize=6.5, label=label)
        ax.annotate(
            estimate_text(row["c"], row["lower"], row["upper"]), (1, y), xycoords=("axes fraction", "data"),
            xytext=(12, 0), textcoords="offset points", va="center", fontsize="small", annotation_clip=False,
        )  # fmt: skip
    ax.axvline(0.5, color=MUTED, linewidth=0.9, linestyle="--")
    bounds = models[["lower", "upper", "c", "apparent_c"]].to_numpy(dtype=float)
    if np.isfinite(bounds).any():
        ax.set_xlim(min(0.45, float(np.nanmin(bounds)) - 0.02), max(0.75, float(np.nanmax(bounds)) + 0.02))
    ax.set_ylim(len(models) - 0.4, -0.6)
    ax.set_yticks(range(len(models)), [_wrapped(model_words(str(name))) for name in models["model"]], fontsize="small")
    ax.tick_params(axis="y", length=0)
    who = f"{models['n'].iloc[0]} patients, {models['events'].iloc[0]} events"
    ax.set_xlabel(f"c-index ({settings['outcome']}; {who if part == 'all' else f'{part}: {who}'})")
    ax.legend(
        frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2,
        handletextpad=0.3,
    )  # fmt: skip
    return tidy(ax)


def _wrapped(name: str, width: int = 42) -> str:
    """Long names break after a sign between groupings."""
    if len(name) <= width:
        return name
    for sign in (" x ", " + "):
        head, found, tail = name.rpartition(sign)
        if found:
            return f"{head}{sign.rstrip()}\n{tail}"
    return name
