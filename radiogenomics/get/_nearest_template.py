"""Classes of patients by marker genes as tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics._cohort import modality_of
from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort

_TABLES = ("assigned", "distances", "templates", "left_out")


def nearest_template(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = "nearest_template",
    table: Literal["assigned", "distances", "templates", "left_out"] = "assigned",
) -> pd.DataFrame:
    """Classes of patients by marker genes.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.nearest_template`.
    modality
        Modality; required for a MuData.
    key
        Its ``key_added``.
    table
        ``assigned``: nearest class, class, distance and p-values, per patient; ``distances``: to every class;
        ``templates``: which marker genes were found; ``left_out``: patients without a class and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(modality_of(data, modality), key, table, tables=_TABLES, made_by="nearest_template")
