"""What a model rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("importance", "sources", "values", "left_out")


def explain(
    data: Cohort,
    *,
    key: str = "explain",
    table: Literal["importance", "sources", "values", "left_out"] = "importance",
) -> pd.DataFrame:
    """What a model rests on.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.explain` was run.
    key
        Name under which the result is stored.
    table
        ``importance``: per feature; ``sources``: per modality, all its features together (permutation only);
        ``values``: SHAP value of each patient and feature (SHAP only); ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="explain")
