"""A fitted clinical model, computed for patients: points of its nomogram, probability, interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from radiogenomics import _keys as keys
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core.cox_survival import CoxBaseline, PredictedSurvival, cox_survival
from radiogenomics.ml._model_table import level_column, numeric_column, warn_outside
from radiogenomics.schemas.clinical_model import CategoricalTerm, ModelDocument, NumericTerm


@dataclass(frozen=True)
class ClinicalModel:
    """A logistic or Cox model of clinical terms with its nomogram; data only, nothing is executed.

    ``rg.tl.nomogram`` makes it, ``rg.io.write_model`` and ``rg.io.read_model`` keep it.

    Attributes
    ----------
    document
        Everything it is made of.
    """

    document: ModelDocument

    @property
    def terms(self) -> list[str]:
        """Columns that :meth:`predict` needs."""
        return [term.name for term in self.document.terms]

    @cached_property
    def points_per_unit(self) -> float:
        """Points per unit of the linear predictor: the term of the largest effect spans 100."""
        spans = [float(np.ptp(self.contributions(t))) for t in self.document.terms]
        return 100.0 / max(spans) if max(spans) > 0 else 0.0

    @cached_property
    def lowest(self) -> float:
        """Linear predictor of 0 points in total."""
        return self.document.intercept + sum(float(self.contributions(t).min()) for t in self.document.terms)

    @staticmethod
    def contributions(term: NumericTerm | CategoricalTerm) -> FloatArray:
        """Part of the linear predictor at each tick or level of a term."""
        if isinstance(term, CategoricalTerm):
            return np.asarray(term.coef, dtype=np.float64)
        return term.coef * (np.asarray(term.ticks, dtype=np.float64) - term.center)

    def points_table(self) -> pd.DataFrame:
        """Points of each tick and level: ``term``, ``value`` (text), ``number`` (NaN of levels), effect, points."""
        parts = []
        for term in self.document.terms:
            effect = self.contributions(term)
            numeric = isinstance(term, NumericTerm)
            values = [f"{v:g}" for v in term.ticks] if isinstance(term, NumericTerm) else list(term.levels)
            part = pd.DataFrame({"term": term.name, "kind": term.kind, "value": values})
            part["number"] = np.asarray(term.ticks, dtype=np.float64) if numeric else np.nan  # type: ignore[union-attr]
            part["effect"] = effect
            part["points"] = (effect - effect.min()) * self.points_per_unit
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def score_of(self, points: FloatArray) -> FloatArray:
        """Linear predictor of total points."""
        return np.asarray(self.lowest + points / self.points_per_unit)

    def points_of(self, score: FloatArray) -> FloatArray:
        """Total points of a linear predictor."""
        return np.asarray((score - self.lowest) * self.points_per_unit)

    def probability_at(self, score: FloatArray, horizon: float | None) -> FloatArray:
        """Probability of the positive class, or of the event by ``horizon``, at linear predictors."""
        if self.document.baseline is None or horizon is None:
            return np.asarray(expit(score), dtype=np.float64)
        with np.errstate(over="ignore"):
            return np.asarray(-np.expm1(-self._hazard(horizon) * np.exp(score)), dtype=np.float64)

    def score_at(self, probability: FloatArray, horizon: float | None) -> FloatArray:
        """Linear predictor at which a probability in (0, 1) is reached."""
        p = np.asarray(probability, dtype=np.float64)
        if self.document.baseline is None or horizon is None:
            return np.log(p / (1.0 - p))
        return np.asarray(np.log(-np.log1p(-p)) - np.log(self._hazard(horizon)))

    def _hazard(self, horizon: float) -> float:
        baseline = self.document.baseline
        assert baseline is not None
        passed = int(np.searchsorted(baseline.time, horizon, side="right"))
        return 0.0 if passed == 0 else float(baseline.hazard[passed - 1])

    def design(self, table: pd.DataFrame) -> FloatArray:
        """(n, p) columns: numbers less their center, a 0/1 column per level but the reference.

        Raises
        ------
        InputError
            Columns that are missing, values that are none, and levels that the model does not know; all at once.
        """
        faults: list[Fault] = []
        columns = [_column(table, term, faults) for term in self.document.terms]
        if faults:
            raise InputError("table", faults)
        return np.hstack(columns) if len(table) else np.empty((0, sum(c.shape[1] for c in columns)))

    def predict(
        self, table: pd.DataFrame, *, horizons: Sequence[float] | None = None, level: float = 0.95
    ) -> pd.DataFrame:
        """Points, linear predictor and probability of patients.

        Parameters
        ----------
        table
            A row per patient, with a column for each of :attr:`terms`; others are not read.
        horizons
            Times of a Cox model; by default its own.
        level
            Confidence of the intervals, in (0, 1).

        Returns
        -------
        pandas.DataFrame
            ``patient_id`` (the index of `table`), ``points`` (of the nomogram, in total), ``score`` (linear
            predictor), ``horizon`` (NaN of a logistic model), ``probability`` of the positive class or of the event by
            the horizon (survival is 1 less it), ``lower`` and ``upper``. The interval is of the model's estimate for
            such patients, given the terms; it does not cover how the model was chosen. A row per patient and horizon.

        Raises
        ------
        InputError
            Missing columns or values, unknown levels, horizons beyond the follow-up.

        Warns
        -----
        RadiogenomicsWarning
            Values outside the range of the patients of the fit.
        """
        x = self.design(table)
        if not 0 < level < 1:
            raise InputError("level", Fault(repr(level), "a number between 0 and 1"))
        at = self._horizons(horizons)
        numbers = [term for term in self.document.terms if isinstance(term, NumericTerm)]
        warn_outside(table, [(term.name, term.minimum, term.maximum) for term in numbers], stacklevel=2)
        coef = self._coef()
        score = self.document.intercept + x @ coef
        head = pd.DataFrame({
            keys.PATIENT: table.index.astype(str), "points": self.points_of(score), "score": score,
        })  # fmt: skip
        if self.document.model == "logistic":
            design = np.column_stack([np.ones(len(x)), x])
            half = ndtri(0.5 + level / 2) * np.sqrt(np.einsum("ip,pq,iq->i", design, self._covariance(), design))
            limits = {"probability": expit(score), "lower": expit(score - half), "upper": expit(score + half)}
            return head.assign(horizon=np.nan, **limits)
        predicted = self._survival(x, coef, at, level)
        parts = [
            head.assign(
                horizon=h,
                probability=1.0 - predicted.survival[:, k],
                lower=1.0 - predicted.upper[:, k],
                upper=1.0 - predicted.lower[:, k],
            )
            for k, h in enumerate(at)
        ]
        return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)

    def _survival(self, x: FloatArray, coef: FloatArray, at: Sequence[float], level: float) -> PredictedSurvival:
        stored = self.document.baseline
        assert stored is not None
        curves = (stored.time, stored.hazard, stored.variance, stored.mean)
        time, hazard, variance, mean = (np.asarray(curve, dtype=np.float64) for curve in curves)
        baseline = CoxBaseline(time, hazard, variance, mean, np.zeros(x.shape[1]))
        return cox_survival(baseline, x, coef, self._covariance(), at, level=level)

    def _horizons(self, horizons: Sequence[float] | None) -> list[float]:
        stored = self.document.baseline
        if stored is None:
            if horizons is not None:
                raise InputError("horizons", Fault(f"{horizons}", "none: a logistic model has no times"))
            return []
        at = [float(h) for h in (self.document.horizons if horizons is None else horizons)]
        wrong = [f"{h:g}" for h in at if not 0 < h <= stored.last]
        if wrong or not at:
            expected = f"times above 0 and up to the longest follow-up, {stored.last:g} {self.document.outcome.unit}"
            raise InputError("horizons", Fault(", ".join(wrong) or "none", expected.rstrip()))
        return at

    def _coef(self) -> FloatArray:
        parts: list[float] = []
        for term in self.document.terms:
            if isinstance(term, NumericTerm):
                parts.append(term.coef)
            else:
                parts += [b for b, level in zip(term.coef, term.levels, strict=True) if level != term.reference]
        return np.asarray(parts, dtype=np.float64)

    def _covariance(self) -> FloatArray:
        return np.asarray(self.document.covariance, dtype=np.float64)


def _column(table: pd.DataFrame, term: NumericTerm | CategoricalTerm, faults: list[Fault]) -> FloatArray:
    """Columns of one term, or its faults."""
    if isinstance(term, NumericTerm):
        numbers = numeric_column(table, term.name, faults)
        return np.empty((len(table), 0)) if numbers is None else np.asarray(numbers - term.center)[:, None]
    names = level_column(table, term.name, term.levels, faults)
    if names is None:
        return np.empty((len(table), 0))
    own = [level for level in term.levels if level != term.reference]
    return np.column_stack([(names == level).to_numpy(dtype=float) for level in own])
