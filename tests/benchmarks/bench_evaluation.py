"""Judging models: DeLong's test of ten beside R's pROC and the definition by pairs in numpy."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import numpy as np

from radiogenomics.core import delong
from tests.benchmarks._framework import Row, benchmark, compare

PATIENTS, MODELS = 10_000, 10
_SCRIPT = f"""
suppressMessages(ok <- require(pROC, quietly = TRUE))
if (ok) {{
  set.seed(0)
  y <- rep(0:1, {PATIENTS // 2})
  x <- matrix(rnorm({PATIENTS * MODELS}), {PATIENTS}) + y
  start <- proc.time()[["elapsed"]]
  curves <- lapply(seq_len({MODELS}), function(m) roc(y, x[, m], levels = c(0, 1), direction = "<", quiet = TRUE))
  for (one in curves) ci.auc(one, method = "delong")
  for (i in seq_len({MODELS})) for (j in seq_len(i - 1)) roc.test(curves[[i]], curves[[j]], method = "delong")
  cat(proc.time()[["elapsed"]] - start)
}}
"""


def _proc_seconds() -> float | None:
    """Time of the same in R, measured there; nothing where R or pROC is not installed."""
    if shutil.which("Rscript") is None:
        return None
    done = subprocess.run(["Rscript", "-e", _SCRIPT], capture_output=True, encoding="utf-8", check=True)
    return float(done.stdout) if done.stdout.strip() else None


def _by_pairs(y: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Covariance of the areas from the table of all pairs of each score."""
    one, zero = [], []
    for score in scores.T:
        a, b = score[y == 1][:, None], score[y == 0][None]
        psi = (a > b) + 0.5 * (a == b)
        one.append(psi.mean(axis=1))
        zero.append(psi.mean(axis=0))
    return np.asarray(np.cov(one) / (y == 1).sum() + np.cov(zero) / (y == 0).sum())


@benchmark("evaluation")
def areas_of_many_models() -> Iterator[Row]:
    random = np.random.default_rng(0)
    y = np.tile([0, 1], PATIENTS // 2)
    x = random.normal(size=(PATIENTS, MODELS)) + y[:, None]
    name = f"DeLong, {MODELS} scores x {PATIENTS:,} patients, all pairs"
    row = compare(name, lambda: delong(y, x), lambda: _by_pairs(y, x), peer_name="numpy, all pairs", goal_ratio=10)
    yield row
    yield Row(name, row.ours, _proc_seconds(), "R pROC")
