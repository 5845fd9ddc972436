"""Bias field correction by N4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray
from radiogenomics.schemas.preprocess import N4Settings

if TYPE_CHECKING:
    from SimpleITK import Image

_FEWEST = 24  # voxels an axis keeps when shrunk: with fewer the field of a cropped or thick-sliced image is not found


def correct_bias(image: Image, settings: N4Settings, *, where: str) -> tuple[Image, dict[str, float]]:
    """Divide an image by its slowly varying bias field, found by N4 :cite:p:`Tustison2010`.

    The field is fitted to the shrunk image (shrunk less along short axes), on the voxels above Otsu's threshold, and
    applied to the full image. N4 leaves the field's overall scale open; it is chosen so that the mean intensity above
    the threshold stays what it was.

    Returns
    -------
    The corrected image, and the least and greatest value of the field over the voxels above the threshold.

    Raises
    ------
    DegenerateInputError
        If the image is constant.
    """
    sitk = optional_import("SimpleITK", needed_for="bias correction")
    real = sitk.Cast(image, sitk.sitkFloat32)
    values = sitk.GetArrayViewFromImage(real)
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise DegenerateInputError(where, Fault(f"the same intensity {low:g} everywhere", "an image with contrast"))
    if low < 0:
        real = real - low  # N4 takes logarithms
    shrink = [max(1, min(settings.shrink, n // _FEWEST)) for n in image.GetSize()]
    foreground = sitk.OtsuThreshold(real, 0, 1, 200)
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.SetMaximumNumberOfIterations(list(settings.iterations))
    corrector.SetConvergenceThreshold(settings.convergence)
    corrector.Execute(sitk.Shrink(real, shrink), sitk.Shrink(foreground, shrink))
    field = sitk.Exp(sitk.Cast(corrector.GetLogBiasFieldAsImage(real), sitk.sitkFloat32))
    corrected: Image = real / field
    inside = sitk.GetArrayViewFromImage(foreground) != 0
    gain = _mean(real, inside) / _mean(corrected, inside)
    corrected = corrected * gain
    if low < 0:
        corrected = corrected + low
    if not np.isfinite(sitk.GetArrayViewFromImage(corrected)).all():
        raise DegenerateInputError(where, Fault("a bias field that is not finite", "an image N4 can fit"))
    known = sitk.GetArrayViewFromImage(field)[inside] / gain
    return corrected, {"n4_field_low": float(known.min()), "n4_field_high": float(known.max())}


def _mean(image: Image, inside: BoolArray) -> float:
    sitk = optional_import("SimpleITK", needed_for="bias correction")
    return float(sitk.GetArrayViewFromImage(image)[inside].mean(dtype=np.float64))
