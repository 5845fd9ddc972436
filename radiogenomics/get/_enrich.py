"""Gene sets enriched in a group of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("table", "coverage", "not_tested", "running", "sets", "left_out")


def enrich(
    data: Cohort,
    *,
    key: str = "enrichment",
    table: Literal["table", "coverage", "not_tested", "running", "sets", "left_out"] = "table",
) -> pd.DataFrame:
    """Gene sets enriched in a group of patients.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.enrich` was run.
    key
        Name under which the result is stored.
    table
        ``table``: one row per gene set (and direction); ``coverage``: how far sets and measured genes meet;
        ``not_tested``: sets outside the size limits; ``running``: running scores of the first sets (prerank only);
        ``sets``: one row per set that was scored in every patient (ssgsea, gsva); ``left_out``: patients not
        used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="enrich")
