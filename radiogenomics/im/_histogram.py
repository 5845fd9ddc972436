"""Histogram matching: percentiles 1 to 99 of an image become those of a reference."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray
from radiogenomics.im._piecewise import piecewise_linear

PERCENTILES = np.arange(1.0, 100.0)


def standard_histogram(landmarks: FloatArray) -> FloatArray:
    """Percentiles to match: the mean over images, (n_images, 99) to (99,)."""
    return np.asarray(landmarks.mean(axis=0), dtype=np.float64)


def match_histogram(values: FloatArray, own: FloatArray, standard: FloatArray) -> FloatArray:
    """Map intensities so that percentiles ``own`` become ``standard``.

    Piecewise linear between percentiles and monotone; beyond the first and last the map goes on with the slope of
    the whole range, so that bright voxels are not cut off and two close percentiles at the end do not stretch them.
    """
    slope = float((standard[-1] - standard[0]) / (own[-1] - own[0]))
    return piecewise_linear(values, own, standard, slopes=(slope, slope))
