"""How good the predictions of models are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("measures", "summary", "confusion", "roc", "groups", "left_out")


def evaluate(
    data: Cohort,
    *,
    key: str = "evaluate",
    table: Literal["measures", "summary", "confusion", "roc", "groups", "left_out"] = "measures",
) -> pd.DataFrame:
    """How good the predictions of models are.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.evaluate` was run.
    key
        Name under which the result is stored.
    table
        ``measures``: every figure with its interval; ``summary``: patients, classes or events, thresholds and notes;
        ``confusion`` and ``roc`` (binary outcomes): counts at the threshold, points of the curves; ``groups``
        (survival): the high and the low group; ``left_out``: patients not judged, or not by every model, and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="evaluate")
