"""Checks of Cox models, stepwise choice with its bootstrap, and competing risks, beside lifelines and R."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import AalenJohansenFitter, CoxPHFitter
from lifelines.statistics import proportional_hazard_test

from radiogenomics.core import (
    cumulative_incidence,
    dfbeta,
    fit_cox,
    gray_test,
    proportional_hazards,
    stepwise_cox_batch,
)
from tests.benchmarks._framework import Row, benchmark, compare

N_R = 20
R_STEP = """
library(survival)
d <- read.csv(commandArgs(TRUE)[1])
best <- Inf
for (round in 1:3) {
  took <- system.time(for (i in 1:%d) {
    b <- d[sample(nrow(d), replace = TRUE), ]
    step(coxph(Surv(time, event) ~ ., data = b), trace = 0)
  })[["elapsed"]]
  best <- min(best, took / %d)
}
cat(best)
"""


def cohort(n: int, p: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    time = np.ceil(rng.exponential(size=n) * np.exp(-0.5 * x[:, 0]) * 1000)
    return x, time, (rng.random(n) < 0.6).astype(int)


def seconds_in_r(frame: pd.DataFrame) -> float | None:
    """Seconds of one bootstrap sample in R's ``step``; ``None`` without R and survival."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table, script = Path(folder, "data.csv"), Path(folder, "step.R")
        frame.to_csv(table, index=False)
        script.write_text(R_STEP % (N_R, N_R))
        done = subprocess.run(["Rscript", str(script), str(table)], capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


@benchmark("prognosis")
def stepwise() -> Iterator[Row]:
    x, time, event = cohort(225, 8)
    weights = np.random.default_rng(1).multinomial(225, np.full(225, 1 / 225), size=500).astype(float)
    terms = [[j] for j in range(8)]
    row = compare(
        "Backward choice by AIC, 8 variables, 225 patients, 500 bootstrap samples",
        lambda: stepwise_cox_batch(x, time, event, weights, terms=terms), None, goal_seconds=3.0,
    )  # fmt: skip
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(8)]).assign(time=time, event=event)
    one = seconds_in_r(frame)
    if one is None:
        yield row
    else:
        yield Row(row.name, row.ours, one * 500, "R's step", 20.0, 3.0, f"peer: {N_R} samples, extrapolated")


@benchmark("prognosis")
def checks() -> Iterator[Row]:
    x, time, event = cohort(225, 5)
    frame = pd.DataFrame(x).assign(time=time, event=event)
    fitted = fit_cox(x, time, event)
    peer = CoxPHFitter().fit(frame, "time", "event")
    yield compare(
        "Proportional-hazards test, 225 x 5",
        lambda: proportional_hazards(x, time, event, fitted.coef),
        lambda: proportional_hazard_test(peer, frame, time_transform="km"), peer_name="lifelines",
    )  # fmt: skip
    yield compare(
        "dfbeta, 225 x 5",
        lambda: dfbeta(x, time, event, fitted.coef, fitted.covariance),
        lambda: peer.compute_residuals(frame, "delta_beta"), peer_name="lifelines",
    )  # fmt: skip


@benchmark("prognosis")
def competing() -> Iterator[Row]:
    rng = np.random.default_rng(0)
    time = rng.exponential(size=225)
    cause, group = rng.integers(0, 3, 225), rng.integers(0, 3, 225)

    def peer() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            AalenJohansenFitter(seed=0).fit(time, cause, event_of_interest=1)

    yield compare(
        "Cumulative incidence with intervals, 225 patients",
        lambda: cumulative_incidence(time, cause), peer, peer_name="lifelines (one cause)",
    )  # fmt: skip
    yield compare(
        "Gray's test, 3 groups, 225 patients", lambda: gray_test(time, cause, group, of_interest=1), None
    )  # fmt: skip
