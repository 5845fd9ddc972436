"""Settings of handcrafted feature extraction, and their named presets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from radiogenomics._errors import Fault, InputError
from radiogenomics.schemas.messages import faults_of

ImageType: TypeAlias = Literal["original", "wavelet", "log"]
FeatureClass: TypeAlias = Literal["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]
Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]

ALL_CLASSES: tuple[FeatureClass, ...] = ("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")

_SPLINE_ORDERS = (1.1, 1.3, 1.5, 2.2, 2.4, 2.6, 2.8, 3.1, 3.3, 3.5, 3.7, 3.9, 4.4, 5.5, 6.8)
WAVELETS = frozenset(
    ["haar", "dmey"]
    + [f"db{n}" for n in range(1, 39)]
    + [f"sym{n}" for n in range(2, 21)]
    + [f"coif{n}" for n in range(1, 18)]
    + [f"{family}{order}" for family in ("bior", "rbio") for order in _SPLINE_ORDERS]
)


class RadiomicsSettings(BaseModel):
    """What is computed, on which images, after which steps; the same for every case of a cohort."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sequences: tuple[str, ...] | None = Field(None, description="Sequences to use; null means all of the manifest.")
    image_types: tuple[ImageType, ...] = Field(("original",), min_length=1, description="Images features come from.")
    wavelet: str = Field("coif1", description="Mother wavelet, by its PyWavelets name; one undecimated level.")
    log_sigmas: tuple[Positive, ...] = Field((1.0, 2.0, 3.0), description="Widths of the Laplacian of Gaussian, mm.")
    feature_classes: tuple[FeatureClass, ...] = Field(ALL_CLASSES, min_length=1, description="Feature families.")
    bin_width: Positive | None = Field(None, description="Fixed bin width of grey levels; excludes bin_count.")
    bin_count: Annotated[int, Field(ge=2)] | None = Field(
        None, description="Fixed number of grey levels; 64 where neither is given."
    )
    spacing: tuple[NotNegative, NotNegative, NotNegative] | None = Field(
        None, description="Voxel spacing x, y, z in mm after resampling; 0 keeps an axis; null keeps the grid."
    )
    interpolator: Literal["bspline", "linear", "nearest"] = Field("bspline", description="For images.")
    mask_interpolator: Literal["nearest", "linear"] = Field(
        "nearest", description="For masks; linear keeps voxels at least half covered."
    )
    grid: Literal["ibsi", "pyradiomics"] = Field(
        "ibsi",
        description="Where resampled voxels lie: centred on the image (IBSI), or PyRadiomics' own corner-aligned, "
        "cropped grid, for comparison with features of older studies.",
    )
    normalize: bool = Field(False, description="Z-score over the whole image before resampling.")
    normalize_scale: Positive = Field(1.0, description="Factor applied after the z-score.")
    remove_outliers: Positive | None = Field(None, description="Clip z-scores at this many standard deviations.")
    distances: tuple[Annotated[int, Field(ge=1)], ...] = Field((1,), min_length=1, description="Voxel offsets.")
    min_voxels: Annotated[int, Field(ge=2)] = Field(2, description="Fewest voxels a region may have.")

    @field_validator("image_types", "feature_classes", "log_sigmas", "distances", "sequences")
    @classmethod
    def _no_repeats(cls, value: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        if value is not None and len(set(value)) != len(value):
            raise ValueError("names an entry twice")
        return value

    @field_validator("wavelet")
    @classmethod
    def _known_wavelet(cls, value: str) -> str:
        if value not in WAVELETS:
            raise ValueError("a discrete wavelet of PyWavelets (haar, dmey, db1-38, sym2-20, coif1-17, bior1.1 ...)")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> RadiomicsSettings:
        if self.bin_width is not None and self.bin_count is not None:
            raise ValueError("give bin_width or bin_count, not both")
        if self.bin_width is None and self.bin_count is None:
            object.__setattr__(self, "bin_count", 64)
        if "log" in self.image_types and not self.log_sigmas:
            raise ValueError("image type log needs at least one of log_sigmas")
        if not self.normalize and (self.normalize_scale != 1.0 or self.remove_outliers is not None):
            raise ValueError("normalize_scale and remove_outliers need normalize: true")
        if self.grid == "pyradiomics" and self.mask_interpolator != "nearest":
            raise ValueError("grid pyradiomics resamples masks by nearest neighbour only")
        return self


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "crombe": {
        "image_types": ("original",),
        "feature_classes": ("shape", "firstorder", "glcm", "glrlm", "glszm", "ngtdm"),
        "spacing": (1.0, 1.0, 4.0),
        "bin_count": 64,
    },
}


def radiomics_settings(value: RadiomicsSettings | Mapping[str, Any] | str | None = None) -> RadiomicsSettings:
    """Settings from a preset's name, a mapping (with ``preset`` as its base, if named), a model or ``None``.

    Raises
    ------
    InputError
        If a setting is unknown or out of range; every fault is listed.
    """
    if isinstance(value, RadiomicsSettings):
        return value
    given = {"preset": value} if isinstance(value, str) else dict(value or {})
    preset = given.pop("preset", "default")
    if preset not in PRESETS:
        raise InputError("radiomics settings", Fault(f"preset {preset!r}", f"one of {', '.join(PRESETS)}"))
    base = dict(PRESETS[preset])
    if given.get("bin_width") is not None and "bin_count" not in given:
        base.pop("bin_count", None)
    try:
        return RadiomicsSettings.model_validate({**base, **given})
    except ValidationError as error:
        raise InputError("radiomics settings", faults_of(error)) from None
