"""Errors of a classifier of groups in patients who took no part: the classifier remade in folds, and the groups too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from radiogenomics._errors import DegenerateInputError
from radiogenomics._progress import parallel_map
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray
from radiogenomics.core.shrunken_centroids import balanced_folds
from radiogenomics.ml._pipeline import build_pipeline
from radiogenomics.ml._shrunken_centroids import ShrunkenCentroids
from radiogenomics.tl._cindex_refit import Recipe, groups_without


@dataclass(frozen=True)
class Task:
    """What every fold needs.

    Attributes
    ----------
    raw
        Patients x genes as they came.
    obs, pipeline
        Columns of the patients that the transforms read, and the transforms before the classifier, as JSON text.
    codes
        Group of each patient of `raw`; -1 for those that take no part.
    model
        Settings of the classifier.
    recipe
        How the groups were made, to make them again; ``None`` where they stay.
    views
        `raw` as each fold may see it, of features that a network learned; none of measured ones.
    """

    raw: pd.DataFrame
    obs: pd.DataFrame
    pipeline: str
    codes: IntArray
    model: dict[str, Any]
    recipe: Recipe | None
    views: tuple[FloatArray, ...] = ()


@dataclass(frozen=True)
class HeldOut:
    """What the folds say of each patient, by repeat.

    Attributes
    ----------
    predicted, assigned
        (repeats, n) group told by the classifier of the fold, and by the nearest centroid of the groups made without
        the patient (the same as the given group where groups stay).
    used
        Genes -> share of the fits that used them.
    n_fits, n_small
        Classifiers made, and how many of them had to do without a group of fewer than two patients.
    """

    predicted: IntArray
    assigned: IntArray
    used: pd.Series
    n_fits: int
    n_small: int


def held_out(
    task: Task, *, folds: int, repeats: int, rng: RNG, n_jobs: int | None, fold_of: IntArray | None = None
) -> HeldOut:
    """Classify every patient who has a group by classifiers made without it.

    ``fold_of``: (patients of `raw`) the folds to take, once; by default they are dealt, balanced by group.
    """
    random = generator(rng)
    part = np.flatnonzero(task.codes >= 0)
    if fold_of is None:
        dealt = [balanced_folds(task.codes[part], folds, rng=random) for _ in range(repeats)]
    else:
        dealt, repeats, folds = [fold_of[part]], 1, int(fold_of[part].max()) + 1
    jobs = [(r, f) for r in range(repeats) for f in range(folds)]
    seeds = spawn_seeds(random, len(jobs))
    arguments = [(task, part[dealt[r] == f], seed, f) for (r, f), seed in zip(jobs, seeds, strict=True)]
    with threadpool_limits(1):
        made = parallel_map(_fold, arguments, n_jobs=n_jobs, description="Classifiers in training folds", threads=True)
    predicted = np.full((repeats, len(task.codes)), -1)
    assigned = predicted.copy()
    used = np.zeros(task.raw.shape[1])
    for (r, _), (_, test, *_), (told, own, genes, _) in zip(jobs, arguments, made, strict=True):
        predicted[r, test], assigned[r, test] = told, own
        used[genes] += 1
    return HeldOut(
        predicted, assigned, pd.Series(used / len(jobs), index=task.raw.columns), len(jobs),
        sum(small for *_, small in made),
    )  # fmt: skip


def _fold(task: Task, test: IntArray, seed: int, fold: int) -> tuple[IntArray, IntArray, IntArray, bool]:
    """Groups told for ``test``, groups assigned to it, positions of the genes used, and whether a group was dropped."""
    learn = task.codes >= 0
    learn[test] = False
    codes = task.codes
    if task.recipe is not None:
        codes = _remade(task, learn, test, seed, fold if task.views else None)
    raw = pd.DataFrame(task.views[fold], task.raw.index, task.raw.columns) if task.views else task.raw
    x, columns = fitted_values(raw, task.obs, task.pipeline, learn)
    sizes = np.bincount(codes[learn], minlength=int(task.codes.max()) + 1)
    large = np.flatnonzero(sizes >= 2)
    small = bool((sizes[np.unique(task.codes[task.codes >= 0])] < 2).any())
    if len(large) < 2:
        return np.full(len(test), large[0]), codes[test], np.array([], dtype=np.int64), small
    learn &= np.isin(codes, large)
    model = ShrunkenCentroids(**task.model, random_state=seed).fit(x[learn], codes[learn])
    used = columns[np.flatnonzero(model.fit_.used(model.threshold_))]
    return model.predict(x[test]), codes[test], used, small


def _remade(task: Task, learn: BoolArray, test: IntArray, seed: int, fold: int | None) -> IntArray:
    """Groups made without the test patients, under the names of the given groups they share most patients with."""
    assert task.recipe is not None
    patients = [str(p) for p in task.raw.index]
    part = np.flatnonzero(task.codes >= 0)
    own = groups_without(task.recipe, [patients[i] for i in test], [patients[i] for i in part], seed, fold)
    codes = np.full(len(patients), -1)
    codes[part] = own
    return np.where(codes >= 0, matched(codes[learn], task.codes[learn])[codes], -1)


def matched(codes: IntArray, given: IntArray) -> IntArray:
    """Given group of each group of ``codes``, so that as many patients as possible keep theirs (one to one)."""
    n = int(max(codes.max(), given.max())) + 1
    shared = np.zeros((n, n), dtype=int)
    np.add.at(shared, (codes, given), 1)
    return np.asarray(linear_sum_assignment(-shared)[1])


def fitted_values(raw: pd.DataFrame, obs: pd.DataFrame, pipeline: str, learn: BoolArray) -> tuple[FloatArray, IntArray]:
    """Values of everyone after transforms fitted on ``learn``, without genes constant there, and their columns."""
    if pipeline == "[]":
        x, columns = raw.to_numpy(dtype=float), np.arange(raw.shape[1])
    else:
        values = raw.to_numpy(dtype=float)  # a frame would be checked column by column
        made = build_pipeline(pipeline).fit(values[learn], obs=obs[learn])
        x = np.asarray(made.transform(values, obs=obs), dtype=float)
        columns = raw.columns.get_indexer(pd.Index(made.get_feature_names_out(raw.columns)))
    varies = np.ptp(x[learn], axis=0) != 0  # NaN stays, to be named
    if not varies.any():
        raise DegenerateInputError("shrunken_centroids", f"no gene varies among {int(learn.sum())} training patients")
    return (x, columns) if varies.all() else (x[:, varies], columns[varies])
