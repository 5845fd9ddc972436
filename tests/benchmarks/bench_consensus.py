"""Consensus clustering beside R's ConsensusClusterPlus where it is installed; the test for the number of groups."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from radiogenomics.core import consensus_matrix
from radiogenomics.ml import ConsensusClusterer
from tests.benchmarks._framework import Row, benchmark, compare, own_peak

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


def measured(n: int) -> tuple[float, float]:
    """Seconds and most GiB of a fresh process that clusters n patients, compilation left out."""
    code = f"from tests.benchmarks.bench_consensus import *; print(*clustered({n}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak) / 1024**3


def clustered(n: int) -> tuple[float, int]:
    """Seconds, and most bytes of this process so far."""
    x = np.random.default_rng(0).normal(size=(n, 200))
    consensus_matrix(x[:50], range(2, 7), n_resamples=100, rng=0, n_jobs=2)
    start = time.perf_counter()
    consensus_matrix(x, range(2, 7), n_resamples=200, rng=0, n_jobs=2)
    return time.perf_counter() - start, own_peak()


def growth(sizes: tuple[int, ...], goal_seconds: float, most: float) -> Row:
    """The largest of the sizes, with how time grew from the one before."""
    found = [measured(n) for n in sizes]
    seconds, peak = found[-1]
    if peak > most:
        raise RuntimeError(f"{sizes[-1]} patients took {peak:.2f} GiB; the goal is {most:g} GiB")
    power = np.log2(seconds / found[-2][0])
    return Row(
        f"Consensus clustering, hierarchical, {sizes[-1]:,} x 200, k = 2 to 6, 200 resamples", seconds,
        goal_seconds=goal_seconds,
        note=f"{peak:.2f} GiB at its peak, goal {most:g}; from half the patients as n^{power:.1f}",
    )  # fmt: skip


@benchmark("consensus")
def many_patients() -> Iterator[Row]:
    yield growth((625, 1250), 60, 2)


@benchmark("consensus-long", long=True)
def thousands_of_patients() -> Iterator[Row]:
    yield growth((2500, 5000), 600, 6)
