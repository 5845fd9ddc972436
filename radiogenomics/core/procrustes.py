"""Orthogonal Procrustes map with shift and scale: one set of coordinates in the terms of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray


@dataclass(frozen=True)
class ProcrustesMap:
    """``target ~ (source - source_mean) @ rotation * scale + target_mean``.

    Attributes
    ----------
    rotation
        (p, q) with orthonormal columns (p >= q) or rows (p < q).
    scale
        Positive number.
    explained
        Share of the target's variance that the mapped source explains, of the rows it was fitted on.
    """

    rotation: FloatArray
    scale: float
    source_mean: FloatArray
    target_mean: FloatArray
    explained: float

    def __call__(self, source: ArrayLike) -> FloatArray:
        """Rows of the source in the target's coordinates."""
        x = np.asarray(source, dtype=float)
        return np.asarray((x - self.source_mean) @ self.rotation * self.scale + self.target_mean)


def procrustes(source: ArrayLike, target: ArrayLike) -> ProcrustesMap:
    """The rotation, scale and shift that bring ``source`` nearest to ``target`` :cite:p:`Schonemann1966`.

    Parameters
    ----------
    source, target
        (n, p) and (n, q): the same rows in two sets of coordinates.

    Raises
    ------
    InputError
        Different numbers of rows, or values that are no numbers.
    DegenerateInputError
        If one of them does not vary.
    """
    x, y = np.asarray(source, dtype=float), np.asarray(target, dtype=float)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise InputError("procrustes", Fault(f"shapes {x.shape} and {y.shape}", "(n, p) and (n, q)"))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("procrustes", Fault("missing or infinite values", "numbers"))
    source_mean, target_mean = x.mean(axis=0), y.mean(axis=0)
    x, y = x - source_mean, y - target_mean
    if not (x.any() and y.any()):
        raise DegenerateInputError("procrustes", "the rows do not vary")
    left, singular, right = np.linalg.svd(x.T @ y, full_matrices=False)
    rotation = left @ right
    turned = x @ rotation
    scale = float(singular.sum() / (turned**2).sum())
    explained = 1 - float(((y - scale * turned) ** 2).sum() / (y**2).sum())
    return ProcrustesMap(rotation, scale, source_mean, target_mean, explained)
