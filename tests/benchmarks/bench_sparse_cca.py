"""Sparse canonical correlation with its permutation test, the choice among seven penalties in every permutation."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from radiogenomics.core import sparse_cca, sparse_cca_test
from radiogenomics.core.correlation import covariate_basis
from tests.benchmarks._framework import Row, benchmark

N, FEATURES, GENES = 106, 540, 976
PERMUTATIONS = 200


@benchmark("sparse_cca")
def permutation_test() -> Iterator[Row]:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(N, FEATURES)), rng.normal(size=(N, GENES))
    x += rng.normal(size=(N, 4)) @ rng.normal(size=(4, FEATURES))
    y += rng.normal(size=(N, 4)) @ rng.normal(size=(4, GENES))
    size = f"{FEATURES} x {GENES}, {N} patients"
    for name, basis in (("", None), (", 2 covariates", covariate_basis(rng.normal(size=(N, 2)), N))):
        a, b = (m if basis is None else m - basis @ (basis.T @ m) for m in (x, y))
        a, b = ((m - m.mean(axis=0)) / m.std(axis=0, ddof=1) for m in (a, b))
        sparse_cca_test(a, b, basis=basis, n_permutations=1)
        start = time.perf_counter()
        sparse_cca_test(a, b, basis=basis, n_permutations=PERMUTATIONS)
        seconds = time.perf_counter() - start
        yield Row(f"Sparse CCA {size}, 7 penalties, {PERMUTATIONS} permutations{name}", seconds, goal_seconds=10)
    sparse_cca(a[:, :50], b[:, :50])
    start = time.perf_counter()
    sparse_cca(a, b, n_components=2)
    yield Row(f"Sparse CCA {size}, one fit of two components", time.perf_counter() - start, goal_seconds=2)
