"""Models of few columns (a signature beside clinical variables): one fit, and its predictions in every way."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np
import pandas as pd
from scipy.special import expit

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.cox_survival import CoxBaseline
from radiogenomics.core.roc import roc_threshold
from radiogenomics.tl._predictions import APPARENT, HELD_OUT, OUT_OF_FOLD, RISK_COLUMNS
from radiogenomics.tl._signature_tables import prediction_rows
from radiogenomics.tl._target import Target

Penalty = Literal["firth"] | None


class Scorer(Protocol):
    """What a fold needs of a fitted model: scores and risks of any patients, and the training patients' cut-off."""

    @property
    def cutoff(self) -> float: ...

    def score(self, rows: IntArray) -> FloatArray: ...

    def risk(self, score: FloatArray, horizons: Sequence[float]) -> FloatArray: ...


S = TypeVar("S", bound=Scorer)


@dataclass(frozen=True)
class Stage:
    """A logistic or Cox fit on columns of a design that all patients have.

    Attributes
    ----------
    x
        (n, p) columns of all patients, less `center` for a Cox model.
    used
        (p,) columns that vary among the patients of the fit; the others have a coefficient of 0.
    covariance
        Of the used columns, after the intercept of a logistic model.
    penalty
        The one that was used: Firth's also where the classes separate.
    separated
        Columns (of p) that separate the classes or events.
    cutoff
        Scores of at least this are high: Youden's of a binary outcome, the median of a survival outcome.
    """

    x: FloatArray
    coef: FloatArray
    intercept: float
    used: BoolArray
    covariance: FloatArray
    loglik: tuple[float, float]
    baseline: CoxBaseline | None
    penalty: Penalty
    separated: tuple[int, ...]
    cutoff: float

    @property
    def finite(self) -> bool:
        """Whether coefficients, their covariance and the baseline are numbers."""
        parts = [self.coef, self.covariance]
        if self.baseline is not None:
            parts += [self.baseline.hazard, self.baseline.variance, self.baseline.mean]
        return all(bool(np.isfinite(part).all()) for part in parts)

    def score(self, rows: IntArray) -> FloatArray:
        """Linear predictor of those patients."""
        return np.asarray(self.x[rows] @ self.coef + self.intercept)

    def risk(self, score: FloatArray, horizons: Sequence[float]) -> FloatArray:
        """(n, horizons) probability of the event by each horizon."""
        return risk_of(self.baseline, score, horizons)


def risk_of(baseline: CoxBaseline | None, score: FloatArray, horizons: Sequence[float]) -> FloatArray:
    """(n, horizons) probability of the event by each horizon; none of a logistic model."""
    if baseline is None or not len(horizons):
        return np.empty((len(score), 0))
    before = np.searchsorted(baseline.time, np.asarray(horizons, dtype=float), side="right")
    hazard = np.append(0.0, baseline.hazard)[before]
    with np.errstate(over="ignore"):
        return np.asarray(-np.expm1(-np.exp(np.minimum(score, 700.0))[:, None] * hazard))


def fit_stage(target: Target, x: FloatArray, rows: IntArray, penalty: Penalty, center: FloatArray) -> Stage:
    """Fit on the patients in ``rows``; where they separate, with Firth's penalty.

    Raises
    ------
    InputError, DegenerateInputError
        As ``core.fit_logistic`` and ``core.fit_cox``, columns counted among those that vary.
    """
    z = x - center
    used = np.ptp(z[rows], axis=0) > 0
    own, event = z[rows][:, used], target.event[rows]
    baseline = None
    coef = np.zeros(x.shape[1])
    if not used.any():  # nothing varies among these patients: everybody has the same score
        return _null(target, z, rows, used, penalty)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RadiogenomicsWarning)  # separation is for the caller to tell, with names
        if target.time is None:
            fit = core.fit_logistic(own, event, penalty=penalty)
            bad = fit.separated
            if bad:
                penalty = "firth"
                fit = core.fit_logistic(own, event, penalty=penalty)
            coef[used], intercept, covariance, loglik = fit.coef, fit.intercept, fit.covariance, fit.loglik
        else:
            time = target.time[rows]
            cox = core.fit_cox(own, time, event, penalty=penalty)
            bad = cox.diverging
            if bad:
                penalty = "firth"
                cox = core.fit_cox(own, time, event, penalty=penalty)
            coef[used], intercept, covariance, loglik = cox.coef, 0.0, cox.covariance, cox.loglik
            baseline = core.cox_baseline(own, time, event, cox.coef, center=np.zeros(own.shape[1]))
    separated = tuple(int(j) for j in np.flatnonzero(used)[list(bad)])
    score = z[rows] @ coef + intercept
    return Stage(
        z, coef, intercept, used, covariance, loglik, baseline, penalty, separated, _cutoff(target, rows, score)
    )


def _null(target: Target, z: FloatArray, rows: IntArray, used: BoolArray, penalty: Penalty) -> Stage:
    event = target.event[rows]
    share = float(event.mean())
    intercept, baseline = 0.0, None
    if target.time is None:
        intercept = float(np.log(share / (1.0 - share)))
    else:
        index = np.zeros((len(rows), 1))
        baseline = core.cox_baseline(index, target.time[rows], event, [0.0], center=[0.0])
    empty = np.zeros((int(target.time is None), int(target.time is None)))
    return Stage(z, np.zeros(z.shape[1]), intercept, used, empty, (np.nan, np.nan), baseline, penalty, (), np.inf)


def _cutoff(target: Target, rows: IntArray, score: FloatArray) -> float:
    if target.time is not None:
        return float(np.median(score))
    return float(roc_threshold(target.event[rows].astype(np.int64), score))


def predict_everyone(
    target: Target, patients: pd.Index, fitted: S, refit: Callable[[IntArray], S], rows: IntArray,
    blocks: Sequence[tuple[str, IntArray]], fold_of: IntArray, horizons: Sequence[float], model: str,
) -> tuple[pd.DataFrame, pd.DataFrame, list[S]]:  # fmt: skip
    """``predictions`` and ``risks`` of a model: out of fold and apparent of its patients, held out of the others.

    Parameters
    ----------
    refit
        The whole making of the model, choices included, on some of its patients.
    rows, blocks
        Patients of the fit, and of each part of the split (the first is theirs).
    fold_of
        (repeats, len(rows)) folds.
    """
    made: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    scorers: list[S] = []
    binary = target.time is None

    def add(scorer: S, part: str, estimate: str, repeat: int, fold: int, who: IntArray) -> None:
        score = scorer.score(who)
        made.append(prediction_rows(
            patients[who].to_numpy(dtype=object), model=model, part=part, estimate=estimate, repeat=repeat, fold=fold,
            score=score, probability=expit(score) if binary else np.full(len(score), np.nan),
            risk=scorer.risk(score, horizons), horizons=horizons, cutoff=scorer.cutoff,
            threshold=float(expit(scorer.cutoff)) if binary else float("nan"),
        ))  # fmt: skip

    part = blocks[0][0]
    for repeat, own in enumerate(fold_of):
        for fold in np.unique(own):
            scorer = refit(rows[own != fold])
            scorers.append(scorer)
            add(scorer, part, OUT_OF_FOLD, repeat, int(fold), rows[own == fold])
    for name, who in blocks:
        add(fitted, name, APPARENT if name in ("all", keys.SPLITS[0]) else HELD_OUT, 0, -1, who)
    predictions = pd.concat([table for table, _ in made], ignore_index=True)
    if not len(horizons):
        return predictions, pd.DataFrame(columns=list(RISK_COLUMNS)), scorers
    return predictions, pd.concat([risks for _, risks in made], ignore_index=True), scorers


def mean_scores(predictions: pd.DataFrame, patients: pd.Index) -> FloatArray:
    """(n,) score of each patient by models that had not seen it, on average over the repeats; NaN without one."""
    honest = predictions[predictions["estimate"] != APPARENT]
    scores = honest.groupby(keys.PATIENT, sort=False)["score"].mean()
    return np.asarray(scores.reindex(patients).to_numpy(dtype=float))
