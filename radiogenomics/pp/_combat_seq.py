"""ComBat-seq on raw counts, by inmoose."""

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
    group_name,
    modality_of,
    patients_of,
    pipeline_of,
    replace_modality,
    split_of,
    to_uns,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._optional import optional_import
from radiogenomics.ml._combat_design import Design
from radiogenomics.ml._pipeline import given_columns
from radiogenomics.pp._count_steps import check_counts

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

BEFORE = "counts_before_combat"


def harmonise_counts(
    data: Cohort, modality: str | None, obs: pd.DataFrame, columns: Mapping[str, Any], reference: str | None,
    key_added: str, settings: Mapping[str, Any],
) -> None:  # fmt: skip
    """Adjust ``layers["counts"]`` of all patients together; the counts as they came stay beside them."""
    adata = modality_of(data, modality)
    check_key(adata, key_added)
    if keys.COUNTS not in adata.layers:
        raise InputError("data", "there is no layers['counts']; combat_seq adjusts raw counts (rg.io.read_counts)")
    if json.loads(pipeline_of(data, modality)):
        raise InputError("data", "features were already transformed; harmonise the counts before they are normalised")
    if split_of(data) is not None:
        raise InputError(
            "method",
            Fault(
                "combat_seq with a split",
                "combat, which learns from training patients and is applied to others",
                hint="combat_seq adjusts all patients together and would let test patients teach",
            ),
        )
    given = given_columns(columns, obs)
    labels = given["batch"].astype(object).map(group_name).to_numpy(dtype=str)
    names, sizes = np.unique(labels, return_counts=True)
    if len(names) < 2 or sizes.min() < 2:
        raise DegenerateInputError("batch", Fault(_sizes(names, sizes), "two batches or more of two patients or more"))
    if reference is not None and reference not in names:
        raise InputError("reference", Fault(repr(reference), f"one of {', '.join(map(repr, names.tolist()))}"))
    design = Design.of(given.get("covariates"), len(labels))
    design.refuse_confounded(labels)
    counts = dense(adata.layers[keys.COUNTS])
    check_counts(pd.DataFrame(counts, index=patients_of(adata), columns=adata.var_names.astype(str)))
    pycombat = optional_import("inmoose.pycombat", needed_for="method='combat_seq'")
    covariates = design.matrix(given.get("covariates"), len(labels))
    made = pycombat.pycombat_seq(
        counts.T.astype(int),
        labels.tolist(),
        covar_mod=covariates if covariates.shape[1] else None,
        ref_batch=reference,
    )
    adjusted = np.asarray(made, dtype=float).T
    new = adata.copy()
    new.layers[BEFORE] = adata.layers[keys.COUNTS]
    new.layers[keys.COUNTS] = adjusted
    new.X = adjusted
    new.uns[keys.WHOLE_COHORT] = "combat_seq"
    batches = pd.DataFrame(
        {"batch": names, "n": sizes, "n_training": sizes, "estimated_from": "all patients together",
         "depth_before": [counts[labels == b].sum(axis=1).mean() for b in names],
         "depth_after": [adjusted[labels == b].sum(axis=1).mean() for b in names]}
    )  # fmt: skip
    features = pd.DataFrame({"feature": adata.var_names.astype(str), "adjusted": (adjusted != counts).any(axis=0)})
    told = {
        **settings,
        "n_training": len(labels),
        "n_features": len(features),
        "n_adjusted": int(features["adjusted"].sum()),
    }
    new.uns[key_added] = to_uns(batches=batches, features=features, settings=told)
    replace_modality(data, modality, new)


def _sizes(names: Any, sizes: Any) -> str:
    return ", ".join(f"{name} ({n})" for name, n in zip(names, sizes, strict=True))
