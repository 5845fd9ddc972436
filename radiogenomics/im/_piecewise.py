"""Piecewise linear maps of intensities."""

from __future__ import annotations

import numpy as np

from radiogenomics._types import FloatArray


def piecewise_linear(
    values: FloatArray, own: FloatArray, standard: FloatArray, *, slopes: tuple[float, float] | None = None
) -> FloatArray:
    """Take each of the ascending intensities ``own`` to its partner in ``standard``, linearly in between.

    Equal intensities of a stepped histogram share the mean of their targets. Beyond the ends the map goes on with
    ``slopes`` (below, above), by default those of the first and last piece.
    """
    steps, start, count = np.unique(own, return_index=True, return_counts=True)
    targets = np.add.reduceat(standard, start) / count
    if slopes is None:
        pieces = np.diff(targets) / np.diff(steps)
        slopes = (float(pieces[0]), float(pieces[-1]))
    mapped = np.interp(values, steps, targets)
    mapped += slopes[0] * np.minimum(values - steps[0], 0) + slopes[1] * np.maximum(values - steps[-1], 0)
    return np.asarray(mapped, dtype=np.float64)
