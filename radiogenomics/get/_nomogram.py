"""Tables of a nomogram, and its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd
from pydantic import ValidationError

from radiogenomics._cohort import result_of, settings_of
from radiogenomics._errors import InputError, UnknownNameError
from radiogenomics.get._table import stored_table
from radiogenomics.ml._clinical_model import ClinicalModel
from radiogenomics.schemas.clinical_model import ModelDocument
from radiogenomics.schemas.messages import faults_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("points", "total", "coefficients", "scores", "predictions", "risks", "fit", "left_out")


def nomogram(
    data: Cohort,
    *,
    key: str = "nomogram",
    table: Literal["points", "total", "coefficients", "scores", "predictions", "risks", "fit", "left_out"] = "points",
) -> pd.DataFrame:
    """Tables of a nomogram.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.nomogram` was run.
    key
        Name under which the result is stored.
    table
        ``points``: of each value and level; ``total``: total points at which probabilities are reached;
        ``coefficients``: hazard or odds ratios; ``scores``: points and probability of each patient by the final model;
        ``predictions``, ``risks``: of each patient in every way (apparent, out of fold, held out); ``fit``;
        ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="nomogram")


def nomogram_model(data: Cohort, *, key: str = "nomogram") -> ClinicalModel:
    """The model behind a nomogram, which predicts new patients and can be written to a file.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.nomogram` was run.
    key
        Name under which the result is stored.

    Returns
    -------
    ClinicalModel
        ``.predict(table)`` gives total points, linear predictor, probability and interval of the patients of a table
        with the columns ``.terms``; `rg.io.write_model` keeps it.

    Raises
    ------
    UnknownNameError
        If there is no such result.
    InputError
        If what is stored is no model.
    """
    result = result_of(data, key, made_by="nomogram")
    if "model" not in result:
        raise UnknownNameError("result", f"{key!r} holds no model of rg.tl.nomogram: another function made it")
    try:
        return ClinicalModel(ModelDocument.model_validate(settings_of(result, "model")))
    except ValidationError as error:
        raise InputError(f"model of {key!r}", faults_of(error, model=ModelDocument)) from error
