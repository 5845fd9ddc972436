"""A modality before features were brought to one scale."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics._cohort import modality_of, patient_columns, pipeline_of, raw_features, training_patients
from radiogenomics.ml._pipeline import build_pipeline, columns_needed

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def unscaled_features(data: Cohort, modality: str | None) -> pd.DataFrame:
    """Patients x features, cleaned, imputed and normalised as recorded, but not scaled.

    Differences of genes are log2 fold changes on this scale only. The recorded steps up to the first ``FeatureScaler``
    are applied again to the matrix as it came, fitted on the training patients.
    """
    return features_after(data, modality, len(json.loads(steps_before_scaling(data, modality))))


def features_after(data: Cohort, modality: str | None, n_steps: int) -> pd.DataFrame:
    """Patients x features after the first ``n_steps`` recorded transforms, fitted on the training patients."""
    raw = raw_features(data, modality)
    recorded = json.dumps(json.loads(pipeline_of(data, modality))[:n_steps])
    if n_steps == 0:
        return raw
    training = training_patients(data, modality_of(data, modality))
    obs = patient_columns(data, modality, columns_needed(recorded))
    pipeline = build_pipeline(recorded).fit(raw[training], obs=obs[training])
    values = pipeline.transform(raw, obs=obs)
    return pd.DataFrame(values, index=raw.index, columns=list(pipeline.get_feature_names_out()))


def steps_before_scaling(data: Cohort, modality: str | None) -> str:
    """The recorded steps up to the first ``FeatureScaler``, as JSON text for ``ml.build_pipeline``."""
    steps = json.loads(pipeline_of(data, modality))
    scalers = [i for i, step in enumerate(steps) if step["estimator"] == "FeatureScaler"]
    return json.dumps(steps[: scalers[0]] if scalers else steps)
