"""Intensities that count: rounding, and voxels of the region left out for theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics.schemas.radiomics import RadiomicsSettings

if TYPE_CHECKING:
    from SimpleITK import Image


def rounded(image: Image) -> Image:
    """Image of whole numbers, halves upwards."""
    sitk = optional_import("SimpleITK", needed_for="image processing")
    result: Image = sitk.GetImageFromArray(np.floor(sitk.GetArrayViewFromImage(image) + 0.5))
    result.CopyInformation(image)
    return result


def resegmented(image: Image, mask: Image, settings: RadiomicsSettings) -> Image:
    """Mask without the voxels outside the range, then without those too far from the mean of the rest.

    Raises
    ------
    DegenerateInputError
        If fewer voxels are left than a region must have.
    """
    if settings.resegment_range is None and settings.resegment_sigma is None:
        return mask
    sitk = optional_import("SimpleITK", needed_for="image processing")
    values = sitk.GetArrayViewFromImage(image)
    inside = sitk.GetArrayViewFromImage(mask) != 0
    kept = inside.copy()
    if settings.resegment_range is not None:
        low, high = settings.resegment_range
        kept &= (values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high))
    if settings.resegment_sigma is not None and kept.any():
        mean, spread = values[kept].mean(dtype=np.float64), values[kept].std(dtype=np.float64)
        kept &= np.abs(values - mean) <= settings.resegment_sigma * spread
    if kept.sum() < settings.min_voxels:
        raise DegenerateInputError(
            "mask after re-segmentation",
            Fault(f"{int(kept.sum())} of {int(inside.sum())} voxels", f"at least {settings.min_voxels}",
                  hint="Widen resegment_range or resegment_sigma"),
        )  # fmt: skip
    result: Image = sitk.GetImageFromArray(kept.astype(np.uint8))
    result.CopyInformation(mask)
    return result
