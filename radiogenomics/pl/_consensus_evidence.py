"""Evidence for the number of groups against cohorts without groups, per k."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics import _keys as keys
from radiogenomics._cohort import frame_of, modality_of, result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics._words import modality_words
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, text_colour, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_TICKS = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)


def consensus_evidence(
    data: Cohort, *, modality: str | None = None, key: str = keys.GROUPS, ax: Axes | None = None
) -> Axes:
    """P-value of each number of groups against simulated cohorts without groups, and the one over all numbers.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.consensus_cluster` with ``n_clusters="auto"``.
    modality
        Modality that was clustered; required for a MuData.
    key
        Its ``key_added``.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        P-values on a logarithmic axis, smaller ones higher; over each stands the relative cluster stability index (over
        0: less ambiguous than the simulated cohorts). Dashed is the p-value over all k, which decides whether there is
        more than one group; dotted the level it has to reach. The number taken, if any, is filled.

    Raises
    ------
    InputError
        If the number of groups was given, so that nothing was simulated.
    """
    result = result_of(modality_of(data, modality), key, made_by="consensus_cluster")
    settings, evidence = settings_of(result), frame_of(result, "evidence")
    if settings["p_value"] is None:
        found = Fault(
            f"n_clusters={settings['n_clusters']}, set beforehand",
            "n_clusters='auto', which compares every k with cohorts without groups",
            hint="Run rg.tl.consensus_cluster with n_clusters='auto', or draw rg.pl.consensus_cdf",
        )
        raise InputError(key, found)
    axes = new_axes(ax, width=5.4, height=3.4)
    ks, p = evidence["k"].to_numpy(), evidence["p_value"].to_numpy(dtype=float)
    overall, alpha = float(settings["p_value"]), float(settings["alpha"])
    chosen = evidence["chosen"].to_numpy(dtype=bool)
    axes.plot(ks, p, color=PALETTE[0], lw=1.0, marker="o", ms=7, mfc="white")
    axes.plot(ks[chosen], p[chosen], color=PALETTE[0], ls="", marker="o", ms=7)
    for k, value, index in zip(ks, p, evidence["rcsi"], strict=True):
        axes.annotate(
            f"{index:+.2f}".replace("-", "\N{MINUS SIGN}"), (k, value), (0, 8), textcoords="offset points",
            ha="center", fontsize=7.5, color=MUTED, bbox={"fc": "white", "ec": "none", "pad": 0.5},
        )  # fmt: skip
    least = min(alpha, overall, float(p.min()), 1 / (settings["n_null"] + 1))
    axes.set(yscale="log", xlabel="number of groups k", ylabel="p against cohorts without groups")
    axes.set_ylim(1.25, least / 1.8)
    shown = [t for t in _TICKS if t >= least * 0.99]
    axes.set_yticks(shown, [f"{t:g}" for t in shown])
    axes.minorticks_off()
    axes.set_xticks(ks)
    axes.set_xlim(ks[0] - 0.5, ks[-1] + 0.5)
    colour = text_colour(PALETTE[1])
    for value, style, said in ((overall, "--", f"all k together: {overall:.2g}"), (alpha, ":", f"level {alpha:g}")):
        axes.axhline(value, color=colour if style == "--" else MUTED, lw=1.0, ls=style)
        axes.annotate(
            said, (1.01, value), xycoords=("axes fraction", "data"), va="center", fontsize=7.5,
            color=colour if style == "--" else MUTED, annotation_clip=False,
        )  # fmt: skip
    _apart(axes, overall, alpha, least)
    what = f"{modality_words(modality)}: " if modality else ""
    number = f"{result['n_clusters']} groups" if int(str(result["n_clusters"])) > 1 else "one group"
    axes.set_title(f"{what}{number} (over each k: RCSI)", fontsize=9, loc="left")
    return tidy(axes)


def _apart(axes: Axes, overall: float, alpha: float, least: float) -> None:
    """Move the two labels at the right from each other where their lines are close."""
    span = np.log(1.25) - np.log(least / 1.8)
    if abs(np.log(overall / alpha)) / span < 0.05:
        first, second = axes.texts[-2:]
        first.set_verticalalignment("bottom" if overall <= alpha else "top")
        second.set_verticalalignment("top" if overall <= alpha else "bottom")
