"""Synthetic patients of the rarer class (SMOTE), made from training patients and seen by nothing but the fit."""

from __future__ import annotations

from typing import Literal

import numpy as np

from radiogenomics._errors import DegenerateGroupsError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray, IntArray

Sampling = Literal["none", "smote"]
SAMPLINGS = ("none", "smote")


def refuse_too_few(where: str, y: IntArray, neighbors: int, what: str = "training patients") -> None:
    """Refuse classes with no more patients than SMOTE needs neighbours."""
    least = int(np.bincount(y, minlength=2).min())
    if least <= neighbors:
        hint = (
            f"Give smote_neighbors={least - 1}, use fewer folds, or leave SMOTE out (sampling='none')."
            if least > 1
            else "Use fewer folds, or leave SMOTE out (sampling='none')."
        )
        found = f"{least} patient(s) of the rarer class among the {what}"
        raise DegenerateGroupsError(
            where, Fault(found, f"at least {neighbors + 1} for SMOTE with {neighbors} neighbours", hint=hint)
        )


def require_smote() -> None:
    """Say which extra brings SMOTE before any work is done."""
    optional_import("imblearn.over_sampling", needed_for="SMOTE")


def resampled(
    x: FloatArray, y: IntArray, *, sampling: str, neighbors: int, seed: int, where: str
) -> tuple[FloatArray, IntArray]:
    """Training patients as they are, or with synthetic ones until both classes are of one size :cite:p:`Chawla2002`.

    `x` (n, p) is on one scale for all features, because neighbours are sought in it; `y` (n,) holds 0 and 1.
    """
    if sampling == "none" or x.shape[1] == 0 or 2 * int(y.sum()) == len(y):
        return x, y
    refuse_too_few(where, y, neighbors)
    made = optional_import("imblearn.over_sampling", needed_for="SMOTE").SMOTE(k_neighbors=neighbors, random_state=seed)
    more, labels = made.fit_resample(x, y)
    return np.asarray(more, dtype=np.float64), np.asarray(labels, dtype=np.int64)
