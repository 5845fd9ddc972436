"""Cohorts with features as an encoder leaves them: folds, views, and who taught the networks."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from radiogenomics._cohort import own_columns
from tests.tl._signatures import cohort


def learned_cohort(
    *, n: int = 120, p: int = 12, folds: int = 5, supervised: bool = True, views: bool = True, leak: float = 3.0,
    signal: bool = False, split: bool = False, name: str = "hscae", seed: int = 1,
) -> MuData:  # fmt: skip
    """Modality ``name`` of ``p`` features that tell the binary outcome of the patients who taught a network.

    The features as they stand, and those of the patients that each network of the views had seen, carry their labels
    (the planted leak); those of patients that a network had not seen are noise, or hold what ``cohort`` planted.
    """
    rng = np.random.default_rng([seed, 7])
    base = cohort(n, p, seed=seed, split=split)
    label = base.obs["lung_metastasis"].to_numpy(dtype=float)
    honest = np.asarray(base.X) if signal else rng.normal(size=(n, p))
    leaked = honest.copy()
    leaked[:, 0] += leak * label
    deep = AnnData(leaked, obs=pd.DataFrame(index=base.obs_names))
    deep.var_names = [f"T1_{name}_{j:03}" for j in range(p)]
    deep.var["model"], deep.var["sequence"], deep.var["dimension"] = name, "T1", np.arange(p)
    learners = np.arange(n) if not split else np.flatnonzero(base.obs["part"] == "training")
    fold = np.full(n, -1)
    # As the package deals them: every fold has its share of events.
    order = learners[np.argsort(label[learners] + rng.random(len(learners)) * 0.5)]
    fold[order] = np.arange(len(order)) % folds
    where = pd.DataFrame({"patient_id": base.obs_names, "fold": fold})
    deep.obs["estimate"] = pd.Categorical(np.where(fold >= 0, "out_of_fold", "unseen"))
    deep.uns["encoder"] = json.dumps({"model": name, "supervised": supervised, "apparent": []})
    deep.uns["folds"] = where[fold >= 0].assign(repeat=0).reset_index(drop=True)
    if views:
        deep.uns["views"] = where
        for k in range(folds):
            deep.obsm[f"view_{k}"] = pd.DataFrame(
                honest + 0.01 * rng.normal(size=(n, p)), index=base.obs_names, columns=deep.var_names
            )
    with own_columns():
        data = MuData({name: deep})
        data.obs = base.obs.reindex(data.obs_names)
    data.uns["outcomes"] = base.uns["outcomes"]
    if split:
        data.uns["split"] = base.uns["split"]
    return data
