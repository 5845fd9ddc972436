"""Stored quality of expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort

_TABLES = ("patients", "summary", "left_out")


def rna_quality(
    data: Cohort, *, key: str = "rna_quality", table: Literal["patients", "summary", "left_out"] = "patients"
) -> pd.DataFrame:
    """Quality of each patient's expression.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.rna_quality`.
    key
        Its ``key_added``.
    table
        ``"patients"``: depth, detected genes, mitochondrial share, sex and distance of each; ``"summary"``: medians and
        numbers of outliers and mismatches; ``"left_out"``: patients not looked at and why.

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="rna_quality")
