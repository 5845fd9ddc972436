"""Names beside points, moved apart so that they can be read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics.pl._text import elided

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.gridspec import SubplotSpec
    from matplotlib.transforms import Bbox

#: Characters that are left of any name.
_SHORTEST = 9
# Where a label is tried, in points from its point: beside it first, then further up and down.
_STEPS = (0, 9, -9, 18, -18, 27, -27, 36, -36, 48, -48)


def place_labels(axes: Axes, x: ArrayLike, y: ArrayLike, names: Sequence[str], *, size: float = 7.0) -> int:
    """Write each name beside its point where it covers no other; one without such a place is left out.

    Earlier names have the first choice. Names stand on the outer side: left of points left of zero, else right.

    Returns
    -------
    Number of names written.
    """
    if not len(names):
        return 0
    renderer = renderer_of(axes)  # the layout decides where the points lie
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


def renderer_of(axes: Axes) -> RendererBase:
    """What measures text, once the layout has decided how much room there is."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    canvas = figure.canvas if hasattr(figure.canvas, "get_renderer") else FigureCanvasAgg(figure)
    return cast("RendererBase", canvas.get_renderer())


def inches_of(axes: Axes) -> tuple[float, float]:
    """Width and height of the figure's part that belongs to Axes: they, their labels and what stands beside."""
    figure, place = axes.get_figure(root=True), axes.get_subplotspec()
    assert figure is not None
    share = (axes.get_position().width, axes.get_position().height) if place is None else _share(place)
    return float(figure.get_figwidth()) * share[0], float(figure.get_figheight()) * share[1]


def _share(place: SubplotSpec) -> tuple[float, float]:
    grid = place.get_gridspec()
    rows, columns = np.asarray(grid.get_height_ratios(), float), np.asarray(grid.get_width_ratios(), float)
    wide = float(columns[place.colspan.start : place.colspan.stop].sum() / columns.sum())
    high = float(rows[place.rowspan.start : place.rowspan.stop].sum() / rows.sum())
    outer = getattr(grid, "_subplot_spec", None)
    above = _share(outer) if outer is not None else (1.0, 1.0)
    return wide * above[0], high * above[1]


def fit_names(axes: Axes, place: ArrayLike, names: Sequence[str], *, share: float = 0.45) -> None:
    """Names of the rows: of those wider than ``share`` of the figure, the middle is left out."""
    from matplotlib.font_manager import FontProperties

    renderer, font = renderer_of(axes), FontProperties(size="x-small")
    figure = axes.get_figure(root=True)
    assert figure is not None
    room = share * inches_of(axes)[0] * figure.dpi

    def widest(shown: Sequence[str]) -> float:
        return max((float(renderer.get_text_width_height_descent(name, font, False)[0]) for name in shown), default=0.0)

    longest, shown = max(map(len, names), default=0), list(names)
    while longest > _SHORTEST and widest(shown) > room:
        longest -= 1
        shown = [elided(name, longest) for name in names]
    axes.set_yticks(np.asarray(place), shown, fontsize="x-small")


def numbers_apart(axes: Axes, most: int = 4) -> None:
    """Fewer numbers along x, then smaller ones, until none touches its neighbour."""
    for size in (None, 8.0, 6.0):
        if size is not None:
            axes.tick_params(axis="x", labelsize=size)
        for bins in range(most, 0, -1):
            axes.locator_params(axis="x", nbins=bins)
            if _apart(axes):
                return


def _apart(axes: Axes) -> bool:
    renderer = renderer_of(axes)
    low, high = sorted(axes.get_xlim())
    pairs = zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
    boxes = sorted((b.x0, b.x1) for b in (t.get_window_extent(renderer) for t, at in pairs if low <= at <= high))
    return all(first[1] + 3.0 < second[0] for first, second in pairwise(boxes))


def _text_box(label: object, renderer: RendererBase) -> Bbox:
    """Extent of the text alone, without its line."""
    from matplotlib.text import Text

    return Text.get_window_extent(cast("Text", label), renderer).padded(1.0)


def _within(box: Bbox, outer: Bbox) -> bool:
    return bool(box.x0 >= outer.x0 and box.x1 <= outer.x1 and box.y0 >= outer.y0 and box.y1 <= outer.y1)
