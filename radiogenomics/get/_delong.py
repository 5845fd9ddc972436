"""Tests of the difference of areas under ROC curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def delong(data: Cohort, *, key: str = "delong", table: Literal["pairs", "left_out"] = "pairs") -> pd.DataFrame:
    """DeLong's test of every two models.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.delong` was run.
    key
        Name under which the result is stored.
    table
        ``pairs``: areas, their difference with its interval, and p-values; ``left_out``: patients not judged, or not
        by every model, and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=("pairs", "left_out"), made_by="delong")
