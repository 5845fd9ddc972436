"""A fitted clinical model as a document: everything needed to compute it for a new patient, and no code."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from radiogenomics.schemas._base import Model, Name

Numbers = tuple[FiniteFloat, ...]


class NumericTerm(Model):
    """A variable that enters as a number: ``coef * (value - center)``."""

    kind: Literal["numeric"] = "numeric"
    name: Name
    coef: FiniteFloat = Field(description="Change of the linear predictor per unit.")
    center: FiniteFloat = Field(description="Value whose contribution is 0.")
    minimum: FiniteFloat = Field(description="Smallest value among the patients of the fit.")
    maximum: FiniteFloat = Field(description="Largest value among the patients of the fit.")
    ticks: Numbers = Field(min_length=2, description="Values of the axis in the nomogram, rising.")

    @model_validator(mode="after")
    def _ordered(self) -> NumericTerm:
        if self.minimum > self.maximum or list(self.ticks) != sorted(set(self.ticks)):
            raise ValueError("a minimum below the maximum, and rising ticks")
        return self


class CategoricalTerm(Model):
    """A variable that enters by its level; the reference contributes 0."""

    kind: Literal["categorical"]
    name: Name
    levels: tuple[str, ...] = Field(min_length=2)
    coef: Numbers = Field(description="Contribution of each level; 0 of the reference.")
    reference: str
    n: tuple[int, ...] = Field(description="Patients of the fit at each level.")

    @model_validator(mode="after")
    def _one_each(self) -> CategoricalTerm:
        if len(self.coef) != len(self.levels) or len(self.n) != len(self.levels):
            raise ValueError(f"one coefficient and one count for each of the {len(self.levels)} levels")
        if len(set(self.levels)) != len(self.levels) or self.reference not in self.levels:
            raise ValueError("levels that differ, the reference among them")
        if self.coef[self.levels.index(self.reference)] != 0:
            raise ValueError("a coefficient of 0 for the reference")
        return self


Term = Annotated[NumericTerm | CategoricalTerm, Field(discriminator="kind")]


class Baseline(Model):
    """Cumulative hazard of a patient whose linear predictor is 0, at each time of an event."""

    time: Numbers = Field(min_length=1)
    hazard: Numbers
    variance: Numbers = Field(description="Variance of the hazard, were the coefficients known.")
    mean: tuple[Numbers, ...] = Field(description="Hazard-weighted mean of the columns at risk, accumulated.")
    last: FiniteFloat = Field(description="Longest follow-up: nothing is predicted beyond.")

    @model_validator(mode="after")
    def _one_each(self) -> Baseline:
        if {len(self.hazard), len(self.variance), len(self.mean)} != {len(self.time)}:
            raise ValueError(f"hazard, variance and mean at each of the {len(self.time)} times")
        if list(self.time) != sorted(set(self.time)) or list(self.hazard) != sorted(self.hazard) or self.hazard[0] < 0:
            raise ValueError("rising times and a hazard that does not fall")
        return self


class Predicted(Model):
    """The outcome that is predicted."""

    name: Name
    kind: Literal["binary", "survival"]
    positive: str | None = Field(default=None, description="What the positive class is called; of a binary outcome.")
    unit: str = Field(default="", description="Unit of the times; of a survival outcome.")


class ModelDocument(Model):
    """A logistic or Cox model with its nomogram, as ``rg.io.write_model`` writes it."""

    format: Literal["radiogenomics-model"] = "radiogenomics-model"
    version: Literal[1] = 1
    software: dict[str, str] = Field(description="Package -> version that made it.")
    model: Literal["logistic", "cox"]
    outcome: Predicted
    terms: tuple[Term, ...] = Field(min_length=1)
    intercept: FiniteFloat = Field(description="Linear predictor where all terms contribute 0; 0 of a Cox model.")
    covariance: tuple[Numbers, ...] = Field(
        description="Of the intercept (logistic models) and the columns: numbers, and levels but the reference."
    )
    baseline: Baseline | None = None
    horizons: Numbers = ()
    n: int = Field(ge=1, description="Patients of the fit.")
    events: int = Field(ge=1, description="Patients of the positive class, or events, among them.")
    penalty: Literal["firth"] | None = None
    apparent: bool = Field(
        default=False, description="Fitted on predictions of the patients that these had learned from."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> ModelDocument:
        names = [term.name for term in self.terms]
        if len(set(names)) != len(names):
            raise ValueError("terms of different names")
        p = sum(1 if isinstance(term, NumericTerm) else len(term.levels) - 1 for term in self.terms)
        q = p + (self.model == "logistic")
        if len(self.covariance) != q or any(len(row) != q for row in self.covariance):
            raise ValueError(f"a covariance of {q} rows and columns")
        if (self.model == "cox") != (self.baseline is not None) or (self.model == "cox") != (
            self.outcome.kind == "survival"
        ):
            raise ValueError("a baseline and a survival outcome for a Cox model, neither for a logistic one")
        if self.baseline is not None and any(len(row) != p for row in self.baseline.mean):
            raise ValueError(f"a baseline whose means have {p} columns")
        if self.model == "logistic" and self.horizons:
            raise ValueError("no horizons for a logistic model")
        if self.baseline is not None and any(not 0 < h <= self.baseline.last for h in self.horizons):
            raise ValueError(f"horizons above 0 and up to the longest follow-up, {self.baseline.last:g}")
        return self
