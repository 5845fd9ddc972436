"""A signature as a document: everything needed to score a new patient from measured values, and no code."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, FiniteFloat, model_validator

from radiogenomics.schemas._base import Model, Name

Number = FiniteFloat | None


class SignatureTerm(Model):
    """A feature of the score: ``coefficient * (measured - zero) * per_unit``."""

    name: Name
    source: Name = Field(description='Modality, or "clinical".')
    feature: Name = Field(description="Feature of the modality, or column of the clinical table.")
    level: str = Field(default="", description="Of a category, which is measured as 0 or 1; else empty.")
    levels: tuple[str, ...] | None = Field(default=None, description="Categories that the column may hold.")
    coefficient: FiniteFloat
    zero: Number = Field(description="Measured value that contributes 0; none where transforms are no straight line.")
    per_unit: Number = Field(description="What a unit, as measured, is worth to the coefficient; or none, alike.")
    low: Number = Field(description="Smallest value among the training patients, as measured.")
    high: Number = Field(description="Largest value among the training patients, as measured.")
    mean: Number
    sd: Number

    @model_validator(mode="after")
    def _fits_together(self) -> SignatureTerm:
        if (self.zero is None) != (self.per_unit is None):
            raise ValueError("both zero and per_unit, or neither")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low that is not above high")
        if self.level and self.levels is not None and self.level not in self.levels:
            raise ValueError("a level among the levels")
        return self


class SignatureDocument(Model):
    """A signature, as ``rg.io.write_model`` writes it."""

    format: Literal["radiogenomics-signature"] = "radiogenomics-signature"
    version: Literal[1] = 1
    software: dict[str, str] = Field(description="Package -> version that made it.")
    kind: Literal["binary", "survival"]
    outcome: Name
    unit: str = Field(default="", description="Unit of the times; of a survival outcome.")
    formula: str = Field(description="The score as text, rounded; the terms are exact.")
    intercept: FiniteFloat
    terms: tuple[SignatureTerm, ...] = Field(description="None of the null model.")
    cutoff: Number = Field(description="A score of at least it is high; none of the null model, under which none is.")
    threshold: Number = Field(description="The cut-off as a probability; of a binary outcome.")
    horizons: tuple[FiniteFloat, ...] = ()
    baseline_survival: tuple[FiniteFloat, ...] = Field(
        default=(), description="Chance to be free of the event at each horizon of a patient whose score is 0."
    )
    n: int = Field(ge=1, description="Training patients.")

    @model_validator(mode="after")
    def _fits_together(self) -> SignatureDocument:
        names = [term.name for term in self.terms]
        if len(set(names)) != len(names):
            raise ValueError("terms of different names")
        if len(self.horizons) != len(self.baseline_survival):
            raise ValueError(f"a baseline survival at each of the {len(self.horizons)} horizons")
        if self.kind == "binary" and self.horizons:
            raise ValueError("no horizons of a binary outcome")
        if any(not 0 <= s <= 1 for s in self.baseline_survival) or any(h <= 0 for h in self.horizons):
            raise ValueError("a baseline survival from 0 to 1, at horizons above 0")
        return self
