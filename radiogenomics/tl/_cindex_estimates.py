"""Predictions of models for patients they were not fitted to."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogenomics import _keys as keys
from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.brier import brier_losses
from radiogenomics.core.fold_concordance import fold_concordance
from radiogenomics.core.survival_prediction import predicted_survival
from radiogenomics.tl._cindex_models import Design, Factors, Model, Risks, design_of, risks_of

_GRID = 50  # steps of time over which the Brier score is integrated


@dataclass(frozen=True)
class Analysed:
    """The patients with all values: who, what, and which of them models may be fitted to.

    Attributes
    ----------
    strata
        Code of each patient's stratum, or ``None``.
    horizon
        Time up to which predictions are judged.
    entry
        Time at which each patient came under observation, or ``None``.
    """

    patients: NDArray[np.str_]
    time: FloatArray
    event: FloatArray
    factors: Factors
    training: BoolArray
    strata: IntArray | None
    horizon: float
    entry: FloatArray | None = None

    def part(self, rows: BoolArray) -> Analysed:
        """The patients in ``rows``."""
        return Analysed(
            self.patients[rows], self.time[rows], self.event[rows],
            {name: values[rows] for name, values in self.factors.items()}, self.training[rows],
            None if self.strata is None else self.strata[rows], self.horizon,
            None if self.entry is None else self.entry[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Predicted:
    """Predictions for patients by models that were not fitted to them.

    Attributes
    ----------
    patients
        Who was predicted.
    risks
        (models, repeats, n).
    folds
        (repeats, n): patients of one fold are compared.
    losses
        (models + 1, repeats, n): squared error of predicted survival, weighted for censoring and averaged over time;
        last that of the survival curve which is the same for everyone. NaN where follow-up is too short.
    apparent
        (models,) c-index on the patients of the fit; NaN where these are others.
    separated
        (models,) fits in which a group had no event.
    """

    estimate: str
    patients: Analysed
    risks: FloatArray
    folds: IntArray
    losses: FloatArray
    n_parameters: IntArray
    apparent: FloatArray
    separated: IntArray
    n_fits: int

    @property
    def n_folds(self) -> int:
        """Folds of a repeat; 1 for test patients."""
        return int(self.folds.max()) + 1


def cross_validated(
    cohort: Analysed, models: Sequence[Model], folds: IntArray, refitted: Mapping[str, IntArray], *, ridge: float
) -> Predicted:
    """Out-of-fold predictions of the training patients, with groups of each training fold where they were refitted."""
    own = cohort.part(cohort.training)
    n_repeats, n = folds.shape
    n_folds = int(folds.max()) + 1
    train = (folds[:, None, :] != np.arange(n_folds)[None, :, None]).reshape(-1, n)
    judge = _Losses(own)
    out, losses = np.empty((len(models), n_repeats, n)), np.empty((len(models) + 1, n_repeats, n))
    apparent, separated, size, unfinished = [], [], [], 0
    for m, model in enumerate(models):
        design = design_of(model, own.factors)
        whole = _fit(design, own, np.ones((1, n), dtype=bool), ridge)
        apparent.append(_apparent(own, whole.risk[0]))
        size.append(design.x.shape[1])
        fit = _refit(model, own, refitted, train, ridge) or _fit(design, own, train, ridge)
        by_fold = fit.risk.reshape(n_repeats, n_folds, n)
        out[m] = np.take_along_axis(by_fold, folds[:, None, :], axis=1)[:, 0]
        losses[m] = judge.of(fit.risk, train, folds)
        separated.append(int(fit.separated.sum()))
        unfinished += int((~fit.converged).sum())
    losses[-1] = judge.of(np.zeros(train.shape), train, folds)
    _warn_unfinished(unfinished)
    return Predicted(
        "cross-validated", own, out, folds, losses, np.array(size), np.array(apparent), np.array(separated),
        n_repeats * n_folds,
    )  # fmt: skip


def _fit(design: Design, own: Analysed, train: BoolArray, ridge: float) -> Risks:
    return risks_of(design, own.time, own.event, train, ridge=ridge, strata=own.strata, entry=own.entry)


def _apparent(own: Analysed, risk: FloatArray) -> float:
    one_fold = np.zeros((1, len(risk)), dtype=np.int64)
    c = fold_concordance(own.time, own.event, risk[None, None], one_fold, entry=own.entry, strata=own.strata)
    return float(c[0, 0])


def _refit(
    model: Model, own: Analysed, refitted: Mapping[str, IntArray], train: BoolArray, ridge: float
) -> Risks | None:
    """Fits whose groups differ from fold to fold; ``None`` for a model that has no such group."""
    if not set(model.groupings) & set(refitted):
        return None
    n_folds = next(iter(refitted.values())).shape[1]
    fits = []
    for b in range(len(train)):
        r, f = divmod(b, n_folds)
        factors = {**own.factors, **{g: codes[r, f] for g, codes in refitted.items()}}
        fits.append(_fit(design_of(model, factors), own, train[b][None], ridge))
    risk, separated, converged = (
        np.concatenate([getattr(f, name) for f in fits]) for name in ("risk", "separated", "converged")
    )
    return Risks(risk, separated, converged)


class _Losses:
    """Mean squared error over time of each patient's predicted survival."""

    def __init__(self, fitted: Analysed, judged: BoolArray | None = None) -> None:
        self.fitted = fitted
        self.judged = np.ones(len(fitted.time), dtype=bool) if judged is None else judged
        self.at = np.linspace(0.0, fitted.horizon, _GRID + 1)
        self.share = np.full(len(self.at), 1.0 / _GRID)
        self.share[[0, -1]] /= 2  # trapezoids

    def of(self, risk: FloatArray, train: BoolArray, folds: IntArray) -> FloatArray:
        """(repeats, judged) from the linear predictors (B, n) of fits to ``train`` (B, n); ``folds`` (repeats, n)."""
        own = self.fitted
        if own.entry is not None:
            return np.full((len(folds), int(self.judged.sum())), np.nan)
        survival = predicted_survival(risk, own.time, own.event, train.astype(float), self.at, strata=own.strata)
        by_fold = survival.reshape(len(folds), -1, *survival.shape[1:])
        picked = np.take_along_axis(by_fold, folds[:, None, :, None], axis=1)[:, 0][:, self.judged]
        seen = own.part(self.judged)
        try:
            losses = brier_losses(seen.time, seen.event, picked, self.at, strata=seen.strata)
        except InputError:  # nobody there is followed until the horizon
            return np.full(picked.shape[:2], np.nan)
        return np.asarray(losses @ self.share)


def tested(cohort: Analysed, models: Sequence[Model], part: BoolArray, *, ridge: float) -> Predicted:
    """Predictions for the patients of another part of the split, by the models of all training patients."""
    train = cohort.training[None]
    judge = _Losses(cohort, part)
    one_fold = np.zeros((1, len(part)), dtype=np.int64)
    out, losses, separated, size, unfinished = [], [], [], [], 0
    for model in models:
        design = design_of(model, cohort.factors)
        fit = _fit(design, cohort, train, ridge)
        out.append(fit.risk[:, part])
        losses.append(judge.of(fit.risk, train, one_fold))
        separated.append(int(fit.separated.sum()))
        size.append(design.x.shape[1])
        unfinished += int((~fit.converged).sum())
    losses.append(judge.of(np.zeros(train.shape), train, one_fold))
    _warn_unfinished(unfinished)
    return Predicted(
        "test", cohort.part(part), np.array(out), one_fold[:, part], np.array(losses), np.array(size),
        np.full(len(models), np.nan), np.array(separated), 1,
    )  # fmt: skip


def _warn_unfinished(n: int) -> None:
    if n:
        warnings.warn(
            f"{n} Cox fits did not converge; raise ridge or leave out covariates.", RadiogenomicsWarning, stacklevel=5
        )


def risk_table(made: Predicted, models: Sequence[Model]) -> pd.DataFrame:
    """Out-of-fold risk, one row per patient and repeat, one column per model."""
    n_repeats, n = made.folds.shape
    table = pd.DataFrame(
        {
            keys.PATIENT: np.tile(made.patients.patients, n_repeats).astype(object),
            "repeat": np.repeat(np.arange(n_repeats), n),
            "fold": made.folds.ravel(),
        }
    )
    for m, model in enumerate(models):
        table[model.name] = made.risks[m].ravel()
    return table
