"""A classifier of groups by shrunken centroids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("errors", "path", "genes", "order", "predictions", "confusion", "left_out")


def shrunken_centroids(
    data: Cohort,
    *,
    key: str = "shrunken_centroids",
    table: Literal["errors", "path", "genes", "order", "predictions", "confusion", "left_out"] = "errors",
    threshold: float | None = None,
) -> pd.DataFrame:
    """A classifier of groups by shrunken centroids.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.shrunken_centroids` was run.
    key
        Name under which the result is stored.
    table
        ``errors``: the share told wrongly, apparent and honest; ``path``: per threshold; ``genes``: of the classifier;
        ``order``: the threshold at which each gene leaves; ``predictions``: per patient; ``confusion``: per estimate,
        group and predicted group; ``left_out``: patients not used and why.
    threshold
        With ``order``: the genes that are left at this threshold.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    found = stored_table(data, key, table, tables=_TABLES, made_by="shrunken_centroids")
    if threshold is None:
        return found
    if table != "order":
        raise InputError("threshold", Fault(f"{threshold:g} with table {table!r}", "table='order'"))
    return found[found["leaves_at"] > threshold].reset_index(drop=True)
