"""Enriched gene sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from radiogenomics._cohort import frame_of, result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.pl._style import MUTED, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort

_PREFIXES = ("HALLMARK_", "REACTOME_", "KEGG_", "GOBP_", "PROGRAMME_")


def enrichment(data: Cohort, *, key: str = "enrichment", n_terms: int = 15, ax: Axes | None = None) -> Axes:
    """Dot plot of the first gene sets: score, overlap (size) and adjusted p-value (colour).

    Parameters
    ----------
    data
        Cohort on which `rg.tl.enrich` was run.
    key
        Name of the result.
    n_terms
        How many sets (and directions) are shown, by p-value.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Odds ratios stand on a log2 scale. Sets that pass the significance level of the differential expression have a
        black edge. Over-representation shows only sets that hold a significant gene.
    """
    stored = result_of(data, key, made_by="enrich")
    settings = settings_of(stored)
    table = frame_of(stored, "table").dropna(subset=["p_value", "score"])
    if n_terms < 1:
        raise InputError("n_terms", Fault(str(n_terms), "at least 1"))
    ora = settings["method"] == "ora"
    if ora:
        table = table[table["overlap"] > 0]
    order = table.assign(size=-table["overlap"]).sort_values(["p_value", "size", "term"], kind="stable").index
    shown = table.loc[order[:n_terms]].sort_values(["direction", "score"], ascending=[True, True])
    axes = new_axes(ax, width=7.4, height=1.4 + 0.27 * max(len(shown), 4))
    if shown.empty:
        axes.text(0.5, 0.5, "no gene set holds a significant gene", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return axes
    x = np.log2(shown["score"].to_numpy(dtype=float)) if ora else shown["score"].to_numpy(dtype=float)
    colour = -np.log10(shown["p_adjusted"].to_numpy(dtype=float).clip(min=1e-300))
    alpha = float(settings["expression"]["alpha"])
    passed = shown["p_adjusted"].to_numpy(dtype=float) < alpha
    largest = max(int(shown["overlap"].max()), 1)
    dots = axes.scatter(
        x, np.arange(len(shown)), s=_area(shown["overlap"].to_numpy(dtype=float), largest), c=colour, cmap="viridis_r",
        vmin=0.0, vmax=max(2.0, float(np.nanmax(colour))), edgecolors=["black" if p else "none" for p in passed],
        linewidths=0.9, zorder=2,
    )  # fmt: skip
    axes.set_yticks(np.arange(len(shown)), [_label(row) for row in shown.to_dict("records")], fontsize=7.5)
    axes.set_ylim(-0.8, len(shown) - 0.2)
    axes.axvline(0.0, color=MUTED, linewidth=0.8, zorder=0)
    axes.margins(x=0.12)
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    what = "log2 odds ratio" if ora else "normalised enrichment score"
    axes.set_xlabel(
        f"{what}\n↑ ↓ higher, lower in {settings['expression']['group']}; genes / measured genes of the set",
        fontsize=8.5,
    )
    axes.set_title(title_of(settings), fontsize=10, loc="left")
    figure = axes.get_figure(root=True)
    if figure is not None:
        bar = figure.colorbar(dots, ax=axes, shrink=0.6, aspect=16, pad=0.02, anchor=(0.0, 1.0))
        bar.set_label("−log10 adjusted p", fontsize=7.5)
        bar.ax.tick_params(labelsize=7)
    _size_legend(axes, largest, "significant genes\nin the set" if ora else "genes in the\nleading edge")
    return tidy(axes)


def _area(overlap: np.ndarray, largest: int) -> np.ndarray:
    return np.asarray(14.0 + 130.0 * overlap / largest)


def short_term(term: str, most: int) -> str:
    """A set's name without its collection, in words, no longer than that."""
    for prefix in _PREFIXES:
        term = term.removeprefix(prefix)
    term = term.replace("_", " ").lower() if term.isupper() else term
    return term if len(term) <= most else term[: most - 1] + "…"


def _label(row: dict[Any, Any]) -> str:
    term = short_term(str(row["term"]), 46)
    arrow = {"up": "↑", "down": "↓", "all": "↕"}[str(row["direction"])]
    return f"{term} {arrow} {int(row['overlap'])}/{int(row['measured'])}"


def title_of(settings: dict[str, Any]) -> str:
    """The method and who was compared with whom."""
    expression = settings["expression"]
    other = "the rest" if expression["reference"] == "rest" else expression["reference"]
    method = {"ora": "Over-representation", "prerank": "Preranked GSEA"}[settings["method"]]
    title = f"{method}: {expression['group']} against {other}"
    return f"{title} (apparent)" if expression["apparent"] else title


def _size_legend(axes: Axes, largest: int, label: str) -> None:
    from matplotlib.lines import Line2D

    steps = sorted({max(1, round(largest * share)) for share in (0.25, 0.5, 1.0)})
    handles = [
        Line2D([], [], linestyle="", marker="o", color="#8A8A8A", markersize=diameter, label=str(step))
        for step, diameter in zip(steps, np.sqrt(_area(np.array(steps, dtype=float), largest)), strict=True)
    ]
    axes.legend(
        handles=handles, title=label, title_fontsize=7.5, fontsize=7.5, frameon=False, loc="lower left",
        bbox_to_anchor=(1.01, -0.02), labelspacing=1.0, borderpad=0.0,
    )  # fmt: skip
