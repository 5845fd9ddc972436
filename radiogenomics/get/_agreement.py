"""Stored agreement of groupings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort

_TABLES = ("table", "flows", "left_out")


def agreement(
    data: Cohort, *, key: str = "agreement", table: Literal["table", "flows", "left_out"] = "table"
) -> pd.DataFrame:
    """Agreement of groupings, two by two.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.agreement`.
    key
        Its ``key_added``.
    table
        ``"table"``: indices and p-value of each pair; ``"flows"``: patients from each group to each of the next
        grouping; ``"left_out"``: patients not used and why.

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="agreement")
