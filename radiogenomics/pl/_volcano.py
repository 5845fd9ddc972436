"""Fold change and evidence of every gene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import frame_of, result_of, settings_of
from radiogenomics._words import grouping_words
from radiogenomics.pl._labels import place_labels
from radiogenomics.pl._style import MUTED, PALETTE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

UP, DOWN = PALETTE[1], PALETTE[0]


def volcano(data: Cohort, *, key: str = "differential_expression", n_labels: int = 12, ax: Axes | None = None) -> Axes:
    """Volcano plot: log2 fold change against p-value, the significant genes coloured, the first of them named.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.differential_expression` was run.
    key
        Name of the result.
    n_labels
        At most so many genes are named, half of each direction, by p-value.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Dashed lines mark the fold change and the greatest p-value that is significant after adjustment.
    """
    stored = result_of(data, key, made_by="differential_expression")
    settings = settings_of(stored)
    table = frame_of(stored, "table").dropna(subset=["p_value"])
    axes = new_axes(ax, width=6.2, height=4.8)
    change = table["log2_fold_change"].to_numpy(dtype=float)
    evidence = -np.log10(table["p_value"].to_numpy(dtype=float).clip(min=np.finfo(float).tiny))
    significant = table["significant"].to_numpy(dtype=bool)
    up, down = significant & (change > 0), significant & (change < 0)
    group, reference = settings["group"], settings["reference"]
    other = "the rest" if reference == "rest" else reference
    for rows, colour, label in (
        (~significant, "#BDBDBD", f"not significant ({int((~significant).sum())})"),
        (up, UP, f"higher in {group} ({int(up.sum())})"),
        (down, DOWN, f"lower in {group} ({int(down.sum())})"),
    ):
        axes.scatter(
            change[rows],
            evidence[rows],
            s=9,
            c=colour,
            label=label,
            alpha=0.75,
            linewidths=0,
            rasterized=len(table) > 3000,
        )
    _thresholds(axes, table, settings)
    shown = np.concatenate([_first(evidence, up, n_labels - n_labels // 2), _first(evidence, down, n_labels // 2)])
    limit = 1.3 * max(1.0, float(np.abs(change).max(initial=0.0)))
    axes.set_xlim(-limit, limit)
    axes.set_ylim(0.0, 1.12 * max(2.0, float(evidence.max(initial=0.0))))
    what = "log2 fold change" if settings["scale"] != "zscore" else "difference of z-scores"
    axes.set_xlabel(f"{what}, {group} against {other}")
    axes.set_ylabel("−log10 p-value")
    axes.set_title(title_of(settings), fontsize=9, loc="left")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[1:] + handles[:1], labels[1:] + labels[:1], fontsize=7.5, frameon=False, ncols=3,
                loc="upper center", bbox_to_anchor=(0.5, -0.14), handletextpad=0.1, columnspacing=1.0)  # fmt: skip
    names = table["symbol"].where(table["symbol"].notna(), table["gene"]).to_numpy()
    place_labels(axes, change[shown], evidence[shown], [str(n) for n in names[shown]])
    return tidy(axes)


def _first(evidence: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    found = np.flatnonzero(rows)
    return found[np.argsort(-evidence[found], kind="stable")][: max(n, 0)]


def _thresholds(axes: Axes, table: pd.DataFrame, settings: dict[str, Any]) -> None:
    style: dict[str, Any] = {"color": MUTED, "linewidth": 0.8, "linestyle": (0, (4, 3)), "zorder": 0}
    least = float(np.log2(float(settings["fold_change"])))
    for x in (-least, least) if least > 0 else ():
        axes.axvline(x, **style)
    passed = table.loc[table["p_adjusted"] < float(settings["alpha"]), "p_value"]
    if len(passed):
        # The adjusted threshold has no place of its own on this axis: the largest p-value that passes it marks it.
        axes.axhline(-np.log10(max(float(passed.max()), np.finfo(float).tiny)), **style)


def title_of(settings: dict[str, Any]) -> str:
    """Who was compared with whom, what counts as significant, and whether that is apparent."""
    other = "the rest" if settings["reference"] == "rest" else settings["reference"]
    title = f"{settings['group']} (n = {settings['n_group']}) against {other} (n = {settings['n_reference']})"
    adjusted = settings.get("covariates")
    title += f", adjusted for {', '.join(map(grouping_words, adjusted))}" if adjusted else ""
    fold = f"fold change ≥ {float(str(settings['fold_change'])):g}, adjusted p < {float(str(settings['alpha'])):g}"
    if settings["apparent"]:
        return f"{title}\n{fold}; apparent: these genes made the groups"
    return f"{title}\n{fold}"
