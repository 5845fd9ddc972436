"""The nested comparison of classifiers, measured on a slice: one feature set in one training fold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import radiogenomics as rg
from radiogenomics.ml._classifiers import CLASSIFIERS, grid_of
from radiogenomics.tl._compare_units import Plan, Unit, fit_unit
from radiogenomics.tl._feature_sets import feature_set
from radiogenomics.tl._selectors import checked_select
from radiogenomics.tl._target import target_of
from tests.benchmarks._framework import Row, benchmark

N, FEATURES, SETS, FOLDS, CORES = 200, 1000, 5, 5, 2
SELECT = {"mrmr": {"n_features": 20}}


def cohort() -> Any:
    """200 patients, a third positive, 1,000 features of which ten tell a little."""
    rng = np.random.default_rng(0)
    ids = [f"P{i:03d}" for i in range(N)]
    y = (np.arange(N) % 3 == 0).astype(int)
    x = rng.normal(size=(N, FEATURES))
    x[:, :10] += 0.5 * y[:, None]
    features = pd.DataFrame(x, index=ids, columns=[f"f{i}" for i in range(FEATURES)])
    outcomes = {"y": {"kind": "binary", "column": "y", "positive": 1}}
    return rg.io.assemble_cohort(pd.DataFrame({"y": y}, index=ids), outcomes=outcomes, radiomics=features)


@benchmark("models")
def nested_comparison() -> Iterator[Row]:
    data = cohort()
    target = target_of(data, "y")
    grids = {name: grid_of(name, True, "") for name in CLASSIFIERS}
    plan = Plan(target, checked_select(SELECT, target), None, grids, ("none", "smote"), 5, FOLDS)
    features = feature_set(data, "radiomics")
    everyone = np.arange(N)
    unit = Unit(0, 0, everyone[everyone % FOLDS != 0], everyone[everyone % FOLDS == 0], 0)
    quick = Plan(target, plan.select, None, {"decision_tree": [{}]}, ("none", "smote"), 5, 2)
    fit_unit(quick, features, unit)  # imports and compilation
    wall, cpu = time.perf_counter(), time.process_time()
    fit_unit(plan, features, unit)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    slices = SETS * (FOLDS + 1)  # the training folds, and all training patients
    note = (
        f"one of {slices} slices took {cpu:.3g} s of processor time (one thread; {wall:.3g} s by the clock), from "
        f"which {slices} of them on {CORES} cores are extrapolated, the start of the workers not counted"
    )
    settings = max(len(grid) for grid in grids.values())
    name = (
        f"{len(grids)} classifiers x 2 samplings x {SETS} feature sets, {FOLDS} outer x {FOLDS} inner folds, at most "
        f"{settings} settings, {N} patients x {FEATURES:,} features, mRMR 20"
    )
    yield Row(name, cpu * slices / CORES, goal_seconds=600.0, note=note)
