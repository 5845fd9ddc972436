"""Names beside points, moved apart so that they can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.transforms import Bbox

# Where a label is tried, in points from its point: beside it first, then further up and down.
_STEPS = (0, 9, -9, 18, -18, 27, -27, 36, -36, 48, -48)


def place_labels(axes: Axes, x: ArrayLike, y: ArrayLike, names: Sequence[str], *, size: float = 7.0) -> int:
    """Write each name beside its point where it covers no other; one without such a place is left out.

    Earlier names have the first choice. Names stand on the outer side: left of points left of zero, else right.

    Returns
    -------
    Number of names written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = axes.get_figure(root=True)
    if figure is None or not len(names):
        return 0
    canvas = figure.canvas if hasattr(figure.canvas, "get_renderer") else FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # the layout decides where the points lie
    renderer = cast("RendererBase", canvas.get_renderer())
    inside = axes.get_window_extent(renderer)
    taken: list[Bbox] = []
    for px, py, name in zip(np.asarray(x, dtype=float), np.asarray(y, dtype=float), names, strict=True):
        side = -1 if px < 0 else 1
        for step in _STEPS:
            label = axes.annotate(
                name, (px, py), xytext=(side * 5, step), textcoords="offset points", fontsize=size, zorder=5,
                ha="left" if side > 0 else "right", va="center", annotation_clip=False,
                arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": "#767676", "shrinkA": 0, "shrinkB": 1},
            )  # fmt: skip
            label.update_positions(renderer)
            box = _text_box(label, renderer)
            if _within(box, inside) and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            label.remove()
    return len(taken)


def _text_box(label: object, renderer: RendererBase) -> Bbox:
    """Extent of the text alone, without its line."""
    from matplotlib.text import Text

    return Text.get_window_extent(cast("Text", label), renderer).padded(1.0)


def _within(box: Bbox, outer: Bbox) -> bool:
    return bool(box.x0 >= outer.x0 and box.x1 <= outer.x1 and box.y0 >= outer.y0 and box.y1 <= outer.y1)
