"""Groups of new patients by a classifier that another cohort taught."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    frame_of,
    is_multimodal,
    left_out_table,
    modality_of,
    patients_of,
    refuse_whole_cohort,
    result_of,
    settings_of,
    to_uns,
    write_groups,
)
from radiogenomics._errors import Fault, InputError
from radiogenomics.core.shrunken_centroids import class_scores, posteriors
from radiogenomics.tl._assign_clusters import in_training_space

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def assign_centroids(
    data: Cohort,
    reference: Cohort,
    *,
    modality: str | None = None,
    key: str = "shrunken_centroids",
    missing: Literal["error", "leave_out"] = "error",
    min_probability: float = 0.0,
    key_added: str | None = None,
) -> None:
    """Give new patients a group by the shrunken centroids of another cohort.

    Expression must be on the scale of the reference (the same platform and normalisation): a shift of all genes would
    be read as a group. Patients outside the training part of one cohort's split need no call:
    :func:`radiogenomics.tl.shrunken_centroids` predicts them.

    Parameters
    ----------
    data
        New patients, as they came; recorded transforms of the reference are applied to them.
    reference
        Cohort on which :func:`radiogenomics.tl.shrunken_centroids` was run.
    modality
        Modality, of the same name in both; required for MuData.
    key
        Name of the result in `reference`.
    missing
        Genes of the classifier that `data` lacks: ``"error"``, or ``"leave_out"``: the others decide, and how many are
        missing is stored. Genes it does not use may be missing, unless the reference recorded transforms, which need
        all of them.
    min_probability
        Patients whose likeliest group has less stay without one, and are counted in ``left_out``.
    key_added
        Name of the result in `data`; by default `key`.

    Returns
    -------
    ``None``. Sets ``obs[key_added]`` of the modality (and ``obs["modality:key_added"]``) and ``uns[key_added]``:
    ``assigned`` (one row per patient: group, its probability; one row per patient without one too),
    ``probabilities`` (one row per patient and group), ``missing_genes``, ``settings`` and ``left_out``.

    Raises
    ------
    InputError
        Genes missing (named), values missing, transforms of the new patients' own.
    """
    key_added = key if key_added is None else key_added
    check_key(modality_of(data, modality), key_added, column=True)
    if missing not in ("error", "leave_out"):
        raise InputError("missing", Fault(repr(missing), "'error' or 'leave_out'"))
    if not 0.0 <= min_probability <= 1.0:
        raise InputError("min_probability", Fault(str(min_probability), "a number in [0, 1]"))
    stored = result_of(reference, key, made_by="shrunken_centroids")
    refuse_whole_cohort(reference, modality, "reference")
    settings = settings_of(stored)
    table = frame_of(stored, "genes")
    if table.empty:
        raise InputError("reference", f"{key!r} uses no gene: its threshold shrank all of them away")
    scores = table.pivot(index="gene", columns="group", values="score").reindex(columns=settings["groups"])
    learned = table.drop_duplicates("gene").set_index("gene")
    measured = set(modality_of(data, modality).var_names.astype(str))
    absent = [g for g in scores.index if g not in measured]
    if absent:
        _check_missing(absent, len(scores), missing, settings["pipeline"])
        scores = scores.drop(index=absent)
    learned = learned.loc[scores.index]
    values = in_training_space(data, reference, modality, list(scores.index), settings["pipeline"])
    z = (values.to_numpy(dtype=float) - learned["overall"].to_numpy()) / learned["scale"].to_numpy()
    probability = posteriors(class_scores(z, scores.to_numpy().T, np.array(settings["class_priors"])))
    names = np.array(settings["groups"], dtype=object)
    sure = probability.max(axis=1) >= min_probability
    groups = pd.Series(np.where(sure, names[probability.argmax(axis=1)], None), index=values.index, dtype=object)
    left_out = {str(p): f"unassigned: probability under {min_probability:g}" for p in values.index[~sure]}
    own = patients_of(modality_of(data, modality))
    left_out |= {str(p): "no value in any gene" for p in own.difference(values.index, sort=False)}
    if is_multimodal(data):
        left_out |= {str(p): f"no {modality} data" for p in patients_of(data).difference(own, sort=False)}
    patients = values.index.to_numpy(dtype=object)
    result = to_uns(
        assigned=pd.DataFrame(
            {keys.PATIENT: patients, "group": groups.to_numpy(), "probability": probability.max(axis=1)}
        ),
        probabilities=pd.DataFrame(
            {
                keys.PATIENT: np.repeat(patients, len(names)),
                "group": np.tile(names, len(patients)),
                "probability": probability.ravel(),
            }
        ),
        missing_genes=pd.DataFrame({"gene": absent}, dtype=object),
        settings={"modality": modality, "key": key, "missing": missing, "min_probability": min_probability,
                  "n_genes": len(scores), "n_missing": len(absent), "groups": list(names)},
        left_out=left_out_table(left_out),
    )  # fmt: skip
    write_groups(data, modality, key_added, groups)
    modality_of(data, modality).uns[key_added] = result


def _check_missing(absent: list[str], n: int, missing: str, pipeline: str) -> None:
    """Refuse missing genes unless the caller leaves them out and the others suffice."""
    shown = ", ".join(map(repr, absent[:10])) + (" ..." if len(absent) > 10 else "")
    found = f"{len(absent)} of {n} genes of the classifier missing ({shown})"
    if pipeline != "[]":
        raise InputError("data", Fault(found, "all genes, which the recorded transforms of the reference need"))
    if missing == "error":
        hint = "missing='leave_out' lets the others decide."
        raise InputError("data", Fault(found, "all of them, under the names of the reference", hint=hint))
    if len(absent) == n:
        raise InputError("data", Fault(found, "at least one", hint="Are genes named alike in both cohorts?"))
