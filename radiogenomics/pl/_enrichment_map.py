"""Enriched gene sets that share their genes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import frame_of, result_of, settings_of
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.pl._enrichment import short_term, title_of
from radiogenomics.pl._labels import place_labels
from radiogenomics.pl._style import new_axes
from radiogenomics.pl._volcano import DOWN, UP

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from radiogenomics._types import Cohort


def enrichment_map(
    data: Cohort,
    *,
    key: str = "enrichment",
    n_terms: int = 25,
    min_overlap: float = 0.3,
    ax: Axes | None = None,
) -> Axes:
    """Map of enriched gene sets: sets that owe their enrichment to the same genes are joined and lie together.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.enrich` was run with ``"ora"`` or ``"prerank"``.
    key
        Name of the result.
    n_terms
        At most so many significant sets, by p-value.
    min_overlap
        Least share of the found genes of the smaller set (significant, or in its leading edge) that the other has too.
    ax
        Axes to draw on; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Size of a point: found genes; width of a line: the share; orange higher, blue lower in the group, grey both.
    """
    if n_terms < 1 or not 0 < min_overlap <= 1:
        raise InputError("enrichment_map", Fault(f"n_terms={n_terms}, min_overlap={min_overlap}", "at least 1; (0, 1]"))
    stored = result_of(data, key, made_by="enrich")
    settings = settings_of(stored)
    table = frame_of(stored, "table")
    passed = table[(table["p_adjusted"] < float(settings["expression"]["alpha"])) & (table["overlap"] > 0)]
    shown = passed.sort_values(["p_value", "term"], kind="stable").drop_duplicates(["term", "direction"])[:n_terms]
    axes = new_axes(ax, width=8.0, height=6.0)
    axes.set_axis_off()
    axes.set_title(f"{title_of(settings)}\nlines: at least {100 * min_overlap:.0f} % of the genes found in the "
                   "smaller set are shared", fontsize=9, loc="left")  # fmt: skip
    if shown.empty:
        axes.text(0.5, 0.5, "no gene set is enriched", ha="center", va="center", transform=axes.transAxes)
        return axes
    overlap = _overlaps(shown)
    at = _layout(np.where(overlap >= min_overlap, overlap, 0.0))
    for i, j in zip(*np.nonzero(np.triu(overlap >= min_overlap, 1)), strict=True):
        axes.plot(
            at[[i, j], 0], at[[i, j], 1], color="#9E9E9E", linewidth=0.4 + 2.2 * overlap[i, j], alpha=0.6, zorder=1
        )
    colours = {"up": UP, "down": DOWN, "all": "#767676"}
    size = shown["overlap"].to_numpy(dtype=float)
    axes.scatter(
        at[:, 0], at[:, 1], s=30 + 260 * size / size.max(), c=[colours[str(d)] for d in shown["direction"]],
        edgecolors="white", linewidths=0.8, zorder=2,
    )  # fmt: skip
    axes.margins(0.28, 0.12)
    names = [f"{short_term(str(t), 34)} ({n})" for t, n in zip(shown["term"], shown["overlap"], strict=True)]
    place_labels(axes, at[:, 0], at[:, 1], names, size=7.0)
    return axes


def _overlaps(table: pd.DataFrame) -> FloatArray:
    """Shared genes of two sets by the number in the smaller."""
    genes = [set(str(found).split(";")) for found in table["genes"]]
    shares = [[len(a & b) / min(len(a), len(b)) for b in genes] for a in genes]
    out = np.array(shares)
    np.fill_diagonal(out, 0.0)
    return out


def _layout(weights: FloatArray) -> FloatArray:
    """Points in the plane: joined ones attract, all repel, and a weak pull keeps the parts together."""
    n = len(weights)
    angle = 2 * np.pi * np.arange(n) / n
    at = np.column_stack([np.cos(angle), np.sin(angle)])
    ideal = 1.2 / np.sqrt(n)
    # Sets of many partners would fall into one point.
    degree = np.maximum(weights.sum(axis=1), 1.0)
    pull = weights / np.sqrt(np.maximum.outer(degree, degree) * degree.max())
    for heat in np.linspace(0.15, 0.005, 300):
        difference = at[:, None, :] - at[None, :, :]
        distance = np.maximum(np.linalg.norm(difference, axis=2), 1e-3)
        force = ideal**2 / distance**2 - 3.0 * pull * distance / ideal
        move = (difference * force[:, :, None]).sum(axis=1) - 0.4 * at
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        at = at + move / length * np.minimum(length, heat)
    return np.asarray(at - at.mean(axis=0))
