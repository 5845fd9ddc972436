"""Settings of the steps that make learned features of images."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._paths import PathText
from radiogenomics.schemas._step_fields import Positive
from radiogenomics.schemas.deep import AutoencoderSettings, Estimate, Pooling, SliceSettings, TransferSettings


class AutoencoderStep(Model):
    """One autoencoder, whose features become a modality of its name: ``rg.im.train_autoencoder``, ``rg.im.encode``.

    With a split, it learns from the training patients alone.
    """

    label: str | None = Field(
        None, description="Outcome, or clinical column, that a half-supervised autoencoder (hscae) learns beside the "
        "images; without one it learns from the images alone (cae)."
    )  # fmt: skip
    sequences: list[str] | None = Field(None, description="By default all of the study.")
    slices: SliceSettings | None = None
    settings: AutoencoderSettings | None = Field(None, description="Architecture and training.")
    folds: Annotated[int, Field(ge=2)] = Field(5, description="Folds of patients, each left out by a network.")
    repeats: Positive = 1
    inner_folds: Annotated[int, Field(ge=0)] = Field(
        0, description="Folds within the training patients of each fold, for models that are cross-validated on the "
        "features; 0 for none."
    )  # fmt: skip
    estimate: Estimate | None = Field(
        None, description="out_of_fold: features by networks that had not seen the patient; final: by the one of all; "
        "by default out_of_fold with a label."
    )  # fmt: skip
    pooling: Pooling = Field("mean_sd", description="Of a patient's slices.")
    reader: str | None = Field(None, description="Whose masks to use, where the manifest has several readers.")
    reading: str | int | None = Field(None, description="Which reading, where the manifest has several.")

    @model_validator(mode="after")
    def _consistent(self) -> AutoencoderStep:
        if self.settings is not None and "model" in self.settings.model_fields_set:
            raise ValueError("settings.model: left out; a label makes it hscae")
        if self.inner_folds == 1:
            raise ValueError("inner_folds: 0, or 2 and more")
        return self

    @property
    def model(self) -> str:
        """``"cae"`` or ``"hscae"``."""
        return "cae" if self.label is None else "hscae"


class TransferStep(TransferSettings):
    """Features of a network trained elsewhere, modality ``deep``: ``rg.im.extract_transfer``."""

    weights: PathText = Field(description="File of weights in torchvision's format.")
    slices: SliceSettings | None = Field(
        None, description="What differs from the one slice with most tumour, 224 pixels wide."
    )
    sequences: list[str] | None = Field(None, description="By default all of the study.")
    reader: str | None = Field(None, description="Whose masks to use, where the manifest has several readers.")
    reading: str | int | None = Field(None, description="Which reading, where the manifest has several.")
    visit: str | int | None = Field(None, description="Which examination, where the manifest has several.")
