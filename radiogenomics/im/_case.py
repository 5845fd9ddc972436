"""One case from its files to its features; what goes wrong is named, never raised."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault, RadiogenomicsError, one_line
from radiogenomics._optional import optional_import
from radiogenomics.im._cache import write_entry
from radiogenomics.im._crop import bounding_box
from radiogenomics.im._features import case_features, needed_box
from radiogenomics.im._intensities import rounded
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._pair import on_grid
from radiogenomics.im._resample import centred_grid, is_same_grid, resample_image, resample_mask
from radiogenomics.io._dicom_series import Intensity
from radiogenomics.io._images import mask_of, read_volume
from radiogenomics.schemas.radiomics import RadiomicsSettings

if TYPE_CHECKING:
    from SimpleITK import Image


@dataclass(frozen=True)
class Case:
    """One row of the manifest: an image, a mask and whose they are."""

    patient_id: str
    sequence: str
    image: str
    mask: str
    label: int | None = None
    row: str = ""  # name of the row of the feature table it goes into
    series: str | None = None
    intensity: Intensity = "stored"
    roi: str | None = None
    resample_mask: bool = False

    @property
    def choices(self) -> dict[str, Any]:
        """What is read from the files, beside their paths."""
        return {"label": self.label, "series": self.series, "intensity": self.intensity, "roi": self.roi,
                "resample_mask": self.resample_mask}  # fmt: skip


@dataclass(frozen=True)
class Failure:
    """Why a case has no result, and at which step it stopped."""

    step: str
    error: str
    message: str


@dataclass(frozen=True)
class CaseFeatures:
    """Features of a case, and what they were computed on."""

    features: dict[str, float]
    about: dict[str, float] = field(default_factory=dict)


class Steps:
    """Remembers the step a case is in, so that a failure can name it."""

    def __init__(self) -> None:
        self.now = "read"

    def enter(self, step: str) -> None:
        """Begin a step."""
        self.now = step

    def failure(self, error: Exception) -> Failure:
        """The failure of the present step."""
        text = str(error) if isinstance(error, RadiogenomicsError) else f"{type(error).__name__}: {error}"
        return Failure(self.now, type(error).__name__, one_line(text))


def extract_case(
    case: Case, settings: RadiomicsSettings, entry: Path | None = None, key: str = ""
) -> CaseFeatures | Failure:
    """Features of one case, kept in the cache file ``entry`` where one is named."""
    steps = Steps()
    started = time.perf_counter()
    try:
        with quiet_single_thread():
            image, mask, about = prepare_case(case, settings, steps)
            steps.enter("features")
            features = case_features(image, mask, settings)
            about["seconds"] = time.perf_counter() - started
            if entry is not None:
                steps.enter("cache")
                write_entry(entry, key, features, about)
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)
    return CaseFeatures(features, about)


def prepare_case(
    case: Case, settings: RadiomicsSettings, steps: Steps | None = None
) -> tuple[Image, Image, dict[str, float]]:
    """Image and mask as the features see them, and a few facts about them.

    Read, checked, normalised and resampled as the settings say; cut to what the filters must see.

    Raises
    ------
    InputError, GeometryError, DegenerateInputError
        If the files cannot be used; the message names what was found.
    """
    steps = steps or Steps()
    image, mask, found = checked_pair(case, settings.min_voxels, steps)
    if settings.normalize:
        steps.enter("normalize")
        image = _z_scored(image, settings)
    if settings.spacing is not None:
        steps.enter("resample")
        image, mask = _resampled(image, mask, settings.spacing, settings)
        _check_region(image, mask, case, settings.min_voxels, after="after resampling")
    if settings.spacing is None or settings.grid == "ibsi":
        box = needed_box(mask, settings)
        image, mask = box.cut(image), box.cut(mask)
    if settings.round_intensities:
        image = rounded(image)
    return image, mask, _about(mask) | found


def check_case(case: Case, min_voxels: int) -> Failure | None:
    """Why a case cannot be used as its files are, found without computing anything; ``None`` if it can."""
    steps = Steps()
    try:
        with quiet_single_thread():
            checked_pair(case, min_voxels, steps)
    except Exception as error:  # as above
        return steps.failure(error)
    return None


def told(failures: Iterable[tuple[str, str, str, str]], *, at_most: int = 10) -> str:
    """A line for each of the first failures (patient, sequence, step, message)."""
    lines = [f"  - {patient} {sequence}, {step}: {one_line(text)}" for patient, sequence, step, text in failures]
    more = [f"  and {len(lines) - at_most} more"] if len(lines) > at_most else []
    return "\n".join([*lines[:at_most], *more])


def checked_pair(case: Case, min_voxels: int, steps: Steps) -> tuple[Image, Image, dict[str, float]]:
    """Image and mask, read and found to fit each other, and what was found on the way."""
    volume = read_volume(case.image, series=case.series, intensity=case.intensity)
    mask = mask_of(Path(case.mask), label=case.label, roi=case.roi, on=volume)
    steps.enter("check")
    mask, moved = on_grid(mask, volume.image, where=case.mask, resample=case.resample_mask)
    if min(volume.image.GetSize()) == 1:
        size = " x ".join(str(n) for n in volume.image.GetSize())
        raise DegenerateInputError(case.image, Fault(f"an image of one slice ({size})", "a volume of several slices"))
    _check_region(volume.image, mask, case, min_voxels)
    return volume.image, mask, {"share_of_image": share_of_image(mask)} | moved


def share_of_image(mask: Image) -> float:
    """Share of an image's voxels that are marked."""
    sitk = optional_import("SimpleITK", needed_for="image processing")
    return float(np.mean(sitk.GetArrayViewFromImage(mask) != 0))


def _resampled(
    image: Image, mask: Image, spacing: tuple[float, float, float], settings: RadiomicsSettings
) -> tuple[Image, Image]:
    if settings.grid == "pyradiomics":
        operations = optional_import("radiomics.imageoperations", needed_for="PyRadiomics' grid")
        names = {"bspline": "sitkBSpline", "linear": "sitkLinear", "nearest": "sitkNearestNeighbor"}
        resampled: tuple[Image, Image] = operations.resampleImage(
            image, mask, resampledPixelSpacing=list(spacing), interpolator=names[settings.interpolator], label=1
        )
        return resampled
    grid = centred_grid(image, spacing)
    if is_same_grid(image, grid):
        return image, mask
    mask = resample_mask(mask, grid, interpolator=settings.mask_interpolator)
    sitk = optional_import("SimpleITK", needed_for="resampling")
    if not sitk.GetArrayViewFromImage(mask).any():
        raise DegenerateInputError(
            "mask after resampling",
            Fault("no marked voxel", "a region that survives it", hint="Choose a finer spacing"),
        )
    box = needed_box(mask, settings)
    return resample_image(image, grid, interpolator=settings.interpolator, box=box), box.cut(mask)


def _z_scored(image: Image, settings: RadiomicsSettings) -> Image:
    operations = optional_import("radiomics.imageoperations", needed_for="normalisation")
    scaled: Image = operations.normalizeImage(
        image, normalizeScale=settings.normalize_scale, removeOutliers=settings.remove_outliers
    )
    return scaled


def _check_region(image: Image, mask: Image, case: Case, min_voxels: int, after: str = "") -> None:
    sitk = optional_import("SimpleITK", needed_for="image processing")
    inside = sitk.GetArrayViewFromImage(mask) != 0
    n = int(np.count_nonzero(inside))
    where = f"{case.mask} {after}".strip()
    if n < min_voxels:
        raise DegenerateInputError(where, Fault(f"a region of {n} voxel(s)", f"at least {min_voxels}"))
    if sum(extent > 1 for extent in bounding_box(mask).size) < 2:
        raise DegenerateInputError(
            where, Fault(f"a line of {n} voxels", "a region that extends along two axes or more")
        )
    values = sitk.GetArrayViewFromImage(image)[inside]
    if values.min() == values.max():
        raise DegenerateInputError(
            case.image,
            Fault(f"the same intensity {values[0]:g} in all {n} voxels of the region", "intensities that vary"),
        )


def _about(mask: Image) -> dict[str, float]:
    sitk = optional_import("SimpleITK", needed_for="image processing")
    x, y, z = (float(s) for s in mask.GetSpacing())
    voxels = int(np.count_nonzero(sitk.GetArrayViewFromImage(mask)))
    return {"voxels": voxels, "spacing_x": x, "spacing_y": y, "spacing_z": z, "volume_mm3": voxels * x * y * z}
