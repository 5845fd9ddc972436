"""Stored joint groups as tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics.get._table import stored_table, summary_of

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort

_TABLES = ("members", "summary", "evidence", "sources", "factors", "variance_explained", "left_out")


def integrate(
    data: Cohort,
    *,
    key: str = "integrated",
    table: Literal[
        "members", "summary", "evidence", "sources", "factors", "variance_explained", "left_out"
    ] = "members",
) -> pd.DataFrame:
    """Table of an integration.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.integrate`.
    key
        Its ``key_added``.
    table
        ``"members"`` (patient_id, group, confidence, n_modalities, split), ``"summary"`` (one row:
        groups, patients, and the p-value over all numbers of groups, NaN where their number was given),
        ``"evidence"`` (one row per k),
        ``"sources"`` (one row per modality), ``"left_out"``; of MOFA+ ``"factors"`` (one row per patient) and
        ``"variance_explained"`` (modality, factor, %).

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    if table == "summary":
        return summary_of(data, key, made_by="integrate")
    return stored_table(data, key, table, tables=_TABLES, made_by="integrate")
