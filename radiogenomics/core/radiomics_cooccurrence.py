"""Features of the grey-level co-occurrence matrix."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray
from radiogenomics.core._cooccurrence_kernels import ENERGY, ENTROPY, LARGEST, PRODUCT, pair_sums
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
    levels: Levels, *, aggregation: Aggregation = "3d_avg", distances: tuple[int, ...] = (1,), guard: float = 0.0
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
    guard
        What the maximal correlation coefficient (MCC) adds to the products of frequencies it divides by; PyRadiomics
        adds 2.2e-16, which tells where two levels are rare.

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
    parts = [_features(matrices[i : i + at_once], levels, guard) for i in range(0, len(matrices), at_once)]
    return {name: mean_of_defined(np.concatenate([part[name] for part in parts])) for name in FEATURES}


def _features(counts: FloatArray, levels: Levels, guard: float) -> dict[str, FloatArray]:
    grey = levels.grey
    level, apart, together, totals, standardised = pair_sums(counts, grey.astype(np.int64))
    mean = level @ grey
    difference, total = np.arange(apart.shape[1], dtype=np.float64), np.arange(together.shape[1], dtype=np.float64)
    spread = (level * (grey - mean[:, None]) ** 2).sum(axis=1)
    moments = _differences(apart, difference, float(levels.n_levels)) | _sums(together, total - 2.0 * mean[:, None])
    covariance = (moments["ClusterTendency"] - moments["Contrast"]) / 4.0
    return moments | {
        "MaximumProbability": totals[:, LARGEST],
        "JointAverage": mean,
        "SumSquares": spread,
        "SumAverage": 2.0 * mean,
        "JointEnergy": totals[:, ENERGY],
        "Autocorrelation": totals[:, PRODUCT],
        "JointEntropy": totals[:, ENTROPY],
        **_correlations(level, totals[:, ENTROPY], covariance, spread),
        "MCC": _maximal_correlation(level, standardised, guard),
    }


def _differences(p: FloatArray, apart: FloatArray, n: float) -> dict[str, FloatArray]:
    """Expectations of functions of the difference of the two levels."""
    average = p @ apart
    return {
        "DifferenceAverage": average,
        "DifferenceVariance": (p * (apart - average[:, None]) ** 2).sum(axis=1),
        "DifferenceEntropy": entropy(p),
        "Contrast": p @ apart**2,
        "Dissimilarity": average,
        "Id": p @ (1.0 / (1.0 + apart)),
        "Idn": p @ (1.0 / (1.0 + apart / n)),
        "Idm": p @ (1.0 / (1.0 + apart**2)),
        "Idmn": p @ (1.0 / (1.0 + apart**2 / n**2)),
        "InverseVariance": p[:, 1:] @ (1.0 / apart[1:] ** 2),
    }


def _sums(p: FloatArray, centred: FloatArray) -> dict[str, FloatArray]:
    """Expectations of functions of the sum of the two levels, less its mean."""
    square = centred * centred
    tendency = (p * square).sum(axis=1)
    return {
        "SumVariance": tendency,
        "SumEntropy": entropy(p),
        "ClusterTendency": tendency,
        "ClusterShade": (p * square * centred).sum(axis=1),
        "ClusterProminence": (p * square * square).sum(axis=1),
    }


def _correlations(
    level: FloatArray, joint: FloatArray, covariance: FloatArray, variance: FloatArray
) -> dict[str, FloatArray]:
    """Dependence of the two levels; the matrix is symmetric, so both have the same distribution."""
    own = entropy(level)
    flat = own <= 1e-12
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.where(flat, 1.0, covariance / variance)
        first = np.where(flat, 0.0, (joint - 2.0 * own) / own)
    # Both of the IBSI's reference entropies equal twice that of the marginal where the matrix is symmetric.
    second = np.sqrt(np.maximum(1.0 - np.exp(-2.0 * np.maximum(2.0 * own - joint, 0.0)), 0.0))
    return {"Correlation": correlation, "Imc1": first, "Imc2": second}


def _maximal_correlation(level: FloatArray, standardised: FloatArray, guard: float) -> FloatArray:
    """Second singular value of each standardised matrix; 1 where there is only one level."""
    if standardised.shape[1] == 1:
        return np.ones(len(level))
    found = np.asarray(np.sort(np.abs(np.linalg.eigvalsh(standardised)), axis=1)[:, -2])
    if guard == 0.0:
        return np.where(entropy(level) <= 1e-12, 1.0, found)
    product = level[:, :, None] * level[:, None, :]
    guarded = standardised * (product / (product + guard))
    # Where the guard cannot tell, the symmetric problem has the same solution and is solved several times faster.
    for k in np.flatnonzero(np.linalg.norm(guarded - standardised, axis=(1, 2)) > 1e-9):
        squares = np.linalg.eigvals(guarded[k] @ standardised[k])
        found[k] = np.sqrt(max(np.sort(squares.real)[-2], 0.0))
    return found


def entropy(p: FloatArray) -> FloatArray:
    """Shannon entropy in bits of each row of probabilities."""
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.where(p > 0, -p * np.log2(p), 0.0)
    return np.asarray(bits.sum(axis=1))
