"""A modality before features were brought to one scale."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics._cohort import modality_of, pipeline_of, raw_features, training_patients
from radiogenomics.ml._pipeline import build_pipeline

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def unscaled_features(data: Cohort, modality: str | None) -> pd.DataFrame:
    """Patients x features, cleaned, imputed and normalised as recorded, but not scaled.

    Differences of genes are log2 fold changes on this scale only. The recorded steps up to the first ``FeatureScaler``
    are applied again to the matrix as it came, fitted on the training patients.
    """
    raw = raw_features(data, modality)
    steps = json.loads(pipeline_of(data, modality))
    scalers = [i for i, step in enumerate(steps) if step["estimator"] == "FeatureScaler"]
    before = steps[: scalers[0]] if scalers else steps
    if not before:
        return raw
    training = training_patients(data, modality_of(data, modality))
    pipeline = build_pipeline(json.dumps(before)).fit(raw[training])
    return pd.DataFrame(pipeline.transform(raw), index=raw.index, columns=list(pipeline.get_feature_names_out()))
