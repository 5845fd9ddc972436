"""The combined c-index beside the same analysis written with lifelines."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from anndata import AnnData
from lifelines import CoxPHFitter
from lifelines.utils import concordance_index
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import own_columns
from radiogenomics.core.stratified_folds import stratified_folds
from tests.benchmarks._framework import Row, benchmark

N, MODELS, FOLDS, REPEATS, BOOTSTRAP = 110, 7, 5, 20, 1000
RIDGE = 0.01


def cohort() -> AnnData:
    """110 patients, two groupings of three and two groups, two clinical covariates, about 40 events."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 3, N), rng.integers(0, 2, N)
    end, failed = rng.exponential(1.0, N), rng.exponential(np.exp(0.8 - 0.5 * a - 0.5 * b))
    obs = pd.DataFrame({"time": np.minimum(failed, end), "event": (failed <= end) * 1.0})
    obs["a"], obs["b"] = pd.Categorical(np.array(list("ABC"))[a]), pd.Categorical(np.array(list("AB"))[b])
    obs["age"], obs["grade"] = rng.normal(60, 10, N), rng.integers(1, 4, N).astype(float)
    obs.index = [f"P{i}" for i in range(N)]
    data = AnnData(np.zeros((N, 1)), obs=obs)
    data.uns["outcomes"] = {"os": {"kind": "survival", "time": "time", "event": "event", "unit": "years", "order": 0}}
    return data


def ours(data: AnnData) -> None:
    rg.tl.combined_cindex(
        data, ["a", "b"], covariates=["age", "grade"], folds=FOLDS, repeats=REPEATS, bootstrap=BOOTSTRAP, rng=0
    )


def lifelines_seconds(data: AnnData) -> float:
    """Time of all fits and bootstrapped c-indices, from two folds of one repeat and ten resamples of one model."""
    obs = data.obs
    x = pd.get_dummies(obs[["a", "b"]], drop_first=True, dtype=float)
    x["bb"], x["bc"] = x["a_B"] * x["b_B"], x["a_C"] * x["b_B"]
    x[["age", "grade"]] = obs[["age", "grade"]] / obs[["age", "grade"]].std()
    columns = ["a_B", "a_C", "b_B"], ["age", "grade", "a_B", "a_C", "b_B", "bb", "bc"]
    fold = stratified_folds(obs["event"], FOLDS, rng=0)[0]
    frame = x.assign(time=obs["time"], event=obs["event"])
    fits = 0
    start = time.perf_counter()
    for used in columns:
        for k in range(2):
            train = frame.loc[fold != k, [*used, "time", "event"]]
            fitter = CoxPHFitter(penalizer=RIDGE / len(train), l1_ratio=0.0).fit(train, "time", "event")
            risk = fitter.predict_log_partial_hazard(x[used]).to_numpy()
            fits += 1
    per_fit = (time.perf_counter() - start) / fits
    rng = np.random.default_rng(0)
    t, d = obs["time"].to_numpy(), obs["event"].to_numpy()
    folds_done = 0
    start = time.perf_counter()
    for _ in range(10):
        drawn = rng.integers(0, N, N)
        for k in range(FOLDS):
            rows = drawn[fold[drawn] == k]
            if d[rows].any():
                concordance_index(t[rows], -risk[rows], d[rows])
            folds_done += 1
    per_fold = (time.perf_counter() - start) / folds_done
    return MODELS * REPEATS * FOLDS * (per_fit + BOOTSTRAP * per_fold)


@benchmark("prognosis")
def combined_cindex() -> Iterator[Row]:
    data = cohort()
    ours(data)  # compiled once
    took, peer = [], []
    for _ in range(3):
        start = time.perf_counter()
        ours(data)
        took.append(time.perf_counter() - start)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # lifelines warns of sparse columns
            peer.append(lifelines_seconds(data))
    yield Row(
        f"combined c-index: {MODELS} models, {FOLDS} folds x {REPEATS}, {BOOTSTRAP} resamples, {N} patients",
        min(took), min(peer), "lifelines loop", goal_ratio=100, goal_seconds=1.5,
        note="peer timed on a slice (4 fits, 50 fold c-indices) and multiplied",
    )  # fmt: skip


@benchmark("prognosis")
def refitted_groups() -> Iterator[Row]:
    """Both groupings formed anew in all 100 training folds: 200 consensus clusterings of 1,000 resamples."""
    clinical = cohort()
    rng = np.random.default_rng(1)
    mods = {}
    for name, p, column in (("radiomics", 175, "a"), ("rna", 500, "b")):
        centre = rng.normal(size=(3, p))
        codes = clinical.obs[column].cat.codes.to_numpy()
        mods[name] = AnnData(
            centre[codes] + rng.normal(0, 2, (N, p)),
            obs=pd.DataFrame(index=clinical.obs_names),
            var=pd.DataFrame(index=[f"{name}{k}" for k in range(p)]),
        )
    with own_columns():
        data = MuData(mods)
    data.obs["time"], data.obs["event"] = clinical.obs["time"], clinical.obs["event"]
    data.uns["outcomes"] = clinical.uns["outcomes"]
    for name, k in (("radiomics", 3), ("rna", 2)):
        rg.pp.scale(data, modality=name)
        rg.tl.consensus_cluster(data, modality=name, n_clusters=k, rng=0)
    start = time.perf_counter()
    rg.tl.combined_cindex(
        data, ["radiomics:groups", "rna:groups"], folds=FOLDS, repeats=REPEATS, bootstrap=BOOTSTRAP, refit_groups=True,
        rng=0, n_jobs=2,
    )  # fmt: skip
    yield Row(
        f"the same with groups refitted in every fold: 175 and 500 features, fixed k, {N} patients, 2 workers",
        time.perf_counter() - start, goal_seconds=60.0,
    )  # fmt: skip
