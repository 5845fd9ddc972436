"""Fill missing values."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.ml._feature_imputer import FeatureImputer
from radiogenomics.pp._apply import learn, write_transform

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

#: A patient of whom more than this share is filled in is named in a warning.
_MOSTLY_FILLED = 0.5


def impute(
    data: Cohort,
    *,
    modality: str | None = None,
    strategy: str = "median",
    n_neighbors: int = 5,
    key_added: str = "imputation",
) -> None:
    """Fill missing values with what the training patients have.

    Parameters
    ----------
    data
        Cohort; with a split, its training patients give the values for all.
    modality
        Required for a MuData.
    strategy
        ``median``, ``mean``, or ``knn`` (mean of the nearest patients on z-scored features).
    n_neighbors
        Patients averaged by ``knn``.
    key_added
        Name under which the report is stored.

    Returns
    -------
    ``None``. Replaces the modality's ``X``; the matrix as it came stays in ``raw``. Sets ``uns[key_added]`` of the
    modality: ``features`` (``feature``, ``filled``: in how many patients; only features with any), ``patients``
    (``patient_id``, ``filled``: how many features) and ``settings``.

    Raises
    ------
    InputError
        If there are infinite values (run :func:`rg.pp.clean_features` first).
    DegenerateInputError
        If a feature has no value in any training patient.
    """
    fitted = learn(data, modality, FeatureImputer(strategy=strategy, n_neighbors=n_neighbors))
    missing = fitted.source.isna()
    share = missing.mean(axis=1)
    mostly = share.index[share > _MOSTLY_FILLED]
    if len(mostly):
        warnings.warn(
            f"more than half of the features of {len(mostly)} patient(s) were filled in "
            f"({', '.join(mostly[:5])}{' ...' if len(mostly) > 5 else ''}); consider leaving them out",
            RadiogenomicsWarning,
            stacklevel=2,
        )
    by_feature, by_patient = missing.sum(axis=0), missing.sum(axis=1)
    features = pd.DataFrame({"feature": by_feature.index, "filled": by_feature.to_numpy()})
    patients = pd.DataFrame({"patient_id": by_patient.index, "filled": by_patient.to_numpy()})
    report = {
        "features": features[features["filled"] > 0],
        "patients": patients[patients["filled"] > 0],
        "settings": {"strategy": strategy, "n_neighbors": n_neighbors, "n_training": fitted.n_training},
    }
    write_transform(data, modality, fitted, results={key_added: report})
