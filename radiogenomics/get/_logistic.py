"""Odds ratios of logistic models."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("multivariable", "univariable", "choice", "lasso", "fit", "predictions", "left_out")


def logistic(
    data: Cohort,
    *,
    key: str = "logistic",
    table: Literal[
        "multivariable", "univariable", "choice", "lasso", "fit", "predictions", "left_out"
    ] = "multivariable",
) -> pd.DataFrame:
    """Odds ratios of the logistic models.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.logistic` was run.
    key
        Name under which the result is stored.
    table
        ``univariable`` and ``multivariable``: odds ratios; ``choice``: which variables entered and were dropped, by
        which p-value, and how often in the training folds; ``lasso``: the penalised alternative; ``fit``;
        ``predictions``: of each patient, apparent, out of fold and held out; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.

    Warns
    -----
    RadiogenomicsWarning
        If the p-thresholds left no variable for the table ``multivariable``.
    """
    found = stored_table(data, key, table, tables=_TABLES, made_by="logistic")
    if table == "multivariable" and found.empty:
        warnings.warn(
            f"{key!r}: the p-thresholds left no variable, so the table is empty. table='univariable' has each variable "
            "alone, table='choice' why it was dropped, table='lasso' the penalised model of all.",
            RadiogenomicsWarning,
            stacklevel=2,
        )
    return found
