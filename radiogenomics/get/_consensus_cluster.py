"""Stored patient groups as tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from radiogenomics import _keys as keys
from radiogenomics._cohort import frame_of, modality_of, result_of

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort


def consensus_cluster(
    data: Cohort,
    *,
    modality: str | None = None,
    key: str = keys.GROUPS,
    table: Literal["members", "evidence", "cdf", "centroids", "features_left_out", "left_out"] = "members",
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
        ``"members"`` (patient_id, group, item_consensus, split, confidence), ``"evidence"`` (one row per k),
        ``"cdf"`` (k, value, cdf), ``"centroids"`` (one row per feature), ``"features_left_out"`` or ``"left_out"``.
    """
    result = result_of(modality_of(data, modality), key, made_by="consensus_cluster")
    return frame_of(result, table)
