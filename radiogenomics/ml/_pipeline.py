"""The recorded transforms of a modality, as scikit-learn estimators that a cross-validation can refit."""

from __future__ import annotations

import importlib
import json
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from radiogenomics._errors import Fault, InputError

#: Estimators that ``pp`` may record, and the file each lives in. A file names estimators; it never brings code.
ESTIMATORS = {
    "CountNormalizer": "_count_normalizer",
    "FeatureCleaner": "_feature_cleaner",
    "FeatureImputer": "_feature_imputer",
    "FeatureScaler": "_feature_scaler",
}


def build_pipeline(pipeline_json: str) -> Pipeline:
    """Unfitted pipeline of the transforms recorded in ``mod[m].uns["pipeline"]``.

    Its input is the matrix as it came (:func:`radiogenomics._cohort.raw_features`), so that every step learns from the
    patients it is fitted on and from no others.

    Parameters
    ----------
    pipeline_json
        JSON text: a list of ``{"estimator": name, "params": {...}}`` in the order of application. An empty list
        gives a pipeline that returns its input.

    Raises
    ------
    InputError
        If the text is no such list, or names an estimator or parameter that does not exist.
    """
    steps: list[tuple[str, Any]] = []
    for number, step in enumerate(_steps_of(pipeline_json), start=1):
        steps.append((f"{number}_{step['estimator']}", _estimator_of(step)))
    return Pipeline(steps or [("as_it_came", "passthrough")])


def _steps_of(pipeline_json: str) -> list[dict[str, Any]]:
    try:
        steps = json.loads(pipeline_json)
    except json.JSONDecodeError as error:
        raise InputError("pipeline", f"is not JSON text: {error}") from error
    well_formed = isinstance(steps, list) and all(
        isinstance(step, dict) and set(step) == {"estimator", "params"} and isinstance(step["params"], dict)
        for step in steps
    )
    if not well_formed:
        raise InputError("pipeline", Fault(pipeline_json[:80], 'a list of {"estimator": name, "params": {...}}'))
    return list(steps)


def _estimator_of(step: dict[str, Any]) -> BaseEstimator:
    name = step["estimator"]
    if name not in ESTIMATORS:
        raise InputError("pipeline", Fault(f"the estimator {name!r}", f"one of {', '.join(ESTIMATORS)}"))
    made = getattr(importlib.import_module(f"radiogenomics.ml.{ESTIMATORS[name]}"), name)
    known = set(made().get_params(deep=False))
    unknown = sorted(set(step["params"]) - known)
    if unknown:
        raise InputError("pipeline", Fault(f"{name}({', '.join(unknown)})", f"parameters among {sorted(known)}"))
    estimator: BaseEstimator = made(**step["params"])
    return estimator
