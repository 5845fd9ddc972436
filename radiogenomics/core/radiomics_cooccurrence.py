"""Features of the grey-level co-occurrence matrix."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray
from radiogenomics.core._texture_kernels import cooccurrences
from radiogenomics.core.radiomics_levels import (
    Aggregation,
    Levels,
    mean_of_defined,
    merged,
    neighbour_offsets,
    slices_apart,
    within_slices,
)

FEATURES = (
    "MaximumProbability", "JointAverage", "SumSquares", "DifferenceAverage", "DifferenceVariance", "SumAverage",
    "SumVariance", "JointEnergy", "Contrast", "Dissimilarity", "Id", "Idn", "Idm", "Idmn", "InverseVariance",
    "Autocorrelation", "ClusterTendency", "ClusterShade", "ClusterProminence", "JointEntropy", "DifferenceEntropy",
    "SumEntropy", "Correlation", "Imc1", "Imc2", "MCC",
)  # fmt: skip
# Elements of the matrices that are worked on together: bounds memory.
_CHUNK = 2**20


def cooccurrence_features(
    levels: Levels, *, aggregation: Aggregation = "3d_avg", distances: tuple[int, ...] = (1,)
) -> dict[str, float]:
    """Features of pairs of neighbouring voxels :cite:p:`Haralick1973,Zwanenburg2020`.

    Parameters
    ----------
    levels
        Grey levels of the region.
    aggregation
        How slices and directions are put together, in the IBSI's words.
    distances
        Chebyshev distances between the voxels of a pair.

    Returns
    -------
    Value by feature name; NaN where no voxel has a neighbour. A region of one level has correlation 1.
    """
    offsets = neighbour_offsets(distances, flat=within_slices(aggregation), half=True)
    counts = cooccurrences(levels.index, offsets, slices_apart(aggregation), len(levels.grey))
    matrices = merged(counts, aggregation)
    matrices = matrices[matrices.any(axis=(1, 2))]
    if len(matrices) == 0:
        return {name: float("nan") for name in FEATURES}
    at_once = max(1, _CHUNK // matrices[0].size)
    parts = [_features(matrices[i : i + at_once], levels) for i in range(0, len(matrices), at_once)]
    return {name: mean_of_defined(np.concatenate([part[name] for part in parts])) for name in FEATURES}


def _features(counts: FloatArray, levels: Levels) -> dict[str, FloatArray]:
    p = counts / counts.sum(axis=(1, 2), keepdims=True)
    return _moments(p, levels) | _distributions(p, levels.grey) | _correlations(p, levels.grey)


def _moments(p: FloatArray, levels: Levels) -> dict[str, FloatArray]:
    """Expectations of functions of the two levels i and j."""
    grey, n = levels.grey, float(levels.n_levels)
    i, j = grey[:, None], grey[None, :]
    apart, together = np.abs(i - j), i + j
    mean = (p.sum(axis=2) * grey).sum(axis=1)
    centred = together[None] - 2.0 * mean[:, None, None]

    def expected(weights: FloatArray) -> FloatArray:
        return np.asarray((p * weights).sum(axis=(1, 2)))

    with np.errstate(divide="ignore"):
        inverse_square = np.where(apart > 0, 1.0 / apart**2, 0.0)
    contrast, dissimilarity, tendency = expected(apart**2), expected(apart), expected(centred**2)
    return {
        "MaximumProbability": p.max(axis=(1, 2)),
        "JointAverage": mean,
        "SumSquares": expected((i - mean[:, None, None]) ** 2),
        "DifferenceAverage": dissimilarity,
        "DifferenceVariance": contrast - dissimilarity**2,
        "SumAverage": 2.0 * mean,
        "SumVariance": tendency,
        "JointEnergy": (p**2).sum(axis=(1, 2)),
        "Contrast": contrast,
        "Dissimilarity": dissimilarity,
        "Id": expected(1.0 / (1.0 + apart)),
        "Idn": expected(1.0 / (1.0 + apart / n)),
        "Idm": expected(1.0 / (1.0 + apart**2)),
        "Idmn": expected(1.0 / (1.0 + apart**2 / n**2)),
        "InverseVariance": expected(inverse_square),
        "Autocorrelation": expected(i * j),
        "ClusterTendency": tendency,
        "ClusterShade": expected(centred**3),
        "ClusterProminence": expected(centred**4),
    }


def _distributions(p: FloatArray, grey: FloatArray) -> dict[str, FloatArray]:
    """Entropies of the pairs, and of the difference and the sum of their levels."""
    apart = np.abs(grey[:, None] - grey[None, :]).astype(np.int64).ravel()
    together = (grey[:, None] + grey[None, :]).astype(np.int64).ravel()
    flat = p.reshape(len(p), -1)
    return {
        "JointEntropy": entropy(flat),
        "DifferenceEntropy": entropy(np.array([np.bincount(apart, weights=row) for row in flat])),
        "SumEntropy": entropy(np.array([np.bincount(together, weights=row) for row in flat])),
    }


def _correlations(p: FloatArray, grey: FloatArray) -> dict[str, FloatArray]:
    """Dependence of the two levels; the matrix is symmetric, so both have the same distribution."""
    marginal = p.sum(axis=2)
    mean = (marginal * grey).sum(axis=1)
    variance = (marginal * grey**2).sum(axis=1) - mean**2
    product = (p * (grey[:, None] * grey[None, :])).sum(axis=(1, 2)) - mean**2
    joint, own = entropy(p.reshape(len(p), -1)), entropy(marginal)
    flat = own <= 1e-12
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.where(flat, 1.0, product / variance)
        first = np.where(flat, 0.0, (joint - 2.0 * own) / own)
        scale = np.sqrt(marginal[:, :, None] * marginal[:, None, :])
        standardised = np.where(scale > 0, p / scale, 0.0)
    # Both of the IBSI's reference entropies equal twice that of the marginal where the matrix is symmetric.
    second = np.sqrt(np.maximum(1.0 - np.exp(-2.0 * np.maximum(2.0 * own - joint, 0.0)), 0.0))
    singular = np.sort(np.abs(np.linalg.eigvalsh(standardised)), axis=1)
    largest = singular[:, -2] if singular.shape[1] > 1 else np.ones(len(p))
    return {
        "Correlation": correlation,
        "Imc1": first,
        "Imc2": second,
        "MCC": np.where(flat, 1.0, largest),
    }


def entropy(p: FloatArray) -> FloatArray:
    """Shannon entropy in bits of each row of probabilities."""
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.where(p > 0, -p * np.log2(p), 0.0)
    return np.asarray(bits.sum(axis=1))
