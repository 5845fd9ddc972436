"""Settings of learned features: slices, autoencoders, networks trained elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from radiogenomics.schemas._base import Model

Positive: TypeAlias = Annotated[int, Field(gt=0)]
PositiveNumber: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]
#: How the slices of a patient become one row.
Pooling: TypeAlias = Literal["mean", "mean_sd", "max"]
#: Which networks give the features of patients who took part in training.
Estimate: TypeAlias = Literal["final", "out_of_fold"]
MaskUse: TypeAlias = Literal["multiply", "channel", "none"]
#: How every autoencoder is trained whatever its settings; a training by other rules is another training.
#: best_by: what tells the best epoch and when to stop; batch_statistics: over what the normalisations of the finished
#: network were measured.
TRAINING_RULES: dict[str, str] = {"best_by": "validation_mse", "batch_statistics": "training_slices"}
#: Halvings of the side that the encoder's strided convolutions make.
_FEWEST_PIXELS = 2


class SliceSettings(Model):
    """Slices through the tumour, all of one size in pixels."""

    choice: Literal["largest", "all", "orthogonal"] = Field(
        "all",
        description="The axial slice with most tumour, every axial slice with at least min_area_share of that one's "
        "area, or the axial, coronal and sagittal slices with most tumour.",
    )
    min_area_share: Share = Field(0.3, description="Of choice all.")
    size: Annotated[int, Field(ge=16, le=512)] = Field(64, description="Pixels along either side.")
    margin: Weight = Field(10.0, description="Around the tumour, in mm.")
    field_of_view: PositiveNumber | Literal["tumour", "cohort"] = Field(
        "cohort",
        description="Side of the square in mm; tumour: that of each slice's tumour with the margin (its size is lost); "
        "cohort: the smallest that holds every training patient's tumour with the margin.",
    )
    mask: MaskUse = Field(
        "multiply", description="Intensities outside the tumour set to 0; the mask as a second channel; or not used."
    )
    percentiles: tuple[float, float] = Field(
        (1.0, 99.0), description="Of the volume around the tumour: what becomes 0 and 1, values beyond are cut."
    )

    @model_validator(mode="after")
    def _in_order(self) -> SliceSettings:
        low, high = self.percentiles
        if not 0 <= low < high <= 100:
            raise ValueError("percentiles: two from 0 to 100, the lower first")
        return self


class Augmentation(Model):
    """What is done to the slices of a training batch, drawn anew for every batch."""

    flip: bool = Field(True, description="Mirror along either axis, each in half of the batches.")
    rotation: Annotated[float, Field(ge=0, le=180)] = Field(10.0, description="Largest rotation, in degrees.")
    intensity: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.1, description="Largest relative change of the intensities (gain)."
    )


class AutoencoderSettings(Model):
    """A convolutional autoencoder and how it is trained: ``rg.im.train_autoencoder``."""

    model: Literal["cae", "hscae"] = "cae"
    latent_dim: Positive = 104
    widths: Annotated[tuple[Positive, ...], Field(min_length=1)] = Field(
        (16, 32, 64, 128), description="Channels of the strided convolutions; each halves the side."
    )
    epochs: Positive = 100
    batch_size: Annotated[int, Field(ge=2)] = 32
    learning_rate: PositiveNumber = 3e-3
    weight_decay: Weight = 1e-4
    patience: Positive = Field(
        20,
        description="Epochs without a smaller mean squared error of the validation patients' slices after which "
        "training stops; the weights are those of the epoch with the smallest. Of model hscae too: the label does not "
        "decide.",
    )
    validation_share: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.1, description="Training patients that decide when to stop, and do not teach."
    )
    reconstruction_weight: PositiveNumber = Field(1.0, description="Of the mean squared error.")
    supervision_weight: PositiveNumber = Field(0.001, description="Of the label's loss; of model hscae.")
    augmentation: Augmentation | Literal[False] = Field(
        default_factory=lambda: Augmentation.model_validate({}), description="Of training batches; false for none."
    )
    precision: Literal["auto", "32", "16-mixed", "bf16-mixed"] = Field(
        "auto", description="auto: 16-mixed on a GPU, 32 on a CPU."
    )

    def check_size(self, size: int) -> None:
        """Refuse slices whose side cannot be halved as often as there are widths."""
        smallest = 2 ** len(self.widths)
        if size % smallest or size // smallest < _FEWEST_PIXELS:
            raise ValueError(
                f"size: a multiple of {smallest}, at least {smallest * _FEWEST_PIXELS}, with {len(self.widths)} widths "
                f"(found {size})"
            )


class TransferSettings(Model):
    """Features of a network trained elsewhere, on photographs: ``rg.im.extract_transfer``."""

    backbone: Literal["resnet18", "resnet34", "resnet50"] = "resnet34"
    layer: Literal["layer1", "layer2", "layer3", "avgpool"] = Field(
        "avgpool", description="Stage whose maps are averaged; avgpool: the last one's."
    )
    pooling: Literal["mean", "max", "mean_sd"] = Field(
        "mean", description="Of a patient's slices; mean_sd: mean and standard deviation, twice as many features."
    )
    drop_constant: bool = Field(True, description="Remove features that are 0 or otherwise the same in all patients.")
