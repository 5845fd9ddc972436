"""Compiled passes over blocks of a correlation map."""

from __future__ import annotations

from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._jit import jit


@jit
def count_sizes(r: FloatArray, counts: IntArray) -> None:
    """Add every \\|r\\| of a block to its bin; bins divide [0, 1] evenly, the last one holds 1."""
    last = counts.size - 1
    for i in range(r.shape[0]):
        for j in range(r.shape[1]):
            counts[min(int(abs(r[i, j]) * counts.size), last)] += 1


@jit
def collect(
    r: FloatArray, first_row: int, first_column: int, wanted: BoolArray, sure: int,
    found_r: FloatArray, found_x: IntArray, found_y: IntArray, n_found: int,
    x_partners: IntArray, y_partners: IntArray, x_best: IntArray, y_best: IntArray, x_best_r: FloatArray,
    y_best_r: FloatArray,
) -> int:  # fmt: skip
    """Write out the pairs of the ``wanted`` bins, count partners from bin ``sure`` on, keep everyone's best partner.

    ``*_partners`` has a row per feature: negative and positive correlations. Returns the pairs written so far.
    """
    n_bins = wanted.size
    for i in range(r.shape[0]):
        x = first_row + i
        for j in range(r.shape[1]):
            y = first_column + j
            value = r[i, j]
            size = abs(value)
            place = min(int(size * n_bins), n_bins - 1)
            if place >= sure:
                x_partners[x, 1 if value > 0 else 0] += 1
                y_partners[y, 1 if value > 0 else 0] += 1
            if size > abs(x_best_r[x]) or x_best[x] < 0:
                x_best_r[x], x_best[x] = value, y
            if size > abs(y_best_r[y]) or y_best[y] < 0:
                y_best_r[y], y_best[y] = value, x
            if wanted[place]:
                found_r[n_found], found_x[n_found], found_y[n_found] = value, x, y
                n_found += 1
    return n_found
