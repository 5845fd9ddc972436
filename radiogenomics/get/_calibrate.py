"""Agreement of predicted probabilities with what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("measures", "test", "groups", "curve", "left_out")


def calibrate(
    data: Cohort,
    *,
    key: str = "calibrate",
    table: Literal["measures", "test", "groups", "curve", "left_out"] = "measures",
) -> pd.DataFrame:
    """Agreement of predicted probabilities with what happened.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.calibrate` was run.
    key
        Name under which the result is stored.
    table
        ``measures``: intercept, slope, Brier scores and others; ``test``: Hosmer and Lemeshow's (binary outcomes);
        ``groups``: predicted and observed by group of prediction; ``curve``: the smooth curve; ``left_out``: patients
        not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="calibrate")
