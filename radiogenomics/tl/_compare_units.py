"""Models fitted to one set of training patients: chain, inner folds, classifiers; the unit of work of a comparison."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from radiogenomics._errors import DegenerateGroupsError, Fault, RadiogenomicsWarning
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.ml._classifiers import Fitted, Settings
from radiogenomics.ml._tuning import Inner, Search, Training, training
from radiogenomics.tl._chain import Column, FittedChain, fit_chain
from radiogenomics.tl._feature_sets import FeatureSet
from radiogenomics.tl._selectors import Select
from radiogenomics.tl._target import Target

WHERE = "compare_models"


@dataclass(frozen=True)
class Plan:
    """What all units share.

    Attributes
    ----------
    grids
        Classifier -> settings to try.
    """

    target: Target
    select: Select
    impute: str | None
    grids: Mapping[str, Sequence[Settings]]
    sampling: tuple[str, ...]
    neighbors: int
    inner_folds: int


@dataclass(frozen=True)
class Unit:
    """One set of training patients: those of a fold's training part, or all (``fold`` -1).

    Attributes
    ----------
    learn, judge
        Positions of the patients who are learned from, and of those who get predictions.
    seed
        Of inner folds, selectors, synthetic patients and classifiers: the same for all feature sets, so that what is
        compared differs in nothing else.
    """

    repeat: int
    fold: int
    learn: IntArray
    judge: IntArray
    seed: int

    @property
    def seeds(self) -> tuple[int, int, int]:
        """Seeds of the inner folds, of the chain, and of the fits."""
        first, second, third = np.random.SeedSequence(self.seed).generate_state(3)
        return int(first), int(second), int(third)


@dataclass(frozen=True)
class Made:
    """One model of a unit: what was chosen, and its predictions for ``Unit.judge``."""

    classifier: str
    sampling: str
    settings: dict[str, Any]
    tried: int
    inner_auc: float
    cutoff: float
    threshold: float
    sigmoid: tuple[float, float] | None
    score: FloatArray
    probability: FloatArray


@dataclass(frozen=True)
class UnitResult:
    """All models of one feature set in one unit, and the features that they share."""

    made: list[Made]
    columns: tuple[Column, ...]
    steps: dict[str, int]


def fit_unit(plan: Plan, features: FeatureSet, unit: Unit) -> UnitResult:
    """Fit the chain once for all classifiers, in the unit and in each of its inner folds; tune; predict."""
    features = features.in_fold(unit.fold)
    inner_seed, chain_seed, fit_seed = unit.seeds
    y = np.asarray(plan.target.y(unit.learn), dtype=np.int64)
    inner_of = stratified_folds(y, plan.inner_folds, rng=inner_seed)[0]
    made = []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of settings tried: their inner AUC judges them
        warnings.simplefilter("ignore", RadiogenomicsWarning)  # selectors that let nothing through: told once, of all
        chain = _chain(plan, features, unit.learn, chain_seed)
        inner = [_inner(plan, features, unit.learn, y, inner_of, k, chain_seed) for k in range(plan.inner_folds)]
        whole = training(chain.x, y)
        judged = whole.scaled(chain.transform(features, unit.judge))
        for sampling in plan.sampling:
            search = Search(
                whole, inner, sampling=sampling, neighbors=plan.neighbors, seed=fit_seed, where=WHERE
            )  # fmt: skip
            for name, settings in plan.grids.items():
                tuned = search.tune(name, settings)
                score = tuned.fitted.score(judged)
                sigmoid = tuned.sigmoid
                made.append(Made(
                    name, sampling, dict(tuned.settings), len(settings), tuned.auc, tuned.cutoff, tuned.threshold,
                    None if sigmoid is None else (sigmoid.intercept, sigmoid.slope), score, tuned.probability(score),
                ))  # fmt: skip
    return UnitResult(made, chain.columns, chain.steps)


def _chain(plan: Plan, features: FeatureSet, rows: IntArray, seed: int) -> FittedChain:
    return fit_chain(features, plan.select, plan.target, rows, impute=plan.impute, seed=seed)


def _inner(
    plan: Plan, features: FeatureSet, learn: IntArray, y: IntArray, inner_of: IntArray, k: int, seed: int
) -> Inner:
    own, rows = inner_of != k, np.flatnonzero(inner_of == k)
    chain = _chain(plan, features, learn[own], seed)
    scaled = training(chain.x, y[own])
    return Inner(scaled, rows, scaled.scaled(chain.transform(features, learn[rows])))


@dataclass(frozen=True)
class Again:
    """A model of a unit made again with the settings that had been chosen.

    Attributes
    ----------
    training
        What it learned from, and the scale it brings others to.
    """

    chain: FittedChain
    training: Training
    fitted: Fitted

    def features(self, features: FeatureSet, rows: IntArray) -> FloatArray:
        """(len(rows), k) what the classifier sees of patients."""
        return self.training.scaled(self.chain.transform(features, rows))


def fit_again(
    plan: Plan, features: FeatureSet, unit: Unit, *, classifier: str, sampling: str, settings: Settings
) -> Again:
    """The model of a unit without its search: the same seeds give the same model."""
    _, chain_seed, fit_seed = unit.seeds
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        chain = _chain(plan, features, unit.learn, chain_seed)
        whole = training(chain.x, np.asarray(plan.target.y(unit.learn), dtype=np.int64))
        search = Search(whole, [], sampling=sampling, neighbors=plan.neighbors, seed=fit_seed, where=WHERE)
        return Again(chain, whole, search.refit(classifier, settings))


def refuse_small_classes(plan: Plan, learns: Sequence[IntArray]) -> None:
    """Refuse inner folds that a class cannot fill, and neighbours that it has not, before anything is fitted."""
    smallest = min((np.bincount(plan.target.y(rows), minlength=2) for rows in learns), key=lambda sizes: sizes.min())
    least = int(smallest.min())
    which = "positive" if smallest[1] <= smallest[0] else "negative"
    if least < plan.inner_folds:
        hint = f"Use at most inner_folds={least}." if least >= 2 else "Use fewer folds, or leave the outcome out."
        found = f"{least} {which} patient(s) in a training fold"
        raise DegenerateGroupsError(
            f"outcome {plan.target.name!r}",
            Fault(found, f"at least {plan.inner_folds} for as many inner folds", hint=hint),
        )
    left = least - -(-least // plan.inner_folds)
    if "smote" in plan.sampling and left <= plan.neighbors:
        hint = "Leave SMOTE out (sampling='none'), use more inner folds" + (
            f", or give smote_neighbors={left - 1}." if left > 1 else "."
        )
        found = f"{left} {which} patient(s) in the training part of an inner fold"
        raise DegenerateGroupsError(
            f"outcome {plan.target.name!r}",
            Fault(found, f"at least {plan.neighbors + 1} for SMOTE with {plan.neighbors} neighbours", hint=hint),
        )
