"""The radiogenomic map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("table", "summary", "x_hubs", "y_hubs", "map", "null", "control", "removed", "left_out")


def correlate(
    data: Cohort,
    *,
    key: str = "correlation",
    table: Literal["table", "summary", "x_hubs", "y_hubs", "map", "null", "control", "removed", "left_out"] = "table",
) -> pd.DataFrame:
    """Correlations of the features of two modalities.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.correlate` was run.
    key
        Name under which the result is stored.
    table
        ``table``: the strongest pairs; ``summary``: patients, tests and significant pairs; ``x_hubs``, ``y_hubs``:
        features by their number of significant partners; ``map``: correlations of the first hubs; ``null``: largest
        correlation of each permutation; ``control``: significant pairs by family beside those of the control, where
        there was one; ``removed``: features that do not vary; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="correlate")
