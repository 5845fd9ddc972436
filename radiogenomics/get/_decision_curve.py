"""Net benefit of models over thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("curve", "summary", "left_out")


def decision_curve(
    data: Cohort, *, key: str = "decision_curve", table: Literal["curve", "summary", "left_out"] = "curve"
) -> pd.DataFrame:
    """Net benefit of models over thresholds.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.decision_curve` was run.
    key
        Name under which the result is stored.
    table
        ``curve``: net benefit and its relatives at each threshold; ``summary``: prevalence, and the thresholds at
        which the model is better than treating everyone or nobody; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="decision_curve")
