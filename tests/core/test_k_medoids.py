from itertools import combinations

import numpy as np
from scipy.spatial.distance import pdist, squareform

from radiogenomics.core.k_medoids import build_medoids, swap_medoids


def total(d: np.ndarray, medoids: list[int]) -> float:
    return float(d[list(medoids)].min(axis=0).sum())


def test_no_swap_is_better_and_the_best_of_all_is_near() -> None:
    for seed in range(8):
        d = squareform(pdist(np.random.default_rng(seed).normal(size=(12, 2))))
        medoids = build_medoids(d, 3)
        labels = np.empty(12, dtype=np.int64)
        swap_medoids(d, medoids, labels)
        found = total(d, medoids.tolist())
        assert labels.tolist() == d[medoids].argmin(axis=0).tolist()
        swaps = [[*(m for m in medoids if m != out), new] for out in medoids for new in range(12) if new not in medoids]
        assert min(total(d, swap) for swap in swaps) >= found - 1e-9
        assert found <= 1.15 * min(total(d, list(c)) for c in combinations(range(12), 3))


def test_medoids_of_a_smaller_k_come_first() -> None:
    d = squareform(pdist(np.random.default_rng(0).normal(size=(30, 4))))
    assert build_medoids(d, 6)[:3].tolist() == build_medoids(d, 3).tolist()


def test_first_medoid_has_the_least_total_distance() -> None:
    d = squareform(pdist(np.array([[0.0], [1.0], [2.0], [3.0], [9.0]])))
    assert build_medoids(d, 1).tolist() == [2]
