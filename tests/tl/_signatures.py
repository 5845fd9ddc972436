"""Cohorts for the tests of signatures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from radiogenomics._cohort import own_columns


def cohort(
    n: int = 120, p: int = 40, *, seed: int = 0, effect: float = 1.0, split: bool = False, grade: bool = False
) -> AnnData:
    """Three of ``p`` features act on a binary outcome ``lung`` and a survival outcome ``os`` alike."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    effects = effect * (x[:, 0] + x[:, 1] - x[:, 2])
    time, end = rng.exponential(500 * np.exp(-effects)), rng.exponential(900, n)
    obs = pd.DataFrame({
        "lung_metastasis": (rng.random(n) < 1 / (1 + np.exp(-effects))).astype(int),
        "days": np.minimum(time, end),
        "event": (time <= end).astype(int),
        "age": rng.normal(60, 10, n),
    }, index=[f"P{i:03}" for i in range(n)])  # fmt: skip
    if grade:
        obs["grade"] = rng.choice(["I", "II", "III"], n)
    if split:
        obs["part"] = np.repeat(["training", "internal", "external"], [n - 2 * (n // 4), n // 4, n // 4])
    data = AnnData(4.0 * x + 10.0, obs=obs)
    data.var_names = [f"f{i}" for i in range(p)]
    data.uns["outcomes"] = {
        "lung": {"kind": "binary", "column": "lung_metastasis", "positive": 1, "order": 0},
        "os": {"kind": "survival", "time": "days", "event": "event", "unit": "days", "order": 1},
    }
    if split:
        data.uns["split"] = {"column": "part"}
    return data


def several() -> MuData:
    """``radiomics`` of two sequences (110 patients), ``deep`` (100 patients), grade and age, of 120."""
    data = cohort(grade=True)
    radiomics = AnnData(data.X[:110], obs=pd.DataFrame(index=data.obs_names[:110]))
    radiomics.var_names = data.var_names
    radiomics.var["sequence"] = ["T1"] * 25 + ["T2"] * 15
    deep = AnnData(data.X[20:, :5] * 2, obs=pd.DataFrame(index=data.obs_names[20:]))
    deep.var_names = ["f0", "d1", "d2", "d3", "d4"]
    with own_columns():
        both = MuData({"radiomics": radiomics, "deep": deep})
        both.obs = data.obs.reindex(both.obs_names)
    both.uns["outcomes"] = data.uns["outcomes"]
    return both
