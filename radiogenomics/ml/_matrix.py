"""What every estimator of matrices checks before it works."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray


def matrix_of(estimator: BaseEstimator, x: Any, *, reset: bool, infinite: bool = False) -> FloatArray:
    """``x`` as a float matrix of at least one patient and feature; NaN may stand in it, infinite values on request."""
    checked = validate_data(
        estimator, x, reset=reset, dtype=np.float64, ensure_all_finite=False, ensure_min_samples=1, copy=False
    )
    if not infinite and np.isinf(checked).any():
        n_features = int(np.isinf(checked).any(axis=0).sum())
        raise InputError(
            type(estimator).__name__,
            Fault(
                f"infinite values in {n_features} feature(s)",
                "finite or missing values",
                hint="Clean the features first (rg.pp.clean_features turns infinite into missing)",
            ),
        )
    return np.asarray(checked, dtype=np.float64)


def one_of(estimator: BaseEstimator, parameter: str, allowed: tuple[str, ...]) -> None:
    """Refuse a parameter whose value is not among ``allowed``."""
    value = getattr(estimator, parameter)
    if value not in allowed:
        raise InputError(type(estimator).__name__, Fault(repr(value), f"one of {', '.join(allowed)}", column=parameter))


def share_of(estimator: BaseEstimator, parameter: str) -> float:
    """A parameter that must be a share in [0, 1]."""
    value = getattr(estimator, parameter)
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value <= 1:
        raise InputError(type(estimator).__name__, Fault(repr(value), "a share in [0, 1]", column=parameter))
    return float(value)


def feature_names(estimator: BaseEstimator, n_features: int) -> list[str]:
    """Names seen at fit, otherwise ``x0``, ``x1`` ..."""
    seen = getattr(estimator, "feature_names_in_", None)
    return [str(name) for name in seen] if seen is not None else [f"x{i}" for i in range(n_features)]


def refuse_empty(estimator: BaseEstimator, x: FloatArray) -> None:
    """Refuse features without any value: nothing can be learned from them."""
    names = np.array(feature_names(estimator, x.shape[1]))[np.isnan(x).all(axis=0)]
    if len(names):
        shown = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        raise DegenerateInputError(
            type(estimator).__name__,
            f"{len(names)} feature(s) have no value in any of the {len(x)} training patients ({shown}); "
            "drop them first with rg.pp.clean_features",
        )
