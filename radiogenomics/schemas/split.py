"""How patients are divided into training, internal test and external test."""

from __future__ import annotations

from pydantic import Field, model_validator

from radiogenomics.schemas._base import Model, Name


class Split(Model):
    """A rule for the external part, a random share of the others for the internal part; training is the rest."""

    external: Name | None = Field(
        default=None, description="Condition on clinical columns, for example: centre == 'B' and year >= 2015."
    )
    internal: float | None = Field(
        default=None, gt=0, lt=1, description="Share of the patients who are not external, drawn at random by event."
    )
    rng: int = Field(default=0, ge=0, description="Seed of the draw.")

    @model_validator(mode="after")
    def _something(self) -> Split:
        if self.external is None and self.internal is None:
            raise ValueError("external, internal or both")
        return self
