"""Subdistribution hazard ratios of a competing event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("subdistribution", "left_out")


def fine_gray(
    data: Cohort,
    *,
    key: str = "fine_gray",
    table: Literal["subdistribution", "left_out"] = "subdistribution",
) -> pd.DataFrame:
    """Subdistribution hazard ratios of a competing event.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.fine_gray` was run.
    key
        Name under which the result is stored.
    table
        ``subdistribution``: the ratios; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="fine_gray")
