"""Stored comparison of batches before and after harmonisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics._cohort import modality_of
from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort

_TABLES = ("summary", "variance", "pca", "associations", "batches", "left_out")


def batch_effect(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = "batch_effect",
    table: Literal["summary", "variance", "pca", "associations", "batches", "left_out"] = "summary",
) -> pd.DataFrame:
    """How much of the features the batches explain.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.batch_effect`.
    modality
        Modality it was made of; required for a MuData.
    key
        Its ``key_added``.
    table
        ``summary``: R squared over the features by stage and variable; ``variance``: of each feature; ``pca``: two
        principal components by patient; ``associations``: of the batches with variables and outcomes; ``batches``: what
        `rg.pp.combat` took out of each; ``left_out``:
        patients not used and why.

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(modality_of(data, modality), key, table, tables=_TABLES, made_by="batch_effect")
