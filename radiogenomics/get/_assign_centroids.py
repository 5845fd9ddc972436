"""Groups of new patients by shrunken centroids as tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics._cohort import modality_of
from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort

_TABLES = ("assigned", "probabilities", "missing_genes", "left_out")


def assign_centroids(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = "shrunken_centroids",
    table: Literal["assigned", "probabilities", "missing_genes", "left_out"] = "assigned",
) -> pd.DataFrame:
    """Groups that the classifier of another cohort gave to new patients.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.assign_centroids`.
    modality
        Modality; required for a MuData.
    key
        Its ``key_added``.
    table
        ``assigned``: group and its probability, per patient; ``probabilities``: of every group; ``missing_genes``:
        genes of the classifier that the cohort lacks; ``left_out``: patients without a group and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(modality_of(data, modality), key, table, tables=_TABLES, made_by="assign_centroids")
