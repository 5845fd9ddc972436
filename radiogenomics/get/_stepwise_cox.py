"""Stepwise choice of a Cox model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("path", "inclusion", "models", "coefficients", "left_out")


def stepwise_cox(
    data: Cohort,
    *,
    key: str = "stepwise",
    table: Literal["path", "inclusion", "models", "coefficients", "left_out"] = "inclusion",
) -> pd.DataFrame:
    """Stepwise choice of a Cox model.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.stepwise_cox` was run.
    key
        Name under which the result is stored.
    table
        ``path``: the steps; ``inclusion``: how often bootstrap samples chose each variable; ``models``: the models most
        often chosen; ``coefficients``: hazard ratios of the final model; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="stepwise_cox")
