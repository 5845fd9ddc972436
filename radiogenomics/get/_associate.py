"""Associations of groups with variables and with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("table", "counts", "left_out")


def associate(
    data: Cohort,
    *,
    key: str = "associations",
    table: Literal["table", "counts", "left_out"] = "table",
) -> pd.DataFrame:
    """Associations of groups with variables and with each other.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.associate` was run.
    key
        Name under which the result is stored.
    table
        ``table``: the tests; ``counts``: the contingency tables and quartiles; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="associate")
