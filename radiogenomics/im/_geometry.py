"""Whether image and mask lie on the same grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._errors import Fault, GeometryError

if TYPE_CHECKING:
    from SimpleITK import Image

SPACING_TOLERANCE = 1e-3  # relative
ORIGIN_TOLERANCE = 1e-2  # of the smallest voxel edge
DIRECTION_TOLERANCE = 1e-3  # of a direction cosine


def is_same_grid(image: Image, mask: Image) -> bool:
    """Whether :func:`check_same_grid` would let the mask pass."""
    return not _differences(image, mask)


def check_same_grid(image: Image, mask: Image, *, where: str) -> None:
    """Refuse a mask whose grid is not the image's.

    Sizes must be equal; spacings may differ by 0.1 %, origins by 1 % of the smallest voxel edge and direction cosines
    by 0.001, which covers what file formats round away.

    Raises
    ------
    GeometryError
        With every property that differs.
    """
    faults = _differences(image, mask)
    if faults:
        raise GeometryError(where, faults)


def _differences(image: Image, mask: Image) -> list[Fault]:
    faults = []
    if image.GetSize() != mask.GetSize():
        faults.append(_fault("size", mask.GetSize(), image.GetSize()))
    spacing = np.asarray(image.GetSpacing())
    if not np.allclose(mask.GetSpacing(), spacing, rtol=SPACING_TOLERANCE, atol=0):
        faults.append(_fault("spacing", mask.GetSpacing(), image.GetSpacing()))
    if not np.allclose(mask.GetOrigin(), image.GetOrigin(), rtol=0, atol=ORIGIN_TOLERANCE * spacing.min()):
        faults.append(_fault("origin", mask.GetOrigin(), image.GetOrigin()))
    if not np.allclose(mask.GetDirection(), image.GetDirection(), rtol=0, atol=DIRECTION_TOLERANCE):
        faults.append(_fault("direction", mask.GetDirection(), image.GetDirection()))
    return faults


def _fault(what: str, found: tuple[float, ...], expected: tuple[float, ...]) -> Fault:
    def text(values: tuple[float, ...]) -> str:
        return "(" + ", ".join(f"{v:.6g}" for v in values) + ")"

    hint = "resample_mask=True (or that column of the manifest) takes the mask to the image's grid"
    return Fault(f"mask {what} {text(found)}", f"the image's {text(expected)}", hint=hint)
