"""Data sets with and without planted groups, for what the number of groups promises."""

from __future__ import annotations

from typing import Any

import numpy as np

from radiogenomics.core.cluster_evidence import silhouette
from radiogenomics.core.distance import distance_matrix

SHARES = (0.4, 0.33, 0.27)


def gaussian(n: int, p: int, rng: np.random.Generator) -> np.ndarray:
    """One population, independent standard normal features."""
    return rng.normal(size=(n, p))


def skewed(n: int, p: int, rng: np.random.Generator) -> np.ndarray:
    """One population, log-normal features (skewness about 3) that share five factors, at mean 0 and variance 1."""
    shared = rng.normal(size=(n, 5)) @ rng.normal(size=(5, p)) / np.sqrt(5)
    x = np.exp(0.8 * (np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.normal(size=(n, p))))
    return (x - x.mean(axis=0)) / x.std(axis=0)


def three_groups(n: int, p: int, rng: np.random.Generator, *, distance: float) -> np.ndarray:
    """Three normal populations (40, 33 and 27 %) whose centroids are ``distance`` within-group SDs from each other.

    Each group is raised in its own sixth of the features.
    """
    size = p // 6
    x = rng.normal(size=(n, p))
    for group, rows in enumerate(np.split(np.arange(n), truth_starts(n))):
        x[np.ix_(rows, np.arange(group * size, (group + 1) * size))] += distance / np.sqrt(2 * size)
    return x


def truth_starts(n: int) -> list[int]:
    """First patient of the second and of the third group."""
    return [int(v) for v in np.rint(np.cumsum(SHARES)[:2] * n)]


def truth(n: int) -> np.ndarray:
    """Group of each patient of :func:`three_groups`."""
    return np.searchsorted(truth_starts(n), np.arange(n), side="right")


def true_silhouette(x: np.ndarray, metric: str) -> float:
    """Mean silhouette of the planted groups: how far apart they look in the metric that clusters them."""
    return float(silhouette(distance_matrix(x, metric), truth(len(x))).mean())


MAKERS: dict[str, Any] = {"gaussian": gaussian, "skewed": skewed, "three": three_groups}
