"""Similarity network fusion beside snfpy, the number of joint groups against its null.

snfpy is no dependency: where this Python lacks it, the environment variable SNFPY_PYTHON may name one that has it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy.spatial.distance import cdist

import radiogenomics as rg
from radiogenomics import core
from radiogenomics._cohort import own_columns
from tests.benchmarks._framework import Row, benchmark, compare

N, SIZES = 225, (175, 1000)
SCRIPT = f"""
import time, warnings; import numpy as np; from scipy.spatial.distance import cdist; from snf import compute
warnings.simplefilter("ignore")
rng = np.random.default_rng(0); data = [rng.normal(size=({N}, p)) for p in {SIZES}]
best = 1e9
for _ in range(3):
    start = time.perf_counter()
    compute.snf(*[compute.affinity_matrix(cdist(x, x), K=20, mu=0.5) for x in data], K=20, t=20)
    best = min(best, time.perf_counter() - start)
print(best)
"""


def data() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(N, p)) for p in SIZES]


def fused(blocks: list[np.ndarray]) -> np.ndarray:
    return core.fuse_networks([core.similarity_network(cdist(x, x)) for x in blocks])


def seconds_of_snfpy() -> float | None:
    """Seconds of one fusion; ``None`` where no Python has snfpy."""
    python = os.environ.get("SNFPY_PYTHON", sys.executable)
    done = subprocess.run([python, "-c", SCRIPT], capture_output=True, encoding="utf-8", check=False)
    return float(done.stdout) if done.returncode == 0 else None


@benchmark("integrate")
def fusion() -> Iterator[Row]:
    blocks = data()
    row = compare("", lambda: fused(blocks), None)
    peer = seconds_of_snfpy()
    yield Row(
        f"Similarity network fusion, {N} patients, {SIZES[0]} + {SIZES[1]:,} features", row.ours, peer, "snfpy",
        note="" if peer else "snfpy is not installed; SNFPY_PYTHON may name a Python that has it",
    )  # fmt: skip


@benchmark("integrate")
def number_of_joint_groups() -> Iterator[Row]:
    patients = pd.DataFrame(index=[f"P{i}" for i in range(N)])
    with own_columns():
        cohort = MuData({name: AnnData(x, obs=patients.copy()) for name, x in zip("ab", data(), strict=True)})
    yield compare(
        f"Number of joint groups against 100 null cohorts, {N} patients",
        lambda: rg.tl.integrate(cohort, n_jobs=2), None, seconds=0,
    )  # fmt: skip
