"""What the intervals and comparisons of c-indices promise with few events, by simulation.

Each test prints its figures (``pytest -s -m slow``); the table in the prognosis vignette is theirs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._random import generator
from radiogenomics.core.fold_concordance import fold_concordance
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.tl._cindex_models import design_of, models_of, pairs_of, risks_of
from radiogenomics.tl._cindex_precision import Judged, Precision, fitting_factor, resample_weights
from tests.tl._cohorts import cohort

RUNS, FOLDS = 500, 5
CHEAP: dict[str, Any] = {"repeats": 4, "bootstrap": 150}
#: (events, patients); with fewer than 10 events a warning says that intervals are not calibrated.
SIZES = [(6, 106), (10, 55), (10, 106), (20, 55), (20, 106), (40, 106)]
#: Log hazard per group of a (three groups) and of b (two groups, twice the step).
TRUTHS = {"both noise": (0.0, 0.0), "b is noise": (0.7, 0.0), "equal markers, additive": (0.7, 0.56)}


def markers(n: int, events: int, rng: np.random.Generator, effects: tuple[float, float]) -> AnnData:
    """Two independent groupings, and exactly so many events: everyone is followed for 0.5 to 1.5 of one duration."""
    a, b = rng.integers(0, 3, n), rng.integers(0, 2, n)
    time = rng.exponential(np.exp(-effects[0] * (a - 1) - effects[1] * (2 * b - 1)))
    followed = rng.uniform(0.5, 1.5, n)
    end = followed * np.sort(time / followed)[events - 1]
    obs = pd.DataFrame({"time": np.minimum(time, end), "event": (time <= end) * 1.0})
    obs["a"], obs["b"] = pd.Categorical(np.array(list("ABC"))[a]), pd.Categorical(np.array(list("AB"))[b])
    return cohort(obs)


def judged(data: AnnData, rng: np.random.Generator) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """What `rg.tl.combined_cindex` says of c, without its other measures, which take ten times as long."""
    obs = data.obs
    time, event = obs["time"].to_numpy(), obs["event"].to_numpy()
    factors = {name: obs[name].cat.codes.to_numpy(dtype=np.int64) for name in ("a", "b")}
    models = models_of(["a", "b"], [], interaction=True)
    folds = stratified_folds(event, FOLDS, CHEAP["repeats"], rng=rng)
    train = (folds[:, None, :] != np.arange(FOLDS)[None, :, None]).reshape(-1, len(time))
    risks = []
    for model in models:
        fit = risks_of(design_of(model, factors), time, event, train, ridge=0.01)
        by_fold = fit.risk.reshape(len(folds), FOLDS, -1)
        risks.append(np.take_along_axis(by_fold, folds[:, None, :], axis=1)[:, 0])
    single = fold_concordance(time, event, np.array(risks), folds, per_repeat=True)[:, 0]
    weights = resample_weights(event, CHEAP["bootstrap"], rng)
    drawn = fold_concordance(time, event, np.array(risks), folds, weights=weights)
    events = int(event.sum())
    figures = Judged(single.mean(axis=0), drawn, single, FOLDS / (FOLDS - 1), fitting_factor(events))
    precision = Precision(events, 0.95)
    by_model = []
    for m, model in enumerate(models):
        c, se = figures.of_model(m)
        by_model.append({"model": model.name, "c": c, **precision.bounds_of_share(c, se)})
    compared = []
    for i, j in pairs_of(models):
        side = "greater" if models[i].contains(models[j]) else "two-sided"
        difference, se = figures.of_difference(i, j)
        p = precision.p_value(difference, se, side)
        compared.append({"model": models[i].name, "reference": models[j].name, "difference": difference, "p_value": p})
    return by_model, compared


def simulated(events: int, n: int, truth: str, runs: int = RUNS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Coverage of each model's interval, of the expected c and of one half; share of p < 0.05 of each comparison."""
    rng = np.random.default_rng([events, n, list(TRUTHS).index(truth)])
    models, comparisons = [], []
    for _ in range(runs):
        by_model, compared = judged(markers(n, events, rng, TRUTHS[truth]), rng)
        models += by_model
        comparisons += compared
    model = pd.DataFrame(models)
    # The estimand is the mean over cohorts, so the mean of the estimates is its unbiased value.
    expected = model.groupby("model")["c"].transform("mean")
    model["covered"] = (model["lower"] <= expected) & (expected <= model["upper"])
    model["half_covered"] = (model["lower"] <= 0.5) & (model["upper"] >= 0.5)
    model["width"] = model["upper"] - model["lower"]
    pairs = pd.DataFrame(comparisons)
    pairs["rejected"] = pairs["p_value"] < 0.05
    found = model.groupby("model")[["c", "covered", "half_covered", "width"]].mean()
    level = pairs.groupby(["model", "reference"])[["difference", "rejected"]].mean()
    print(f"\n{events} events of {n} patients, {truth}, {runs} runs\n{found.round(3)}\n{level.round(3)}")
    return found, level


def test_what_is_simulated_is_what_the_function_says() -> None:
    data = markers(106, 20, np.random.default_rng(3), TRUTHS["equal markers, additive"])
    with pytest.warns(RadiogenomicsWarning, match="20 events are fewer than 10 for each coefficient"):
        rg.tl.combined_cindex(data, ["a", "b"], rng=5, **CHEAP)
    by_model, compared = judged(data, generator(5))
    for table, own in (("models", by_model), ("comparisons", compared)):
        stored = rg.get.combined_cindex(data, table=table)
        expected = pd.DataFrame(own)
        pd.testing.assert_frame_equal(stored[list(expected)], expected)


@pytest.mark.slow
@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize(("events", "n"), SIZES)
def test_level_and_coverage(events: int, n: int, truth: str) -> None:
    found, level = simulated(events, n, truth)
    nulls = [("a x b", "a + b")]
    if truth == "both noise":
        nulls += [("b", "a"), ("a + b", "a"), ("a + b", "b")]
    if truth == "b is noise":
        nulls += [("a + b", "a")]
    # 500 runs know a share of 0.05 to about 0.02.
    assert (level.loc[nulls, "rejected"] <= 0.07).all()
    if events >= 20:
        # 0.98, and two standard errors of 500 runs: intervals are to be no wider than that takes.
        assert found["covered"].between(0.90, 0.9925).all()
    elif events >= 10:
        # One formula for all: what two strong groups among 106 patients need (0.90 covered) is too wide for noise
        # among 55 (0.99 covered).
        assert found["covered"].between(0.90, 0.995).all()
    if truth == "both noise" and events >= 10:
        assert found["half_covered"].min() >= 0.90


def test_few_events_are_named_and_kept() -> None:
    data = markers(60, 6, np.random.default_rng(0), (0.0, 0.0))
    with pytest.warns(RadiogenomicsWarning) as caught:
        rg.tl.combined_cindex(data, ["a", "b"], rng=0, **CHEAP)
    said = [str(w.message) for w in caught]
    assert any("6 events among the patients: with fewer than 10" in text for text in said)
    assert any("fewer than 10 for each coefficient of" in text for text in said)
    models = rg.get.combined_cindex(data).set_index("model")
    assert models["caution"].str.startswith("fewer than 10 events: intervals").all()
    assert "3.0 events per coefficient, fewer than 10" in models.loc["a", "caution"]
    assert (models["usable_resamples"] <= 150).all()
    assert ((models["lower"] >= 0) & (models["upper"] <= 1)).all()
