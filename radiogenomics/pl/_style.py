"""Colours and axes that all figures share: colour-blind safe (after Okabe and Ito, 2008), readable on white paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5B2C06", "#000000")
MUTED = "#767676"


def group_colours(groups: Sequence[str]) -> dict[str, str]:
    """One colour per group, in order; the palette repeats after eight."""
    return {group: PALETTE[i % len(PALETTE)] for i, group in enumerate(groups)}


def text_colour(colour: str) -> str:
    """The colour, darkened until words in it stand out from white paper by 4.5 to 1 (WCAG 2.2, level AA)."""
    from matplotlib.colors import to_hex, to_rgb

    rgb = to_rgb(colour)
    while _luminance(rgb) > 1.05 / 4.5 - 0.05:
        rgb = (rgb[0] * 0.97, rgb[1] * 0.97, rgb[2] * 0.97)
    return str(to_hex(rgb))


def _luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance of an sRGB colour, 0 to 1."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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


def right_of(axes: Axes, *, widths: tuple[int, int] = (5, 3)) -> Axes:
    """A second panel in the right part of the place of ``axes``."""
    figure, place = axes.get_figure(), axes.get_subplotspec()
    if place is None or figure is None:  # Axes at a fixed place: outside, to the right
        return axes.inset_axes((1.25, 0.0, 0.6, 1.0))
    parts = place.subgridspec(1, 2, width_ratios=widths)
    axes.set_subplotspec(parts[0])
    return figure.add_subplot(parts[1])
