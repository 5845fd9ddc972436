"""Drop features that cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics.ml._feature_cleaner import FeatureCleaner
from radiogenomics.pp._apply import learn, write_transform

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def clean_features(
    data: Cohort,
    *,
    modality: str | None = None,
    max_missing: float = 0.2,
    max_zeros: float = 0.95,
    drop_constant: bool = True,
    drop_duplicated: bool = False,
    key_added: str = "cleaning",
) -> None:
    """Turn infinite values into missing ones and drop features that are empty, constant or sparse.

    Parameters
    ----------
    data
        Cohort; with a split, its training patients alone decide.
    modality
        Required for a MuData.
    max_missing
        Largest share in [0, 1] of patients without a value in a feature that stays.
    max_zeros
        Largest share in [0, 1] of zeros among the values of a feature that stays; 1 keeps all.
    drop_constant
        Drop features with a single value.
    drop_duplicated
        Drop features that equal an earlier one.
    key_added
        Name under which the report is stored.

    Returns
    -------
    ``None``. Replaces the modality's ``X`` and ``var``; the matrix as it came stays in ``raw``. Sets
    ``uns[key_added]`` of the modality: ``features`` (``feature``, ``kept``, ``reason``, and over the training patients
    the numbers ``missing``, ``infinite`` and ``zeros``) and ``settings``.

    Raises
    ------
    DegenerateInputError
        If no feature is left.
    """
    cleaner = FeatureCleaner(
        max_missing=max_missing, max_zeros=max_zeros, drop_constant=drop_constant, drop_duplicated=drop_duplicated
    )
    fitted = learn(data, modality, cleaner)
    settings = {**cleaner.get_params(deep=False), "n_training": fitted.n_training}
    write_transform(data, modality, fitted, results={key_added: {"features": cleaner.report(), "settings": settings}})
