"""ComBat beside R's sva, where R is there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from radiogenomics.core import combat
from tests.benchmarks._framework import Row, benchmark, compare

N, GENES, NONPARAMETRIC = 225, 20_000, 1000

#: Each call is timed inside R, so that neither its start nor the reading of the file counts.
SCRIPT = """
suppressMessages(library(sva))
x <- matrix(readBin("{folder}/x.bin", "double", {n} * {p}), {p})
batch <- rep_len(c("a", "b", "c", "d", "e"), {n})
seconds <- function(f) min(replicate(3, system.time(suppressMessages(f()))[["elapsed"]]))
cat(seconds(function() ComBat(x, batch)), system.time(suppressMessages(
  ComBat(x[1:{few}, ], batch, par.prior = FALSE)))[["elapsed"]])
"""


def sva(x: np.ndarray) -> tuple[float, float] | None:
    """Seconds of the two priors in R, ``None`` without R and sva."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        x.tofile(Path(folder) / "x.bin")  # patients in rows here are patients in columns there
        script = SCRIPT.format(folder=folder, n=N, p=GENES, few=NONPARAMETRIC)
        done = subprocess.run(["Rscript", "-e", script], capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        return None
    parametric, weighted = map(float, done.stdout.split())
    return parametric, weighted


@benchmark("combat")
def whole_transcriptome() -> Iterator[Row]:
    x = np.random.default_rng(0).normal(size=(N, GENES))
    batch = np.resize(list("abcde"), N)
    peer = sva(x) or (None, None)
    name = f"ComBat {GENES:,} x {N}, 5 batches"
    ours = compare(name, lambda: combat(x, batch), None).ours
    goal = 1.0 if peer[0] is not None else None
    yield Row(name, ours, peer[0], "sva" if peer[0] is not None else "", goal, 2.0)
    few = x[:, :NONPARAMETRIC]
    ours = compare(name, lambda: combat(few, batch, parametric=False), None).ours
    name = f"non-parametric, {NONPARAMETRIC:,} x {N}"
    yield Row(name, ours, peer[1], "sva" if peer[1] is not None else "", goal)
