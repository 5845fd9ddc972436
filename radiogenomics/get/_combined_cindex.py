"""C-index of each modality alone and of all together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("models", "comparisons", "measures", "measure_differences", "sample_size", "risks", "left_out")


def combined_cindex(
    data: Cohort,
    *,
    key: str = "combined_cindex",
    table: Literal[
        "models", "comparisons", "measures", "measure_differences", "sample_size", "risks", "left_out"
    ] = "models",
) -> pd.DataFrame:
    """C-index of each modality alone and of all together.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.combined_cindex` was run.
    key
        Name under which the result is stored.
    table
        ``models``: c-index of each model; ``comparisons``: differences between models, with tests;
        ``measures``, ``measure_differences``: Uno's c, AUC, Brier score; ``sample_size``: events per coefficient, and
        the patients that each model needs; ``risks``: out-of-fold risk of
        each patient; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="combined_cindex")
