"""Settings of image preprocessing: the steps, in the order they are done, and their parameters."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, ValidationError, field_validator, model_validator

from radiogenomics._errors import InputError
from radiogenomics.schemas._base import Model
from radiogenomics.schemas._paths import PathText
from radiogenomics.schemas.messages import faults_of

Length: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Within: TypeAlias = Literal["foreground", "image", "reference_region"]
Normalization: TypeAlias = Literal["zscore", "histogram", "nyul"]


class N4Settings(Model):
    """How the bias field is looked for."""

    shrink: Annotated[int, Field(ge=1)] = Field(default=4, description="Factor the axes are shrunk by.")
    iterations: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(50, 50, 50, 50),
        min_length=1,
        description="Largest number of iterations at each level, coarse to fine.",
    )
    convergence: Annotated[float, Field(gt=0)] = Field(default=0.001, description="Change of field that ends a level.")


class PreprocessSettings(Model):
    """Volumes before features: ``rg.im.preprocess``."""

    resample_mask: bool = Field(False, description="Take masks on another grid to their image's; else refuse them.")
    bias_correction: bool | N4Settings = Field(False, description="Correct the bias field by N4, or with which N4.")
    spacing: tuple[Length | None, Length | None, Length | None] | None = Field(
        None, description="Voxel size x, y, z in mm; null or 0 keeps an axis (in-plane only: [1, 1, null])."
    )
    clip_percentiles: tuple[float, float] | None = Field(
        None, description="Percentiles that intensities are cut at, for instance [0.5, 99.5]."
    )
    remove_outliers: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Standard deviations from the mean that intensities are cut at, for instance 3."
    )
    normalization: Normalization | None = None
    reference: PathText | dict[str, PathText] | None = Field(
        None, description="Image, or standard.json of an earlier run, for all sequences or for each."
    )
    normalize_within: Within = Field(
        "foreground", description="Voxels whose statistics count; reference_region is a column of the manifest."
    )
    interpolator: Literal["bspline", "linear", "nearest"] = "bspline"
    mask_interpolator: Literal["nearest", "linear"] = Field(
        "linear", description="As in step extract: linear keeps voxels at least half covered."
    )

    @field_validator("spacing", mode="before")
    @classmethod
    def _three(cls, value: Any) -> Any:
        if value is not None and (not isinstance(value, list | tuple) or len(value) != 3):
            raise ValueError("three numbers: x, y, z, lengths in mm (null keeps an axis), for instance (2, 2, 2)")
        return value

    @field_validator("clip_percentiles")
    @classmethod
    def _in_order(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not 0 <= value[0] < value[1] <= 100:
            raise ValueError("two percentiles from 0 to 100, the lower first")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> PreprocessSettings:
        if self.clip_percentiles is not None and self.remove_outliers is not None:
            raise ValueError("clip_percentiles or remove_outliers, not both")
        if self.reference is not None and self.normalization not in ("histogram", "nyul"):
            raise ValueError("a reference only for normalization histogram or nyul")
        return self

    @property
    def n4(self) -> N4Settings | None:
        """How to correct the bias field; ``None`` for not at all."""
        if isinstance(self.bias_correction, N4Settings):
            return self.bias_correction
        return N4Settings() if self.bias_correction else None

    @property
    def kept_or_new(self) -> tuple[float, float, float] | None:
        """Spacing with 0 for an axis that is kept; ``None`` if all are."""
        x, y, z = (value or 0.0 for value in self.spacing or (0.0, 0.0, 0.0))
        return (x, y, z) if x or y or z else None


def preprocess_settings(**given: Any) -> PreprocessSettings:
    """Checked settings of :func:`radiogenomics.im.preprocess`.

    Raises
    ------
    InputError
        With every fault at once.
    """
    try:
        return PreprocessSettings.model_validate(given)
    except ValidationError as error:
        raise InputError("preprocess", faults_of(error, model=PreprocessSettings)) from None
