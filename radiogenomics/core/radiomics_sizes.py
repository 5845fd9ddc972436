"""Features of matrices of grey level against a size: of runs, of zones, of distances, of dependences."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.ndimage import distance_transform_cdt

from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core._texture_kernels import connected_zones, dependences, run_lengths
from radiogenomics.core.radiomics_levels import (
    Aggregation,
    Levels,
    directions_apart,
    mean_of_defined,
    merged,
    neighbour_offsets,
    slices_apart,
    within_slices,
)

# Order of what ``_size_features`` returns, by what each stands for; the families have their own words for them.
_KEYS = ("small", "large", "low", "high", "small_low", "small_high", "large_low", "large_high", "grey_nu", "grey_nun",
         "size_nu", "size_nun", "percentage", "grey_var", "size_var", "entropy", "energy")  # fmt: skip


def _names(text: str) -> dict[str, str]:
    return dict(zip(text.split(), _KEYS, strict=False))


_RUNS = _names(
    "ShortRunEmphasis LongRunEmphasis LowGrayLevelRunEmphasis HighGrayLevelRunEmphasis ShortRunLowGrayLevelEmphasis "
    "ShortRunHighGrayLevelEmphasis LongRunLowGrayLevelEmphasis LongRunHighGrayLevelEmphasis GrayLevelNonUniformity "
    "GrayLevelNonUniformityNormalized RunLengthNonUniformity RunLengthNonUniformityNormalized RunPercentage "
    "GrayLevelVariance RunVariance RunEntropy"
)
_ZONES = _names(
    "SmallAreaEmphasis LargeAreaEmphasis LowGrayLevelZoneEmphasis HighGrayLevelZoneEmphasis "
    "SmallAreaLowGrayLevelEmphasis SmallAreaHighGrayLevelEmphasis LargeAreaLowGrayLevelEmphasis "
    "LargeAreaHighGrayLevelEmphasis GrayLevelNonUniformity GrayLevelNonUniformityNormalized SizeZoneNonUniformity "
    "SizeZoneNonUniformityNormalized ZonePercentage GrayLevelVariance ZoneVariance ZoneEntropy"
)
_DISTANCES = _names(
    "SmallDistanceEmphasis LargeDistanceEmphasis LowGrayLevelZoneEmphasis HighGrayLevelZoneEmphasis "
    "SmallDistanceLowGrayLevelEmphasis SmallDistanceHighGrayLevelEmphasis LargeDistanceLowGrayLevelEmphasis "
    "LargeDistanceHighGrayLevelEmphasis GrayLevelNonUniformity GrayLevelNonUniformityNormalized "
    "ZoneDistanceNonUniformity ZoneDistanceNonUniformityNormalized ZonePercentage GrayLevelVariance "
    "ZoneDistanceVariance ZoneDistanceEntropy"
)
_DEPENDENCES = _names(
    "SmallDependenceEmphasis LargeDependenceEmphasis LowGrayLevelEmphasis HighGrayLevelEmphasis "
    "SmallDependenceLowGrayLevelEmphasis SmallDependenceHighGrayLevelEmphasis LargeDependenceLowGrayLevelEmphasis "
    "LargeDependenceHighGrayLevelEmphasis GrayLevelNonUniformity GrayLevelNonUniformityNormalized "
    "DependenceNonUniformity DependenceNonUniformityNormalized DependencePercentage GrayLevelVariance "
    "DependenceVariance DependenceEntropy DependenceEnergy"
)


def run_features(
    levels: Levels, *, aggregation: Aggregation = "3d_avg", directions: Literal["all", "extended"] = "all"
) -> dict[str, float]:
    """Features of the grey-level run-length matrix: runs of one level along each direction.

    Parameters
    ----------
    levels
        Grey levels of the region.
    aggregation
        How slices and directions are put together, in the IBSI's words.
    directions
        ``extended`` leaves out those along which no line meets two voxels of the region, as PyRadiomics does.
    """
    apart = slices_apart(aggregation)
    offsets = neighbour_offsets((1,), flat=within_slices(aggregation), half=True)
    counts = run_lengths(levels.index, offsets, apart, len(levels.grey))
    if directions == "extended":
        kept = [bool(counts[d, :, :, 1:].any()) or _meets_two(levels, o) for d, o in enumerate(offsets)]
        offsets, counts = offsets[kept], counts[kept]
    n_voxels = _voxels(levels, apart)
    per_matrix = np.tile(n_voxels, len(offsets)) if directions_apart(aggregation) else n_voxels * float(len(offsets))
    length = np.arange(1.0, counts.shape[3] + 1.0)
    return _named(_RUNS, merged(counts, aggregation), levels.grey, length, per_matrix)


def _meets_two(levels: Levels, offset: IntArray) -> bool:
    """Whether a line along an offset (of steps of one voxel) meets two voxels of the region."""
    voxels = np.argwhere(levels.index >= 0)
    axis = int(np.flatnonzero(offset)[0])
    on_line = voxels - (voxels[:, [axis]] * offset[axis]) * offset
    return len(np.unique(on_line, axis=0)) < len(voxels)


def zone_features(
    levels: Levels, mask: BoolArray, *, aggregation: Aggregation = "3d_avg", by_distance: bool = True
) -> tuple[dict[str, float], dict[str, float]]:
    """Features of the size-zone and of the distance-zone matrix: connected zones of one level.

    Parameters
    ----------
    levels
        Grey levels of the region.
    mask
        (z, y, x) region whose border the distances of zones are measured from, in steps between voxels that share
        a face; it may hold more than the voxels that have a level.
    aggregation
        In slices (zones of a slice) or in space.
    by_distance
        Whether the distance-zone features are wanted.

    Returns
    -------
    Size-zone features and distance-zone features (none if they are not wanted) by name.
    """
    apart, flat = slices_apart(aggregation), within_slices(aggregation)
    offsets = neighbour_offsets((1,), flat=flat, half=False)
    inside = levels.index >= 0
    distance = _border_distance(mask, flat=flat)[inside] if by_distance else np.zeros(0, dtype=np.int32)
    zones = connected_zones(levels.index, offsets, distance)
    slice_of = zones[:, 3] if apart else np.zeros(len(zones), dtype=np.int64)
    n_voxels = _voxels(levels, apart)
    results: list[dict[str, float]] = []
    for names, column in ((_ZONES, 1), (_DISTANCES, 2)) if by_distance else ((_ZONES, 1),):
        size, place = np.unique(zones[:, column], return_inverse=True)
        counts = np.zeros((len(n_voxels), len(levels.grey), len(size)))
        np.add.at(counts, (slice_of, zones[:, 0], place), 1.0)
        results.append(_named(names, counts, levels.grey, size.astype(np.float64), n_voxels))
    return results[0], results[1] if by_distance else {}


def dependence_features(
    levels: Levels, *, aggregation: Aggregation = "3d_avg", distances: tuple[int, ...] = (1,), coarseness: float = 0.0
) -> dict[str, float]:
    """Features of the grey-level dependence matrix (the IBSI's NGLDM): like voxels around each voxel."""
    apart = slices_apart(aggregation)
    offsets = neighbour_offsets(distances, flat=within_slices(aggregation), half=False)
    counts = dependences(levels.index, levels.grey, offsets, apart, coarseness)
    size = np.arange(1.0, counts.shape[2] + 1.0)
    return _named(_DEPENDENCES, counts, levels.grey, size, _voxels(levels, apart))


def _named(
    names: dict[str, str], counts: FloatArray, grey: FloatArray, size: FloatArray, n_voxels: FloatArray
) -> dict[str, float]:
    some = counts.sum(axis=(1, 2)) > 0
    values = _size_features(counts[some], grey, size, n_voxels[some])
    return {name: mean_of_defined(values[key]) for name, key in names.items()}


def _size_features(
    counts: FloatArray, grey: FloatArray, size: FloatArray, n_voxels: FloatArray
) -> dict[str, FloatArray]:
    """Features of each (m, levels, sizes) matrix."""
    total = counts.sum(axis=(1, 2))
    by_grey, by_size = counts.sum(axis=2), counts.sum(axis=1)
    g2, s2 = grey**2, size**2

    def weighted(of_grey: FloatArray, of_size: FloatArray) -> FloatArray:
        return np.asarray(np.einsum("mgs,g,s->m", counts, of_grey, of_size) / total)

    def variance(marginal: FloatArray, value: FloatArray) -> FloatArray:
        mean = (marginal @ value) / total
        return np.asarray((marginal * (value[None] - mean[:, None]) ** 2).sum(axis=1) / total)

    p = counts / total[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.where(p > 0, -p * np.log2(p), 0.0).sum(axis=(1, 2))
    return {
        "small": by_size @ (1.0 / s2) / total,
        "large": by_size @ s2 / total,
        "low": by_grey @ (1.0 / g2) / total,
        "high": by_grey @ g2 / total,
        "small_low": weighted(1.0 / g2, 1.0 / s2),
        "small_high": weighted(g2, 1.0 / s2),
        "large_low": weighted(1.0 / g2, s2),
        "large_high": weighted(g2, s2),
        "grey_nu": (by_grey**2).sum(axis=1) / total,
        "grey_nun": (by_grey**2).sum(axis=1) / total**2,
        "size_nu": (by_size**2).sum(axis=1) / total,
        "size_nun": (by_size**2).sum(axis=1) / total**2,
        "percentage": total / n_voxels,
        "grey_var": variance(by_grey, grey),
        "size_var": variance(by_size, size),
        "entropy": entropy,
        "energy": (p**2).sum(axis=(1, 2)),
    }


def _voxels(levels: Levels, apart: bool) -> FloatArray:
    """Voxels with a level, in each slice or altogether."""
    per_slice = (levels.index >= 0).sum(axis=(1, 2)).astype(np.float64)
    return per_slice if apart else np.array([per_slice.sum()])


def _border_distance(mask: BoolArray, *, flat: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Steps from each voxel out of the region (1 at its border); what lies beyond the array is outside."""
    if flat:
        planes = [distance_transform_cdt(np.pad(plane, 1), metric="taxicab")[1:-1, 1:-1] for plane in mask]
        return np.ascontiguousarray(np.stack(planes), dtype=np.int32)
    distance = distance_transform_cdt(np.pad(mask, 1), metric="taxicab")[1:-1, 1:-1, 1:-1]
    return np.ascontiguousarray(distance, dtype=np.int32)
