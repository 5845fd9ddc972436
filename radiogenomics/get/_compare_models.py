"""Models compared by nested cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("models", "best", "predictions", "tuning", "selection", "fits", "left_out")


def compare_models(
    data: Cohort,
    *,
    key: str = "models",
    table: Literal["models", "best", "predictions", "tuning", "selection", "fits", "left_out"] = "models",
) -> pd.DataFrame:
    """Models compared by nested cross-validation.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.compare_models` was run.
    key
        Name under which the result is stored.
    table
        ``models``: AUC of each model, part of the split and estimate; ``best``: the highest of them, which is
        apparent, beside what inner folds pick; ``predictions``: per patient; ``tuning``: settings chosen in each
        training set (fold -1: all training patients); ``selection``: how often each feature was kept; ``fits``: seeds
        of the training sets; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="compare_models")
