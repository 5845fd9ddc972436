"""Lasso paths with ten-fold choice of the penalty beside R's cv.glmnet and scikit-learn."""

from __future__ import annotations

import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator

import numpy as np

from radiogenomics.ml import CoxLassoSignature, LassoSignature
from tests.benchmarks._framework import Row, benchmark

N, FEATURES, FOLDS = 200, 1000, 10
_SCRIPT = f"""
suppressMessages(ok <- require(glmnet, quietly = TRUE) && require(survival, quietly = TRUE))
if (ok) {{
  set.seed(0)
  x <- matrix(rnorm({N} * {FEATURES}), {N})
  eta <- rowSums(x[, 1:5]) / sqrt(5)
  fold <- sample(rep_len(1:{FOLDS}, {N}))
  time <- rexp({N}) * exp(-eta)
  outcomes <- list(cox = Surv(time, rbinom({N}, 1, 0.7)), binomial = rbinom({N}, 1, plogis(2 * eta)))
  for (family in names(outcomes)) {{
    start <- proc.time()[["elapsed"]]
    invisible(cv.glmnet(x, outcomes[[family]], family = family, foldid = fold))
    cat(proc.time()[["elapsed"]] - start, "")
  }}
}}
"""


def _glmnet_seconds() -> tuple[float | None, float | None]:
    """Times of Cox and binomial in R, measured there; nothing where R or glmnet is not installed."""
    if shutil.which("Rscript") is None:
        return None, None
    done = subprocess.run(["Rscript", "-e", _SCRIPT], capture_output=True, encoding="utf-8", check=True)
    times = [float(t) for t in done.stdout.split()]
    return (times[0], times[1]) if times else (None, None)


def _scikit_learn_seconds(x: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> float:
    """L1-penalised LogisticRegressionCV (liblinear) over the penalties that our path ends with."""
    from sklearn.linear_model import LogisticRegressionCV

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegressionCV(
            Cs=1 / (len(x) * penalties), penalty="l1", solver="liblinear", cv=FOLDS, scoring="neg_log_loss"
        )
        start = time.perf_counter()
        model.fit(x, y)
    return time.perf_counter() - start


def _seconds(run: object, *arguments: object) -> float:
    start = time.perf_counter()
    run(*arguments)  # type: ignore[operator]
    return time.perf_counter() - start


@benchmark("lasso")
def signatures() -> Iterator[Row]:
    random = np.random.default_rng(0)
    x = random.normal(size=(N, FEATURES))
    eta = x[:, :5].sum(axis=1) / np.sqrt(5)
    follow = np.column_stack([random.exponential(size=N) * np.exp(-eta), random.random(N) < 0.7])
    y = (random.random(N) < 1 / (1 + np.exp(-2 * eta))).astype(int)
    fold = random.permutation(N) % FOLDS
    cox, logistic = CoxLassoSignature(folds=fold), LassoSignature(folds=fold)
    cox.fit(x[:, :50], follow)
    logistic.fit(x[:, :50], y)
    theirs = _glmnet_seconds()
    what = f"{N} x {FEATURES}, {FOLDS} folds"
    yield Row(f"LASSO-Cox path {what}", _seconds(cox.fit, x, follow), theirs[0], "R cv.glmnet", goal_ratio=1)
    ours = _seconds(logistic.fit, x, y)
    yield Row(
        f"LASSO logistic path {what}",
        ours,
        theirs[1],
        "R cv.glmnet",
        note="ours to 1e-12 of the deviance, glmnet to 1e-7",
    )
    few = logistic.path_.lambdas[::10]
    note = "peer: 10 of our 100 penalties"
    peer = _scikit_learn_seconds(x / x.std(axis=0), y, few)
    yield Row(f"LASSO logistic path {what}", ours, peer, "scikit-learn liblinear", goal_ratio=1, note=note)
