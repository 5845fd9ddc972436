"""Small cohorts for the tests of prognosis and relations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData

PROGNOSIS = Path(__file__).parents[1] / "reference" / "prognosis"


def cohort(obs: pd.DataFrame, *, time: str = "time", event: str = "event", unit: str = "days") -> AnnData:
    """An AnnData with that clinical table and one survival outcome, ``"os"``."""
    obs = obs.copy()
    if "patient_id" in obs:
        obs = obs.set_index("patient_id")
    obs.index = obs.index.map(str)
    data = AnnData(np.zeros((len(obs), 1)), obs=obs)
    if time in obs:
        data.uns["outcomes"] = {"os": {"kind": "survival", "time": time, "event": event, "unit": unit, "order": 0}}
    return data


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(PROGNOSIS / f"{name}.csv")


def simulated(n: int, *, effect: float, seed: int, n_noise: int = 1) -> pd.DataFrame:
    """Survival that depends on the group in ``marker`` (log hazard ``effect`` per step) and on no ``noise``."""
    rng = np.random.default_rng(seed)
    marker = rng.integers(0, 3, n)
    time = rng.exponential(np.exp(-effect * marker))
    end = rng.exponential(1.5, n)
    obs = pd.DataFrame({"time": np.minimum(time, end), "event": (time <= end).astype(float)})
    obs["marker"] = pd.Categorical(np.array(list("ABC"))[marker])
    for k in range(n_noise):
        obs[f"noise{k or ''}"] = pd.Categorical(rng.choice(list("AB"), n))
    obs["age"] = rng.normal(60, 10, n)
    obs.index = [f"P{i}" for i in range(n)]
    return obs
