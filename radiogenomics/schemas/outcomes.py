"""What the study asks about: survival, a yes-or-no finding, competing events."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from radiogenomics._outcome_values import unit_fault
from radiogenomics._types import TimeUnit
from radiogenomics.schemas._base import Model, Name

Code = int | float | str | bool


def _known_unit(unit: Any) -> Any:
    fault = unit_fault(unit)
    if fault is not None:
        raise ValueError(f"{fault.expected}. {fault.hint}")
    return unit


Unit = Annotated[Literal[TimeUnit, ""], BeforeValidator(_known_unit)]


class SurvivalOutcome(Model):
    """Time to one event, censored where follow-up ended first."""

    kind: Literal["survival"] = "survival"
    time: Name = Field(description="Column of follow-up times, 0 or more.")
    event: Name = Field(description="Column of event codes: 1 event, 0 censored, unless `codes` says otherwise.")
    unit: Unit = Field(default="", description="Unit of the times, as figures print it; empty: not declared.")
    codes: dict[Any, Literal[0, 1]] | None = Field(
        default=None, description="Meaning of other codes, for example {Dead: 1, Alive: 0}."
    )

    @model_validator(mode="after")
    def _both_meanings(self) -> SurvivalOutcome:
        if self.codes is not None and set(self.codes.values()) != {0, 1}:
            raise ValueError("codes that name at least one event (1) and one censoring (0)")
        return self


class BinaryOutcome(Model):
    """A finding that a patient has or has not."""

    kind: Literal["binary"]
    column: Name = Field(description="Column of the finding.")
    positive: Code = Field(description="Value that means yes; every other value means no.")


class CompetingOutcome(Model):
    """Time to the first of several events that exclude one another."""

    kind: Literal["competing"]
    time: Name = Field(description="Column of follow-up times, 0 or more.")
    event: Name = Field(description="Column of event codes; 0 means censored.")
    causes: dict[str, int] = Field(
        min_length=2, description="Name of each event and its code, for example {relapse: 1}."
    )
    unit: Unit = Field(default="", description="Unit of the times; empty: not declared.")

    @model_validator(mode="after")
    def _distinct(self) -> CompetingOutcome:
        codes = list(self.causes.values())
        if 0 in codes or len(set(codes)) != len(codes):
            raise ValueError("a code of its own for every cause, none of them 0 (censored)")
        return self


Outcome = Annotated[SurvivalOutcome | BinaryOutcome | CompetingOutcome, Field(discriminator="kind")]
OUTCOMES: TypeAdapter[dict[str, Outcome]] = TypeAdapter(dict[str, Outcome])
