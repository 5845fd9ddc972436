"""Variance that batches explain, before and after harmonisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Patch

from radiogenomics._cohort import modality_of, result_of
from radiogenomics.get import batch_effect as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

STAGES = {"before": MUTED, "after": PALETTE[0]}


def batch_effect(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = "batch_effect",
    split: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Box plots over the features of the variance that batches and other variables explain, before and after.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.batch_effect`.
    modality
        Modality it was made of; required for a MuData.
    key
        Its ``key_added``.
    split
        Part of the split to draw; by default all patients.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Boxes span the quartiles, whiskers the 5th to the 95th percentile; dotted lines are the mean share that a
        variable without any effect explains by chance.
    """
    result_of(modality_of(data, modality), key, made_by="batch_effect")
    variance, part = block_of(table_of(data, modality=modality, key=key, table="variance"), split)
    summary, _ = block_of(table_of(data, modality=modality, key=key), split)
    variables, stages = list(dict.fromkeys(variance["variable"])), list(dict.fromkeys(variance["stage"]))
    ax = new_axes(ax, width=2.6 + 1.1 * len(variables), height=3.6)
    width = 0.7 / len(stages)
    for i, variable in enumerate(variables):
        for j, stage in enumerate(stages):
            own = variance[(variance["variable"] == variable) & (variance["stage"] == stage)]["r2"].dropna()
            if own.empty:
                continue
            at = i + (j - (len(stages) - 1) / 2) * width
            box = ax.boxplot(
                [own.to_numpy(dtype=float)], positions=[at], widths=0.85 * width, whis=(5, 95), showfliers=False,
                patch_artist=True, medianprops={"color": "black"}, manage_ticks=False,
            )  # fmt: skip
            box["boxes"][0].set(facecolor=STAGES[stage], edgecolor="black", linewidth=0.8)
        chance = float(np.nanmean(summary.loc[summary["variable"] == variable, "by_chance"].astype(float)))
        ax.hlines(chance, i - 0.45, i + 0.45, colors="black", linestyles=":", linewidth=1.2)
    ax.set_xticks(
        range(len(variables)),
        [str(v) for v in variables],
        rotation=20 if len(variables) > 2 else 0,
        ha="right" if len(variables) > 2 else "center",
    )
    ax.set_xlim(-0.6, len(variables) - 0.4)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("R² per feature")
    handles: list[Artist] = [Patch(facecolor=STAGES[s], edgecolor="black", label=s) for s in stages]
    handles.append(ax.plot([], [], ":", color="black", label="by chance")[0])
    ax.legend(handles=handles, frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    if part != "all":
        ax.set_title(f"{part.capitalize()} patients", loc="left", fontsize="medium")
    return tidy(ax)
