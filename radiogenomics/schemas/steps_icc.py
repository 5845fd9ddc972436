"""Settings of the step that leaves out features which do not repeat."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._step_fields import Fraction, Length, Level, Positive, PositiveTime

Form: TypeAlias = Literal["icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k"]
Value: TypeAlias = str | int
#: Columns of a manifest that may differ between the readings of a design.
COLUMNS = ("reader", "reading", "visit")


class PerturbedSettings(Model):
    """Readers made up by moving and reshaping masks, where nobody read again: ``rg.im.perturb_masks``."""

    n_patients: Annotated[int, Field(ge=3)] | None = Field(
        None, description="Patients whose masks are perturbed, drawn from the training patients; by default all."
    )
    n_readers: Positive = 2
    contour: Length = 1.0
    smoothness: PositiveTime = 5.0
    margin: float | tuple[float, float] = 0.0
    translation: Length = 0.5
    rotation: Length = 2.0

    def changes(self) -> dict[str, Any]:
        """What ``rg.im.perturb_masks`` takes."""
        return self.model_dump(exclude={"n_patients"})


class IccDesign(Model):
    """Readings of the same patients: a column with the values that are compared, or perturbed masks.

    A column with one value chooses among the readings; a column that is not named is as in step extract.
    """

    reader: Value | list[Value] | None = Field(None, description="Readers of the manifest, such as [reader1, reader2].")
    reading: Value | list[Value] | None = Field(None, description="Readings of one reader, such as [1, 2].")
    visit: Value | list[Value] | None = Field(None, description="Examinations, of a test-retest study.")
    perturbed: PerturbedSettings | None = Field(None, description="Made-up readers; {} for all defaults.")

    @model_validator(mode="after")
    def _one_comparison(self) -> IccDesign:
        compared = [name for name in COLUMNS if isinstance(getattr(self, name), list)]
        if len(compared) + (self.perturbed is not None) != 1:
            raise ValueError("one of reader, reading, visit with a list of values, or perturbed")
        values = [] if self.perturbed is not None else getattr(self, compared[0])
        if compared and len({str(value) for value in values}) < max(2, len(values)):
            raise ValueError(f"{compared[0]}: two or more different values (found {values})")
        return self

    @property
    def column(self) -> str | None:
        """The column whose values are compared; ``None`` with perturbed masks."""
        return next((name for name in COLUMNS if isinstance(getattr(self, name), list)), None)


class IccSettings(Model):
    """Features that repeat between readings of the same patients: ``rg.pp.filter_icc``, after cleaning."""

    designs: dict[str, IccDesign] = Field(
        min_length=1, description="By name; a feature must pass each, such as inter: {reader: [reader1, reader2]}."
    )
    threshold: Fraction = Field(0.75, description="Least ICC of a feature that stays.")
    form: Form | dict[str, Form] = Field("icc2", description="One for all designs, or one for each.")
    rule: Literal["value", "lower"] = Field("value", description="lower: of the lower bound of its interval.")
    confidence: Level = 0.95

    @model_validator(mode="after")
    def _forms_of_the_designs(self) -> IccSettings:
        if isinstance(self.form, dict) and set(self.form) != set(self.designs):
            raise ValueError(f"form: one of each of {', '.join(self.designs)} (found {', '.join(self.form)})")
        return self

    def filter_settings(self) -> dict[str, Any]:
        """What ``rg.pp.filter_icc`` takes."""
        return self.model_dump(exclude={"designs"})
