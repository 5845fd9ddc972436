"""The radiogenomic map beside a loop over scipy's correlation and a matrix product with a full sort."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
from scipy import special, stats

from radiogenomics.core import correlation_map, correlation_null
from tests.benchmarks._framework import Row, benchmark, compare

N, FEATURES, GENES = 110, 1130, 20_000
MEMORY = 2 * 1024**3


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(N, FEATURES)), rng.normal(size=(N, GENES))


def all_at_once(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What one writes with numpy: ranks, one product, every p-value, a full sort."""
    u, v = (stats.zscore(stats.rankdata(m, axis=0), axis=0) for m in (x, y))
    r = (u.T @ v / len(x)).ravel()
    p = 2 * special.stdtr(len(x) - 2, -np.abs(r) * np.sqrt((len(x) - 2) / (1 - r**2)))
    order = np.argsort(p)
    adjusted = np.minimum.accumulate((p[order] * p.size / np.arange(1, p.size + 1))[::-1])[::-1]
    return np.stack([r[order[:10_000]], p[order[:10_000]], adjusted[:10_000]])


def peak_memory() -> int:
    """Most memory of a process that makes the map, in bytes."""
    code = (
        "from tests.benchmarks._framework import own_peak; from tests.benchmarks.bench_correlate import *; "
        "correlation_map(*data()); print(own_peak())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    return int(done.stdout)


@benchmark("correlate")
def whole_transcriptome() -> Iterator[Row]:
    x, y = data()
    peak = peak_memory()
    if peak > MEMORY:
        raise RuntimeError(f"the map took {peak / 1024**3:.2f} GiB; the goal is 2 GiB")
    name = f"Spearman map {FEATURES:,} x {GENES:,}, {N} patients, p and FDR"
    yield compare(
        name, lambda: correlation_map(x, y), lambda: all_at_once(x, y), peer_name="numpy, full sort",
        goal_seconds=6, note=f"{peak / 1024**3:.2f} GiB at its peak, goal 2",
    )  # fmt: skip
    yield compare(
        name, lambda: correlation_map(x, y), lambda: [stats.spearmanr(x[:, 0], y[:, j]) for j in range(500)],
        peer_name="scipy, a loop", peer_scale=FEATURES * GENES / 500, goal_ratio=1000, note="peer: 500 pairs, scaled",
    )  # fmt: skip


@benchmark("correlate")
def permutations() -> Iterator[Row]:
    x, y = data()
    covariates = np.random.default_rng(1).normal(size=(N, 3))
    for name, z in (("", None), (", 3 covariates", covariates)):
        correlation_null(x, y, covariates=z, n_permutations=1)
        start = time.perf_counter()
        correlation_null(x, y, covariates=z, n_permutations=100)
        seconds = 10 * (time.perf_counter() - start)
        yield Row(
            f"1,000 permutations of that map, family-wise{name}",
            seconds,
            goal_seconds=300,
            note="100 permutations x 10",
        )
