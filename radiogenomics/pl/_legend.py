"""Legends outside of square Axes, where they leave these the most room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics.pl._labels import inches_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

_SIZE = 7.5
_CHARACTER, _LINE = 0.058, 0.15  # inches of a letter and of a line in that size
_AROUND = 0.75  # inches of the labels of an axis
#: Points from the axis to the legend under its label.
_UNDER = 36.0


def lines_of(labels: list[str], title: str | None = None) -> int:
    """Lines that a legend has."""
    return sum(label.count("\n") + 1 for label in labels) + (title is not None)


def height_of(lines: int) -> float:
    """Inches that a legend of that many lines takes under the Axes."""
    return 0.1 + _LINE * lines


def outside(axes: Axes, *, title: str | None = None) -> Legend:
    """Legend below or to the right of square Axes, whichever leaves these larger."""
    labels = [str(label) for label in axes.get_legend_handles_labels()[1]]
    wide, high = inches_of(axes)
    longest = max((len(line) for label in labels for line in label.split("\n")), default=0)
    below = min(wide - _AROUND, high - _AROUND - height_of(lines_of(labels, title)))
    beside = min(wide - _AROUND - 0.5 - _CHARACTER * longest, high - _AROUND)
    if beside > below:
        return axes.legend(
            frameon=False, fontsize=_SIZE, title=title, title_fontsize=_SIZE, loc="upper left",
            bbox_to_anchor=(1.02, 1.0), alignment="left",
        )  # fmt: skip
    return under(axes, title=title)


def under(axes: Axes, *, title: str | None = None, size: float = _SIZE) -> Legend:
    """Legend below the label of the x axis."""
    from matplotlib.transforms import offset_copy

    place = offset_copy(axes.transAxes, fig=axes.get_figure(root=True), y=-_UNDER, units="points")
    return axes.legend(
        frameon=False, fontsize=size, title=title, title_fontsize=size, loc="upper center", bbox_to_anchor=(0.5, 0.0),
        bbox_transform=place, borderaxespad=0.0, labelspacing=0.3, alignment="left",
    )  # fmt: skip
