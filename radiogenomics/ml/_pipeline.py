"""The recorded transforms of a modality, as scikit-learn estimators that a cross-validation can refit."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

#: Estimators that ``pp`` may record, and the file each lives in. A file names estimators; it never brings code.
ESTIMATORS = {
    "ComBat": "_combat",
    "CountNormalizer": "_count_normalizer",
    "FeatureCleaner": "_feature_cleaner",
    "FeatureImputer": "_feature_imputer",
    "FeatureScaler": "_feature_scaler",
    "GeneFilter": "_gene_filter",
    "ICCFilter": "_icc_filter",
}


class RecordedPipeline(Pipeline):
    """A pipeline some of whose steps also read columns of the patients (a batch, covariates).

    Parameters
    ----------
    steps
        As of scikit-learn's ``Pipeline``.
    columns
        By name of a step: ``batch`` (a column), ``covariates`` (columns) and ``categorical`` (which of them are
        categories although they are numbers).
    """

    def __init__(self, steps: list[tuple[str, Any]], *, columns: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        super().__init__(steps)
        self.columns = columns

    def fit(self, X: Any, y: Any = None, *, obs: pd.DataFrame | None = None) -> Self:
        """Fit every step on ``X`` as the steps before it leave it; ``obs`` has a row for each row of ``X``.

        An array has the columns that the pipeline was recorded on, and ``obs`` names its rows, where a step goes by
        the names of patients and features.
        """
        patients, features = self._names(X, obs)
        for name, step in self.steps:
            if step == "passthrough":
                continue
            given = self._given(name, obs)
            step.fit(X, **given, **({"patients": patients, "features": features} if _goes_by_names(step) else {}))
            X = step.transform(X, **given)
            if features is not None and hasattr(step, "get_support"):
                features = [f for f, kept in zip(features, step.get_support(), strict=True) if kept]
        return self

    def _names(self, x: Any, obs: pd.DataFrame | None) -> tuple[list[str] | None, list[str] | None]:
        """Names of the rows and columns of ``x``; ``None`` where no step goes by them."""
        readers = [step for _, step in self.steps if _goes_by_names(step)]
        if not readers:
            return None, None
        rows = x.index if hasattr(x, "index") else None if obs is None else obs.index
        if rows is None:
            raise InputError("obs", Fault("nothing for the ICC filter", "the patients of the rows, as its index"))
        columns = list(x.columns) if hasattr(x, "columns") else readers[0].recorded_features()
        if len(columns) != x.shape[1]:
            raise InputError("X", Fault(f"{x.shape[1]} features", f"the {len(columns)} of the recorded matrix"))
        return [str(row) for row in rows], [str(column) for column in columns]

    def transform(self, X: Any, *, obs: pd.DataFrame | None = None) -> FloatArray:
        """Apply every step; ``obs`` has a row for each row of ``X``."""
        for name, step in self.steps:
            if step != "passthrough":
                X = step.transform(X, **self._given(name, obs))
        out: FloatArray = X
        return out

    def fit_transform(self, X: Any, y: Any = None, *, obs: pd.DataFrame | None = None) -> FloatArray:
        """:meth:`fit`, then :meth:`transform`."""
        return self.fit(X, obs=obs).transform(X, obs=obs)

    def _given(self, name: str, obs: pd.DataFrame | None) -> dict[str, Any]:
        columns = (self.columns or {}).get(name)
        if columns is None:
            return {}
        if obs is None:
            raise InputError("obs", Fault(f"nothing for step {name}", f"columns {columns_of(columns)} of the patients"))
        return given_columns(columns, obs)


def _goes_by_names(step: Any) -> bool:
    return hasattr(step, "recorded_features")


def given_columns(columns: Mapping[str, Any], obs: pd.DataFrame) -> dict[str, Any]:
    """What an estimator is given of the patients: ``batch`` and, where there are any, ``covariates``."""
    given: dict[str, Any] = {"batch": obs[columns["batch"]]}
    if columns.get("covariates"):
        table = obs[list(columns["covariates"])]
        given["covariates"] = table.astype(dict.fromkeys(columns.get("categorical") or [], "category"))
    return given


def columns_of(columns: Mapping[str, Any]) -> list[str]:
    """Names of the columns that a step reads."""
    return list(dict.fromkeys([columns["batch"], *columns.get("covariates", [])]))


def columns_needed(pipeline_json: str) -> list[str]:
    """Columns of the patients that the recorded transforms read."""
    read = [step["columns"] for step in _steps_of(pipeline_json) if "columns" in step]
    return list(dict.fromkeys(name for columns in read for name in columns_of(columns)))


def build_pipeline(pipeline_json: str) -> RecordedPipeline:
    """Unfitted pipeline of the transforms recorded in ``mod[m].uns["pipeline"]``.

    Its input is the matrix as it came (:func:`radiogenomics._cohort.raw_features`), so that every step learns from the
    patients it is fitted on and from no others.

    Parameters
    ----------
    pipeline_json
        JSON text: a list of ``{"estimator": name, "params": {...}}`` in the order of application, with
        ``"columns": {"batch": name, "covariates": [...]}`` where a step reads columns of the patients. An empty list
        gives a pipeline that returns its input.

    Returns
    -------
    Pipeline whose ``fit`` and ``transform`` take ``obs=``, those columns by patient, where a step needs them.

    Raises
    ------
    InputError
        If the text is no such list, or names an estimator or parameter that does not exist.
    """
    steps: list[tuple[str, Any]] = []
    columns = {}
    for number, step in enumerate(_steps_of(pipeline_json), start=1):
        name = f"{number}_{step['estimator']}"
        steps.append((name, _estimator_of(step)))
        if "columns" in step:
            columns[name] = step["columns"]
    return RecordedPipeline(steps or [("as_it_came", "passthrough")], columns=columns)


def _steps_of(pipeline_json: str) -> list[dict[str, Any]]:
    try:
        steps = json.loads(pipeline_json)
    except json.JSONDecodeError as error:
        raise InputError("pipeline", f"is not JSON text: {error}") from error
    if not (isinstance(steps, list) and all(_well_formed(step) for step in steps)):
        raise InputError("pipeline", Fault(pipeline_json[:80], 'a list of {"estimator": name, "params": {...}}'))
    return list(steps)


def _well_formed(step: Any) -> bool:
    if not isinstance(step, dict) or set(step) - {"columns"} != {"estimator", "params"}:
        return False
    columns = step.get("columns", {"batch": ""})
    read = isinstance(columns, dict) and isinstance(columns.get("batch"), str)
    return isinstance(step["params"], dict) and read and set(columns) <= {"batch", "covariates", "categorical"}


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
