"""Heat map of a radiogenomic map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics._words import modality_words
from radiogenomics.get import correlate as table_of
from radiogenomics.pl._style import MUTED, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def correlate(
    data: Cohort, *, key: str = "correlation", n_x: int = 20, n_y: int = 30, ax: Axes | None = None
) -> Axes:  # fmt: skip
    """Draw the correlations of the features with the most significant partners, similar ones side by side.

    Rows are features of x, columns those of y, ordered by average-linkage clustering of their correlations. Dots mark
    pairs that are significant over the whole map. Features that come first by chance alone are shown too: where
    nothing is significant, the picture is one of noise.

    Parameters
    ----------
    data
        Cohort with the result of `rg.tl.correlate`.
    key
        Name under which it is stored.
    n_x, n_y
        Features of each side, at most the stored 30.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        If there is no such result.
    """
    for name, value in (("n_x", n_x), ("n_y", n_y)):
        if value < 1:
            raise InputError(name, Fault(repr(value), "at least 1 feature"))
    table = table_of(data, key=key, table="map")
    settings = settings_of(result_of(data, key, made_by="correlate"), keys.SETTINGS)
    first = {side: list(dict.fromkeys(table[side]))[:most] for side, most in (("x", n_x), ("y", n_y))}
    r = table.pivot(index="x", columns="y", values="r").loc[first["x"], first["y"]]
    rows, columns = _similar(r), _similar(r.T)
    r = r.loc[rows, columns]
    marked = table.pivot(index="x", columns="y", values="significant").loc[rows, columns].to_numpy(dtype=bool)
    left = 0.068 * max(len(_short(name)) for name in rows)
    ax = new_axes(ax, width=2.0 + left + 0.24 * len(columns), height=1.7 + 0.2 * len(rows))
    limit = max(float(np.abs(r.to_numpy()).max()), 0.3)
    image = ax.pcolormesh(
        r.to_numpy(), cmap="RdBu_r", vmin=-limit, vmax=limit, edgecolor="white", linewidth=0.5
    )  # fmt: skip
    y, x = np.nonzero(marked)
    dark = np.abs(r.to_numpy()[y, x]) > 0.6 * limit
    ax.scatter(x + 0.5, y + 0.5, s=7, c=np.where(dark, "white", "black"), linewidths=0, zorder=3)
    ax.invert_yaxis()
    ax.set_xticks(np.arange(len(columns)) + 0.5, [_short(c) for c in columns], rotation=90)
    ax.set_yticks(np.arange(len(rows)) + 0.5, [_short(c) for c in rows])
    ax.tick_params(length=0, labelsize="x-small")
    ax.spines[:].set_visible(False)
    ax.set_xlabel(modality_words(settings["y"]))
    ax.set_ylabel(modality_words(settings["x"]))
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.05, pad=0.02)
    name = f"{'partial ' if settings['covariates'] else ''}{_NAMES[settings['method']]}"
    bar.set_label(name[0].upper() + name[1:], size="small")
    bar.ax.tick_params(labelsize="small")
    n = int(table_of(data, key=key, table="summary")["n_significant"].iloc[0])
    rate = f"{settings['alpha']:g}"
    note = "● significant" if n else "no pair is significant"
    note += f" (false discovery rate {rate} over all pairs)"
    ax.annotate(
        note, (0, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points", fontsize="x-small",
        color=MUTED, annotation_clip=False,
    )  # fmt: skip
    return ax


_NAMES = {"spearman": "rank correlation (Spearman)", "pearson": "correlation (Pearson)"}


def _similar(r: pd.DataFrame) -> list[str]:
    """Row names, similar rows side by side."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    if len(r) < 3:
        return list(r.index)
    order = leaves_list(linkage(r.to_numpy(), method="average", optimal_ordering=True))
    return [str(name) for name in r.index[order]]


def _short(name: str, most: int = 44) -> str:
    """The name, its middle left out where it is long."""
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-most // 2 :]}"
