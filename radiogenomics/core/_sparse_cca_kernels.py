"""Compiled soft thresholds of sparse canonical correlation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics._types import FloatArray
from radiogenomics.core._jit import jit

# Sizes left between the limits of the search, from which on they are sorted.
_FEW = 24


@jit
def bound_rows(rows: NDArray[Any], bounds: FloatArray) -> None:
    """Bring every row to length 1 with a sum of sizes of at most its bound (1 or more), in place.

    Halving finds the few sizes between which the soft threshold lies; its closed form does the rest. Where more
    entries share the largest size than the bound allows, they get equal weights and the bound is not kept. A row of
    zeros stays.
    """
    for b in range(rows.shape[0]):
        row = rows[b]
        total, square, high = 0.0, 0.0, 0.0
        for j in range(row.size):
            size = abs(row[j])
            total += size
            square += size * size
            high = max(high, size)
        if high == 0.0:
            continue
        threshold = 0.0
        if total * total > bounds[b] * bounds[b] * square:
            threshold = _threshold(row, bounds[b], high)
        length = 0.0
        for j in range(row.size):
            if threshold < 0.0:  # the largest sizes are alike
                size = 1.0 if abs(row[j]) >= high * (1 - 1e-7) else 0.0
            else:
                size = max(abs(row[j]) - threshold, 0.0)
            length += size * size
            row[j] = size if row[j] > 0 else -size
        length = np.sqrt(length)
        for j in range(row.size):
            row[j] /= length


@jit
def _threshold(row: NDArray[Any], bound: float, largest: float) -> float:
    """Soft threshold that brings a row to its bound; -1 where the largest sizes are alike and none does."""
    low, high = 0.0, largest
    n_low, n, total, square = row.size, 0, 0.0, 0.0  # sizes above low; and above high, with their sums
    for _ in range(60):
        if n_low - n <= _FEW:
            break
        middle = 0.5 * (low + high)
        count, sum_1, sum_2 = 0, 0.0, 0.0
        for j in range(row.size):
            size = abs(row[j])
            if size > middle:
                count += 1
                sum_1 += size
                sum_2 += size * size
        first = sum_1 - count * middle
        if first * first < bound * bound * (sum_2 - 2 * middle * sum_1 + count * middle * middle):
            high, n, total, square = middle, count, sum_1, sum_2
        else:
            low, n_low = middle, count
    between = np.empty(row.size)
    m = 0
    for j in range(row.size):
        size = abs(row[j])
        if low < size <= high:
            between[m] = size
            m += 1
    between = np.sort(between[:m])[::-1]
    upper = high
    for i in range(m + 1):
        after = between[i] if i < m else low
        first = total - n * after
        # With these left and the threshold at the next size: is the sum at the bound already?
        if n > bound * bound and first * first >= bound * bound * (square - 2 * after * total + n * after * after):
            spread = n * square - total * total
            if spread <= 1e-12 * total * total:
                return -1.0
            found = (total - bound * np.sqrt(spread / (n - bound * bound))) / n
            return float(min(max(found, after), upper))
        if i < m:
            n += 1
            total += between[i]
            square += between[i] * between[i]
            upper = between[i]
    return low
