"""One fit of a signature: the chain, the LASSO, the cut-off and the baseline hazard of the same training patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from radiogenomics import ml
from radiogenomics._random import spawn_seeds
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core.roc import roc_threshold
from radiogenomics.core.survival_prediction import predicted_survival
from radiogenomics.tl._chain import Column, FittedChain, fit_chain
from radiogenomics.tl._feature_sets import FeatureSet
from radiogenomics.tl._selectors import Select
from radiogenomics.tl._target import Target

#: Step of the LASSO in the table of features left.
LASSO = "signature"


@dataclass(frozen=True)
class Task:
    """What every fit needs.

    Attributes
    ----------
    name
        What the model is called in tables.
    penalty
        Settings of the LASSO.
    cut
        ``"median"``, ``"youden"`` or the cut-off itself.
    horizons
        Times at which the risk is told; none of a binary outcome.
    """

    name: str
    features: FeatureSet
    target: Target
    select: Select
    penalty: Mapping[str, Any]
    cut: str | float
    horizons: tuple[float, ...]
    impute: str | None


@dataclass(frozen=True)
class FittedSignature:
    """A signature as its training patients taught it.

    Attributes
    ----------
    model
        The fitted LASSO; ``None`` where a selector let nothing through.
    coef, intercept
        (k,) of the chain's features; the score is ``x @ coef + intercept``.
    cutoff
        Scores of at least this are high; infinite of the null model, under which nobody is.
    baseline
        (horizons,) chance to be free of the event of a patient whose score is 0.
    """

    chain: FittedChain
    model: Any
    coef: FloatArray
    intercept: float
    cutoff: float
    baseline: FloatArray
    kind: str

    @property
    def null(self) -> bool:
        """Whether everybody has the same score."""
        return not np.any(self.coef)

    @property
    def steps(self) -> dict[str, int]:
        """Step -> features left after it."""
        return {**self.chain.steps, LASSO: int(np.count_nonzero(self.coef))}

    @property
    def chosen(self) -> tuple[Column, ...]:
        """Features with a coefficient."""
        return tuple(column for column, b in zip(self.chain.columns, self.coef, strict=True) if b != 0)

    @property
    def threshold(self) -> float:
        """The cut-off as a probability; NaN of survival."""
        return float(expit(self.cutoff)) if self.kind == "binary" else float("nan")

    def score(self, features: FeatureSet, rows: IntArray) -> FloatArray:
        """Rad-score of those patients."""
        used = np.flatnonzero(self.coef)
        return np.asarray(self.chain.transform(features, rows, used) @ self.coef[used] + self.intercept)

    def probability(self, score: FloatArray) -> FloatArray:
        """Of the positive class; NaN of survival."""
        return np.asarray(expit(score)) if self.kind == "binary" else np.full(len(score), np.nan)

    def risk(self, score: FloatArray) -> FloatArray:
        """(n, horizons) probability of the event by each horizon."""
        return risk_at(self.baseline, score)


def risk_at(baseline: FloatArray, score: FloatArray) -> FloatArray:
    """(n, horizons) probability of the event under proportional hazards."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        power = np.exp(np.minimum(score, 700.0))[:, None]
        return np.asarray(np.where(baseline[None, :] > 0, 1.0 - np.power(baseline[None, :], power), 1.0))


def fit_signature(task: Task, rows: IntArray, seed: int, *, n_resamples: int = 0) -> FittedSignature:
    """Fit everything on the patients in ``rows``, and on no others."""
    chain_seed, lasso_seed = spawn_seeds(seed, 2)
    chain = fit_chain(task.features, task.select, task.target, rows, impute=task.impute, seed=chain_seed)
    y = task.target.y(rows)
    kind = task.target.kind
    model = None
    coef, intercept = np.zeros(len(chain.columns)), float(logit(y.mean())) if kind == "binary" else 0.0
    if not chain.empty:
        made = ml.LassoSignature if kind == "binary" else ml.CoxLassoSignature
        model = made(**task.penalty, n_resamples=n_resamples, random_state=lasso_seed)
        model.fit(pd.DataFrame(chain.x, columns=chain.names), y)
        coef, intercept = np.asarray(model.coef_, dtype=float), float(model.intercept_)
    score = chain.x @ coef + intercept
    cutoff = _cutoff(task, score, y) if np.any(coef) else float("inf")
    return FittedSignature(chain, model, coef, intercept, cutoff, _baseline(task, score, rows), kind)


def _cutoff(task: Task, score: FloatArray, y: FloatArray | IntArray) -> float:
    if task.cut == "median":
        return float(np.median(score))
    if task.cut == "youden":
        return roc_threshold(y, score)
    return float(task.cut)


def _baseline(task: Task, score: FloatArray, rows: IntArray) -> FloatArray:
    if task.target.time is None or not task.horizons:
        return np.empty(0)
    time, event = task.target.time[rows], task.target.event[rows]
    # One more row of weight 0: a patient whose score is 0, for whom the survival is told.
    survival = predicted_survival(
        np.append(score, 0.0)[None, :], np.append(time, 0.0), np.append(event, 0.0),
        np.append(np.ones(len(rows)), 0.0)[None, :], np.asarray(task.horizons),
    )  # fmt: skip
    return np.asarray(survival[0, -1])
