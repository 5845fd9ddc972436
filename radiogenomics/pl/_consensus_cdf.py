"""Evidence for the number of groups: distribution of the consensus values and its area, per k."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics import _keys as keys
from radiogenomics._cohort import frame_of, modality_of, result_of
from radiogenomics._words import modality_words
from radiogenomics.core.cluster_evidence import AMBIGUOUS
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, right_of, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def consensus_cdf(data: Cohort, *, modality: str | None = None, key: str = keys.GROUPS, ax: Axes | None = None) -> Axes:
    """Cumulative distribution of the consensus values at each k, and beside it the relative gain of its area.

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
        Those of the distributions; the gain of area stands in a panel to their right. Between the dotted lines lie the
        ambiguous pairs (PAC): the flatter a curve there, the clearer the groups.
    """
    result = result_of(modality_of(data, modality), key, made_by="consensus_cluster")
    cdf, evidence = frame_of(result, "cdf"), frame_of(result, "evidence")
    axes = new_axes(ax, width=7.2, height=3.6)
    chosen = set(evidence.loc[evidence["chosen"].astype(bool), "k"])
    for i, row in enumerate(evidence.itertuples()):
        curve = cdf[cdf["k"] == row.k]
        axes.step(
            curve["value"],
            curve["cdf"],
            where="post",
            color=PALETTE[i % len(PALETTE)],
            lw=2.4 if row.k in chosen else 1.2,
            ls="-" if i < len(PALETTE) else "--",
            label=f"{row.k} ({100 * float(str(row.pac)):.0f} %)",
        )
    for bound in AMBIGUOUS:
        axes.axvline(bound, color=MUTED, lw=0.8, ls=":")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="consensus of two patients", ylabel="share of pairs up to it")
    axes.legend(title="k (ambiguous)", fontsize=7.5, title_fontsize=7.5, frameon=False, loc="best")
    what = f"{modality_words(modality)}: " if modality else ""
    number = f"k = {next(iter(chosen))}" if chosen else "one group"
    axes.set_title(f"{what}{number}", fontsize=9, loc="left")
    _delta(axes, evidence, chosen)
    return tidy(axes)


def _delta(axes: Axes, evidence: pd.DataFrame, chosen: set[int]) -> None:
    beside = tidy(right_of(axes))
    ks = evidence["k"].to_numpy()
    gain = evidence["delta_area"].to_numpy(dtype=float)
    beside.plot(ks, gain, color=MUTED, lw=1.2, marker="o", ms=4)
    taken = np.isin(ks, list(chosen))
    beside.plot(ks[taken], gain[taken], color=PALETTE[1], ls="", marker="o", ms=7)
    beside.set_xticks(ks)
    beside.set_ylim(min(0.0, 1.1 * float(gain.min())), 1.1 * max(float(gain.max()), 0.01))
    beside.set_xlabel("k")
    beside.set_ylabel("relative gain of area")
