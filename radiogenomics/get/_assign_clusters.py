"""Groups of new patients as a tidy table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics import _keys as keys
from radiogenomics._cohort import modality_of
from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    import pandas as pd

    from radiogenomics._types import Cohort


def assign_clusters(data: Cohort, *, modality: str | None = None, key: str = keys.GROUPS) -> pd.DataFrame:
    """Group, distance to its centroid and confidence of each new patient.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.assign_clusters`.
    modality
        Modality; required for a MuData.
    key
        Its ``key_added``.

    Returns
    -------
    One row per patient: ``patient_id``, ``group`` (missing where unassigned), ``distance``, ``confidence`` in [0, 1].

    Raises
    ------
    UnknownNameError
        If there is no such result.
    """
    where = modality_of(data, modality)
    return stored_table(where, key, "assigned", tables=("assigned",), made_by="assign_clusters")
