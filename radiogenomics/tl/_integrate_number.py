"""How many joint groups, or none: the same integration of data in which the patients have no joint groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from radiogenomics import core
from radiogenomics._progress import parallel_map
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core.agreement import adjusted_rand
from radiogenomics.core.cluster_null import Standing, check_null, fit_null, standing
from radiogenomics.core.distance import distance_between


def fuse(blocks: Sequence[FloatArray], *, n_neighbors: int, n_iterations: int, mu: float) -> FloatArray:
    """Fused network (n, n) of the same patients in several modalities, features at unit variance."""
    networks = [
        core.similarity_network(distance_between(x, x, "euclidean"), n_neighbors=n_neighbors, mu=mu) for x in blocks
    ]
    return core.fuse_networks(networks, n_neighbors=n_neighbors, n_iterations=n_iterations)


def number_of_fused(
    sources: Sequence[FloatArray], ks: Sequence[int], gaps: FloatArray, fusion: Mapping[str, Any],
    options: Mapping[str, Any], n_jobs: int | None, rng: RNG,
) -> Standing:  # fmt: skip
    """Compare the eigenvalue gaps of a fused network with those of simulated patients of one population.

    The simulated patients keep the spread and skew of every feature and the correlation of all features, within a
    modality and between modalities: what the modalities share without groups is no sign of groups.
    """
    check_null(options["n_null"], options["alpha"])
    model = fit_null(np.concatenate(sources, axis=1))
    ends = np.cumsum([x.shape[1] for x in sources])[:-1]

    def one(seed: int) -> FloatArray:
        drawn = model.draw(np.random.default_rng(seed))
        drawn = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0, ddof=1)
        return core.eigengaps(fuse(np.split(drawn, ends, axis=1), **fusion), ks)

    seeds = [(seed,) for seed in spawn_seeds(generator(rng), options["n_null"])]
    with threadpool_limits(1):  # matrices this small are slower on several threads, and the workers are threads already
        found = parallel_map(one, seeds, n_jobs=n_jobs, description="Data without groups", threads=True)
    return standing(np.vstack([gaps, *found]))


def agreement_of_groups(codes: IntArray, *, n_null: int, alpha: float, rng: RNG) -> tuple[float, float]:
    """Mean adjusted Rand index of every two modalities of ``codes`` (n, modalities), and its permutation p-value.

    Shuffling the groups of each modality by itself between the patients that have one keeps their sizes and who lacks
    the modality; it takes away that modalities agree.
    """
    check_null(n_null, alpha)
    random = generator(rng)
    found = np.array([_mean_rand(codes)] + [_mean_rand(_shuffled(codes, random)) for _ in range(n_null)])
    return float(found[0]), float((found >= found[0] - 1e-12).mean())


def _mean_rand(codes: IntArray) -> float:
    """Over the pairs of modalities that at least two patients share; 0 where there is none."""
    found = []
    for a, b in combinations(codes.T, 2):
        both = (a >= 0) & (b >= 0)
        if both.sum() > 1:
            table = np.zeros((int(a.max()) + 1, int(b.max()) + 1))
            np.add.at(table, (a[both], b[both]), 1)
            found.append(adjusted_rand(table))
    return float(np.mean(found)) if found else 0.0


def _shuffled(codes: IntArray, rng: np.random.Generator) -> IntArray:
    """Groups (n, modalities) dealt anew to the patients that have one, modality by modality."""
    out = codes.copy()
    for column in out.T:
        has = column >= 0
        column[has] = rng.permutation(column[has])
    return out
