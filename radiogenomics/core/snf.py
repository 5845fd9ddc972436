"""Similarity network fusion: one network of patients from one network per modality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core.cluster_evidence import by_size

_TINY = float(np.spacing(1.0))


def similarity_network(distances: ArrayLike, *, n_neighbors: int = 20, mu: float = 0.5) -> FloatArray:
    """Similarity of patients from their distances: a normal density whose width follows the neighbourhoods.

    The width of a pair is `mu` times the mean of its distance and of the mean distances of both to their `n_neighbors`
    nearest :cite:p:`Wang2014`.

    Parameters
    ----------
    distances
        (n, n), not negative, symmetric.
    n_neighbors
        Neighbours of a patient, 1 to n - 1.
    mu
        Width of the kernel, in (0, 1) by the authors' advice 0.3 to 0.8.

    Returns
    -------
    (n, n) symmetric, larger is more alike.
    """
    d = _symmetric(np.array(distances, dtype=float))
    _check(d, n_neighbors)
    np.fill_diagonal(d, 0.0)
    near = np.sort(d, axis=1)[:, 1 : n_neighbors + 1].mean(axis=1) + _TINY
    width = (near[:, None] + near[None, :] + d) / 3.0
    width = mu * (np.where(width > _TINY, width, 0.0) + _TINY)
    return _symmetric(np.exp(-0.5 * (d / width) ** 2) / (width * np.sqrt(2.0 * np.pi)))


def fuse_networks(
    networks: Sequence[ArrayLike], *, n_neighbors: int = 20, n_iterations: int = 20, alpha: float = 1.0
) -> FloatArray:
    """Fuse similarity networks of the same patients :cite:p:`Wang2014`.

    In each round every network is replaced by the mean of the others, seen through its own nearest neighbours.

    Parameters
    ----------
    networks
        Two or more (n, n) networks of :func:`similarity_network`.
    n_neighbors
        Strongest links that a patient keeps.
    n_iterations
        Rounds.
    alpha
        Added to the diagonal after each round, so that a patient stays most like itself.

    Returns
    -------
    (n, n) symmetric fused network; each row sums to about 1 beside its diagonal.
    """
    current = [_symmetric(_rows_to_one(np.asarray(w, dtype=float))) for w in networks]
    if len(current) < 2:
        raise ValueError(f"{len(current)} network; fusion needs at least 2")
    for w in current:
        _check(w, n_neighbors)
    n = len(current[0])
    kernels = [_strongest(w, n_neighbors) for w in current]
    total = np.sum(current, axis=0)
    for _ in range(n_iterations):
        current = [
            _symmetric(s @ (total - w) @ s.T / (len(current) - 1) + alpha * np.eye(n))
            for s, w in zip(kernels, current, strict=True)
        ]
        total = np.sum(current, axis=0)
    fused = _rows_to_one(total / len(current))
    out: FloatArray = (fused + fused.T + np.eye(n)) / 2.0
    return out


def spectral_labels(network: ArrayLike, n_clusters: int) -> IntArray:
    """Groups of a similarity network by spectral clustering, largest first; no random start.

    The leading eigenvectors of the normalised network :cite:p:`vonLuxburg2007` are turned into groups by a pivoted QR
    factorisation :cite:p:`Damle2019`.

    Parameters
    ----------
    network
        (n, n) similarities; its diagonal is not looked at.
    n_clusters
        Number of groups, at most n.

    Returns
    -------
    (n,) labels from 0.
    """
    w = np.asarray(network, dtype=float)
    _, vectors, degree = _spectrum(w, n_clusters)
    vectors = vectors / np.sqrt(degree)[:, None]
    pivots = linalg.qr(vectors.T, pivoting=True)[2][:n_clusters]
    left, _, right = linalg.svd(vectors[pivots].T)
    return by_size(np.abs(vectors @ (left @ right)).argmax(axis=1))


def eigengaps(network: ArrayLike, n_clusters: Sequence[int]) -> FloatArray:
    """Gap between the k-th and the (k + 1)-th eigenvalue of the normalised network: large where k fits.

    Parameters
    ----------
    network
        (n, n) similarities; its diagonal is not looked at.
    n_clusters
        Every k, less than n.

    Returns
    -------
    (len(n_clusters),) not negative.
    """
    w = np.asarray(network, dtype=float)
    values = _spectrum(w, max(n_clusters) + 1)[0]
    out: FloatArray = np.array([values[k - 1] - values[k] for k in n_clusters])
    return out


def _spectrum(w: FloatArray, k: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The k largest eigenvalues (falling) and eigenvectors of the network over its degrees, without self-links."""
    n = len(w)
    if not 1 <= k <= n:
        raise ValueError(f"{k} groups of {n} patients")
    w = w - np.diag(np.diag(w))
    degree = w.sum(axis=1)
    degree = np.where(degree > 0, degree, 1.0)
    scaled = w / np.sqrt(np.outer(degree, degree))
    values, vectors = linalg.eigh(scaled, subset_by_index=(n - k, n - 1))
    return values[::-1], vectors[:, ::-1], degree


def _check(w: FloatArray, n_neighbors: int) -> None:
    if w.ndim != 2 or w.shape[0] != w.shape[1] or not np.isfinite(w).all():
        raise ValueError("a network must be a finite square matrix")
    if not 1 <= n_neighbors < len(w):
        raise ValueError(f"n_neighbors is {n_neighbors}; {len(w)} patients allow 1 to {len(w) - 1}")


def _symmetric(w: FloatArray) -> FloatArray:
    out: FloatArray = (w + w.T) / 2.0
    return out


def _rows_to_one(w: FloatArray) -> FloatArray:
    out: FloatArray = w / w.sum(axis=1, keepdims=True)
    return out


def _strongest(w: FloatArray, n_neighbors: int) -> FloatArray:
    """The links of each row at or above its quantile 1 - n_neighbors / n, scaled to sum to 1."""
    least = np.percentile(w, 100.0 - 100.0 * n_neighbors / len(w), axis=1, keepdims=True)
    return _rows_to_one(np.where(w >= least, w, 0.0))
