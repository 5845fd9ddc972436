"""Reading of expression tables and normalisation of counts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from radiogenomics.io import read_counts
from radiogenomics.ml import CountNormalizer
from tests.benchmarks._framework import Row, benchmark

GENES, PATIENTS = 20_000, 300


@benchmark("counts")
def expression() -> Iterator[Row]:
    counts = np.random.default_rng(0).negative_binomial(1, 0.002, size=(PATIENTS, GENES))
    genes, patients = [f"ENSG{i:011d}" for i in range(GENES)], [f"TCGA-AA-{i:04d}" for i in range(PATIENTS)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.csv"
        pd.DataFrame(counts.T, index=genes, columns=patients).to_csv(path, index_label="gene_id")
        start = time.perf_counter()
        read_counts(path)
        seconds = time.perf_counter() - start
    yield Row(f"Reading counts, {GENES:,} genes x {PATIENTS} samples (csv)", seconds, goal_seconds=10)
    for method in ("size_factors", "tmm", "vst"):
        start = time.perf_counter()
        CountNormalizer(method).fit_transform(counts[:110])
        yield Row(f"Normalisation by {method}, {GENES:,} genes x 110", time.perf_counter() - start)
