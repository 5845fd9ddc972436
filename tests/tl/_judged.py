"""Cohorts with predictions stored as `rg.tl.signature` stores them, made by a logistic model of two of the columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from radiogenomics import core
from radiogenomics._cohort import to_uns
from radiogenomics.core.stratified_folds import stratified_folds


def binary_cohort(
    n: int = 120, *, effect: float = 1.0, seed: int = 0, split: bool = False, prevalence: float = 0.4
) -> AnnData:
    """Binary outcome ``"grade"`` that column ``x0`` tells, and survival outcome ``"os"`` that it tells as well."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) < prevalence * n).astype(int)[rng.permutation(n)]
    x = rng.normal(size=(n, 6))
    x[:, 0] += effect * y
    time = rng.exponential(900 * np.exp(-0.6 * effect * x[:, 0]))
    end = rng.uniform(200, 2000, n)
    obs = pd.DataFrame(x, columns=[f"x{j}" for j in range(6)], index=[f"P{i:03d}" for i in range(n)])
    obs["high_grade"] = y
    obs["days"], obs["dead"] = np.ceil(np.minimum(time, end)), (time <= end).astype(int)
    data = AnnData(np.zeros((n, 1)), obs=obs)
    data.uns["outcomes"] = {
        "grade": {"kind": "binary", "column": "high_grade", "positive": 1, "order": 0},
        "os": {"kind": "survival", "time": "days", "event": "dead", "unit": "days", "order": 1},
    }
    if split:
        parts = np.array(["training", "training", "training", "internal", "external"])[rng.integers(0, 5, n)]
        data.obs["split"] = pd.Categorical(parts, categories=["training", "internal", "external"])
        data.uns["split"] = {"column": "split"}
    return data


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least squares on the classes, shrunk a little: intercept and coefficients of a linear predictor."""
    centre = x.mean(axis=0)
    z = x - centre
    coef = np.linalg.solve(z.T @ z + np.eye(x.shape[1]), z.T @ (y - y.mean()))
    return np.append(y.mean() - centre @ coef, coef)


def store(
    data: AnnData, columns: dict[str, list[str]], *, key: str = "signature", folds: int = 5, repeats: int = 3,
    kind: str = "binary", seed: int = 0,
) -> None:  # fmt: skip
    """Apparent, out-of-fold and held-out predictions of one model per entry of ``columns``."""
    rng = np.random.default_rng(seed)
    parts = data.obs["split"].astype(str) if "split" in data.obs else pd.Series("all", index=data.obs_names)
    inside = parts.isin(["training", "all"]).to_numpy()
    y = data.obs["high_grade"].to_numpy() if kind == "binary" else data.obs["dead"].to_numpy()
    target = y if kind == "binary" else -np.log(data.obs["days"].to_numpy())
    fold_of = stratified_folds(y[inside], folds, repeats, rng=rng)
    rows = []
    for model, names in columns.items():
        x = data.obs[names].to_numpy(dtype=float)

        def add(
            train: np.ndarray, test: np.ndarray, estimate: str, repeat: int, fold: int, *, of: Any = (model, x)
        ) -> None:
            name, matrix = of
            w = fit(matrix[train], target[train])
            score = matrix @ w[1:] + w[0]
            p = 1 / (1 + np.exp(-5 * (score - 0.5)))
            own = kind == "binary"
            cut = core.roc_threshold(y[train], score[train]) if own else float(np.median(score[train]))
            for i in np.flatnonzero(test):
                rows.append((data.obs_names[i], name, parts.iloc[i], estimate, repeat, fold, score[i],
                             p[i] if own else np.nan, cut, 1 / (1 + np.exp(-5 * (cut - 0.5))) if own else np.nan,
                             "high" if score[i] >= cut else "low"))  # fmt: skip

        for r in range(repeats):
            for k in range(folds):
                test = np.zeros(len(y), dtype=bool)
                test[np.flatnonzero(inside)[fold_of[r] == k]] = True
                add(inside & ~test, test, "out_of_fold", r, k)
        add(inside, inside, "apparent", 0, -1)
        if not inside.all():
            add(inside, ~inside, "held_out", 0, -1)
    table = pd.DataFrame(rows, columns=[
        "patient_id", "model", "split", "estimate", "repeat", "fold", "score", "probability", "cutoff", "threshold",
        "group",
    ])  # fmt: skip
    outcome = "grade" if kind == "binary" else "os"
    data.uns[key] = to_uns(predictions=table, settings={"kind": kind, "outcome": outcome}, left_out={})
