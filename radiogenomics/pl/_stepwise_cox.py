"""How often bootstrap samples choose each variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import result_of, settings_of
from radiogenomics.get import stepwise_cox as table_of
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def stepwise_cox(data: Cohort, *, key: str = "stepwise", ax: Axes | None = None) -> Axes:
    """Draw the inclusion frequencies of `rg.tl.stepwise_cox`; the variables chosen on all patients are coloured.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
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
    settings = settings_of(result_of(data, key, made_by="stepwise_cox"))
    table = table_of(data, key=key)
    chosen = table["selected"].astype(bool).to_numpy()
    share = 100 * table["frequency"].to_numpy(dtype=float)
    ax = new_axes(ax, width=5.6, height=1.2 + 0.3 * len(table))
    y = np.arange(len(table))
    for rows, colour, label in ((chosen, PALETTE[0], "in the model"), (~chosen, "#C9C9C9", "left out")):
        if rows.any():
            ax.barh(y[rows], np.nan_to_num(share[rows]), color=colour, height=0.66, label=label)
    for at, value in zip(y, share, strict=True):
        text = "not resampled" if np.isnan(value) else f"{value:.0f} %"
        ax.annotate(text, (np.nan_to_num(value), at), xytext=(4, 0), textcoords="offset points", va="center",
                    fontsize="small", color=MUTED)  # fmt: skip
    ax.set_yticks(y, [str(v) for v in table["variable"]])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, 112)
    ax.set_xticks(range(0, 101, 25))
    ax.set_xlabel(f"Chosen in bootstrap samples, % (of {settings['n_done']})")
    ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return tidy(ax)
