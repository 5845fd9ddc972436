"""Pure noise: the chains of published signatures look good on their own patients and are worth nothing on others."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import RadiogenomicsWarning

SEEDS = 20
CHAINS: dict[str, dict[str, Any]] = {
    "mrmr30": {"outcome": "y", "select": {"mrmr": {"n_features": 30}}, "inner_folds": 10},
    "mrmr15": {"outcome": "y", "select": {"mrmr": {"n_features": 15}}, "inner_folds": 10},
    "adjusted": {
        "outcome": "os", "select": {"univariate": {"alpha": 0.05, "adjust": "benjamini-hochberg"}}, "inner_folds": 5,
    },
    "unadjusted": {"outcome": "os", "select": {"univariate": {"alpha": 0.05, "adjust": None}}, "inner_folds": 5},
}  # fmt: skip


def noise(seed: int, n: int = 200, p: int = 1000) -> AnnData:
    rng = np.random.default_rng(seed)
    time, end = rng.exponential(500, n), rng.exponential(800, n)
    obs = pd.DataFrame(
        {"y": np.arange(n) % 2, "days": np.minimum(time, end), "event": (time <= end).astype(int)},
        index=[f"P{i}" for i in range(n)],
    )
    data = AnnData(rng.normal(size=(n, p)), obs=obs)
    data.uns["outcomes"] = {
        "y": {"kind": "binary", "column": "y", "positive": 1, "order": 0},
        "os": {"kind": "survival", "time": "days", "event": "event", "unit": "days", "order": 1},
    }
    rg.pp.scale(data)
    return data


def run(chain: str) -> tuple[pd.DataFrame, int]:
    """Figures of 20 cohorts by estimate, and in how many the signature is the null model."""
    rows, null = [], 0
    for seed in range(SEEDS):
        data = noise(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RadiogenomicsWarning)
            rg.tl.signature(data, "data", repeats=1, n_resamples=0, rng=seed, **CHAINS[chain])
        rows.append(rg.get.signature(data).set_index("estimate")["value"])
        null += json.loads(data.uns["signature"]["settings"])["null"]
    return pd.DataFrame(rows), null


def within_three_errors(values: pd.Series) -> bool:
    return bool(abs(values.mean() - 0.5) < 3 * values.std() / len(values) ** 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("chain", ["mrmr30", "mrmr15"])
def test_nested_auc_of_noise_is_a_half_and_the_apparent_one_is_not(chain: str) -> None:
    found, null = run(chain)
    assert within_three_errors(found["out_of_fold"])
    assert found["apparent"].min() > 0.8
    assert null == 0


@pytest.mark.slow
def test_adjusted_screen_of_noise_gives_the_null_model() -> None:
    """A false discovery rate of 5 % lets something through in one of twenty cohorts of noise."""
    found, null = run("adjusted")
    assert null >= 17
    assert (found["apparent"] == 0.5).sum() == null
    assert within_three_errors(found["out_of_fold"])


@pytest.mark.slow
def test_nested_c_of_an_unadjusted_screen_of_noise_is_a_half() -> None:
    found, _ = run("unadjusted")
    assert within_three_errors(found["out_of_fold"])
    assert found["apparent"].min() > 0.7
