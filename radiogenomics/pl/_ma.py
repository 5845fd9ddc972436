"""Fold change of every gene against its mean expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import frame_of, result_of, settings_of
from radiogenomics.pl._labels import place_labels
from radiogenomics.pl._style import MUTED, new_axes, tidy
from radiogenomics.pl._volcano import DOWN, UP, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def ma(data: Cohort, *, key: str = "differential_expression", n_labels: int = 10, ax: Axes | None = None) -> Axes:
    """MA plot: log2 fold change against mean expression, the significant genes coloured, the first of them named.

    A fold change that depends on the mean, over all genes, points to normalisation rather than biology.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.differential_expression` was run.
    key
        Name of the result.
    n_labels
        At most so many genes are named, by p-value.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Dashed lines mark the fold change that was asked for; genes without a p-value are not drawn.
    """
    stored = result_of(data, key, made_by="differential_expression")
    settings = settings_of(stored)
    table = frame_of(stored, "table").dropna(subset=["p_value"])
    axes = new_axes(ax, width=6.2, height=4.4)
    mean, change = (table[c].to_numpy(dtype=float) for c in ("mean", "log2_fold_change"))
    significant = table["significant"].to_numpy(dtype=bool)
    for rows, colour, size in (
        (~significant, "#BDBDBD", 7),
        (significant & (change > 0), UP, 11),
        (significant & (change < 0), DOWN, 11),
    ):
        axes.scatter(mean[rows], change[rows], s=size, c=colour, alpha=0.75, linewidths=0, rasterized=len(table) > 3000)
    axes.axhline(0.0, color=MUTED, linewidth=0.8, zorder=0)
    least = float(np.log2(float(settings["fold_change"])))
    for y in (-least, least) if least > 0 else ():
        axes.axhline(y, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    counts = settings["method"] == "deseq2"
    zscore = settings["scale"] == "zscore"
    axes.set_xlabel(
        "log2(mean normalised count + 1)" if counts else f"mean {'z-score' if zscore else 'log2 expression'}"
    )
    axes.set_ylabel("difference of z-scores" if zscore else "log2 fold change")
    n_up, n_down = int((significant & (change > 0)).sum()), int((significant & (change < 0)).sum())
    axes.set_title(f"{title_of(settings)}\n{n_up} higher (orange), {n_down} lower (blue)", fontsize=9, loc="left")
    names = table["symbol"].where(table["symbol"].notna(), table["gene"]).astype(str).to_numpy()
    hits = np.flatnonzero(significant)
    first = hits[np.argsort(table["p_value"].to_numpy(dtype=float)[hits], kind="stable")][: max(n_labels, 0)]
    axes.margins(y=0.12)
    place_labels(axes, mean[first], change[first], list(names[first]))
    return tidy(axes)
