"""Genes that set a group of patients apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("table", "profiles", "candidates", "left_out")


def differential_expression(
    data: Cohort,
    *,
    key: str = "differential_expression",
    table: Literal["table", "profiles", "candidates", "left_out"] = "table",
) -> pd.DataFrame:
    """Genes that set a group of patients apart.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.differential_expression` was run.
    key
        Name under which the result is stored.
    table
        ``table``: one row per gene; ``profiles``: values of the first genes by patient; ``candidates``: the
        groups the worst was chosen from; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="differential_expression")
