"""A volume as it was read, with what ties masks to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray

if TYPE_CHECKING:
    from SimpleITK import Image

_TURN = 2e-3  # of a voxel's edge: spacings and direction cosines as files round them
_SHIFT = 0.02  # voxels a centre may be off at the far end of a mask


@dataclass(frozen=True)
class Volume:
    """An image and where it came from.

    Attributes
    ----------
    image
        Voxels and geometry; nothing else of the header.
    where
        Path, for messages.
    frame
        DICOM frame of reference (UID) its coordinates are in; ``None`` where the format has none. Used to compare
        and never written anywhere.
    """

    image: Image
    where: str
    frame: str | None = None


def mask_like(values: NDArray[np.uint8], image: Image) -> Image:
    """Mask of values (z, y, x) on the grid of an image."""
    sitk = optional_import("SimpleITK", needed_for="reading masks")
    mask: Image = sitk.GetImageFromArray(values)
    mask.CopyInformation(image)
    return mask


def placed(mask: Image, image: Image) -> Image | None:
    """Mask on the grid of an image whose voxels its own are: another part, turned or the other way round.

    ``None`` if its voxels are not those of the image, or marked ones lie beyond it.
    """
    sitk = optional_import("SimpleITK", needed_for="reading masks")
    from_mask = _matrix(mask)
    to_image = np.linalg.inv(_matrix(image))
    turn = to_image @ from_mask
    whole = np.round(turn)
    if np.abs(turn - whole).max() > _TURN or not np.array_equal(np.abs(whole).sum(axis=0), np.ones(3)):
        return None
    if not np.array_equal(np.abs(whole).sum(axis=1), np.ones(3)):
        return None
    z, y, x = np.nonzero(sitk.GetArrayViewFromImage(mask))
    marked = np.column_stack([x, y, z])
    shift = to_image @ (np.array(mask.GetOrigin()) - np.array(image.GetOrigin()))
    exact = marked @ turn.T + shift
    at = np.round(exact).astype(np.int64)
    if np.abs(exact - at).max(initial=0) > _SHIFT or (at < 0).any() or (at >= np.array(image.GetSize())).any():
        return None
    values = np.zeros(image.GetSize()[::-1], dtype=np.uint8)
    values[at[:, 2], at[:, 1], at[:, 0]] = 1
    return mask_like(values, image)


def _matrix(image: Image) -> FloatArray:
    """(3, 3) millimetres per step of each index."""
    matrix: FloatArray = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    return matrix
