"""Survival of each patient group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = (
    "summary", "curves", "test", "trend", "pairwise", "restricted_mean", "restricted_mean_differences", "horizons",
    "left_out",
)  # fmt: skip


def kaplan_meier(
    data: Cohort,
    *,
    key: str = "kaplan_meier",
    table: Literal[
        "summary",
        "curves",
        "test",
        "trend",
        "pairwise",
        "restricted_mean",
        "restricted_mean_differences",
        "horizons",
        "left_out",
    ] = "summary",
) -> pd.DataFrame:
    """Survival of each patient group.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.kaplan_meier` was run.
    key
        Name under which the result is stored.
    table
        ``summary``: patients, events and median survival per group; ``curves``: the curves; ``test``: log-rank;
        ``trend``: test for a trend over ordered groups (where asked for); ``pairwise``: log-rank of every two groups;
        ``restricted_mean``, ``restricted_mean_differences``: mean survival time up to a horizon; ``horizons``:
        survival at each horizon (where asked for); ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="kaplan_meier")
