"""Rigid registration of two images of a patient by mutual information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray

if TYPE_CHECKING:
    from SimpleITK import Euler3DTransform, Image

BINS = 32
#: Share of the voxels that the optimiser looks at.
SAMPLED = 0.2
ITERATIONS = 200
SHRINK, SMOOTH_MM = (4, 2, 1), (4.0, 2.0, 0.0)


@dataclass(frozen=True)
class Registration:
    """A rigid map from the fixed image's space to that of the moving one.

    Attributes
    ----------
    transform
        The map; the identity where nothing better was found.
    improved
        Whether mutual information is higher than without it.
    shift_mm, turn_degrees
        How far the fixed image's centre moves, and the angle of the rotation.
    """

    transform: Euler3DTransform
    improved: bool
    shift_mm: float
    turn_degrees: float


def register_rigid(fixed: Image, moving: Image, *, seed: int) -> Registration:
    """Rotation and translation with the most mutual information :cite:p:`Mattes2003`, starting from no motion.

    Both images lie in the scanner's coordinates, so none is moved onto the other's centre first. A result with less
    mutual information over the voxels of both images than none at all is not taken.
    """
    sitk = optional_import("SimpleITK", needed_for="registration")
    fixed, moving = sitk.Cast(fixed, sitk.sitkFloat32), sitk.Cast(moving, sitk.sitkFloat32)
    centre = fixed.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in fixed.GetSize()])
    start = sitk.Euler3DTransform()
    start.SetCenter(centre)
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(numberOfHistogramBins=BINS)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(SAMPLED, seed=max(seed % (2**31), 1))
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0, minStep=1e-3, numberOfIterations=ITERATIONS, gradientMagnitudeTolerance=1e-6
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([1 if min(fixed.GetSize()) < 4 * f else f for f in SHRINK])
    method.SetSmoothingSigmasPerLevel(SMOOTH_MM)
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(start, inPlace=False)
    try:
        found = sitk.Euler3DTransform(sitk.CompositeTransform(method.Execute(fixed, moving)).GetBackTransform())
    except RuntimeError as error:
        raise DegenerateInputError(
            "registration", Fault("images that cannot be registered", "images that overlap",
                                  hint=str(error).strip().splitlines()[-1].strip())
        ) from None  # fmt: skip
    before, after = (mutual_information(fixed, moving, t) for t in (start, found))
    if not after > before:
        return Registration(start, False, 0.0, 0.0)
    moved = np.asarray(found.TransformPoint(centre)) - np.asarray(centre)
    matrix = np.asarray(found.GetMatrix()).reshape(3, 3)
    turn = float(np.rad2deg(np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1))))
    return Registration(found, True, float(np.linalg.norm(moved)), turn)


def mutual_information(fixed: Image, moving: Image, transform: Euler3DTransform) -> float:
    """Mutual information in nats over the voxels of ``fixed`` that lie on ``moving``; NaN if the two do not meet."""
    sitk = optional_import("SimpleITK", needed_for="registration")
    on_fixed = sitk.Resample(sitk.Cast(moving, sitk.sitkFloat32), fixed, transform, sitk.sitkLinear, float("nan"))
    a = sitk.GetArrayFromImage(fixed).astype(np.float64)
    b = sitk.GetArrayFromImage(on_fixed).astype(np.float64)
    both = np.isfinite(b)
    return _information(a[both], b[both])


def _information(a: FloatArray, b: FloatArray) -> float:
    if a.size == 0 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    # Cut at the 99.5th percentile: one bright voxel would squeeze all others into a bin.
    a, b = (np.clip(v, *np.percentile(v, [0.5, 99.5])) for v in (a, b))
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    joint = np.histogram2d(a, b, bins=BINS)[0] / a.size
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    seen = joint > 0
    return float((joint[seen] * np.log(joint[seen] / independent[seen])).sum())
