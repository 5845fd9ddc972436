"""Apply an estimator to a modality in place: raw kept, training patients teach, the step is recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    dense,
    modality_of,
    patient_columns,
    patients_of,
    pipeline_of,
    replace_modality,
    to_uns,
    training_patients,
)
from radiogenomics._errors import DegenerateInputError
from radiogenomics._types import BoolArray
from radiogenomics.ml._pipeline import columns_of, given_columns

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
    columns: Mapping[str, Any] | None = None


def learn(
    data: Cohort,
    modality: str | None,
    estimator: BaseEstimator,
    *,
    layer: str | None = None,
    columns: Mapping[str, Any] | None = None,
) -> Fitted:
    """Fit ``estimator`` on the training patients of a modality (all without a split) and transform every patient.

    ``columns`` names what it reads of the patients beside the features (see `ml.RecordedPipeline`).
    """
    adata = modality_of(data, modality)
    source = pd.DataFrame(
        dense(adata.X),
        index=patients_of(adata),
        columns=adata.var_names.astype(str),
    )
    training = training_patients(data, adata)
    if not training.any():
        raise DegenerateInputError(
            f"modality {modality!r}" if modality else "data",
            "none of its patients is in the training part of the split",
        )
    obs = patient_columns(data, modality, [] if columns is None else columns_of(columns))
    estimator.fit(source[training], **({} if columns is None else given_columns(columns, obs[training])))
    result = estimator.transform(source, **({} if columns is None else given_columns(columns, obs)))
    kept = source.columns[_support(estimator, source.shape[1])]
    made = pd.DataFrame(result, index=source.index, columns=kept)
    return Fitted(estimator, made, source, int(training.sum()), columns)


def write_transform(
    data: Cohort,
    modality: str | None,
    fitted: Fitted,
    *,
    results: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Put the transformed matrix in place, keep the first one as ``raw``, record the step and its tables."""
    adata = modality_of(data, modality)
    for key in results or {}:
        check_key(adata, key)
    steps = json.loads(pipeline_of(data, modality))
    step = {"estimator": type(fitted.estimator).__name__, "params": fitted.estimator.get_params(deep=False)}
    steps.append(step if fitted.columns is None else {**step, "columns": dict(fitted.columns)})
    new = adata[:, list(fitted.result.columns)].copy()
    if adata.raw is None:
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
