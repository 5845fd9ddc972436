"""Cumulative incidence of competing events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("summary", "incidence", "gray", "horizons", "left_out")


def cumulative_incidence(
    data: Cohort,
    *,
    key: str = "cumulative_incidence",
    table: Literal["summary", "incidence", "gray", "horizons", "left_out"] = "summary",
) -> pd.DataFrame:
    """Cumulative incidence of competing events.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.cumulative_incidence` was run.
    key
        Name under which the result is stored.
    table
        ``summary``: patients and events of each cause; ``incidence``: the curves; ``gray``: Gray's tests; ``horizons``:
        incidence at each horizon; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="cumulative_incidence")
