"""Tables of a nomogram: its model as a document, coefficients, total points, scores of patients."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import binary_outcome, patients_of
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core.pretty import pretty
from radiogenomics.ml._clinical_model import ClinicalModel
from radiogenomics.schemas.clinical_model import Baseline, CategoricalTerm, ModelDocument, NumericTerm, Predicted
from radiogenomics.tl._predictions import APPARENT, HELD_OUT
from radiogenomics.tl._stage import Stage
from radiogenomics.tl._target import Target
from radiogenomics.tl._variables import Term, Variable

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

# As many different values, and an axis shows them instead of round numbers.
_FEW_VALUES = 6
#: Values far out stretch an axis when they make it this many times as long.
_STRETCHED = 2.0
#: Probabilities that scales show; many, of which a figure draws those that have room.
PROBABILITIES = (0.001, 0.005, 0.01, 0.02, 0.05, *np.arange(0.1, 0.91, 0.1).round(1), 0.95, 0.98, 0.99, 0.995, 0.999)


def document_of(
    target: Target, terms: Sequence[Term], fit: Stage, rows: BoolArray, horizons: Sequence[float], apparent: bool,
    data: Cohort,
) -> ClinicalModel:  # fmt: skip
    """The fitted model as a document."""
    written: list[NumericTerm | CategoricalTerm] = []
    center = fit_center(terms, target)
    j = 0
    for t in terms:
        own = fit.coef[j : j + len(t.levels)].tolist()
        written.append(_numeric(t, own[0], center[j]) if t.reference is None else _categorical(t, own))
        j += len(t.levels)
    survival = target.time is not None
    positive = None if survival else binary_outcome(data, target.name).positive
    document = ModelDocument(
        software={"radiogenomics": version("radiogenomics")},
        model="cox" if survival else "logistic",
        outcome=Predicted(name=target.name, kind=target.kind, positive=positive, unit=target.unit),
        terms=tuple(written),
        intercept=float(fit.intercept),
        covariance=tuple(map(tuple, fit.covariance.tolist())),
        baseline=_baseline(fit, target, rows),
        horizons=tuple(float(h) for h in horizons),
        n=int(rows.sum()),
        events=int(target.event[rows].sum()),
        penalty=fit.penalty,
        apparent=apparent,
    )
    return ClinicalModel(document)


def fit_center(terms: Sequence[Term], target: Target) -> FloatArray:
    """(p,) what the columns of the fit were counted from: means of numbers in a Cox model, else 0."""
    means = [t.x.mean() if t.reference is None and target.time is not None else 0.0 for t in terms for _ in t.levels]
    return np.asarray(means, dtype=np.float64)


def _numeric(t: Term, coef: float, center: float) -> NumericTerm:
    values = np.unique(t.x)
    ticks = values if len(values) <= _FEW_VALUES else pretty(*_span(t.x))
    return NumericTerm(
        name=t.name, coef=coef, center=center, minimum=values[0], maximum=values[-1], ticks=tuple(ticks.tolist())
    )


def _span(x: FloatArray) -> tuple[float, float]:
    """What an axis covers: all values, but where a few far out would stretch it, those within the outer percents.

    These are left out as `datadist` of R's rms does: 10 of more than 200 patients on each side, else 5 %.
    """
    outer = 10.0 / max(x.size, 200)
    low, high = (float(q) for q in np.quantile(x, [outer, 1.0 - outer]))
    least, most = float(x.min()), float(x.max())
    return (low, high) if low < high and most - least > _STRETCHED * (high - low) else (least, most)


def _categorical(t: Term, coef: Sequence[float]) -> CategoricalTerm:
    counts = t.x.sum(axis=0).astype(int)
    assert t.reference is not None
    return CategoricalTerm(
        kind="categorical",
        name=t.name,
        levels=(t.reference, *t.levels),
        coef=(0.0, *coef),
        reference=t.reference,
        n=(int(len(t.x) - counts.sum()), *counts.tolist()),
    )


def _baseline(fit: Stage, target: Target, rows: BoolArray) -> Baseline | None:
    if fit.baseline is None or target.time is None:
        return None
    found = fit.baseline
    return Baseline(
        time=tuple(found.time.tolist()),
        hazard=tuple(found.hazard.tolist()),
        variance=tuple(found.variance.tolist()),
        mean=tuple(map(tuple, found.mean.tolist())),
        last=float(target.time[rows].max()),
    )


def coefficients(target: Target, terms: Sequence[Term], fit: Stage, rows: BoolArray) -> pd.DataFrame:
    """A row per coefficient with its Wald interval; counts are those of the level (numbers: of all patients)."""
    event = target.event[rows] == 1
    se = np.sqrt(fit.covariance.diagonal()[1 if target.time is None else 0 :])
    ratio = "or" if target.time is None else "hr"
    out: list[dict[str, Any]] = []
    for t in terms:
        apart = np.zeros(len(event), dtype=bool) if t.reference is None else t.x.sum(axis=1) == 0
        for k, level in enumerate(t.levels):
            j = len(out)
            inside = np.ones(len(event), dtype=bool) if t.reference is None else t.x[:, k] == 1
            b, s = float(fit.coef[j]), float(se[j])
            low, high = np.exp(np.clip([b - 1.959963984540054 * s, b + 1.959963984540054 * s], -700, 700))
            out.append({
                "variable": t.name, "level": level or None, "reference": t.reference, "n": int(inside.sum()),
                "events": int(event[inside].sum()), "n_reference": int(apart.sum()),
                "events_reference": int(event[apart].sum()), "coef": b, "se": s, ratio: float(np.exp(b)),
                "lower": float(low), "upper": float(high), "z": b / s, "p_value": float(2 * ndtr(-abs(b / s))),
                "note": "Firth's penalty" if fit.penalty else None,
            })  # fmt: skip
    return pd.DataFrame(out)


def totals(model: ClinicalModel, horizons: Sequence[float]) -> pd.DataFrame:
    """Total points at which round probabilities are reached: ``horizon`` (NaN of a logistic model), ``probability``.

    Those that the points of the nomogram can add up to.
    """
    most = float(model.points_table().groupby("term")["points"].max().sum())
    parts = []
    shown: Sequence[float | None] = list(horizons) or [None]
    for h in shown:
        p = np.asarray(PROBABILITIES, dtype=float)
        with np.errstate(divide="ignore"):
            score = model.score_at(p, h)
        points = model.points_of(score)
        inside = np.isfinite(points) & (points >= 0) & (points <= most)
        part = {"horizon": np.nan if h is None else h, "probability": p, "score": score, "points": points}
        parts.append(pd.DataFrame(part)[inside])
    return pd.concat(parts, ignore_index=True)


def scores(
    model: ClinicalModel, data: Cohort, read: Sequence[Variable], parts: Sequence[tuple[str, IntArray]]
) -> pd.DataFrame:
    """Each patient's total points, linear predictor and probability with interval by the final model."""
    values = pd.DataFrame({v.name: v.values for v in read})
    made = []
    for part, who in parts:
        with warnings.catch_warnings():
            if part in ("all", keys.SPLITS[0]):
                warnings.simplefilter("ignore", RadiogenomicsWarning)
            found = model.predict(values.iloc[who])
        found.insert(1, "split", part)
        found.insert(2, "estimate", APPARENT if part in ("all", keys.SPLITS[0]) else HELD_OUT)
        made.append(found)
    table = pd.concat(made, ignore_index=True)
    assert set(table[keys.PATIENT]) <= set(patients_of(data))
    return table


def fit_table(target: Target, fit: Stage, rows: BoolArray) -> pd.DataFrame:
    """Patients, events, log likelihoods and the likelihood-ratio test of the model."""
    null, fitted = fit.loglik
    df, statistic = len(fit.coef), 2.0 * (fitted - null)
    sizes = (
        core.check_sample_size(int(rows.sum()), int(target.event[rows].sum()), df) if target.time is not None else None
    )
    return pd.DataFrame([{
        "n": int(rows.sum()), "events": int(target.event[rows].sum()), "n_parameters": df, "loglik_null": null,
        "loglik": fitted, "statistic": statistic, "df": df, "p_value": float(chdtrc(df, max(statistic, 0.0))),
        "n_needed": np.nan if sizes is None else sizes.needed.n, "estimate": APPARENT,
    }])  # fmt: skip
