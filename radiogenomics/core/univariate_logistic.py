"""Logistic models of one variable each, for every feature of a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics.core._survival_input import as_vector, positions
from radiogenomics.core._univariate import UnivariateFits, fits_of
from radiogenomics.core._univariate_kernels import logistic_columns
from radiogenomics.core.cox import as_matrix
from radiogenomics.core.univariate_cox import level_faults


def univariate_logistic(x: ArrayLike, y: ArrayLike, *, confidence: float = 0.95) -> UnivariateFits:
    """Logistic regression of each feature alone, with an intercept :cite:p:`Cox1958`.

    Parameters
    ----------
    x
        (n, p) features without missing values.
    y
        (n,) 1 (or True) for the positive class, 0 for the other.
    confidence
        Level of the intervals, in (0, 1).

    Returns
    -------
    UnivariateFits
        Positive coefficients mean that higher values go with the positive class. A feature without an estimate has
        NaN and a reason; nothing is refused for it.

    Raises
    ------
    InputError
        Lengths, classes or values are at fault.
    DegenerateInputError
        One class only.
    """
    where = "univariate_logistic"
    faults = level_faults(confidence)
    classes = as_vector("y", y, None, faults)
    matrix = as_matrix(x, np.size(np.asarray(y)), faults)
    if classes is not None and not ((classes == 0) | (classes == 1)).all():
        others = (classes != 0) & (classes != 1)
        faults.append(Fault(f"others at {positions(others)}", "0 or 1, the positive class", column="y"))
    if faults:
        raise InputError(where, faults)
    assert classes is not None
    if len(np.unique(classes)) < 2:
        raise DegenerateInputError(where, Fault(f"one class over {len(classes)} patients", "both"))
    found = np.full((matrix.shape[1], 4), np.nan)
    status = np.empty(matrix.shape[1], dtype=np.int64)
    logistic_columns(matrix, classes, found, status)
    return fits_of(found, status, confidence)
