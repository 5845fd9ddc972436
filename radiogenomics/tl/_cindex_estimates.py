"""C-indices of models on patients they were not fitted to, with bootstrap intervals and paired comparisons."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._errors import DegenerateInputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.fold_concordance import fold_concordance
from radiogenomics.tl._cindex_models import Factors, Model, design_of, pairs_of, risks_of


@dataclass(frozen=True)
class Analysed:
    """The patients with all values: who, what, and which of them models may be fitted to."""

    patients: NDArray[np.str_]
    time: FloatArray
    event: FloatArray
    factors: Factors
    training: BoolArray


@dataclass(frozen=True)
class Predicted:
    """Risks of patients by models that were not fitted to them.

    Attributes
    ----------
    risks
        (models, repeats, n).
    folds
        (repeats, n): patients of one fold are compared.
    apparent
        (models,) c-index on the patients of the fit; NaN where these are others.
    separated
        (models,) fits in which a group had no event.
    """

    estimate: str
    patients: NDArray[np.str_]
    time: FloatArray
    event: FloatArray
    risks: FloatArray
    folds: IntArray
    n_parameters: IntArray
    apparent: FloatArray
    separated: IntArray
    n_fits: int


def _pick(factors: Factors, rows: BoolArray) -> Factors:
    return {name: values[rows] for name, values in factors.items()}


def cross_validated(
    cohort: Analysed, models: Sequence[Model], folds: IntArray, refitted: Mapping[str, IntArray], *, ridge: float
) -> Predicted:
    """Out-of-fold risks of the training patients, with groups of each training fold where they were refitted."""
    own = cohort.training
    time, event, factors = cohort.time[own], cohort.event[own], _pick(cohort.factors, own)
    n_repeats, n = folds.shape
    n_folds = int(folds.max()) + 1
    train = folds[:, None, :] != np.arange(n_folds)[None, :, None]
    everyone = np.ones((1, n), dtype=bool)
    out = np.empty((len(models), n_repeats, n))
    apparent, separated, size = [], [], []
    unfinished = 0
    for m, model in enumerate(models):
        design = design_of(model, factors)
        whole = risks_of(design, time, event, everyone, ridge=ridge)
        apparent.append(core.concordance_index(time, event, whole.risk[0]).c)
        size.append(design.x.shape[1])
        if set(model.groupings) & set(refitted):
            fits = [
                risks_of(
                    design_of(model, {**factors, **{g: codes[r, f] for g, codes in refitted.items()}}),
                    time, event, train[r, f][None], ridge=ridge,
                )
                for r in range(n_repeats)
                for f in range(n_folds)
            ]  # fmt: skip
            risk = np.concatenate([fit.risk for fit in fits])
            alone, done = (np.concatenate([getattr(f, name) for f in fits]) for name in ("separated", "converged"))
        else:
            fit = risks_of(design, time, event, train.reshape(-1, n), ridge=ridge)
            risk, alone, done = fit.risk, fit.separated, fit.converged
        by_fold = risk.reshape(n_repeats, n_folds, n)
        out[m] = np.take_along_axis(by_fold, folds[:, None, :], axis=1)[:, 0]
        separated.append(int(alone.sum()))
        unfinished += int((~done).sum())
    _warn_unfinished(unfinished)
    return Predicted(
        "cross-validated", cohort.patients[own], time, event, out, folds, np.array(size), np.array(apparent),
        np.array(separated), n_repeats * n_folds,
    )  # fmt: skip


def tested(cohort: Analysed, models: Sequence[Model], part: BoolArray, *, ridge: float) -> Predicted:
    """Risks of the patients of another part of the split, by the models of all training patients."""
    out, separated, size, unfinished = [], [], [], 0
    for model in models:
        design = design_of(model, cohort.factors)
        fit = risks_of(design, cohort.time, cohort.event, cohort.training[None], ridge=ridge)
        out.append(fit.risk[:, part])
        separated.append(int(fit.separated.sum()))
        size.append(design.x.shape[1])
        unfinished += int((~fit.converged).sum())
    _warn_unfinished(unfinished)
    one_fold = np.zeros((1, int(part.sum())), dtype=np.int64)
    return Predicted(
        "test", cohort.patients[part], cohort.time[part], cohort.event[part], np.array(out), one_fold,
        np.array(size), np.full(len(models), np.nan), np.array(separated), 1,
    )  # fmt: skip


def _warn_unfinished(n: int) -> None:
    if n:
        warnings.warn(
            f"{n} Cox fits did not converge; raise ridge or leave out covariates.", RadiogenomicsWarning, stacklevel=5
        )


def judge(
    made: Predicted, models: Sequence[Model], part: str, *, n_boot: int, confidence: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """C-index of each model and the compared differences, with percentile intervals over resampled patients."""
    n = made.time.size
    tail = 100 * (1 - confidence) / 2
    pairs = pairs_of(models)
    try:
        c = fold_concordance(made.time, made.event, made.risks, made.folds)[0]
        weights = rng.multinomial(n, np.full(n, 1 / n), size=n_boot)
        drawn = fold_concordance(made.time, made.event, made.risks, made.folds, weights=weights)
        drawn = drawn[np.isfinite(drawn).all(axis=1)]
    except DegenerateInputError as error:
        warnings.warn(f"no c-index of the {part} patients: {error}", RadiogenomicsWarning, stacklevel=3)
        c, drawn = np.full(len(models), np.nan), np.empty((0, len(models)))
    if 0 < len(drawn) < 0.9 * n_boot:
        warnings.warn(
            f"{n_boot - len(drawn)} of {n_boot} resamples of the {part} patients had a repeat without a comparable "
            "pair and are left out; use fewer folds.",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    unknown = np.full((2, len(models)), np.nan)
    low, high = np.percentile(drawn, [tail, 100 - tail], axis=0) if len(drawn) else unknown
    table = pd.DataFrame(
        {
            "split": part,
            "model": [m.name for m in models],
            "terms": [m.terms for m in models],
            "n_parameters": made.n_parameters,
            "n": n,
            "events": int((made.event == 1).sum()),
            "c": c,
            "lower": low,
            "upper": high,
            "apparent_c": made.apparent,
            "estimate": made.estimate,
            "separated_fits": made.separated,
            "n_fits": made.n_fits,
        }
    )
    compared = [
        {"split": part, "model": models[i].name, "reference": models[j].name}
        | _difference(c[i] - c[j], drawn[:, i] - drawn[:, j], tail)
        for i, j in pairs
    ]
    columns = ["split", "model", "reference", "difference", "lower", "upper", "p_value"]
    comparisons = pd.DataFrame(compared, columns=columns)
    comparisons["p_adjusted"] = core.benjamini_hochberg(comparisons["p_value"].to_numpy(dtype=float))
    return table, comparisons


def _difference(observed: float, drawn: FloatArray, tail: float) -> dict[str, float]:
    if not drawn.size:
        return {"difference": observed, "lower": np.nan, "upper": np.nan, "p_value": np.nan}
    low, high = np.percentile(drawn, [tail, 100 - tail])
    smaller = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    p_value = min(1.0, 2 * (1 + smaller) / (1 + drawn.size))
    return {"difference": observed, "lower": float(low), "upper": float(high), "p_value": p_value}


def risk_table(made: Predicted, models: Sequence[Model]) -> pd.DataFrame:
    """Out-of-fold risk, one row per patient and repeat, one column per model."""
    n_repeats, n = made.folds.shape
    table = pd.DataFrame(
        {
            keys.PATIENT: np.tile(made.patients, n_repeats).astype(object),
            "repeat": np.repeat(np.arange(n_repeats), n),
            "fold": made.folds.ravel(),
        }
    )
    for m, model in enumerate(models):
        table[model.name] = made.risks[m].ravel()
    return table
