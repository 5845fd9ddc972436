"""Bring features to one scale."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.ml._feature_scaler import FeatureScaler
from radiogenomics.pp._apply import learn, write_transform

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def scale(data: Cohort, *, modality: str | None = None, method: str = "zscore") -> None:
    """Scale every feature with parameters of the training patients.

    Parameters
    ----------
    data
        Cohort; with a split, test patients get the training patients' parameters.
    modality
        Required for a MuData.
    method
        ``zscore``, ``robust`` (median and interquartile range), ``minmax`` (training range to [0, 1]) or
        ``rank_normal``; see :class:`rg.ml.FeatureScaler`.

    Returns
    -------
    ``None``. Replaces the modality's ``X``; the matrix as it came stays in ``raw``. Missing values stay missing;
    features without spread become 0 and are named in a warning.
    """
    scaler = FeatureScaler(method=method)
    fitted = learn(data, modality, scaler)
    flat = fitted.source.columns[scaler.constant_]
    if len(flat):
        warnings.warn(
            f"{len(flat)} feature(s) without spread became 0 ({', '.join(flat[:5])}{' ...' if len(flat) > 5 else ''}); "
            "rg.pp.clean_features drops constant ones",
            RadiogenomicsWarning,
            stacklevel=2,
        )
    write_transform(data, modality, fitted)
