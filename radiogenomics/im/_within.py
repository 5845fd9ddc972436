"""Voxels whose intensities count when an image is normalised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.schemas.preprocess import Within

if TYPE_CHECKING:
    from SimpleITK import Image

# Air lies below a tenth of the way from the darkest voxel to the 99th percentile.
AIR = 0.1


def voxels_within(image: Image, within: Within, *, where: str, region: Image | None = None) -> FloatArray:
    """Intensities that statistics are taken of: the whole image, its voxels that are not air, or those of a region.

    Raises
    ------
    DegenerateInputError
        If they are all the same.
    InputError
        If a region is asked for and there is none.
    """
    sitk = optional_import("SimpleITK", needed_for="normalisation")
    values: NDArray[Any] = sitk.GetArrayViewFromImage(image)
    if within == "reference_region":
        if region is None:
            raise DegenerateInputError(
                where, Fault("no reference region", "a mask of it in the manifest's column 'reference_region'")
            )
        chosen = values[sitk.GetArrayViewFromImage(region) != 0]
    elif within == "foreground":
        chosen = values[foreground(values)]
    else:
        chosen = values.ravel()
    result: NDArray[np.float64] = chosen.astype(np.float64)
    if result.size == 0 or result.min() == result.max():
        raise DegenerateInputError(where, Fault("the same intensity everywhere", "an image with contrast"))
    return result


def foreground(values: NDArray[Any]) -> BoolArray:
    """Voxels that are not air."""
    low = float(values.min())
    return np.asarray(values > low + AIR * (float(np.percentile(values, 99)) - low))
