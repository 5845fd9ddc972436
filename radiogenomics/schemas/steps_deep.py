"""Settings of the steps that make learned features of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from radiogenomics.schemas._base import Model
from radiogenomics.schemas._paths import PathText
from radiogenomics.schemas._step_fields import Positive
from radiogenomics.schemas.deep import AutoencoderSettings, Estimate, Pooling, SliceSettings, TransferSettings
from radiogenomics.schemas.segmentation import MaskEstimate, SegmenterModel, SegmenterSettings, with_preset


class SegmentStep(Model):
    """Masks by a segmenter, which the steps after it read in place of the manifest's: ``rg.im.train_segmenter``,
    ``rg.im.segment``.

    A model is applied (``model_folder``), or one is trained on the manifest's own masks, and every patient of the
    training gets the mask of the network that had no part in them. With a split, it learns from the training patients
    alone.
    """

    model_folder: PathText | None = Field(
        None, description="Folder that train segmenter wrote; without one a model is trained here."
    )
    model: SegmenterModel = Field("segresnet", description="What is trained.")
    settings: SegmenterSettings | None = Field(
        None, description="Of the training; preset: reduced is small enough for a CPU."
    )
    sequences: list[str] | None = Field(
        None, description="Channels; the first one's images get the masks. By default those of the model, or the only "
        "sequence of the study."
    )  # fmt: skip
    folds: Annotated[int, Field(ge=2)] = 5
    estimate: MaskEstimate = "out_of_fold"
    reader: str | None = Field(None, description="Whose masks teach, where the manifest has several readers.")
    reading: str | int | None = Field(None, description="Which reading teaches, where the manifest has several.")
    visit: str | int | None = Field(None, description="Which examination, where the manifest has several.")
    automatic: str = Field("automatic", min_length=1, description="Name of the new masks' reader.")

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, given: Any) -> Any:
        """The preset, and what it sets, depend on the model, which is not repeated in the settings."""
        if not isinstance(given, Mapping) or not isinstance(given.get("settings"), Mapping):
            return given
        own = dict(given["settings"])
        if "model" in own:
            raise ValueError("settings.model: left out; steps.segment.model says it")
        return {**given, "settings": with_preset({"model": given.get("model", "segresnet"), **own})}

    @model_validator(mode="after")
    def _consistent(self) -> SegmentStep:
        if self.model_folder is not None:
            fields = ("model", "settings", "folds", "reader", "reading", "visit")
            beside = [name for name in fields if name in self.model_fields_set]
            if beside:
                raise ValueError(f"{', '.join(beside)}: of a training, left out beside model_folder")
        elif self.settings is None and self.model != "segresnet":
            self.settings = SegmenterSettings.model_validate(with_preset({"model": self.model}))
        return self


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
