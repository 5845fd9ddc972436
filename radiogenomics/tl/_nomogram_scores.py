"""Scores of signatures for the cross-validation of a model that takes them as terms.

A stored out-of-fold score comes from a model that had not seen its patient, but had seen the patients whom a second
model is judged on: a coefficient fitted on such scores knows something of them. So the signature is made again without
the patients to be judged, and for each of the others also without the fold of that patient.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._progress import parallel_map
from radiogenomics._random import spawn_seeds
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.tl._apply_signature import task_of
from radiogenomics.tl._signature_fit import Task, fit_signature
from radiogenomics.tl._variables import Variable

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

Scores = tuple[FloatArray, BoolArray]


def refitted_variables(
    data: Cohort, read: Sequence[Variable], key_of: dict[str, str], order: IntArray, fold_of: IntArray, seed: int
) -> dict[tuple[int, int], list[Variable]]:
    """The terms for each repeat and fold, with scores (or groups) that know nothing of the patients judged there.

    Parameters
    ----------
    read
        All terms, with the stored scores.
    key_of
        Term that is a score or group -> its signature.
    order, fold_of
        (n,) patients of the fit, (repeats, n) their folds.

    Returns
    -------
    Nothing where a signature cannot be made again; a warning says why.
    """
    made: dict[str, Scores] = {}
    for key in dict.fromkeys(key_of.values()):
        try:
            task, learned = _task(data, key)
            made[key] = fold_scores(task, learned, order, fold_of, seed)
        except InputError as error:
            why = error.faults[0].found if error.faults else str(error)
            warnings.warn(
                f"{key!r} cannot be made again within the folds ({why}): the figures out of fold rest on its stored "
                "scores, whose models knew the patients judged, and are too favourable.",
                RadiogenomicsWarning,
                stacklevel=3,
            )
            return {}
    out = {}
    for repeat, fold in np.ndindex(len(fold_of), int(fold_of.max()) + 1):
        out[repeat, fold] = [
            _with(v, made[key_of[v.name]], order, repeat, fold) if v.name in key_of else v for v in read
        ]
    return out


def _with(given: Variable, scores: Scores, order: IntArray, repeat: int, fold: int) -> Variable:
    values = given.values.copy()
    score, high = scores
    own: Any = score[repeat, fold] if given.levels is None else np.where(high[repeat, fold], "high", "low")
    values.iloc[order] = own
    return replace(given, values=values)


def _task(data: Cohort, key: str) -> tuple[Task, IntArray]:
    stored = data.uns[key]
    task, learned = task_of(data, key, stored, settings_of(stored))
    if any(encoder.views for encoder in task.features.encoders):
        raise InputError(key, Fault("features of a network, which belong to its own folds", "others"))
    return replace(task, horizons=()), learned


def fold_scores(task: Task, learned: IntArray, order: IntArray, fold_of: IntArray, seed: int) -> Scores:
    """Scores (repeats, folds, n) of the patients ``order``, and whether they are high, for each fold to be judged.

    One fit without two folds serves both: where the second is judged, its scores of the first are the terms of
    patients to learn from, and the other way round.

    Raises
    ------
    InputError
        Fewer than three folds, or too few patients in a fit.
    """
    folds = int(fold_of.max()) + 1
    if folds < 3:
        raise DegenerateInputError("folds", Fault(f"{folds} folds, which leave nobody to learn from", "at least 3"))
    pairs = [(r, j, k) for r in range(len(fold_of)) for j in range(folds) for k in range(j, folds)]
    arguments = [
        (task, learned, order, fold_of[r], j, k, own)
        for (r, j, k), own in zip(pairs, spawn_seeds(seed, len(pairs)), strict=True)
    ]
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", RadiogenomicsWarning)  # of null models, which are as good as any here
        found = parallel_map(
            _without, arguments, n_jobs=None, description=f"{task.name} within the folds", threads=True
        )
    score = np.full((len(fold_of), folds, len(order)), np.nan)
    high = np.zeros(score.shape, dtype=bool)
    for (r, j, k), (own_score, own_high) in zip(pairs, found, strict=True):
        for scored, judged in {(j, k), (k, j)}:
            who = fold_of[r] == scored
            score[r, judged, who], high[r, judged, who] = own_score[who], own_high[who]
    return score, high


def _without(
    task: Task, learned: IntArray, order: IntArray, fold: IntArray, j: int, k: int, seed: int
) -> tuple[FloatArray, BoolArray]:
    """Scores of all patients by a signature that learned from neither fold."""
    apart = order[(fold == j) | (fold == k)]
    fitted = fit_signature(task, learned[~np.isin(learned, apart)], seed)
    score = fitted.score(task.features, order)
    return score, np.asarray(score >= fitted.cutoff)
