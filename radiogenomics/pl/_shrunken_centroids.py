"""The genes of a classifier of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import frame_of, result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.pl._style import MUTED, group_colours, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def shrunken_centroids(
    data: Cohort, *, key: str = "shrunken_centroids", n_genes: int = 25, ax: Axes | None = None
) -> Axes:
    """Shrunken centroids: how far each group's mean of a gene lies from the overall mean.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.shrunken_centroids` was run.
    key
        Name of the result.
    n_genes
        How many genes are shown, the farthest first.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A bar to the right: the group expresses the gene more than the patients do on average, in standard deviations.
        A group without a bar does not use the gene.
    """
    if n_genes < 1:
        raise InputError("n_genes", Fault(str(n_genes), "at least 1"))
    stored = result_of(data, key, made_by="shrunken_centroids")
    settings, table = settings_of(stored), frame_of(stored, "genes")
    groups = list(settings["groups"])
    genes = list(dict.fromkeys(table["gene"]))[:n_genes]
    if not genes:
        axes = new_axes(ax)
        axes.text(0.5, 0.5, "the threshold leaves no gene", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return axes
    scores = table.pivot(index="gene", columns="group", values="score").loc[genes, groups].to_numpy(dtype=float)
    symbols = table.drop_duplicates("gene").set_index("gene")["symbol"].reindex(genes)
    axes = new_axes(ax, width=6.0, height=1.2 + 0.26 * max(len(genes), 4))
    thick = 0.8 / len(groups)
    y = np.arange(len(genes))[::-1]
    # The bars that a gene has stand together around its name; groups that do not use it take no room.
    drawn = np.nan_to_num(scores) != 0
    place = np.cumsum(drawn, axis=1) - 0.5 - drawn.sum(axis=1, keepdims=True) / 2
    for k, (group, colour) in enumerate(group_colours(groups).items()):
        own = drawn[:, k]
        label = group if own.any() else f"{group} (uses none of these)"
        axes.barh((y - place[:, k] * thick)[own], scores[own, k], thick, color=colour, label=label, zorder=2)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_yticks(y, [g if symbols.isna()[g] else str(symbols[g]) for g in genes], fontsize=8)
    axes.set_ylim(-0.8, len(genes) - 0.2)
    axes.set_xlabel("Shrunken distance from the overall mean (standard deviations)")
    axes.set_title(f"{len(genes)} of {settings['n_genes']:,} genes", fontsize=10, loc="left")
    axes.legend(title="Group", frameon=False, fontsize=8, title_fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1))
    return tidy(axes)
