"""Consensus matrix of the patients, ordered by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from radiogenomics import _keys as keys
from radiogenomics._cohort import frame_of, modality_of, patients_of, result_of, settings_of
from radiogenomics._types import FloatArray, IntArray
from radiogenomics._words import modality_words
from radiogenomics.pl._style import group_colours, new_axes
from radiogenomics.pl._text import p_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_HEADROOM = 0.16  # above the matrix, for the groups' bar and names, as a share of its height
_WIDE = 0.14  # a group of this share has room for its name


def consensus_matrix(
    data: Cohort, *, modality: str | None = None, key: str = keys.GROUPS, ax: Axes | None = None
) -> Axes:
    """Heat map of how often two patients kept together, ordered by group, with a bar in the groups' colours.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.consensus_cluster`.
    modality
        Modality that was clustered; required for a MuData.
    key
        Its ``key_added``.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Patients that were assigned after the clustering are not in the matrix.
    """
    adata = modality_of(data, modality)
    result = result_of(adata, key, made_by="consensus_cluster")
    members = frame_of(result, "members").set_index(keys.PATIENT)
    matrix = np.asarray(adata.obsp[f"{key}_consensus"], dtype=float)
    clustered = np.flatnonzero(~np.isnan(matrix).all(axis=1))
    matrix = matrix[np.ix_(clustered, clustered)]
    groups = members.loc[patients_of(adata)[clustered], "group"]
    order = _order(matrix, groups)
    axes = new_axes(ax, width=5.6, height=4.8)
    image = axes.imshow(
        matrix[np.ix_(order, order)], cmap="Blues", vmin=0.0, vmax=1.0, interpolation="nearest", aspect="equal"
    )
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    _group_bar(axes, groups.iloc[order])
    figure = axes.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02)
    bar.set_label("share of resamples together", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    axes.set_title(_title(settings_of(result), int(result["n_clusters"]), modality, len(order)), fontsize=9, loc="left")
    return axes


def _order(matrix: FloatArray, groups: pd.Series) -> IntArray:
    """Patients by group, within a group in the order of a tree, so that its substructure shows."""
    parts = []
    codes = groups.to_numpy()
    for group in sorted(set(codes)):
        own = np.flatnonzero(codes == group)
        if len(own) > 2:
            inside = squareform(1.0 - matrix[np.ix_(own, own)], checks=False)
            own = own[leaves_list(linkage(inside, "average"))]
        parts.append(own)
    return np.concatenate(parts)


def _group_bar(axes: Axes, groups: pd.Series) -> None:
    """Coloured bar with the groups' names and sizes above the matrix; white lines where groups meet."""
    from matplotlib.patches import Rectangle

    names = sorted(groups.unique())
    colours = group_colours(names)
    n = len(groups)
    axes.set_ylim(n - 0.5, -0.5 - _HEADROOM * n)
    start = 0
    low = True
    for name in names:
        size = int((groups == name).sum())
        axes.add_patch(Rectangle((start - 0.5, -0.5 - 0.045 * n), size, 0.035 * n, color=colours[name], lw=0))
        # Names beside narrow groups would touch: every other one stands higher.
        low = True if size > _WIDE * n else not low
        height = 0.055 if low else 0.105
        axes.text(start + size / 2 - 0.5, -0.5 - height * n, f"{name} ({size})", ha="center", va="bottom", fontsize=8)
        start += size
        if start < n:
            axes.plot([start - 0.5, start - 0.5], [-0.5, n - 0.5], color="white", lw=0.8)
            axes.plot([-0.5, n - 0.5], [start - 0.5, start - 0.5], color="white", lw=0.8)
    axes.set_xlim(-0.5, n - 0.5)


def _title(settings: dict[str, Any], k: int, modality: str | None, n: int) -> str:
    what = f"{modality_words(modality)}: " if modality else ""
    method = settings["method"] + (f" ({settings['linkage']})" if settings["linkage"] else "")
    text = f"{what}k = {k}, {n} patients, {method}, {settings['metric']}"
    p = settings["p_value"]
    if p is None:
        return f"{text}\nk set beforehand"
    if k == 1:
        return f"{text}\nno evidence of groups ({p_text(p)}); matrix of k = {settings['consensus_k']}"
    return f"{text}\nagainst data without groups: {p_text(p)}"
