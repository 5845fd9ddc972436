"""Consensus clustering: how often two patients fall into one group when patients and features are resampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._progress import parallel_map, workers
from radiogenomics._random import generator
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core._jit import jit
from radiogenomics.core.agglomerative import LINKAGES, cut_tree, merge_tree
from radiogenomics.core.distance import METRICS, distance_matrix, gram_matrix
from radiogenomics.core.k_means import k_means
from radiogenomics.core.k_medoids import build_medoids, swap_medoids

METHODS = ("hierarchical", "kmeans", "pam")
_KMEANS, _PAM = -1, -2  # codes beside those of the linkages


@dataclass(frozen=True)
class Draws:
    """The resamples, drawn before the work is shared out.

    Attributes
    ----------
    patients
        (n_resamples, m) rows without replacement, in random order: k-means starts from the first k.
    features
        (n_resamples, f) columns without replacement, or ``None`` where all are taken.
    """

    patients: IntArray
    features: IntArray | None


def draw_resamples(
    n: int, p: int, *, n_resamples: int, sample_fraction: float, feature_fraction: float, rng: RNG
) -> Draws:
    """Random subsets of patients (and features), sizes rounded to the nearest integer."""
    random = generator(rng)
    m = round(sample_fraction * n)
    patients = np.argsort(random.random((n_resamples, n)), axis=1)[:, :m]
    if feature_fraction >= 1.0:
        return Draws(patients, None)
    f = max(2, round(feature_fraction * p))
    features = np.stack([np.sort(random.permutation(p)[:f]) for _ in range(n_resamples)])
    return Draws(patients, features)


@jit
def _label_rows(source: FloatArray, draws: IntArray, ks: IntArray, code: int, out: NDArray[np.int16]) -> None:
    """Cluster ``source[draw, draw]`` for every draw and every k; labels into ``out[draw, k, patient]``, -1 undrawn."""
    n_draws, m = draws.shape
    own = np.empty((m, m))
    labels = np.empty((ks.shape[0], m), dtype=np.int64)
    for r in range(n_draws):
        for i in range(m):
            row = source[draws[r, i]]
            for j in range(m):
                own[i, j] = row[draws[r, j]]
        if code == -1:
            for a in range(ks.shape[0]):
                k_means(own, np.arange(ks[a]), labels[a])
        elif code == -2:
            start = build_medoids(own, ks.max())
            for a in range(ks.shape[0]):
                swap_medoids(own, start[: ks[a]].copy(), labels[a])
        else:
            pairs, _ = merge_tree(own, code)
            cut_tree(pairs, ks, labels)
        for a in range(ks.shape[0]):
            for i in range(m):
                out[r, a, draws[r, i]] = labels[a, i]


def _label_block(
    x: FloatArray, source: FloatArray | None, draws: Draws, ks: IntArray, code: int, metric: str
) -> NDArray[np.int16]:
    """Labels of a block of resamples: from one matrix of all patients, or per resample where features are drawn."""
    n = x.shape[0]
    out = np.full((len(draws.patients), len(ks), n), -1, dtype=np.int16)
    if source is not None:
        _label_rows(source, draws.patients, ks, code, out)
        return out
    assert draws.features is not None
    for r, (rows, columns) in enumerate(zip(draws.patients, draws.features, strict=True)):
        own = _source(x[np.ix_(rows, columns)], code, metric)
        labels = np.empty((1, len(ks), len(rows)), dtype=np.int16)
        _label_rows(own, np.arange(len(rows))[None, :], ks, code, labels)
        out[r][:, rows] = labels[0]
    return out


def _source(x: FloatArray, code: int, metric: str) -> FloatArray:
    """The matrix the base method reads: inner products for k-means, distances for the others."""
    made = gram_matrix(x, metric) if code == _KMEANS else distance_matrix(x, metric)
    return np.ascontiguousarray(made)


def resample_labels(
    x: FloatArray, ks: Sequence[int], *, method: str, metric: str, linkage: str, draws: Draws, n_jobs: int | None = None
) -> NDArray[np.int16]:
    """Group of every patient in every resample, for every k: (n_resamples, len(ks), n), -1 where not drawn."""
    code = {"kmeans": _KMEANS, "pam": _PAM}.get(method, -3)
    code = LINKAGES.index(linkage) if code == -3 else code
    source = None if draws.features is not None else _source(x, code, metric)
    n_draws = len(draws.patients)
    n_blocks = min(n_draws, 1 if workers(n_jobs) == 1 else 32)
    blocks = [
        Draws(draws.patients[rows], None if draws.features is None else draws.features[rows])
        for rows in np.array_split(np.arange(n_draws), n_blocks)
    ]
    arguments = [(x, source, block, np.asarray(ks, dtype=np.int64), code, metric) for block in blocks]
    parts = parallel_map(_label_block, arguments, n_jobs=n_jobs, description="Resampling patients", threads=True)
    return np.concatenate(parts)


@jit
def _count_pairs(labels: NDArray[np.int16], together: NDArray[np.int32]) -> None:
    """Add to ``together[k, i, j]`` (i < j) the resamples in which i and j have one label."""
    n_draws, n_ks, n = labels.shape
    member = np.empty(n, dtype=np.int64)
    start = np.empty(n + 2, dtype=np.int64)
    for a in range(n_ks):
        for r in range(n_draws):
            start[:] = 0
            for i in range(n):
                start[labels[r, a, i] + 2] += 1
            for c in range(1, n + 2):
                start[c] += start[c - 1]
            fill = start.copy()
            for i in range(n):
                c = labels[r, a, i] + 1
                member[fill[c]] = i
                fill[c] += 1
            for s in range(start[1], n):
                i = member[s]
                end = start[labels[r, a, i] + 2]
                for t in range(s + 1, end):
                    together[a, i, member[t]] += 1


def matrix_of_labels(labels: NDArray[np.int16]) -> FloatArray:
    """Consensus matrices (n_ks, n, n) of :func:`resample_labels`: times together over times both drawn."""
    n_ks, n = labels.shape[1:]
    drawn = (labels[:, 0, :] >= 0).astype(np.float32)
    both = np.rint(drawn.T @ drawn)
    never = int((np.triu(both == 0, 1)).sum())
    if never:
        raise DegenerateInputError(
            "n_resamples",
            Fault(
                f"{never} pairs of patients that were never drawn together in {labels.shape[0]} resamples",
                "every pair together at least once",
                hint="Raise n_resamples or sample_fraction.",
            ),
        )
    together = np.zeros((n_ks, n, n), dtype=np.int32)
    _count_pairs(labels, together)
    out = np.empty((n_ks, n, n))
    for a in range(n_ks):
        np.divide(together[a] + together[a].T, both, out=out[a])
        np.fill_diagonal(out[a], 1.0)
    return out


def check_consensus_arguments(
    x: FloatArray,
    ks: Sequence[int],
    *,
    method: str,
    metric: str,
    linkage: str,
    n_resamples: int,
    sample_fraction: float,
    feature_fraction: float,
) -> None:
    """Raise one error that lists everything wrong with the arguments of :func:`consensus_matrix`."""
    faults = [
        Fault(repr(value), f"one of {', '.join(map(repr, known))}", column=name)
        for name, value, known in (
            ("method", method, METHODS),
            ("metric", metric, METRICS),
            ("linkage", linkage, LINKAGES),
        )
        if value not in known
    ]
    for name, share in (("sample_fraction", sample_fraction), ("feature_fraction", feature_fraction)):
        if not 0.0 < share <= 1.0:
            faults.append(Fault(str(share), "a share in (0, 1]", column=name))
    if n_resamples < 1:
        faults.append(Fault(str(n_resamples), "at least 1", column="n_resamples"))
    if x.ndim != 2 or min(x.shape) < 2:
        faults.append(Fault(f"shape {x.shape}", "at least 2 patients in rows and 2 features in columns", column="x"))
    elif not np.isfinite(x).all():
        columns = np.flatnonzero(~np.isfinite(x).all(axis=0))
        shown = ", ".join(map(str, columns[:10])) + (" ..." if len(columns) > 10 else "")
        faults.append(Fault(f"NaN or Inf in {len(columns)} column(s) ({shown})", "finite values", column="x"))
    if metric == "precomputed":
        if method == "kmeans":
            hint = "Take method='pam' or 'hierarchical', which need distances only."
            found = "'kmeans' with metric='precomputed'"
            faults.append(Fault(found, "features to average", column="method", hint=hint))
        if feature_fraction < 1.0:
            faults.append(Fault(str(feature_fraction), "1.0 with metric='precomputed'", column="feature_fraction"))
    if faults:
        raise InputError("consensus clustering", faults)
    m = round(sample_fraction * x.shape[0])
    if m < 3:
        found = f"{x.shape[0]} patients, {m} of them in a resample"
        hint = "Form groups in a larger cohort, or raise sample_fraction."
        raise DegenerateInputError(
            "consensus clustering", Fault(found, "at least 3 in a resample, more than its 2 groups", hint=hint)
        )
    wrong = [k for k in ks if not 2 <= k < m]
    if wrong or not len(ks):
        raise InputError(
            "n_clusters",
            Fault(
                ", ".join(map(str, wrong)) or "no number",
                f"2 to {m - 1}: a resample has {m} of the {x.shape[0]} patients and must outnumber its groups",
            ),
        )


def consensus_matrix(
    x: FloatArray,
    n_clusters: int | Sequence[int],
    *,
    method: str = "hierarchical",
    metric: str = "pearson",
    linkage: str = "average",
    n_resamples: int = 1000,
    sample_fraction: float = 0.8,
    feature_fraction: float = 1.0,
    rng: RNG = None,
    n_jobs: int | None = None,
) -> FloatArray:
    """Share of resamples in which two patients fall into the same group (Monti et al. 2003).

    Parameters
    ----------
    x
        (n, p) patients by features, finite; or the (n, n) distances with ``metric="precomputed"``.
    n_clusters
        Number of groups, or a sequence of them served by the same resamples (one tree is cut for every k).
    method
        ``"hierarchical"``; ``"kmeans"`` (exchange k-means from k random patients, one start per resample);
        ``"pam"`` (partitioning around medoids, build and swap).
    metric
        ``"pearson"`` or ``"spearman"``: 1 minus the correlation of two patients across features;
        ``"euclidean"``; ``"precomputed"``. k-means takes the correlations as inner products of patients that are
        centred and scaled to length 1, whose squared distance is twice 1 minus the correlation.
    linkage
        Of the hierarchical method: ``"average"``, ``"complete"``, ``"single"``, ``"weighted"``, ``"ward"`` (on
        squared distances, R's ``ward.D2``), ``"centroid"`` or ``"median"``.
    n_resamples
        Number of resamples.
    sample_fraction, feature_fraction
        Share of patients and of features drawn, without replacement, in each resample.
    rng
        Seed or generator; the same seed gives the same matrix whatever ``n_jobs`` is.
    n_jobs
        Workers.

    Returns
    -------
    (n, n) in [0, 1] with a diagonal of 1, or (len(n_clusters), n, n).

    Raises
    ------
    InputError
        Every wrong argument at once: unknown words, NaN, k not below the size of a resample.
    DegenerateInputError
        If two patients were never drawn together, or a patient has no correlation because its values are all equal.
    """
    x = np.asarray(x, dtype=float)
    one = isinstance(n_clusters, int | np.integer)
    ks = [int(n_clusters)] if isinstance(n_clusters, int | np.integer) else [int(k) for k in n_clusters]
    check_consensus_arguments(
        x, ks, method=method, metric=metric, linkage=linkage, n_resamples=n_resamples,
        sample_fraction=sample_fraction, feature_fraction=feature_fraction,
    )  # fmt: skip
    draws = draw_resamples(
        x.shape[0], x.shape[1], n_resamples=n_resamples, sample_fraction=sample_fraction,
        feature_fraction=feature_fraction, rng=rng,
    )  # fmt: skip
    labels = resample_labels(x, ks, method=method, metric=metric, linkage=linkage, draws=draws, n_jobs=n_jobs)
    out = matrix_of_labels(labels)
    return out[0] if one else out
