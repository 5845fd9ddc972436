"""Cox fit, c-index, log-rank and Kaplan-Meier beside lifelines, and the Cox fit beside R where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import concordance_index as lifelines_concordance

from radiogenomics.core import (
    concordance_batch,
    concordance_index,
    fit_cox,
    fit_cox_batch,
    logrank,
    median_survival,
    survival_curve,
)
from tests.benchmarks._framework import Row, benchmark, compare

N_R = 2000
R_FIT = """
library(survival)
d <- read.csv(commandArgs(TRUE)[1]); x <- as.matrix(d[, 3:7]); y <- Surv(d$time, d$event)
control <- coxph.control(); rows <- as.character(seq_len(nrow(d)))
best <- Inf
for (round in 1:5) {
  took <- system.time(for (i in 1:%d) coxph.fit(x, y, NULL, NULL, NULL, control, NULL, "efron", rows))[["elapsed"]]
  best <- min(best, took / %d)
}
cat(best)
"""


def cohort(n: int, p: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariates, days and events of a cohort in which the first column matters."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    time = np.ceil(rng.exponential(size=n) * np.exp(-0.5 * x[:, 0]) * 1000)
    return x, time, (rng.random(n) < 0.6).astype(int)


def seconds_in_r(frame: pd.DataFrame) -> float | None:
    """Seconds of one ``coxph.fit``; ``None`` where R or its survival package is missing."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table, script = Path(folder, "data.csv"), Path(folder, "fit.R")
        frame.to_csv(table, index=False)
        script.write_text(R_FIT % (N_R, N_R), encoding="utf-8")
        done = subprocess.run(["Rscript", str(script), str(table)], capture_output=True, encoding="utf-8", check=False)
    return float(done.stdout) if done.returncode == 0 else None


@benchmark("survival")
def cox() -> Iterator[Row]:
    x, time, event = cohort(225, 5)
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(5)])
    frame.insert(0, "time", time)
    frame.insert(1, "event", event)
    row = compare(
        "Cox fit, 225 patients x 5", lambda: fit_cox(x, time, event),
        lambda: CoxPHFitter().fit(frame, "time", "event"), peer_name="lifelines", goal_ratio=100,
    )  # fmt: skip
    yield row
    in_r = seconds_in_r(frame)
    if in_r is not None:
        yield Row("Cox fit, 225 patients x 5", row.ours, in_r, "R coxph.fit", goal_ratio=1)
    weights = np.random.default_rng(1).multinomial(225, np.full(225, 1 / 225), size=1000).astype(float)
    samples = frame.sample(225, replace=True, random_state=0)
    yield compare(
        "1,000 bootstrap Cox fits, 225 x 5", lambda: fit_cox_batch(x, time, event, weights),
        lambda: CoxPHFitter().fit(samples, "time", "event"), peer_name="lifelines", peer_scale=1000, goal_ratio=100,
        note="peer: one fit x 1,000",
    )  # fmt: skip


@benchmark("survival")
def concordance() -> Iterator[Row]:
    x, time, event = cohort(100_000, 1)
    risk = x[:, 0]
    yield compare(
        "c-index with its standard error, 100,000 patients", lambda: concordance_index(time, event, risk),
        lambda: lifelines_concordance(time, -risk, event), peer_name="lifelines (no standard error)", goal_seconds=0.2,
    )  # fmt: skip
    x, time, event = cohort(110, 1)
    risk = x[:, 0]
    weights = np.random.default_rng(1).multinomial(110, np.full(110, 1 / 110), size=1000).astype(float)
    rows = np.random.default_rng(1).integers(0, 110, 110)
    yield compare(
        "1,000 bootstrap c-indices, 110 patients", lambda: concordance_batch(time, event, risk, weights),
        lambda: lifelines_concordance(time[rows], -risk[rows], event[rows]), peer_name="lifelines", peer_scale=1000,
        goal_ratio=100, note="peer: one sample x 1,000",
    )  # fmt: skip


@benchmark("survival")
def groups() -> Iterator[Row]:
    _, time, event = cohort(225, 1)
    group = np.arange(225) % 3
    yield compare(
        "Log-rank of 3 groups, 225 patients", lambda: logrank(time, event, group),
        lambda: multivariate_logrank_test(time, group, event), peer_name="lifelines",
    )  # fmt: skip
    yield compare(
        "Kaplan-Meier curve and median with intervals, 225 patients",
        lambda: median_survival(survival_curve(time, event)),
        lambda: KaplanMeierFitter().fit(time, event).median_survival_time_, peer_name="lifelines",
    )  # fmt: skip
