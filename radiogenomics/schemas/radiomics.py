"""Settings of handcrafted feature extraction, and their named presets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from radiogenomics._errors import Fault, InputError
from radiogenomics.schemas.messages import faults_of

ImageType: TypeAlias = Literal["original", "wavelet", "log"]
FeatureClass: TypeAlias = Literal[
    "shape", "local", "firstorder", "histogram", "ivh", "glcm", "glrlm", "glszm", "gldzm", "gldm", "ngtdm"
]
Aggregation: TypeAlias = Literal["2d_avg", "2d_s_mrg", "2.5d_d_mrg", "2.5d_v_mrg", "3d_avg", "3d_v_mrg"]
Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
NotNegative: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]

ALL_CLASSES: tuple[FeatureClass, ...] = get_args(FeatureClass)
PYRADIOMICS_CLASSES: tuple[FeatureClass, ...] = ("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")

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
    feature_classes: tuple[FeatureClass, ...] = Field(
        PYRADIOMICS_CLASSES,
        min_length=1,
        description="Feature families; shape, local (peaks) and ivh (intensity-volume histogram) are of the "
        "unfiltered image only; gldm is the IBSI's NGLDM.",
    )
    feature_set: Literal["pyradiomics", "ibsi", "lifex"] = Field(
        "pyradiomics",
        description="Which features of each family: those PyRadiomics has, all with an IBSI identifier, or LIFEx's.",
    )
    ibsi: Literal["correct", "pyradiomics"] = Field(
        "correct",
        description="Values as the IBSI defines them, or as PyRadiomics computes them, for comparison with older "
        "studies.",
    )
    aggregation: Aggregation = Field(
        "3d_avg",
        description="How texture matrices are put together, in the IBSI's words: in space (3d) or in slices; 2d_avg "
        "and 2d_s_mrg keep slices apart, 2.5d_d_mrg and 2.5d_v_mrg merge them; avg and d_mrg keep directions apart.",
    )
    peritumoral: tuple[Finite, Positive] | None = Field(
        None,
        description="Also features of the ring between these distances from the region's surface, mm, negative inside.",
    )
    bin_width: Positive | None = Field(None, description="Fixed bin width of grey levels; excludes bin_count.")
    bin_count: Annotated[int, Field(ge=2)] | None = Field(
        None, description="Fixed number of grey levels; 64 where neither is given."
    )
    ivh_bin_width: Positive | None = Field(None, description="Bin width of the intensity-volume histogram.")
    ivh_bin_count: Annotated[int, Field(ge=2)] | None = Field(
        None,
        description="Bins of the intensity-volume histogram; where neither is given, whole numbers for rounded "
        "intensities and 1000 bins for others.",
    )
    resegment_range: tuple[Finite | None, Finite | None] | None = Field(
        None, description="Intensities kept in the region (form is not affected); null leaves an end open."
    )
    resegment_sigma: Positive | None = Field(
        None, description="Keep intensities within this many standard deviations of the region's mean."
    )
    round_intensities: bool = Field(False, description="To whole numbers after resampling, as for CT.")
    spacing: tuple[NotNegative, NotNegative, NotNegative] | None = Field(
        None, description="Voxel spacing x, y, z in mm after resampling; 0 keeps an axis; null keeps the grid."
    )
    interpolator: Literal["bspline", "linear", "nearest"] = Field("bspline", description="For images.")
    mask_interpolator: Literal["nearest", "linear"] = Field(
        "linear",
        description="For masks; linear keeps voxels at least half covered. With grid pyradiomics always nearest.",
    )
    grid: Literal["ibsi", "pyradiomics"] = Field(
        "ibsi",
        description="Where resampled voxels lie: centred on the image (IBSI), or PyRadiomics' own corner-aligned, "
        "cropped grid, which is the default with ibsi: pyradiomics.",
    )
    normalize: bool = Field(False, description="Z-score over the whole image before resampling.")
    normalize_scale: Positive = Field(1.0, description="Factor applied after the z-score.")
    remove_outliers: Positive | None = Field(None, description="Clip z-scores at this many standard deviations.")
    distances: tuple[Annotated[int, Field(ge=1)], ...] = Field((1,), min_length=1, description="Voxel offsets.")
    min_voxels: Annotated[int, Field(ge=2)] = Field(2, description="Fewest voxels a region may have.")

    @model_validator(mode="before")
    @classmethod
    def _as_pyradiomics(cls, value: Any) -> Any:
        """PyRadiomics' values are those on its grid, and its grid's masks are nearest neighbours."""
        if isinstance(value, Mapping):
            value = dict(value)
            if value.get("ibsi") == "pyradiomics":
                value.setdefault("grid", "pyradiomics")
            if value.get("grid") == "pyradiomics":
                value.setdefault("mask_interpolator", "nearest")
        return value

    @field_validator("image_types", "feature_classes", "log_sigmas", "distances", "sequences")
    @classmethod
    def _no_repeats(cls, value: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        if value is not None and len(set(value)) != len(value):
            raise ValueError("names an entry twice")
        return value

    @field_validator("spacing", mode="before")
    @classmethod
    def _three(cls, value: Any) -> Any:
        if value is not None and (not isinstance(value, list | tuple) or len(value) != 3):
            raise ValueError("three numbers: x, y, z, lengths in mm (0 keeps an axis), for instance (2, 2, 2)")
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
        if self.ivh_bin_width is not None and self.ivh_bin_count is not None:
            raise ValueError("give ivh_bin_width or ivh_bin_count, not both")
        if self.bin_width is None and self.bin_count is None:
            object.__setattr__(self, "bin_count", 64)
        if "log" in self.image_types and not self.log_sigmas:
            raise ValueError("image type log needs at least one of log_sigmas")
        if not self.normalize and (self.normalize_scale != 1.0 or self.remove_outliers is not None):
            raise ValueError("normalize_scale and remove_outliers need normalize: true")
        if self.grid == "pyradiomics" and self.mask_interpolator != "nearest":
            raise ValueError("grid pyradiomics resamples masks by nearest neighbour only")
        self._check_regions()
        if self.ibsi == "pyradiomics":
            self._check_pyradiomics()
        return self

    def _check_regions(self) -> None:
        if self.peritumoral is not None and self.peritumoral[0] >= self.peritumoral[1]:
            raise ValueError("peritumoral: the inner distance must be smaller than the outer one")
        if self.peritumoral is not None and set(self.feature_classes) == {"shape"}:
            raise ValueError("peritumoral features are of intensities; feature_classes names only shape")
        if self.resegment_range is not None:
            low, high = self.resegment_range
            if low is None and high is None:
                raise ValueError("resegment_range: give at least one end")
            if low is not None and high is not None and low >= high:
                raise ValueError("resegment_range: the lower end must be smaller than the upper one")
        if self.feature_set == "lifex" and not set(self.feature_classes) - {"local", "ivh", "gldzm", "gldm"}:
            raise ValueError("feature_set lifex has no features of these feature_classes")

    def _check_pyradiomics(self) -> None:
        """What PyRadiomics cannot do."""
        if self.feature_set != "pyradiomics":
            raise ValueError(f"feature_set {self.feature_set} needs ibsi: correct")
        beyond = [c for c in self.feature_classes if c not in PYRADIOMICS_CLASSES]
        if beyond:
            raise ValueError(f"feature_classes {', '.join(beyond)} need ibsi: correct (PyRadiomics has none of them)")
        if self.aggregation not in ("3d_avg", "2.5d_d_mrg"):
            raise ValueError("ibsi pyradiomics has aggregation 3d_avg, and 2.5d_d_mrg (its force2D)")


# Published settings; what of them is not published is said in the manual's page on features.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "crombe": {
        "image_types": ("original",),
        "feature_classes": ("shape", "firstorder", "histogram", "glcm", "glrlm", "glszm", "ngtdm"),
        "feature_set": "lifex",
        "spacing": (1.0, 1.0, 4.0),
        "bin_count": 64,
    },
    "yan": {
        "image_types": ("original", "wavelet", "log"),
        "log_sigmas": (1.0, 2.0, 3.0),
        "spacing": (1.0, 1.0, 1.0),
        "bin_count": 64,
    },
    "liang": {
        "image_types": ("original", "wavelet", "log"),
        "log_sigmas": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
        "spacing": (1.0, 1.0, 1.0),
        "bin_count": 64,
    },
    "zhu": {
        "image_types": ("original", "wavelet", "log"),
        "log_sigmas": (1.0, 2.0, 3.0),
        "spacing": (1.0, 1.0, 1.0),
        "bin_width": 10.0,
        "normalize": True,
        "normalize_scale": 100.0,
    },
    "ibsi": {"feature_classes": ALL_CLASSES, "feature_set": "ibsi"},
}


def over_preset(preset: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given over a preset's settings; the other way of binning takes the place of the preset's."""
    base = dict(PRESETS[preset])
    for one, other in (("bin_width", "bin_count"), ("bin_count", "bin_width")):
        if given.get(one) is not None and other not in given:
            base.pop(other, None)
    return {**base, **given}


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
    try:
        return RadiomicsSettings.model_validate(over_preset(preset, given))
    except ValidationError as error:
        raise InputError("radiomics settings", faults_of(error, model=RadiomicsSettings)) from None
