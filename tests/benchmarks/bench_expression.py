"""Differential expression and enrichment beside scipy, gseapy, pydeseq2 and R.

DESeq2 of 20,000 genes takes minutes: it is measured where ``RADIOGENOMICS_BENCH_DESEQ2`` is set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import gseapy
import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import stats

import radiogenomics as rg
from radiogenomics.core import ttest
from radiogenomics.core.limma import moderated_ttest
from radiogenomics.core.rank_sum_columns import rank_sum_columns
from radiogenomics.tl._gseapy import prerank
from tests.benchmarks._framework import Row, benchmark, compare

N, GENES = 110, 20_000


def expression() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(6, rng.gamma(4, 0.25, GENES), (N, GENES)), np.arange(N) < 40


def in_r(script: str, folder: Path) -> float:
    """Seconds that an R script prints last; NaN where there is no R."""
    if shutil.which("Rscript") is None:
        return float("nan")
    done = subprocess.run(["Rscript", "-e", script], cwd=folder, capture_output=True, encoding="utf-8", check=True)
    return float(done.stdout.strip().splitlines()[-1])


@benchmark("expression")
def tests_of_all_genes() -> Iterator[Row]:
    x, inside = expression()
    a, b = x[inside], x[~inside]
    for name, equal in (("Student", True), ("Welch", False)):
        yield compare(
            f"{name} t-tests, {GENES:,} x {N}", lambda e=equal: ttest(a, b, equal_variance=e),
            lambda e=equal: stats.ttest_ind(a, b, equal_var=e), peer_name="scipy over an axis", goal_ratio=1,
        )  # fmt: skip
    yield compare(
        f"rank-sum tests, {GENES:,} x {N}", lambda: rank_sum_columns(a, b), lambda: stats.mannwhitneyu(a, b),
        peer_name="scipy over an axis", goal_ratio=1,
    )  # fmt: skip
    design = np.column_stack([np.ones(N), inside])
    with tempfile.TemporaryDirectory() as folder:
        x.tofile(Path(folder) / "x.bin")
        script = (
            f"suppressMessages(library(limma)); y <- matrix(readBin('x.bin', 'double', {N * GENES}), {GENES}); "
            f"d <- cbind(1, rep(c(1, 0), c(40, {N - 40}))); t <- min(sapply(1:3, function(i) "
            "system.time(eBayes(lmFit(y, d), trend = TRUE))[['elapsed']])); cat(t)"
        )
        peer = in_r(script, Path(folder))
    ours = compare(f"limma-trend, {GENES:,} x {N}", lambda: moderated_ttest(x, design, 1), None)
    if np.isnan(peer):
        yield ours
    else:
        yield Row(ours.name, ours.ours, peer, "limma (R)", goal_ratio=1)


@benchmark("expression")
def gene_sets() -> Iterator[Row]:
    rng = np.random.default_rng(1)
    genes = [f"GENE{i}" for i in range(GENES)]
    ranking = pd.Series(np.sort(rng.normal(size=GENES))[::-1], index=genes)
    sets = {f"SET{i}": rng.choice(genes, 150, replace=False).tolist() for i in range(50)}
    settings = {"outdir": None, "min_size": 1, "max_size": GENES, "permutation_num": 1000, "seed": 0, "verbose": False}
    yield compare(
        f"preranked GSEA, 50 sets of 150 in {GENES:,} genes, 1,000 permutations",
        lambda: prerank(ranking, sets, n_permutations=1000, threads=1, seed=0),
        lambda: gseapy.prerank(rnk=ranking, gene_sets=sets, threads=1, no_plot=True, **settings),
        peer_name="gseapy", goal_ratio=1 / 1.1,
    )  # fmt: skip


@benchmark("expression")
def counts() -> Iterator[Row]:
    if not os.environ.get("RADIOGENOMICS_BENCH_DESEQ2"):
        return
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.ds import DeseqStats

    rng = np.random.default_rng(2)
    genes = int(os.environ["RADIOGENOMICS_BENCH_DESEQ2"])
    mean = rng.lognormal(5, 1.5, genes)
    size = 1 / (0.1 + 3 / mean)
    x = rng.negative_binomial(size, size / (size + mean), (N, genes))
    obs = pd.DataFrame({"group": np.where(np.arange(N) < 40, "a", "b")}, index=[f"P{i}" for i in range(N)])
    adata = AnnData(x.astype(float), obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(genes)]))

    def plain() -> None:
        dds = DeseqDataSet(counts=adata.to_df().astype(int), metadata=obs, design="~group", quiet=True)
        dds.deseq2()
        DeseqStats(dds, contrast=["group", "a", "b"], quiet=True).summary()

    def seconds(run: object, **settings: int) -> float:
        start = time.perf_counter()
        run(**settings)  # type: ignore[operator]
        return time.perf_counter() - start

    def ours(n_jobs: int) -> None:
        rg.tl.differential_expression(adata, "group", group="a", method="deseq2", n_jobs=n_jobs)

    with tempfile.TemporaryDirectory() as folder:
        x.astype(np.int32).tofile(Path(folder) / "x.bin")
        script = (
            f"suppressMessages(library(DESeq2)); y <- matrix(readBin('x.bin', 'integer', {N * genes}), {genes}); "
            f"d <- data.frame(group = factor(rep(c('a', 'b'), c(40, {N - 40})))); cat(system.time(results(DESeq("
            "DESeqDataSetFromMatrix(y, d, ~ group), quiet = TRUE)))[['elapsed']])"
        )
        r = in_r(script, Path(folder))
    name = f"DESeq2, {genes:,} x {N}"
    alone = seconds(plain)
    for n_jobs in (1, 2):
        yield Row(f"{name}, {n_jobs} worker(s)", seconds(ours, n_jobs=n_jobs), alone, "pydeseq2", note=f"R: {r:.1f} s")
