"""Shrunken centroids with a cross-validated threshold beside pamr; nearest-template prediction."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator

import numpy as np

from radiogenomics.core import nearest_template, template_matrix
from radiogenomics.ml import ShrunkenCentroids
from tests.benchmarks._framework import Row, benchmark

N, GENES = 80, 17_776
_SCRIPT = f"""
suppressMessages(ok <- require(pamr, quietly = TRUE))
if (ok) {{
  set.seed(0)
  y <- rep_len(c("A", "B", "C"), {N})
  x <- matrix(rnorm({N} * {GENES}), {GENES})
  x[1:100, y == "A"] <- x[1:100, y == "A"] + 1
  data <- list(x = x, y = factor(y))
  start <- proc.time()[["elapsed"]]
  invisible(capture.output({{ fit <- pamr.train(data); cv <- pamr.cv(fit, data, nfold = 10) }}))
  cat(proc.time()[["elapsed"]] - start)
}}
"""


def _pamr_seconds() -> float | None:
    """Time of the same in R, measured there; nothing where R or pamr is not installed."""
    if shutil.which("Rscript") is None:
        return None
    done = subprocess.run(["Rscript", "-e", _SCRIPT], capture_output=True, encoding="utf-8", check=True)
    return float(done.stdout) if done.stdout.strip() else None


@benchmark("shrunken_centroids")
def threshold() -> Iterator[Row]:
    random = np.random.default_rng(0)
    y = np.arange(N) % 3
    x = random.normal(size=(N, GENES))
    x[:, :100] += (y == 0)[:, None]
    ShrunkenCentroids(folds=10, random_state=0).fit(x[:, :500], y)
    start = time.perf_counter()
    ShrunkenCentroids(folds=10, random_state=0).fit(x, y)
    seconds = time.perf_counter() - start
    name = f"Shrunken centroids {N} x {GENES}, 30 thresholds, 10 folds"
    yield Row(name, seconds, _pamr_seconds(), "R pamr", goal_ratio=1)


@benchmark("shrunken_centroids")
def templates() -> Iterator[Row]:
    x = np.random.default_rng(0).normal(size=(N, GENES))
    shapes = template_matrix(np.arange(150) % 3, 3)
    start = time.perf_counter()
    nearest_template(x, np.arange(150), shapes, n_permutations=1000, rng=0)
    yield Row(
        f"Nearest template {N} x {GENES}, 150 genes, 1000 random sets", time.perf_counter() - start, goal_seconds=5
    )
