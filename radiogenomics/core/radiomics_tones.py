"""Features of the neighbourhood grey-tone difference matrix."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray
from radiogenomics.core._texture_kernels import tone_differences
from radiogenomics.core.radiomics_levels import (
    Aggregation,
    Levels,
    mean_of_defined,
    neighbour_offsets,
    slices_apart,
    within_slices,
)

# A region without any difference is as coarse as it can be; the IBSI and PyRadiomics set this value.
_COARSEST = 1e6


def tone_features(
    levels: Levels, *, aggregation: Aggregation = "3d_avg", distances: tuple[int, ...] = (1,)
) -> dict[str, float]:
    """How each voxel differs from the mean of its neighbours :cite:p:`Amadasun1989,Zwanenburg2020`."""
    offsets = neighbour_offsets(distances, flat=within_slices(aggregation), half=False)
    found = tone_differences(levels.index, levels.grey, offsets, slices_apart(aggregation))
    per_matrix = [_tones(m[:, 0], m[:, 1], levels.grey) for m in found if m[:, 0].sum() > 0]
    names = ("Coarseness", "Contrast", "Busyness", "Complexity", "Strength")
    return {name: mean_of_defined(np.array([m[name] for m in per_matrix])) for name in names}


def _tones(counts: FloatArray, sums: FloatArray, grey: FloatArray) -> dict[str, float]:
    there = counts > 0
    n_voxels = counts.sum()
    p, s, g = counts[there] / n_voxels, sums[there], grey[there]
    n = len(p)
    i, j, s_i, s_j = p[:, None], p[None, :], s[:, None], s[None, :]
    apart = np.abs(g[:, None] - g[None, :])
    weighted = float((p * s).sum())
    contrast = float((i * j * apart**2).sum() / (n * (n - 1)) * s.sum() / n_voxels) if n > 1 else 0.0
    swings = float(np.abs(g[:, None] * i - g[None, :] * j).sum())
    complexity = float((apart * (i * s_i + j * s_j) / (i + j)).sum() / n_voxels)
    strength = float(((i + j) * apart**2).sum())
    return {
        "Coarseness": 1.0 / weighted if weighted > 0 else _COARSEST,
        "Contrast": contrast,
        "Busyness": weighted / swings if n > 1 and swings > 0 else 0.0,
        "Complexity": complexity,
        "Strength": strength / float(s.sum()) if s.sum() > 0 else 0.0,
    }
