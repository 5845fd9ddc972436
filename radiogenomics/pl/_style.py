"""Colours and axes that all figures share: colour-blind safe (Okabe and Ito, 2008), readable on white paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C510A", "#000000")
MUTED = "#767676"


def group_colours(groups: Sequence[str]) -> dict[str, str]:
    """One colour per group, in order; the palette repeats after eight."""
    return {group: PALETTE[i % len(PALETTE)] for i, group in enumerate(groups)}


def new_axes(ax: Axes | None, *, width: float = 5.0, height: float = 3.8) -> Axes:
    """The given Axes, or those of a new figure of that size in inches (constrained layout, no pyplot state)."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def tidy(ax: Axes) -> Axes:
    """Remove the upper and right spines."""
    ax.spines[["top", "right"]].set_visible(False)
    return ax
