"""Stored patient groups as tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics import _keys as keys
from radiogenomics._cohort import modality_of
from radiogenomics.get._table import stored_table, summary_of

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort

_TABLES = ("members", "summary", "evidence", "cdf", "centroids", "features_left_out", "left_out")


def consensus_cluster(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = keys.GROUPS,
    table: Literal["members", "summary", "evidence", "cdf", "centroids", "features_left_out", "left_out"] = "members",
) -> pd.DataFrame:
    """Table of a consensus clustering.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.consensus_cluster`.
    modality
        Modality that was clustered; required for a MuData.
    key
        Its ``key_added``.
    table
        ``"members"`` (patient_id, group, item_consensus, split, confidence), ``"summary"`` (one row:
        groups, patients, and the p-value over all numbers of groups, NaN where their number was given),
        ``"evidence"`` (one row per k),
        ``"cdf"`` (k, value, cdf), ``"centroids"`` (one row per feature), ``"features_left_out"`` or ``"left_out"``.

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    where = modality_of(data, modality)
    if table == "summary":
        return summary_of(where, key, made_by="consensus_cluster")
    return stored_table(where, key, table, tables=_TABLES, made_by="consensus_cluster")
