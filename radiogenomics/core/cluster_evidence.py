"""What a consensus matrix says about the number of groups and about each patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import cophenet
from scipy.cluster.hierarchy import linkage as scipy_linkage
from scipy.spatial.distance import squareform

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core.agglomerative import tree_labels

#: Consensus strictly between these is ambiguous (Senbabaoglu et al. 2014).
AMBIGUOUS = (0.1, 0.9)


def consensus_labels(consensus: FloatArray, n_clusters: int) -> IntArray:
    """Groups of a consensus matrix: average linkage of 1 minus consensus, cut at ``n_clusters``, largest group first.

    Groups of equal size stand in the order of their first patient.
    """
    return by_size(tree_labels(1.0 - consensus, n_clusters, "average"))


def by_size(labels: IntArray) -> IntArray:
    """Renumber labels so that 0 is the largest group; equal sizes in the order of their first member."""
    names, first, size = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -size))
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    out: IntArray = place[np.searchsorted(names, labels)]
    return out


@dataclass(frozen=True)
class ConsensusCurve:
    """Distribution of the off-diagonal consensus values.

    Attributes
    ----------
    value, cdf
        Grid on [0, 1] and the share of pairs with a consensus of at most that value.
    area
        Area under the distribution function over [0, 1], exact: 1 minus the mean consensus.
    pac
        Proportion of ambiguously clustered pairs, strictly between 0.1 and 0.9; lower is clearer.
    """

    value: FloatArray
    cdf: FloatArray
    area: float
    pac: float


def upper_values(consensus: FloatArray) -> FloatArray:
    """Values above the diagonal."""
    out: FloatArray = consensus[np.triu_indices(consensus.shape[0], 1)]
    return out


def consensus_curve(consensus: FloatArray, *, n_points: int = 101) -> ConsensusCurve:
    """Distribution function, its area and the proportion of ambiguous pairs of a consensus matrix (n, n)."""
    values = np.sort(upper_values(consensus))
    grid = np.linspace(0.0, 1.0, n_points)
    cdf = np.searchsorted(values, grid + 1e-12, side="right") / values.size
    return ConsensusCurve(grid, cdf, float(1.0 - values.mean()), ambiguous_share(values))


def ambiguous_share(values: FloatArray) -> float:
    """Share of consensus values strictly between 0.1 and 0.9 (PAC)."""
    low, high = AMBIGUOUS
    return float(((values > low + 1e-12) & (values < high - 1e-12)).mean())


def delta_area(areas: FloatArray) -> FloatArray:
    """Relative gain of area at each k over the one before; the first entry is the area itself (Monti et al. 2003)."""
    return np.concatenate([areas[:1], np.diff(areas) / np.maximum(areas[:-1], np.finfo(float).tiny)])


def item_consensus(consensus: FloatArray, labels: IntArray) -> FloatArray:
    """Mean consensus of each patient with the other members of each group, (n, k); NaN beside an empty rest."""
    member = np.eye(int(labels.max()) + 1)[labels]
    others = consensus - np.diag(np.diag(consensus))
    size = member.sum(axis=0)[None, :] - member
    out = np.full(member.shape, np.nan)
    np.divide(others @ member, size, out=out, where=size > 0)
    return out


def cluster_consensus(consensus: FloatArray, labels: IntArray) -> FloatArray:
    """Mean consensus of the pairs within each group, (k,); NaN for a group of one."""
    items = item_consensus(consensus, labels)
    out = np.full(items.shape[1], np.nan)
    for group in range(items.shape[1]):
        own = labels == group
        if own.sum() > 1:
            out[group] = items[own, group].mean()
    return out


def cophenetic_correlation(consensus: FloatArray) -> float:
    """Correlation of 1 minus consensus with the heights at which its average-linkage tree joins the pairs.

    NaN where all values are equal.
    """
    distances = squareform(1.0 - consensus, checks=False)
    if np.ptp(distances) == 0:
        return float("nan")
    heights = cophenet(scipy_linkage(distances, "average"))
    return float(np.corrcoef(distances, heights)[0, 1])


def assignment_confidence(distances: FloatArray) -> FloatArray:
    """How much nearer the nearest centroid is than the second, from distances (n, k): 1 minus their ratio.

    In [0, 1]: 0 for a patient midway, 1 for one on a centroid; NaN where there is one group only.
    """
    if distances.shape[1] < 2:
        return np.full(len(distances), np.nan)
    nearest, second = np.sort(distances, axis=1)[:, :2].T
    ratio = np.divide(nearest, second, out=np.ones_like(second), where=second > 0)
    out: FloatArray = 1.0 - ratio
    return out


def calinski_harabasz(x: FloatArray, labels: IntArray) -> float:
    """Variance between over within the groups of the rows of ``x``, per degree of freedom; larger is clearer.

    Calinski and Harabasz (1974); 1 where nothing varies within the groups, as in scikit-learn.
    """
    n, k = len(x), int(labels.max()) + 1
    centroids = _centroids(x, labels)
    between = float((np.bincount(labels)[:, None] * (centroids - x.mean(axis=0)) ** 2).sum())
    within = float(((x - centroids[labels]) ** 2).sum())
    return 1.0 if within == 0 else between * (n - k) / (within * (k - 1))


def davies_bouldin(x: FloatArray, labels: IntArray) -> float:
    """Mean over the groups of the worst ratio of spreads to distance of centroids; smaller is clearer, 0 the least.

    Davies and Bouldin (1979), spread being the mean distance to the centroid.
    """
    centroids = _centroids(x, labels)
    spread = np.bincount(labels, weights=np.linalg.norm(x - centroids[labels], axis=1)) / np.bincount(labels)
    apart = np.linalg.norm(centroids[:, None] - centroids[None], axis=2)
    if not spread.any() or not apart.any():
        return 0.0
    ratio = np.divide(spread[:, None] + spread[None], apart, out=np.zeros_like(apart), where=apart > 0)
    return float(ratio.max(axis=1).mean())


def _centroids(x: FloatArray, labels: IntArray) -> FloatArray:
    member = np.eye(int(labels.max()) + 1)[labels]
    out: FloatArray = (member.T @ x) / member.sum(axis=0)[:, None]
    return out


def silhouette(distances: FloatArray, labels: IntArray) -> FloatArray:
    """Silhouette width of each patient (Rousseeuw 1987) in [-1, 1]; 0 for a patient alone in its group."""
    member = np.eye(int(labels.max()) + 1)[labels]
    size = member.sum(axis=0)
    total = distances @ member
    own = size[labels]
    rows = np.arange(len(labels))
    within = total[rows, labels] / np.maximum(own - 1.0, 1.0)
    mean = total / size
    mean[rows, labels] = np.inf
    nearest = mean.min(axis=1)
    scale = np.maximum(within, nearest)
    width = np.divide(nearest - within, scale, out=np.zeros_like(scale), where=scale > 0)
    out: FloatArray = np.where(own > 1, width, 0.0)
    return out
