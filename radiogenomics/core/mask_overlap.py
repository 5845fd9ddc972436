"""How much two masks of the same image have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray


@dataclass(frozen=True)
class MaskOverlap:
    """Overlap of two masks.

    Attributes
    ----------
    dice, jaccard
        In [0, 1]; 0 without a common voxel, 1 for equal masks.
    n_a, n_b, n_both
        Voxels of either, and of both.
    """

    dice: float
    jaccard: float
    n_a: int
    n_b: int
    n_both: int


def mask_overlap(a: ArrayLike, b: ArrayLike) -> MaskOverlap:
    """Dice and Jaccard coefficients of two masks :cite:p:`Dice1945`.

    Parameters
    ----------
    a, b
        Arrays of one shape; what is not 0 is marked.

    Returns
    -------
    MaskOverlap
        Where one mask is empty, both coefficients are 0.

    Raises
    ------
    InputError
        If the shapes differ.
    DegenerateInputError
        If both masks are empty: nothing was to be found, which a coefficient cannot tell from nothing being found.
    """
    x, y = as_masks(a, b)
    n_a, n_b, n_both = (int(np.count_nonzero(m)) for m in (x, y, x & y))
    if not n_a + n_b:
        raise DegenerateInputError("masks", Fault("two empty masks", "a marked voxel in one of them"))
    return MaskOverlap(2 * n_both / (n_a + n_b), n_both / (n_a + n_b - n_both), n_a, n_b, n_both)


def as_masks(a: ArrayLike, b: ArrayLike) -> tuple[BoolArray, BoolArray]:
    """Two boolean arrays of one shape."""
    x, y = np.asarray(a) != 0, np.asarray(b) != 0
    if x.shape != y.shape:
        raise InputError("masks", Fault(f"arrays of shapes {x.shape} and {y.shape}", "one shape"))
    return x, y
