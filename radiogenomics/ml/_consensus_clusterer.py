"""Consensus clustering as an estimator: groups of the training patients, assignment of others."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core.cluster_evidence import (
    calinski_harabasz,
    cluster_consensus,
    consensus_curve,
    consensus_labels,
    cophenetic_correlation,
    davies_bouldin,
    delta_area,
    item_consensus,
    silhouette,
)
from radiogenomics.core.cluster_null import compare_with_null
from radiogenomics.core.consensus import check_consensus_arguments, consensus_matrix
from radiogenomics.core.distance import distance_between, distance_matrix, profiles


class ConsensusClusterer(ClusterMixin, BaseEstimator):
    """Consensus clustering :cite:p:`Monti2003`, with the number of groups given or chosen against a null.

    Parameters
    ----------
    n_clusters
        Number of groups, or ``"auto"``: every k from 2 to ``max_clusters`` is compared with null data sets that have
        no groups, and one group is answered unless some k is more stable than they are.
    method, metric, linkage, n_resamples, sample_fraction, feature_fraction
        As in :func:`radiogenomics.core.consensus_matrix`.
    random_state
        Seed or generator.
    max_clusters
        Largest k tried; evidence is kept for every k up to it (or up to ``n_clusters`` if that is larger).
    n_null
        Null data sets of ``"auto"``; the smallest p-value is 1 / (n_null + 1).
    alpha
        Level at which ``"auto"`` accepts more than one group.
    n_jobs
        Workers; the result does not depend on them.

    Attributes
    ----------
    labels_
        Group of each training patient, 0 the largest (equal sizes: the one whose first patient comes first).
    consensus_matrix_
        (n, n) in [0, 1] at ``consensus_k_``.
    consensus_k_
        ``n_clusters_``; where ``"auto"`` answers one group, the k that came nearest to being accepted.
    consensus_matrices_
        (K, n, n), one for each k of ``evidence_["k"]``.
    n_clusters_
        Number of groups.
    evidence_
        Dict of arrays, one entry per k: ``pac``, ``area``, ``delta_area``, ``silhouette``, ``cophenetic``,
        ``calinski_harabasz`` and ``davies_bouldin`` (in the training space; absent with precomputed distances) and,
        with ``"auto"``, ``rcsi`` and ``p_value``.
    item_consensus_
        Mean consensus of each patient with the other members of its group.
    cluster_consensus_
        Mean consensus within each group.
    centroids_
        (number of groups, p) mean patient of each group in the training space; absent with precomputed distances.
    p_value_
        With ``"auto"``: one p-value over all k (maximum statistic), else ``None``.
    """

    def __init__(
        self,
        n_clusters: int | str = 3,
        *,
        method: str = "hierarchical",
        metric: str = "pearson",
        linkage: str = "average",
        n_resamples: int = 1000,
        sample_fraction: float = 0.8,
        random_state: RNG = None,
        feature_fraction: float = 1.0,
        max_clusters: int = 6,
        n_null: int = 100,
        alpha: float = 0.05,
        n_jobs: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.method = method
        self.metric = metric
        self.linkage = linkage
        self.n_resamples = n_resamples
        self.sample_fraction = sample_fraction
        self.random_state = random_state
        self.feature_fraction = feature_fraction
        self.max_clusters = max_clusters
        self.n_null = n_null
        self.alpha = alpha
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Group the patients in the rows of ``X`` (n, p); ``y`` is not looked at."""
        x = validate_data(self, X, dtype=float, ensure_min_samples=2, ensure_min_features=2)
        automatic = self._is_automatic()
        ks = self._tried(x.shape[0])
        base: dict[str, Any] = {"method": self.method, "metric": self.metric, "linkage": self.linkage,
                "sample_fraction": self.sample_fraction, "feature_fraction": self.feature_fraction}  # fmt: skip
        check_consensus_arguments(x, ks, n_resamples=self.n_resamples, **base)
        rng = np.random.default_rng(self.random_state)
        matrices = consensus_matrix(x, ks, n_resamples=self.n_resamples, rng=rng, n_jobs=self.n_jobs, **base)
        self._describe(x, ks, matrices)
        best, p_value = self._choose(x, ks, base, rng) if automatic else (int(self.n_clusters), None)
        self.p_value_ = p_value
        self._settle(x, best, one=p_value is not None and p_value > self.alpha)
        return self

    def predict(self, X: ArrayLike) -> IntArray:
        """Group of each row of ``X``: the nearest centroid by the metric of the training."""
        nearest: IntArray = np.argmin(self.distances(X), axis=1)
        return nearest

    def distances(self, X: ArrayLike) -> FloatArray:
        """Distance of each row of ``X`` to each centroid, (n, number of groups), in the metric of the training."""
        check_is_fitted(self, "labels_")
        if self.metric == "precomputed":
            raise InputError("predict", "groups of precomputed distances have no centroids; cluster features instead")
        x = validate_data(self, X, dtype=float, reset=False)
        return distance_between(profiles(x, self.metric), self.centroids_, self.metric)

    def _is_automatic(self) -> bool:
        if isinstance(self.n_clusters, str):
            if self.n_clusters != "auto":
                raise InputError("n_clusters", Fault(repr(self.n_clusters), "an integer of at least 2, or 'auto'"))
            return True
        whole = isinstance(self.n_clusters, int | np.integer) and not isinstance(self.n_clusters, bool)
        if not whole or self.n_clusters < 2:
            raise InputError("n_clusters", Fault(repr(self.n_clusters), "an integer of at least 2, or 'auto'"))
        return False

    def _tried(self, n: int) -> list[int]:
        """Every k with evidence; a small cohort is not refused for a ``max_clusters`` that was not asked to decide."""
        if self.max_clusters < 2:
            raise InputError("max_clusters", Fault(str(self.max_clusters), "at least 2"))
        possible = round(self.sample_fraction * n) - 1
        if isinstance(self.n_clusters, str):
            if 2 <= possible < self.max_clusters:
                found = f"{self.max_clusters} for {n} patients, of whom a resample has {possible + 1}"
                raise InputError("max_clusters", Fault(found, f"at most {possible}: fewer groups than patients"))
            return list(range(2, self.max_clusters + 1))
        if 2 <= possible < self.n_clusters:
            raise InputError("n_clusters", Fault(str(self.n_clusters), f"at most {possible} for {n} patients"))
        return list(range(2, max(min(self.max_clusters, possible), int(self.n_clusters)) + 1))

    def _describe(self, x: FloatArray, ks: list[int], matrices: FloatArray) -> None:
        curves = [consensus_curve(m) for m in matrices]
        distances = distance_matrix(x, self.metric)
        labels = [consensus_labels(m, k) for m, k in zip(matrices, ks, strict=True)]
        areas = np.array([c.area for c in curves])
        self.consensus_matrices_ = matrices
        self.cdf_ = {"value": curves[0].value, "cdf": np.stack([c.cdf for c in curves])}
        self.evidence_: dict[str, Any] = {
            "k": np.array(ks),
            "pac": np.array([c.pac for c in curves]),
            "area": areas,
            "delta_area": delta_area(areas),
            "silhouette": np.array([silhouette(distances, own).mean() for own in labels]),
            "cophenetic": np.array([cophenetic_correlation(m) for m in matrices]),
        }
        if self.metric != "precomputed":
            rows = profiles(x, self.metric)
            self.evidence_["calinski_harabasz"] = np.array([calinski_harabasz(rows, own) for own in labels])
            self.evidence_["davies_bouldin"] = np.array([davies_bouldin(rows, own) for own in labels])
        self._labels = labels

    def _choose(
        self, x: FloatArray, ks: list[int], base: dict[str, Any], rng: np.random.Generator
    ) -> tuple[int, float]:
        if self.metric == "precomputed":
            raise InputError("n_clusters", "'auto' simulates features without groups, which precomputed distances lack")
        # Products of matrices this small take several times as long on more threads, and the workers are threads.
        with threadpool_limits(1):
            answer = compare_with_null(
                x, ks, silhouette=self.evidence_["silhouette"], n_null=self.n_null, alpha=self.alpha, rng=rng,
                n_jobs=self.n_jobs, **base,
            )  # fmt: skip
        self.evidence_["rcsi"] = answer.rcsi
        self.evidence_["p_value"] = answer.p_value
        return ks[answer.best], answer.p_value_overall

    def _settle(self, x: FloatArray, best: int, *, one: bool) -> None:
        n = x.shape[0]
        at = int(np.flatnonzero(self.evidence_["k"] == best)[0])
        self.consensus_k_ = best
        self.consensus_matrix_ = self.consensus_matrices_[at]
        self.n_clusters_ = chosen = 1 if one else best
        self.labels_: IntArray = np.zeros(n, dtype=np.int64) if one else self._labels[at]
        del self._labels
        self.item_consensus_ = item_consensus(self.consensus_matrix_, self.labels_)[np.arange(n), self.labels_]
        self.cluster_consensus_ = cluster_consensus(self.consensus_matrix_, self.labels_)
        if self.metric != "precomputed":
            rows = profiles(x, self.metric)
            self.centroids_ = np.stack([rows[self.labels_ == g].mean(axis=0) for g in range(chosen)])
            if self.metric != "euclidean" and (np.linalg.norm(self.centroids_, axis=1) < 1e-12).any():
                raise DegenerateInputError("metric", "the patients of a group cancel out; take metric='euclidean'")
