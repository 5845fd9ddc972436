"""Which voxel centres lie inside closed contours."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from radiogenomics._types import BoolArray, FloatArray, IntArray

ON_EDGE = 0.005  # of a voxel's edge: a centre this near to a contour lies on it; files round to about as much


def fill(contours: Iterable[FloatArray], shape: tuple[int, int]) -> BoolArray:
    """Voxels of a plane inside an odd number of contours, or on one.

    By the even-odd rule a contour within another cuts a hole, and so does a keyhole (a channel to the hole that is
    drawn in and out again). A centre on a contour is inside, because tools that trace masks lay their contours, those
    of holes too, through the centres of the outermost voxels; their masks come back as they were.

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
    on = np.zeros(shape, dtype=bool)
    for contour in contours:
        whole = np.round(contour)
        start = np.where(np.abs(contour - whole) <= ON_EDGE, whole, contour)
        end = np.roll(start, -1, axis=0)
        # Downward always, so that an edge walked both ways crosses each row in the same place to the last bit.
        swap = (start[:, 1] > end[:, 1])[:, None]
        low, high = np.where(swap, end, start), np.where(swap, start, end)
        row, x = _crossings(low, high, rows, last=False)
        np.add.at(flips, (row, np.clip(np.ceil(x), 0, columns).astype(np.int64)), 1)
        row, x = _crossings(low, high, rows, last=True)
        near = np.round(x).astype(np.int64)
        there = (np.abs(x - near) <= ON_EDGE) & (near >= 0) & (near < columns)
        on[row[there], near[there]] = True
        for (x0, y), (x1, _) in zip(*(side[low[:, 1] == high[:, 1]] for side in (low, high)), strict=True):
            if y == round(y) and 0 <= y < rows:
                on[int(y), max(int(np.ceil(min(x0, x1))), 0) : max(int(np.floor(max(x0, x1))) + 1, 0)] = True
    inside: BoolArray = (np.cumsum(flips[:, :-1], axis=1) % 2 == 1) | on
    return inside


def _crossings(low: FloatArray, high: FloatArray, rows: int, *, last: bool) -> tuple[IntArray, FloatArray]:
    """Rows that each edge crosses and where; an edge has its first row, and its last one only if asked for."""
    slanted = low[:, 1] < high[:, 1]
    low, high = low[slanted], high[slanted]
    first = np.clip(np.ceil(low[:, 1]), 0, rows).astype(np.int64)
    stop = np.floor(high[:, 1]) + 1 if last else np.ceil(high[:, 1])
    count = np.maximum(np.clip(stop, 0, rows).astype(np.int64) - first, 0)
    edge = np.repeat(np.arange(len(low)), count)
    row = np.arange(len(edge)) - (np.cumsum(count) - count)[edge] + first[edge]
    share = (row - low[edge, 1]) / (high[edge, 1] - low[edge, 1])
    return row, low[edge, 0] + share * (high[edge, 0] - low[edge, 0])
