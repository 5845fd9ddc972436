"""Which voxel centres lie inside closed contours."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from radiogenomics._types import BoolArray, FloatArray


def fill(contours: Iterable[FloatArray], shape: tuple[int, int]) -> BoolArray:
    """Voxels of a plane inside an odd number of contours.

    By the even-odd rule a contour within another cuts a hole, and so does a keyhole (a channel to the hole that is
    drawn in and out again). A centre on a contour's left or lower edge is inside, on its right or upper edge outside,
    so that contours which share an edge neither overlap nor leave a gap.

    Parameters
    ----------
    contours
        Each (n, 2), corners as (x, y) in voxels: 0 is the centre of the first voxel. The last corner joins the first.
    shape
        Rows and columns of the plane.

    Returns
    -------
    (rows, columns).
    """
    rows, columns = shape
    # One flag more than columns: crossings to the right of the last voxel change nothing.
    flips = np.zeros((rows, columns + 1), dtype=np.int64)
    for contour in contours:
        start, end = contour, np.roll(contour, -1, axis=0)
        # Downward always, so that an edge walked both ways crosses each row in the same place to the last bit.
        swap = (start[:, 1] > end[:, 1])[:, None]
        low, high = np.where(swap, end, start), np.where(swap, start, end)
        first = np.clip(np.ceil(low[:, 1]), 0, rows).astype(np.int64)
        last = np.clip(np.ceil(high[:, 1]), 0, rows).astype(np.int64)
        edge = np.repeat(np.arange(len(contour)), last - first)
        begins = np.cumsum(last - first) - (last - first)
        row = np.arange(len(edge)) - begins[edge] + first[edge]
        if not len(edge):
            continue
        rise = (high[edge, 1] - low[edge, 1]).astype(float)
        x = low[edge, 0] + (row - low[edge, 1]) / rise * (high[edge, 0] - low[edge, 0])
        np.add.at(flips, (row, np.clip(np.ceil(x), 0, columns).astype(np.int64)), 1)
    inside: BoolArray = np.cumsum(flips[:, :-1], axis=1) % 2 == 1
    return inside
