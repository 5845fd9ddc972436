"""Grey levels of a region, and how the matrices of its slices and directions are put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray

Aggregation: TypeAlias = Literal["2d_avg", "2d_s_mrg", "2.5d_d_mrg", "2.5d_v_mrg", "3d_avg", "3d_v_mrg"]
# Matrices of more levels than this say nothing of texture, and do not fit into memory.
MOST_LEVELS = 2000
# Closer than this to the next bin's edge, in bins, an intensity belongs to it: rounding must not decide.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Levels:
    """Grey levels of a region.

    Attributes
    ----------
    index
        (z, y, x) which of ``grey`` each voxel has, -1 outside the region.
    grey
        (n,) levels that occur, ascending, from 1.
    n_levels
        Levels there could be: the number of bins.
    """

    index: NDArray[np.int32]
    grey: FloatArray
    n_levels: int


def levels_of(
    image: FloatArray, mask: BoolArray, *, bin_width: float | None = None, bin_count: int | None = None,
    start: float | None = None,
) -> Levels:  # fmt: skip
    """Discretise the intensities of a region as the IBSI defines it :cite:p:`Zwanenburg2020`.

    Parameters
    ----------
    image, mask
        (z, y, x) intensities and region.
    bin_width
        Fixed bin size: level ``floor((x - start) / bin_width) + 1``.
    bin_count
        Fixed bin number: equal bins from the region's minimum to its maximum.
    start
        Lower edge of the first bin of a fixed size: the lower end of the re-segmentation range; by default the
        region's minimum.

    Raises
    ------
    InputError
        If neither or both of `bin_width` and `bin_count` are given, or a voxel lies below `start`.
    DegenerateInputError
        If more levels occur than texture matrices can have (2000).
    """
    if (bin_width is None) == (bin_count is None):
        raise InputError("levels_of", Fault("bin_width and bin_count", "exactly one of them"))
    values = np.asarray(image, dtype=np.float64)[mask]
    low, high = float(values.min()), float(values.max())
    if bin_width is not None:
        first = low if start is None else start
        if low < first:
            raise InputError("levels_of", Fault(f"an intensity of {low:g}", f"at least the first edge, {first:g}"))
        level = np.floor((values - first) / bin_width + _ROUNDING).astype(np.int64) + 1
        n_levels = int(level.max())
    else:
        assert bin_count is not None
        share = (values - low) / (high - low) if high > low else np.zeros_like(values)
        level = np.minimum(np.floor(share * bin_count + _ROUNDING).astype(np.int64) + 1, bin_count)
        n_levels = bin_count
    return numbered(level, mask, n_levels)


def numbered(level: IntArray, mask: BoolArray, n_levels: int) -> Levels:
    """Levels of a region from those of its voxels, from 1.

    Raises
    ------
    DegenerateInputError
        If more levels occur than texture matrices can have (2000).
    """
    last = int(level.max())
    # Counting is faster than sorting, as long as the levels are not far between.
    grey = np.flatnonzero(np.bincount(level)) if last < 100 * MOST_LEVELS else np.unique(level)
    if len(grey) > MOST_LEVELS:
        raise DegenerateInputError(
            "grey levels",
            Fault(f"{len(grey)} levels from 1 to {last}", f"at most {MOST_LEVELS}", hint="Widen bin_width"),
        )
    index = np.full(mask.shape, -1, dtype=np.int32)
    index[mask] = np.searchsorted(grey, level)
    return Levels(index, grey.astype(np.float64), n_levels)


def within_slices(aggregation: Aggregation) -> bool:
    """Whether neighbours are looked for in the same slice only."""
    return not aggregation.startswith("3d")


def slices_apart(aggregation: Aggregation) -> bool:
    """Whether each slice has a matrix of its own."""
    return aggregation.startswith("2d")


def directions_apart(aggregation: Aggregation) -> bool:
    """Whether each direction has a matrix of its own."""
    return aggregation in ("2d_avg", "2.5d_d_mrg", "3d_avg")


def merged(counts: FloatArray, aggregation: Aggregation) -> FloatArray:
    """(directions, slices, ...) counts -> (matrices, ...) that features are computed on, before their mean."""
    if not directions_apart(aggregation):
        counts = counts.sum(axis=0, keepdims=True)
    return counts.reshape(-1, *counts.shape[2:])


def neighbour_offsets(distances: tuple[int, ...], *, flat: bool, half: bool) -> IntArray:
    """(dz, dy, dx) of the voxels at these Chebyshev distances; ``half`` keeps one of each opposite pair."""
    reach = max(distances)
    steps = range(-reach, reach + 1)
    found = [
        (z, y, x)
        for z in ((0,) if flat else steps)
        for y in steps
        for x in steps
        if max(abs(z), abs(y), abs(x)) in distances and (not half or (z, y, x) > (0, 0, 0))
    ]
    return np.array(found, dtype=np.int64)


def mean_of_defined(values: FloatArray) -> float:
    """Mean over the matrices for which a feature is defined; NaN if there is none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")
