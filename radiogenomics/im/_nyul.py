"""Landmarks of Nyúl and Udupa: every image on one standard scale."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray
from radiogenomics.im._piecewise import piecewise_linear

PERCENTILES = np.array([1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0])
SCALE = (0.0, 100.0)


def standard_landmarks(landmarks: FloatArray) -> FloatArray:
    """Standard scale learned from the landmarks of images, (n_images, 11) to (11,) :cite:p:`Nyul2000`.

    The first and last landmark of every image are brought to 0 and 100 by a linear map; the standard is the mean of
    the landmarks so mapped.
    """
    first, last = landmarks[:, :1], landmarks[:, -1:]
    mapped = SCALE[0] + (landmarks - first) / (last - first) * (SCALE[1] - SCALE[0])
    return np.asarray(mapped.mean(axis=0), dtype=np.float64)


def to_standard_scale(values: FloatArray, own: FloatArray, standard: FloatArray) -> FloatArray:
    """Map intensities so that the image's landmarks ``own`` become ``standard``; beyond the ends as the end pieces."""
    return piecewise_linear(values, own, standard)
