"""Apply an estimator to a modality in place: raw kept, training patients teach, the step is recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    dense,
    modality_of,
    patients_of,
    pipeline_of,
    replace_modality,
    to_uns,
    training_patients,
)
from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics._types import BoolArray

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class Fitted:
    """A fitted estimator and what it made; nothing has been written yet."""

    estimator: BaseEstimator
    result: pd.DataFrame
    source: pd.DataFrame
    n_training: int


def learn(data: Cohort, modality: str | None, estimator: BaseEstimator, *, layer: str | None = None) -> Fitted:
    """Fit ``estimator`` on the training patients of a modality (all without a split) and transform every patient."""
    adata = modality_of(data, modality)
    source = pd.DataFrame(
        dense(adata.X if layer is None else adata.layers[layer]),
        index=patients_of(adata),
        columns=adata.var_names.astype(str),
    )
    training = training_patients(data, adata)
    if not training.any():
        raise DegenerateInputError(
            f"modality {modality!r}" if modality else "data",
            "none of its patients is in the training part of the split",
        )
    estimator.fit(source[training])
    result = estimator.transform(source)
    kept = source.columns[_support(estimator, source.shape[1])]
    return Fitted(estimator, pd.DataFrame(result, index=source.index, columns=kept), source, int(training.sum()))


def write_transform(
    data: Cohort,
    modality: str | None,
    fitted: Fitted,
    *,
    results: Mapping[str, Mapping[str, object]] | None = None,
    restart: bool = False,
) -> None:
    """Put the transformed matrix in place, keep the first one as ``raw``, record the step and its tables.

    With ``restart`` the matrix that was transformed (not ``X``) becomes ``raw``: counts, from which ``X`` is made anew.
    """
    from anndata import AnnData

    adata = modality_of(data, modality)
    for key in results or {}:
        check_key(adata, key)
    steps = json.loads(pipeline_of(data, modality))
    if restart and steps:
        done = ", ".join(step["estimator"] for step in steps)
        raise InputError("data", f"features were already transformed ({done}); normalise the counts before that")
    steps.append({"estimator": type(fitted.estimator).__name__, "params": fitted.estimator.get_params(deep=False)})
    new = adata[:, list(fitted.result.columns)].copy()
    if restart:
        new.raw = AnnData(fitted.source.to_numpy(), obs=adata.obs[[]], var=adata.var)
    elif adata.raw is None:
        new.raw = adata
    new.X = fitted.result.to_numpy()
    new.uns[keys.PIPELINE] = json.dumps(steps)
    for key, parts in (results or {}).items():
        new.uns[key] = to_uns(**parts)
    replace_modality(data, modality, new)


def _support(estimator: BaseEstimator, n_features: int) -> BoolArray:
    if hasattr(estimator, "get_support"):
        return np.asarray(estimator.get_support(), dtype=bool)
    return np.ones(n_features, dtype=bool)
