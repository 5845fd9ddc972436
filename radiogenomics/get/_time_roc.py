"""Time-dependent ROC curves and their areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("auc", "comparisons", "roc", "left_out")


def time_roc(
    data: Cohort, *, key: str = "time_roc", table: Literal["auc", "comparisons", "roc", "left_out"] = "auc"
) -> pd.DataFrame:
    """Time-dependent ROC curves and their areas.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.time_roc` was run.
    key
        Name under which the result is stored.
    table
        ``auc``: area at each horizon; ``comparisons``: differences between models; ``roc``: points of the curves;
        ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="time_roc")
