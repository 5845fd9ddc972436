"""The columns of ``data.obs`` that a signature writes: honest score and group of every patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import patients_of
from radiogenomics._errors import Fault, InputError
from radiogenomics.tl._predictions import APPARENT

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def check_columns(data: Cohort, key: str) -> None:
    """Refuse to overwrite a column of groups that is not that of an earlier result."""
    name = f"{key}_group"
    if name in data.obs and key not in data.uns:
        found = f"{name!r}, a column of obs that is no result"
        raise InputError("key_added", Fault(found, "a new name", hint="Give another name in key_added="))


def write_columns(data: Cohort, key: str, predictions: pd.DataFrame) -> None:
    """Mean score over repeats, and the group that at least half of the repeats give; missing where there is none."""
    honest = predictions[predictions["estimate"] != APPARENT]
    score = honest.groupby(keys.PATIENT)["score"].mean()
    high = (honest["group"] == "high").groupby(honest[keys.PATIENT]).mean() >= 0.5
    patients = patients_of(data)
    group = high.map({True: "high", False: "low"}).reindex(patients)
    data.obs[key] = score.reindex(patients).to_numpy(dtype=float)
    data.obs[f"{key}_group"] = pd.Categorical(group.to_numpy(), categories=["low", "high"])
