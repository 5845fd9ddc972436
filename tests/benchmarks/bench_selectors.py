"""Selectors of features: ICC beside psych and pingouin, mRMR beside mrmr-selection, one-variable models."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
from collections.abc import Iterator

import numpy as np

from radiogenomics.core import fit_cox, fit_logistic, icc, mrmr, univariate_cox, univariate_logistic
from tests.benchmarks._framework import Row, benchmark, compare

FEATURES, PATIENTS, READERS = 1130, 30, 3
_SLICE = 20
_SCRIPT = f"""
suppressMessages(ok <- require(psych, quietly = TRUE))
if (ok) {{
  set.seed(0)
  x <- lapply(seq_len({_SLICE}), function(i) rnorm({PATIENTS}) + matrix(rnorm({PATIENTS * READERS}), {PATIENTS}))
  invisible(ICC(x[[1]], lmer = FALSE))
  start <- proc.time()[["elapsed"]]
  for (one in x) ICC(one, lmer = FALSE)
  cat(proc.time()[["elapsed"]] - start)
}}
"""


def _psych_seconds() -> float | None:
    """Time of the same in R, measured there; nothing where R or psych is not installed."""
    if shutil.which("Rscript") is None:
        return None
    done = subprocess.run(["Rscript", "-e", _SCRIPT], capture_output=True, encoding="utf-8", check=True)
    return float(done.stdout) * FEATURES / _SLICE if done.stdout.strip() else None


def _pingouin_seconds(ratings: np.ndarray) -> float | None:
    if importlib.util.find_spec("pingouin") is None:
        return None
    import pandas as pd
    import pingouin

    names = np.meshgrid(range(PATIENTS), range(READERS), indexing="ij")
    table = pd.DataFrame({"patient": names[0].ravel(), "reader": names[1].ravel()})
    start = time.perf_counter()
    for one in ratings[:_SLICE]:
        pingouin.intraclass_corr(table.assign(value=one.ravel()), "patient", "reader", "value")
    return (time.perf_counter() - start) * FEATURES / _SLICE


@benchmark("selectors")
def agreement_of_readers() -> Iterator[Row]:
    random = np.random.default_rng(0)
    x = random.normal(size=(FEATURES, PATIENTS, 1)) + random.normal(size=(FEATURES, PATIENTS, READERS)) / 2
    name = f"ICC, six forms, {FEATURES} x {PATIENTS} x {READERS}"
    row = compare(name, lambda: icc(x), None, goal_seconds=0.05)
    note = f"peer timed on {_SLICE} features"
    yield Row(name, row.ours, _psych_seconds(), "R psych", goal_seconds=0.05, note=note)
    pingouin = _pingouin_seconds(x)
    if pingouin is not None:
        yield Row(name, row.ours, pingouin, "pingouin", note=note)


@benchmark("selectors")
def relevant_and_not_redundant() -> Iterator[Row]:
    random = np.random.default_rng(0)
    x = random.normal(size=(180, 40)) @ random.normal(size=(40, 2260)) + random.normal(size=(180, 2260))
    y = (x[:, 0] + random.normal(size=180) * 3 > 0).astype(int)
    follow = np.column_stack([random.exponential(size=180), random.random(180) < 0.6])
    theirs = None
    if importlib.util.find_spec("mrmr") is not None:
        import pandas as pd
        from mrmr import mrmr_classif

        table, classes = pd.DataFrame(x).add_prefix("f"), pd.Series(y)

        def theirs() -> object:
            return mrmr_classif(table, classes, K=30, n_jobs=1, show_progress=False)

    for name, run, peer in (
        ("F over correlation", lambda: mrmr(x, y, n_features=30, measure="correlation", scheme="quotient"), theirs),
        ("Gaussian information", lambda: mrmr(x, y, n_features=30), None),
        ("histogram", lambda: mrmr(x, y, n_features=30, measure="histogram"), None),
        ("survival", lambda: mrmr(x, follow, n_features=30, outcome="survival"), None),
    ):
        goal = 10 if peer is not None else None
        yield compare(
            f"mRMR, 30 of 2260 x 180, {name}", run, peer, peer_name="mrmr-selection" if peer is not None else "",
            goal_ratio=goal, goal_seconds=5,
        )  # fmt: skip


@benchmark("selectors")
def one_variable_models() -> Iterator[Row]:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(200, 1000)), (random.random(200) < 0.4) * 1.0
    time_, event = np.ceil(random.exponential(20, 200)), (random.random(200) < 0.6) * 1.0
    for name, run, one in (
        ("Cox", lambda: univariate_cox(x, time_, event), lambda j: fit_cox(x[:, j], time_, event)),
        ("logistic", lambda: univariate_logistic(x, y), lambda j: fit_logistic(x[:, j], y)),
    ):
        yield compare(
            f"One-variable {name} models, 1000 x 200", run, lambda one=one: [one(j) for j in range(1000)],  # type: ignore[misc]
            peer_name="a full fit for each feature",
        )  # fmt: skip
    seconds = _coxph_seconds()
    if seconds is not None:
        row = compare("", lambda: univariate_cox(x, time_, event), None)
        yield Row("One-variable Cox models, 1000 x 200", row.ours, seconds, "R coxph, one by one")


def _coxph_seconds() -> float | None:
    if shutil.which("Rscript") is None:
        return None
    script = (
        "if (suppressMessages(require(survival, quietly = TRUE))) { set.seed(0); x <- matrix(rnorm(2e5), 200); "
        "s <- Surv(ceiling(rexp(200) * 20), rbinom(200, 1, 0.6)); t0 <- proc.time()[['elapsed']]; "
        "for (j in 1:100) coxph(s ~ x[, j]); cat(10 * (proc.time()[['elapsed']] - t0)) }"
    )
    done = subprocess.run(["Rscript", "-e", script], capture_output=True, encoding="utf-8", check=True)
    return float(done.stdout) if done.stdout.strip() else None
