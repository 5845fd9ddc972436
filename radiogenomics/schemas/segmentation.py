"""Settings of tumour segmentation: networks, training, inference and what is done to a mask afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from radiogenomics.schemas._base import Model
from radiogenomics.schemas.deep import Positive, PositiveNumber, Weight

SegmenterModel: TypeAlias = Literal["segresnet", "vnet_coarse_to_fine"]
#: Which networks segment patients who took part in training.
MaskEstimate: TypeAlias = Literal["ensemble", "out_of_fold"]
Spacing: TypeAlias = tuple[PositiveNumber, PositiveNumber, PositiveNumber]
Patch: TypeAlias = tuple[Positive, Positive, Positive]
ZeroToOne: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Axis: TypeAlias = Literal["x", "y", "z"]


class Recrop(Model):
    """Random re-cropping and padding of training volumes, so that where a volume ends says nothing of the tumour."""

    cut: ZeroToOne = Field(0.9, description="Largest share of the tissue between tumour and border that is cut off.")
    pad: Weight = Field(0.5, description="Largest padding on either side, as a share of the volume's side.")
    probability: ZeroToOne = Field(1.0, description="Share of training patches this is done to.")


class PatchAugmentation(Model):
    """What is done to a training patch, drawn anew for each."""

    flip: tuple[Axis, ...] = Field(("x", "y", "z"), description="Axes mirrored, each in half of the patches.")
    rotation: Annotated[float, Field(ge=0, le=180)] = Field(
        15.0, description="Largest rotation about the z axis, in degrees; about the others a third of it."
    )
    scale: Annotated[float, Field(ge=0, lt=1)] = Field(0.15, description="Largest relative change of size.")
    spatial_share: ZeroToOne = Field(0.3, description="Share of patches that are rotated and scaled.")
    intensity: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.15, description="Largest relative change of contrast, and shift in standard deviations."
    )
    noise: Weight = Field(0.1, description="Largest standard deviation of added noise, in those of the image.")
    recrop: Recrop | Literal[False] = Field(False, description="Random re-cropping and padding; false for none.")


class StageSettings(Model):
    """One network: the grid it works on, its size and its training."""

    spacing: Spacing | None = Field(
        None, description="Along x, y, z in mm; by default the median of the images, coarsened to max_voxels."
    )
    max_voxels: Positive | None = Field(
        None,
        description="The spacing is coarsened, finest axes first, until the median image has no more voxels; null "
        "keeps the median spacing.",
    )
    patch: Patch | None = Field(
        None, description="Voxels along x, y, z; by default the median image's, shrunk to max_patch_voxels."
    )
    max_patch_voxels: Positive = 128**3
    interpolator: Literal["linear", "nearest"] = Field("linear", description="For images.")
    mask_interpolator: Literal["linear", "nearest"] = Field(
        "linear", description="For masks; linear keeps voxels at least half covered."
    )
    width: Annotated[int, Field(ge=8, multiple_of=8)] = Field(32, description="Channels of the first level.")
    blocks: Annotated[tuple[Positive, ...], Field(min_length=2, max_length=5)] = Field(
        (1, 2, 2, 4), description="Blocks (convolutions of a V-Net) of each level; each but the first halves the sides."
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    loss: Literal["dice", "dice_ce"] = Field(
        "dice_ce", description="dice: mean Dice loss of tumour and background; dice_ce: Dice loss of the tumour and "
        "cross-entropy."
    )  # fmt: skip
    optimizer: Literal["adam", "adamw"] = "adamw"
    learning_rate: PositiveNumber = 2e-4
    weight_decay: Weight = 1e-5
    batch_size: Positive = 2
    steps: Positive = Field(20000, description="Batches at most, rounded up to whole checkpoints.")
    checkpoint_every: Positive = Field(
        100, description="Steps after which validation patients are segmented and a checkpoint is kept."
    )
    patience: Positive = Field(30, description="Checkpoints without a better validation Dice that end the training.")
    tumour_share: ZeroToOne = Field(
        0.6,
        description="Share of patches centred on a voxel of the tumour; the others are centred anywhere in the "
        "foreground (what is not air).",
    )
    overlap: Annotated[float, Field(ge=0, lt=1)] = Field(0.5, description="Of neighbouring windows at inference.")

    @property
    def multiple(self) -> int:
        """What the sides of a patch are multiples of."""
        return int(2 ** (len(self.blocks) - 1))

    @model_validator(mode="after")
    def _patch_fits(self) -> StageSettings:
        if self.patch is not None and any(n % self.multiple for n in self.patch):
            raise ValueError(f"patch: multiples of {self.multiple} with {len(self.blocks)} levels")
        return self


class Postprocessing(Model):
    """What is done to a predicted mask."""

    largest_component: bool = Field(True, description="Keep the largest connected part alone.")
    fill_holes: bool = Field(True, description="Mark what the mask encloses on all sides.")
    min_volume_ml: Weight = Field(0.1, description="Parts smaller than this are removed.")


class SegmenterSettings(StageSettings):
    """A segmenter and how it is trained: ``rg.im.train_segmenter``. The fields of a network are those of the only
    one, or with ``vnet_coarse_to_fine`` of the fine one.
    """

    model: SegmenterModel = "segresnet"
    preset: Literal["full", "reduced"] = Field("full", description="What the fields that are not given are set to.")
    coarse: StageSettings | None = Field(None, description="The network that finds the box; of vnet_coarse_to_fine.")
    margin: Weight = Field(20.0, description="Around the coarse mask, in mm; the fine network sees no further.")
    jitter: Weight = Field(
        0.5, description="In training every side of the box is moved by up to this share of the margin."
    )
    normalization: Literal["auto", "zscore", "range"] = Field(
        "auto",
        description="zscore: mean 0 and standard deviation 1 of the foreground; range: the training images' "
        "percentiles 0.5 and 99.5 become -1 and 1; auto: range for CT, else zscore.",
    )
    augmentation: PatchAugmentation | Literal[False] = Field(
        default_factory=lambda: PatchAugmentation.model_validate({}), description="Of training patches; false for none."
    )
    validation_share: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.15, description="Training patients who decide when to stop and which checkpoint to keep, and do not teach."
    )
    flips: tuple[Axis, ...] = Field(
        ("x", "y", "z"), description="Axes mirrored at inference; predictions of all combinations are averaged."
    )
    postprocessing: Postprocessing = Field(default_factory=lambda: Postprocessing.model_validate({}))
    precision: Literal["auto", "32", "16-mixed", "bf16-mixed"] = Field(
        "auto", description="auto: 16-mixed on a GPU, 32 on a CPU."
    )

    @model_validator(mode="after")
    def _stages_fit(self) -> SegmenterSettings:
        if (self.coarse is None) != (self.model == "segresnet"):
            raise ValueError("coarse: with model vnet_coarse_to_fine, and only with it")
        return self

    @property
    def stages(self) -> dict[str, StageSettings]:
        """The networks by name, in the order they are used."""
        if self.coarse is None:
            return {"main": self}
        return {"coarse": self.coarse, "fine": self}


_VNET: dict[str, Any] = {
    "width": 16, "blocks": (1, 1, 2, 3, 2), "dropout": 0.5, "loss": "dice", "optimizer": "adam", "learning_rate": 1e-4,
    "weight_decay": 0.0, "mask_interpolator": "nearest",
}  # fmt: skip
#: What fields are set to that are not given, by preset and model.
PRESETS: dict[tuple[str, str], dict[str, Any]] = {
    ("full", "segresnet"): {},
    ("full", "vnet_coarse_to_fine"): {
        **_VNET, "max_patch_voxels": 96**3,
        "coarse": {**_VNET, "spacing": (5.0, 5.0, 5.0), "patch": (64, 64, 64), "tumour_share": 0.0, "batch_size": 4},
    },
    ("reduced", "segresnet"): {
        "max_voxels": 40_000, "max_patch_voxels": 40_000, "width": 8, "blocks": (1, 2, 2), "learning_rate": 1e-2,
        "steps": 300, "checkpoint_every": 30, "patience": 4, "flips": ("x",), "overlap": 0.25,
    },
    ("reduced", "vnet_coarse_to_fine"): {
        **_VNET, "max_voxels": 40_000, "max_patch_voxels": 16_000, "width": 8, "blocks": (1, 1, 2), "dropout": 0.1,
        "learning_rate": 3e-3, "steps": 200, "checkpoint_every": 25, "patience": 4, "flips": ("x",), "overlap": 0.25,
        "coarse": {
            **_VNET, "spacing": (5.0, 5.0, 5.0), "max_patch_voxels": 16_000, "width": 8, "blocks": (1, 1, 2),
            "dropout": 0.1, "learning_rate": 3e-3, "steps": 150, "checkpoint_every": 25, "patience": 4,
            "tumour_share": 0.5, "overlap": 0.25,
        },
    },
}  # fmt: skip


def with_preset(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with what their preset says of fields that are not given."""
    known = PRESETS.get((str(given.get("preset", "full")), str(given.get("model", "segresnet"))), {})
    out = {**known, **given}
    if isinstance(given.get("coarse"), Mapping) and "coarse" in known:
        out["coarse"] = {**known["coarse"], **given["coarse"]}
    return out


__all__ = [
    "PRESETS",
    "Axis",
    "MaskEstimate",
    "PatchAugmentation",
    "Postprocessing",
    "Recrop",
    "SegmenterModel",
    "SegmenterSettings",
    "StageSettings",
    "with_preset",
]
