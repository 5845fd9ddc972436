"""Patients by batch in the space of the first two principal components."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics import _keys as keys
from radiogenomics._cohort import modality_of, result_of
from radiogenomics.get import batch_effect as table_of
from radiogenomics.pl._blocks import block_of
from radiogenomics.pl._marks import name_marks
from radiogenomics.pl._style import group_colours, new_axes, right_of, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_MARKERS = "osD^vP*X"


def batch_pca(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = "batch_effect",
    split: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """First two principal components of the patients, coloured by batch: before, and beside it after harmonisation.

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
        Those of the features before; after stands in a panel to their right, where the batches were harmonised. The
        mean of each batch is a large mark.
    """
    result_of(modality_of(data, modality), key, made_by="batch_effect")
    table, part = block_of(table_of(data, modality=modality, key=key, table="pca"), split)
    stages = list(dict.fromkeys(table["stage"]))
    batches = sorted(table["batch"].astype(str).unique())
    colours = group_colours(batches)
    ax = new_axes(ax, width=8.0 if len(stages) > 1 else 5.0, height=3.8)
    panels = [ax, right_of(ax, widths=(1, 1))] if len(stages) > 1 else [ax]
    for panel, stage in zip(panels, stages, strict=True):
        _panel(panel, table[table["stage"] == stage], batches, colours)
        where = "" if part == "all" else f"{part} patients, "
        panel.set_title(f"{where}{stage}", loc="left", fontsize="medium")
    panels[-1].legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0), title="batch")
    return ax


def _panel(ax: Axes, table: pd.DataFrame, batches: list[str], colours: dict[str, str]) -> None:
    for i, batch in enumerate(batches):
        own = table[table["batch"].astype(str) == batch]
        if own.empty:
            continue
        marker = _MARKERS[i % len(_MARKERS)]
        x, y = own["pc1"].to_numpy(dtype=float), own["pc2"].to_numpy(dtype=float)
        points = ax.scatter(
            x, y, s=16, color=colours[batch], marker=marker, alpha=0.65, linewidths=0, label=f"{batch} ({len(own)})"
        )
        name_marks(points, own[keys.PATIENT], [f"batch {batch}"] * len(own))
        ax.scatter(x.mean(), y.mean(), s=110, color=colours[batch], marker=marker, edgecolors="black", zorder=3)
    shares = table[["share_pc1", "share_pc2"]].iloc[0].astype(float)
    ax.set_xlabel(f"PC 1 ({100 * shares.iloc[0]:.0f} %)")
    ax.set_ylabel(f"PC 2 ({100 * shares.iloc[1]:.0f} %)")
    tidy(ax)
