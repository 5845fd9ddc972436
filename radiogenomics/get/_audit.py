"""Who is in the cohort, with what, and who was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import frame_of, result_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def audit(data: Cohort, *, key: str = keys.AUDIT) -> pd.DataFrame:
    """One row per patient of any file.

    Parameters
    ----------
    data
        Cohort made by `rg.io.assemble_cohort`.
    key
        Name under which the audit is stored.

    Returns
    -------
    ``patient_id``; ``in_clinical``; ``has_<modality>`` for each modality; ``split`` (``all`` without one, ``none`` for
    patients in no part); ``kept``; ``reason`` (``no modality``, ``no clinical row`` or empty); ``note`` (an id of
    another file that looks like this one, or empty).
    """
    result_of(data, key, made_by="assemble_cohort", package="io")
    return frame_of(data.uns, key)
