"""Images of a patient as a segmentation network sees them: on its grid, with its intensities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray
from radiogenomics.im._case import Case, Steps
from radiogenomics.im._geometry import is_same_grid
from radiogenomics.im._resample import centred_grid, resample_image
from radiogenomics.im._resample import is_same_grid as is_on
from radiogenomics.im._within import foreground
from radiogenomics.io._images import read_volume
from radiogenomics.schemas.segmentation import StageSettings

if TYPE_CHECKING:
    from SimpleITK import Image

#: Intensities beyond so many standard deviations are cut.
_CUT_SD = 5.0
#: Beyond the training images' range, as a multiple of it.
_CUT_RANGE = 1.5


@dataclass(frozen=True)
class Scan:
    """What a network sees of a patient at one visit: an image per channel; the first has the mask."""

    name: str
    cases: tuple[Case, ...]

    @property
    def patient_id(self) -> str:
        """Whose it is."""
        return self.cases[0].patient_id

    @property
    def sequence(self) -> str:
        """Of the first channel."""
        return self.cases[0].sequence


@dataclass(frozen=True)
class Intensities:
    """How the intensities of each channel become those a network sees.

    Attributes
    ----------
    kinds
        ``"zscore"`` or ``"range"``, by channel.
    ranges
        What becomes -1 and 1, by channel; of ``"range"``.
    """

    kinds: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]


def scans_of(cases: Sequence[Case], sequences: Sequence[str]) -> tuple[list[Scan], pd.DataFrame]:
    """Scans that have all sequences, and those that lack one, as a table of failures."""
    by_name: dict[str, dict[str, Case]] = {}
    for case in cases:
        by_name.setdefault(case.row or case.patient_id, {})[case.sequence] = case
    scans, lacking = [], []
    for name, own in by_name.items():
        gone = [s for s in sequences if s not in own]
        if gone:
            patient = next(iter(own.values())).patient_id
            lacking.append((patient, gone[0], "manifest", "InputError", f"no image of {', '.join(gone)}"))
        else:
            scans.append(Scan(name, tuple(own[s] for s in sequences)))
    columns = [PATIENT, "sequence", "step", "error", "message"]
    return scans, pd.DataFrame(lacking, columns=columns, dtype=object)


def read_channels(scan: Scan, steps: Steps) -> list[Image]:
    """The images of a scan, the further ones on the grid of the first."""
    sitk = optional_import("SimpleITK", needed_for="segmentation")
    steps.enter("read")
    images = [read_volume(c.image, series=c.series, intensity=c.intensity).image for c in scan.cases]
    first = images[0]
    if min(first.GetSize()) == 1:
        size = " x ".join(str(n) for n in first.GetSize())
        raise DegenerateInputError(
            scan.cases[0].image, Fault(f"an image of one slice ({size})", "a volume of several slices")
        )
    steps.enter("resample")
    for i, image in enumerate(images[1:], start=1):
        if not is_same_grid(first, image):
            low = float(sitk.GetArrayViewFromImage(image).min())
            images[i] = sitk.Resample(image, first, sitk.Transform(), sitk.sitkLinear, low, sitk.sitkFloat32)
    return images


def oriented(image: Image) -> Image:
    """The same image with its axes in the order and sense of the patient's: left, posterior, superior."""
    sitk = optional_import("SimpleITK", needed_for="segmentation")
    turned: Image = sitk.DICOMOrient(image, "LPS")
    return turned


def network_input(
    images: Sequence[Image], spacing: Sequence[float], stage: StageSettings, intensities: Intensities, where: str
) -> tuple[FloatArray, FloatArray, Image]:
    """What a network sees of the images of a scan.

    Returns
    -------
    (channels, z, y, x) float32, (channels,) the value of what lies beyond the image, and an image that has the grid.
    """
    arrays, fills, last = [], [], None
    for image, kind, limits in zip(images, intensities.kinds, intensities.ranges, strict=True):
        last = to_grid(oriented(image), spacing, stage.interpolator)
        sitk = optional_import("SimpleITK", needed_for="segmentation")
        values = normalized(sitk.GetArrayFromImage(last).astype(np.float32, copy=False), kind, limits, where)
        arrays.append(values)
        fills.append(float(values.min()))
    if last is None:
        raise ValueError("no image")
    return np.stack(arrays), np.array(fills, dtype=np.float32), last


def to_grid(image: Image, spacing: Sequence[float], interpolator: str) -> Image:
    """An image on a grid of that spacing, smoothed first where the grid is coarser than its voxels."""
    grid = centred_grid(image, spacing)
    if is_on(image, grid):
        return image
    if interpolator == "linear":
        image = _smoothed(image, [float(s) for s in grid.spacing])
    return resample_image(image, grid, interpolator=interpolator)


def _smoothed(image: Image, spacing: Sequence[float]) -> Image:
    """What is finer than the new voxels would come out as noise."""
    sitk = optional_import("SimpleITK", needed_for="segmentation")
    wide = [0.5 * max(new / old - 1, 0) for new, old in zip(spacing, image.GetSpacing(), strict=True)]
    if max(wide) == 0:
        return image
    values = sitk.GetArrayFromImage(image).astype(np.float32, copy=False)
    ndimage.gaussian_filter(values, wide[::-1], output=values, mode="nearest", truncate=3.0)
    done: Image = sitk.GetImageFromArray(values)
    done.CopyInformation(image)
    return done


def normalized(values: NDArray[np.float32], kind: str, limits: tuple[float, float], where: str) -> NDArray[np.float32]:
    """Intensities as a network sees them; changed in place."""
    if kind == "range":
        low, high = limits
        values -= np.float32((low + high) / 2)
        values /= np.float32(max((high - low) / 2, 1e-30))
        return np.clip(values, -_CUT_RANGE, _CUT_RANGE, out=values)
    inside = values[foreground(values)]
    spread = float(inside.std(dtype=np.float64)) if inside.size else 0.0
    if spread == 0:
        raise DegenerateInputError(where, Fault("the same intensity everywhere", "an image with contrast"))
    values -= np.float32(inside.mean(dtype=np.float64))
    values /= np.float32(spread)
    return np.clip(values, -_CUT_SD, _CUT_SD, out=values)


def channel_records(scan: Scan) -> list[Mapping[str, Any]]:
    """What is read of a scan, for the key of a cache."""
    return [{"series": c.series, "intensity": c.intensity, "image": str(Path(c.image).name)} for c in scan.cases]
