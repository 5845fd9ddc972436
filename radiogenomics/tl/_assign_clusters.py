"""Groups of new patients by the centroids of a cohort that was clustered before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    dense,
    frame_of,
    is_multimodal,
    left_out_table,
    modality_of,
    patient_columns,
    patients_of,
    pipeline_of,
    raw_features,
    refuse_whole_cohort,
    result_of,
    settings_of,
    to_uns,
    training_patients,
    unknown_name,
    write_groups,
)
from radiogenomics._errors import Fault, InputError
from radiogenomics.core.cluster_evidence import assignment_confidence
from radiogenomics.core.distance import distance_between, profiles
from radiogenomics.tl._taught import features_taught, recorded

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort


def assign_clusters(
    data: Cohort,
    reference: Cohort,
    *,
    modality: str | None = None,
    key: str = keys.GROUPS,
    min_confidence: float = 0.0,
    key_added: str | None = None,
) -> None:
    """Give new patients the group of the nearest centroid of a clustered cohort.

    The transforms of the reference before its clustering (cleaning, imputation, scaling ...) are fitted on its
    training patients and applied to the new patients as they came; distance is measured in that space by the metric
    of the clustering.
    Patients outside the training part of one cohort's split need no call: `consensus_cluster` assigns them.

    Parameters
    ----------
    data
        New patients, untransformed, with at least the features of the reference.
    reference
        Cohort on which :func:`radiogenomics.tl.consensus_cluster` was run.
    modality
        Modality that was clustered, of the same name in both; required for MuData.
    key
        Name of the result in `reference`.
    min_confidence
        Patients with less confidence stay without a group and are counted in ``left_out``, as are patients without any
        value. Confidence is 1 minus the ratio of the distances to the nearest and the second centroid: 0 midway, 1 on
        the centroid.
    key_added
        Name of the result in `data`; by default `key`.

    Returns
    -------
    ``None``. Sets ``obs[key_added]`` of the modality (and ``obs["modality:key_added"]``) and ``uns[key_added]``:
    ``assigned`` (patient_id, group, distance, confidence), ``settings`` and ``left_out``.

    Raises
    ------
    UnknownNameError
        If `reference` has no clustering of that name.
    InputError
        Features of the reference that the new patients lack, missing values, transforms of their own.
    """
    key_added = key if key_added is None else key_added
    check_key(modality_of(data, modality), key_added, column=True)
    stored = _clustering_of(modality_of(reference, modality), key)
    settings = settings_of(stored)
    centroids = frame_of(stored, "centroids").set_index("feature")
    if not 0.0 <= min_confidence <= 1.0:
        raise InputError("min_confidence", Fault(str(min_confidence), "a number in [0, 1]"))
    if centroids.empty:
        raise InputError("reference", "its groups were made from distances and have no centroids; cluster features")
    new = in_training_space(data, reference, modality, list(centroids.index), str(stored["pipeline"]))
    x = new.to_numpy(dtype=float)
    distances = distance_between(profiles(x, settings["metric"]), centroids.to_numpy(dtype=float).T, settings["metric"])
    confidence = assignment_confidence(distances)
    nearest = distances.argmin(axis=1)
    sure = ~(confidence < min_confidence)
    patients = new.index
    names = centroids.columns.to_numpy()
    groups = pd.Series(np.where(sure, names[nearest], None), index=patients, dtype=object)
    assigned = pd.DataFrame(
        {
            keys.PATIENT: patients.to_numpy(dtype=object),
            "group": groups.to_numpy(),
            "distance": distances.min(axis=1),
            "confidence": confidence,
        }
    )
    unsure = f"unassigned: confidence under {min_confidence:g}"
    left_out = {str(p): unsure for p in patients[~sure]}
    measured = patients_of(modality_of(data, modality))
    left_out |= {str(p): "no value in any feature" for p in measured.difference(patients, sort=False)}
    if is_multimodal(data):
        left_out |= {str(p): f"no {modality} data" for p in patients_of(data).difference(measured, sort=False)}
    result = to_uns(
        assigned=assigned,
        settings={"modality": modality, "metric": settings["metric"], "min_confidence": min_confidence,
                  "n_reference": settings["n_patients"], "n_features": len(centroids), "groups": list(names),
                  **recorded(features_taught(data, modality, patients))},
        left_out=left_out_table(left_out),
    )  # fmt: skip
    write_groups(data, modality, key_added, groups, categories=[str(name) for name in names])
    modality_of(data, modality).uns[key_added] = result


def _clustering_of(reference: AnnData, key: str) -> Mapping[str, Any]:
    """The clustering ``key``, or an error that names those that are there."""
    there = [n for n, r in reference.uns.items() if isinstance(r, Mapping) and {"centroids", "evidence"} <= set(r)]
    if key not in reference.uns and there:
        raise unknown_name("key", key, there)
    return result_of(reference, key, made_by="consensus_cluster")


def in_training_space(
    data: Cohort, reference: Cohort, modality: str | None, features: list[str], recorded: str
) -> pd.DataFrame:
    """New patients with any value after the transforms ``recorded`` at the clustering, the columns of its centroids."""
    from radiogenomics.ml._pipeline import build_pipeline, columns_needed

    refuse_whole_cohort(reference, modality, "reference")
    own, steps = json.loads(pipeline_of(data, modality)), json.loads(recorded)
    if own:
        done = ", ".join(step["estimator"] for step in own)
        raise InputError(
            "data",
            Fault(
                f"features transformed on the new patients alone ({done})",
                "features as they came",
                hint="The transforms of the reference are applied to them here.",
            ),
        )
    learned = raw_features(reference, modality) if steps else None
    needed = list(learned.columns) if learned is not None else features
    given = _given(data, modality, counts=any(step["estimator"] == "CountNormalizer" for step in steps))
    absent = [f for f in needed if f not in given.columns]
    if absent:
        shown = ", ".join(map(repr, absent[:10])) + (" ..." if len(absent) > 10 else "")
        raise InputError("data", Fault(f"{len(absent)} of {len(needed)} features missing ({shown})", "all of them"))
    new = given.loc[given[needed].notna().any(axis=1), needed]
    if new.empty:
        raise InputError("data", f"none of the {len(given)} patients has a value in the features of the reference")
    if learned is not None:
        training = training_patients(reference, modality_of(reference, modality))
        read = columns_needed(recorded)
        obs = patient_columns(reference, modality, read)
        pipeline = build_pipeline(recorded).fit(learned[training], obs=obs[training])
        kept = list(pipeline.get_feature_names_out())
        values = pipeline.transform(new, obs=patient_columns(data, modality, read).loc[new.index])
        new = pd.DataFrame(np.asarray(values, dtype=float), index=new.index, columns=kept)
    x = new[features]
    bad = ~np.isfinite(x.to_numpy(dtype=float))
    if bad.any():
        names = x.columns[bad.any(axis=0)]
        faults = [Fault(f"{int(bad[:, x.columns.get_loc(n)].sum())} patients with NaN or Inf", "finite values",
                        column=str(n)) for n in names[:20]]  # fmt: skip
        raise InputError("data", faults)
    return x


def _given(data: Cohort, modality: str | None, *, counts: bool) -> pd.DataFrame:
    adata = modality_of(data, modality)
    matrix = adata.layers[keys.COUNTS] if counts and keys.COUNTS in adata.layers else adata.X
    return pd.DataFrame(dense(matrix), index=patients_of(adata), columns=adata.var_names.astype(str))
