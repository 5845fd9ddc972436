"""What every estimator of matrices checks before it works."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, InputError
from radiogenomics._types import FloatArray, IntArray


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


def finite_matrix(estimator: BaseEstimator, x: Any, *, reset: bool) -> FloatArray:
    """``x`` as a float matrix without gaps; the features that have some are named."""
    values = matrix_of(estimator, x, reset=reset, infinite=True)
    bad = ~np.isfinite(values)
    at = np.flatnonzero(bad.any(axis=0))
    if at.size:
        names = feature_names(estimator, values.shape[1])
        hint = "Run rg.pp.clean_features and rg.pp.impute first."
        raise InputError(
            type(estimator).__name__,
            [
                Fault(f"{int(bad[:, j].sum())} of {len(values)} patients with NaN or Inf", "finite values",
                      column=names[j], hint=hint if j == at[-1] else "")
                for j in at
            ],
        )  # fmt: skip
    return values


def classes_of(estimator: BaseEstimator, y: Any, n: int) -> tuple[Any, IntArray]:
    """Classes, sorted, and the code of each patient; at least two classes of at least two patients each."""
    labels = np.asarray(y).ravel()
    if len(labels) != n:
        raise InputError(type(estimator).__name__, Fault(f"{len(labels)} classes for {n} patients", "one per patient"))
    classes, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if len(classes) < 2:
        found = f"one class ({classes[0]!s}) over {n} patients"
        raise DegenerateGroupsError(type(estimator).__name__, Fault(found, "at least two"))
    if (sizes < 2).any():
        small = ", ".join(repr(str(c)) for c in classes[sizes < 2])
        hint = "Leave that class out, or merge it with another."
        raise DegenerateGroupsError(
            type(estimator).__name__, Fault(f"one patient in {small}", "at least two in each class", hint=hint)
        )
    return classes, codes.ravel()
