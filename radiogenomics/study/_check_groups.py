"""Whether step cluster can form the groups it is asked for, told from the tables alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics import _keys as keys
from radiogenomics._cohort import dense, training_patients
from radiogenomics._errors import Fault, InputError
from radiogenomics.schemas.study import StudyFile

if TYPE_CHECKING:
    from mudata import MuData

    from radiogenomics._types import FloatArray


def most_clusters(n_patients: int, sample_fraction: float) -> int:
    """The most groups that can be asked for: a resample must have more patients than groups."""
    return round(sample_fraction * n_patients) - 1


def cluster_faults(file: StudyFile, mdata: MuData) -> list[Fault]:
    """Groups that the patients are too few for, and features that must go through step clean first."""
    faults = []
    for modality, settings in (file.steps.cluster or {}).items():
        if modality not in mdata.mod:  # an unknown one is told where the file is read
            continue
        key = f"steps.cluster.{modality}"
        training = training_patients(mdata, mdata.mod[modality])
        n, asked = int(training.sum()), settings.n_clusters
        most = most_clusters(n, settings.sample_fraction)
        if asked != "auto" and asked > most:
            expected = f"at most {most} for {n} patients" if most >= 2 else f"more than {n} patients"
            faults.append(Fault(str(asked), expected, key=f"{key}.n_clusters"))
        extracted = modality in file.computed()
        # What extraction gives is not known yet; ready tables are looked at.
        values = None if extracted else dense(mdata.mod[modality].X)[training]
        faults += _unclean(file, modality, values, [str(v) for v in mdata.mod[modality].var_names])
    return faults


def _unclean(file: StudyFile, modality: str, values: FloatArray | None, names: list[str]) -> list[Fault]:
    import pandas as pd

    from radiogenomics.tl._consensus_cluster import _refuse_unlike_scales

    clean = (file.steps.clean or {}).get(modality)
    key, hint = f"steps.cluster.{modality}", f"Add 'clean: {{{modality}: {{}}}}' to steps"
    scaled = clean is not None and clean.scaling(modality) is not None
    imputed = clean is not None and clean.impute is not False
    if values is None:
        if scaled:
            return []
        what = "features as they are extracted, in unlike units" if clean is None else "features that are not scaled"
        return [Fault(what, "features on comparable scales", key=key, hint=hint if clean is None else "Scale them: "
                      f"steps.clean.{modality}.scale: true")]  # fmt: skip
    values = values[np.isfinite(values).any(axis=1)]  # patients without any value are left out anyway
    gaps = np.asarray(~np.isfinite(values).all(axis=0))
    if gaps.any() and not imputed:
        found = f"{int(gaps.sum())} features with cells without a value, such as {names[int(np.argmax(gaps))]!r}"
        return [Fault(found, "features without gaps", key=key, hint=hint)]
    if modality == keys.RNA or scaled or gaps.any():
        return []
    varies = np.ptp(values, axis=0) > 0
    try:
        _refuse_unlike_scales(values[:, varies], pd.Index(names)[varies])
    except InputError as error:
        fault = error.faults[0] if error.faults else Fault(str(error), "features that vary")
        return [Fault(fault.found, fault.expected, key=key, hint=hint)]
    return []
