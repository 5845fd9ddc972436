"""Stored intraclass correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics._cohort import modality_of
from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort


def icc(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = "icc",
    table: Literal["features", "designs", "left_out"] = "features",
) -> pd.DataFrame:
    """How well features repeated, and which were kept.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.pp.filter_icc`.
    modality
        Modality it was made of; required for a MuData.
    key
        Its ``key_added``.
    table
        ``features``: a row per design and feature; ``designs``: a row per design, with its patients and how many
        features reached the threshold; ``left_out``: re-read patients whose readings were not used and why.

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    adata = modality_of(data, modality)
    return stored_table(
        adata, key, table, tables=("features", "designs", "left_out"), made_by="filter_icc", package="pp"
    )
