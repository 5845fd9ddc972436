"""Small pictures in rows and columns on one Axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from radiogenomics._types import FloatArray
from radiogenomics.pl._slices import outlines_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 0.06  # of a picture's side


def place_of(row: int, column: int, size: int, *, above: float = 0.0) -> tuple[float, float]:
    """Left and upper edge of a picture, with room ``above`` each row (of a picture's side) for words."""
    return column * size * (1 + _GAP), row * size * (1 + _GAP + above) + above * size


def montage(
    ax: Axes, pictures: Sequence[Sequence[FloatArray]], *, above: float = 0.0, limits: tuple[float, float] = (0.0, 1.0),
    cmap: str = "gray", masks: Sequence[Sequence[FloatArray]] | None = None, colour: str = "#E69F00", first: int = 0,
) -> Any:  # fmt: skip
    """Draw square pictures of one size in rows, from column ``first`` on; returns the last, for a colour bar."""
    from matplotlib.collections import LineCollection

    drawn, lines = None, []
    for i, row in enumerate(pictures):
        for j, picture in enumerate(row):
            size = len(picture)
            left, top = place_of(i, j + first, size, above=above)
            drawn = ax.imshow(
                np.asarray(picture, dtype=float), cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation="nearest",
                extent=(left, left + size, top + size, top),
            )  # fmt: skip
            if masks is not None:
                lines += [line + np.array([left, top]) for line in outlines_of(np.asarray(masks[i][j], dtype=bool))]
    ax.add_collection(LineCollection(lines, colors=colour, linewidths=0.7), autolim=False)
    return drawn


def frame(ax: Axes, rows: int, columns: int, size: int, *, above: float = 0.0) -> None:
    """Limits that hold all pictures, without axes."""
    right, _ = place_of(0, columns, size)
    _, bottom = place_of(rows, 0, size, above=above)
    ax.set_xlim(0, right - _GAP * size)
    ax.set_ylim(bottom - (_GAP + above) * size, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
