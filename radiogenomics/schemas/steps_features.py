"""Settings of the steps that make and prepare a matrix of features."""

from __future__ import annotations

import difflib
from typing import Any, Literal

from pydantic import Field, model_validator

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._step_fields import Fraction, Positive
from radiogenomics.schemas.radiomics import PRESETS, RadiomicsSettings, over_preset


class ExtractSettings(RadiomicsSettings):
    """Handcrafted features: ``rg.im.extract_radiomics``; a preset, and what differs from it."""

    reader: str | None = Field(None, description="Whose masks to use, where the manifest has several readers.")
    reading: str | int | None = Field(None, description="Which reading, where the manifest has several.")
    visit: str | int | None = Field(None, description="Which examination, where the manifest has several.")
    preset: str = Field("default", description=f"One of {', '.join(PRESETS)}.")
    control: Literal["shuffled"] | None = Field(
        None,
        description="shuffled adds modality radiomics_shuffled: the same features after rg.im.shuffle_voxels, for "
        "control of step correlate.",
    )

    @model_validator(mode="after")
    def _control_as_it_is(self) -> ExtractSettings:
        if self.control is not None and self.normalize:
            raise ValueError("control: shuffled needs normalize: false; normalise in step preprocess")
        return self

    @model_validator(mode="before")
    @classmethod
    def _over_preset(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        preset = value.get("preset", "default")
        if preset not in PRESETS:
            near = difflib.get_close_matches(str(preset), PRESETS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"preset: one of {', '.join(PRESETS)} (found {preset!r}{hint})")
        return over_preset(str(preset), value)

    def read(self) -> dict[str, Any]:
        """Which masks to use: what ``rg.im.extract_radiomics`` takes beside its settings."""
        return {"reader": self.reader, "reading": self.reading, "visit": self.visit}

    def radiomics(self) -> RadiomicsSettings:
        """What is computed: everything but the preset's name, the choice of masks and the control."""
        return RadiomicsSettings.model_validate(self.model_dump(exclude={"preset", "control", *self.read()}))


class CleanSettings(Model):
    """Feature matrix of one modality: ``rg.pp.clean_features``, then ``impute``, then ``scale``."""

    max_missing: Fraction = Field(0.2, description="Largest share of patients without a value.")
    max_zeros: Fraction = Field(0.95, description="Largest share of zeros.")
    drop_constant: bool = True
    drop_duplicated: bool = False
    impute: Literal["median", "mean", "knn"] | Literal[False] = Field("median", description="false leaves gaps.")
    n_neighbors: Positive = Field(5, description="For impute: knn.")
    scale: bool | Literal["zscore", "robust", "minmax", "rank_normal"] | None = Field(
        None, description="true means zscore; by default features are scaled and expression is not."
    )

    def scaling(self, modality: str) -> str | None:
        """Method of scaling for a modality, ``None`` for none."""
        if isinstance(self.scale, str):
            return self.scale
        return "zscore" if (modality != "rna" if self.scale is None else self.scale) else None


class HarmoniseSettings(Model):
    """Batches (scanners, centres, runs) of one modality: ``rg.pp.combat``, after cleaning and before scaling."""

    batch: str = Field(description="Clinical column with the batch of each patient.")
    covariates: list[str] = Field([], description="Clinical columns whose effects are kept; no outcome.")
    categorical: list[str] = Field([], description="Which of the columns are categories although they are numbers.")
    compare: list[str] = Field([], description="Further columns whose share of the variance is shown beside.")
    parametric: bool = True
    mean_only: bool = Field(False, description="Remove offsets, leave variances.")
    reference: str | int | None = Field(None, description="Batch to which the others are brought.")
    unseen: Literal["error", "reference", "transductive"] = Field(
        "error", description="Batches without training patients: refused, left, or estimated from their own features."
    )

    @model_validator(mode="after")
    def _reference_where_it_is_needed(self) -> HarmoniseSettings:
        if self.unseen == "reference" and self.reference is None:
            raise ValueError("reference: a batch, with unseen: reference")
        stray = [name for name in self.categorical if name not in [*self.covariates, *self.compare]]
        if stray:
            raise ValueError(f"categorical: names among covariates and compare (found {', '.join(stray)})")
        return self

    def combat_settings(self) -> dict[str, Any]:
        """What ``rg.pp.combat`` takes."""
        given = self.model_dump(exclude={"compare", "categorical", "reference"})
        reference = None if self.reference is None else str(self.reference)
        return {**given, "reference": reference, "categorical": [c for c in self.categorical if c in self.covariates]}
