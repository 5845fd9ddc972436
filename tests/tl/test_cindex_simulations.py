"""What the comparison of c-indices promises, by simulation: its level under two nulls, its power, its coverage.

Each test prints its figures (``pytest -s``); those in the prognosis vignette are theirs.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import RadiogenomicsWarning
from tests.tl._cohorts import cohort

RUNS, PATIENTS, EFFECT = 500, 110, 0.6
CHEAP: dict[str, Any] = {"repeats": 4, "bootstrap": 150, "interaction": False}


def two_markers(n: int, rng: np.random.Generator, *, strength: tuple[float, float]) -> AnnData:
    """Two independent groupings of three groups each; about 60 % of the patients have the event."""
    a, b = rng.integers(0, 3, n), rng.integers(0, 3, n)
    time = rng.exponential(np.exp(-EFFECT * (strength[0] * a + strength[1] * b)))
    end = rng.exponential(0.45, n)
    obs = pd.DataFrame({"time": np.minimum(time, end), "event": (time <= end) * 1.0})
    obs["a"], obs["b"] = (pd.Categorical(np.array(list("ABC"))[g]) for g in (a, b))
    return cohort(obs)


def compared(runs: int, *, strength: tuple[float, float], seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Comparisons and models of every run, with the likelihood-ratio and the fold-wise p-values beside."""
    rng = np.random.default_rng(seed)
    comparisons, models = [], []
    for run in range(runs):
        data = two_markers(PATIENTS, rng, strength=strength)
        with warnings.catch_warnings():
            # A cohort now and then has fewer than 40 events for the 4 coefficients.
            warnings.filterwarnings("ignore", r"\d+ events are fewer than 10 for each", RadiogenomicsWarning)
            rg.tl.combined_cindex(data, ["a", "b"], rng=run, **CHEAP)
        comparisons.append(rg.get.combined_cindex(data, table="comparisons"))
        models.append(rg.get.combined_cindex(data))
    return pd.concat(comparisons), pd.concat(models)


def rates(comparisons: pd.DataFrame, model: str, reference: str) -> dict[str, float]:
    rows = comparisons[(comparisons["model"] == model) & (comparisons["reference"] == reference)]
    figures = {name: float((rows[name] < 0.05).mean()) for name in ("p_value", "p_value_folds", "lr_p_value")}
    worse = float((rows["upper"] < 0).mean())
    found = figures | {"interval_below_0": worse, "mean_difference": float(rows["difference"].mean())}
    print(f"\n{model} against {reference}: " + ", ".join(f"{name} {value:.3f}" for name, value in found.items()))
    return found


@pytest.mark.slow
def test_level_under_added_noise() -> None:
    comparisons, _ = compared(RUNS, strength=(1.0, 0.0), seed=1)
    found = rates(comparisons, "a + b", "a")
    assert found["p_value"] <= 0.07
    assert found["p_value_folds"] <= 0.07
    assert found["lr_p_value"] <= 0.07
    # Overfitting costs c, and the interval says so only seldom: it is not a finding on the terms.
    assert found["mean_difference"] < 0
    assert found["interval_below_0"] <= 0.07


@pytest.mark.slow
def test_level_for_two_markers_of_equal_strength() -> None:
    comparisons, _ = compared(RUNS, strength=(1.0, 1.0), seed=2)
    found = rates(comparisons, "b", "a")
    assert found["p_value"] <= 0.07
    assert found["p_value_folds"] <= 0.07
    # The power to see that both together beat one, in the same runs.
    together = rates(comparisons, "a + b", "a")
    assert together["p_value"] > 0.2
    assert together["lr_p_value"] > 0.6


@pytest.mark.slow
def test_intervals_cover_the_expected_c() -> None:
    """The truth: models fitted to four fifths of a cohort, judged on all the patients there are, over many cohorts."""
    comparisons, models = compared(300, strength=(1.0, 1.0), seed=3)
    rng = np.random.default_rng(4)
    everyone = two_markers(5000, rng, strength=(1.0, 1.0)).obs
    truth: dict[str, list[float]] = {"a": [], "a + b": []}
    for _ in range(150):
        own = two_markers(round(PATIENTS * 0.8), rng, strength=(1.0, 1.0)).obs
        for name, used in {"a": ["a"], "a + b": ["a", "b"]}.items():
            x = pd.get_dummies(own[used], drop_first=True, dtype=float)
            fit = rg.core.fit_cox(x, own["time"], own["event"], ridge=0.01)
            risk = pd.get_dummies(everyone[used], drop_first=True, dtype=float).to_numpy() @ fit.coef
            truth[name].append(rg.core.concordance_index(everyone["time"], everyone["event"], risk.round(9)).c)
    expected = {name: float(np.mean(c)) for name, c in truth.items()}
    for name, c in expected.items():
        rows = models[models["model"] == name]
        covered = float(((rows["lower"] <= c) & (c <= rows["upper"])).mean())
        print(f"\n{name}: expected c {c:.3f}, mean estimate {rows['c'].mean():.3f}, coverage {covered:.3f}")
        assert 0.90 <= covered <= 0.98
        assert rows["c"].mean() == pytest.approx(c, abs=0.01)
    rows = comparisons[(comparisons["model"] == "a + b") & (comparisons["reference"] == "a")]
    gain = expected["a + b"] - expected["a"]
    covered = float(((rows["lower"] <= gain) & (gain <= rows["upper"])).mean())
    print(f"\ndifference: expected {gain:.3f}, coverage {covered:.3f}")
    assert 0.90 <= covered <= 0.99
