"""Consensus clustering beside R's ConsensusClusterPlus where it is installed; the test for the number of groups."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from radiogenomics.core import consensus_matrix
from radiogenomics.ml import ConsensusClusterer
from tests.benchmarks._framework import Row, benchmark, compare

KS = range(2, 11)
SCRIPT = """
suppressMessages(library(ConsensusClusterPlus)); pdf(NULL)
x <- t(as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE)))
took <- system.time(suppressMessages(ConsensusClusterPlus(x, maxK = 10, reps = 1000, clusterAlg = "%s", distance = "%s",
  innerLinkage = "average", finalLinkage = "average", seed = 1)))
cat(took[["elapsed"]])
"""


def seconds_in_r(x: np.ndarray, algorithm: str, distance: str) -> float | None:
    """Seconds of one run; ``None`` where R or the package is missing."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table, script = Path(folder, "x.csv"), Path(folder, "run.R")
        np.savetxt(table, x, delimiter=",")
        script.write_text(SCRIPT % (algorithm, distance), encoding="utf-8")
        done = subprocess.run(["Rscript", str(script), str(table)], capture_output=True, encoding="utf-8", check=False)
    return float(done.stdout) if done.returncode == 0 else None


@benchmark("consensus")
def against_r() -> Iterator[Row]:
    x = np.random.default_rng(0).normal(size=(225, 175))
    runs = {
        "hierarchical": ("pearson", "hc", 14.6),
        "kmeans": ("euclidean", "km", 27.0),
        "pam": ("pearson", "pam", 44.0),
    }
    for method, (metric, algorithm, measured) in runs.items():
        row = compare(
            "", lambda m=method, d=metric: consensus_matrix(x, KS, method=m, metric=d, rng=0, n_jobs=2), None
        )  # fmt: skip
        now = seconds_in_r(x, algorithm, metric)
        yield Row(
            f"Consensus clustering, {method}, 225 x 175, k = 2 to 10, 1,000 resamples", row.ours, now or measured,
            "R ConsensusClusterPlus", goal_ratio=10, note="" if now else "peer: measured before on 2 cores",
        )  # fmt: skip


@benchmark("consensus")
def number_of_groups() -> Iterator[Row]:
    x = np.random.default_rng(0).normal(size=(110, 1000))
    yield compare(
        "Number of groups against 100 null data sets, 110 x 1,000",
        lambda: ConsensusClusterer("auto", random_state=0, n_jobs=2).fit(x), None, goal_seconds=20,
    )  # fmt: skip


@benchmark("consensus")
def many_patients() -> Iterator[Row]:
    rng = np.random.default_rng(0)
    times = []
    for n in (1250, 2500, 5000):
        x = rng.normal(size=(n, 200))
        start = time.perf_counter()
        consensus_matrix(x, range(2, 7), n_resamples=20, rng=0, n_jobs=2)
        times.append(time.perf_counter() - start)
    growth = np.log2(times[-1] / times[-2])
    yield Row(
        "Consensus clustering, hierarchical, 5,000 x 200, k = 2 to 6, 200 resamples", 10 * times[-1], goal_seconds=600,
        note=f"20 resamples x 10; time grows as n^{growth:.1f}",
    )  # fmt: skip
