"""Groupings made anew inside every training fold, so that test patients take no part in forming the groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    is_multimodal,
    modality_of,
    patient_columns,
    patients_of,
    raw_features,
    refuse_whole_cohort,
    settings_of,
    training_patients,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._progress import parallel_map
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray
from radiogenomics.ml._pipeline import build_pipeline, columns_needed
from radiogenomics.tl._encoders import Encoder, encoder_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_CLUSTERING = ("method", "metric", "linkage", "n_resamples", "sample_fraction", "feature_fraction")


@dataclass(frozen=True)
class Recipe:
    """How a grouping was made: the features as they came, the transforms, the clustering.

    Attributes
    ----------
    features
        (patients with the modality, all features) as they came.
    obs
        Columns of those patients that the transforms read (batches, covariates).
    available
        Patients that may take part in forming the groups.
    chosen_k
        Whether the number of groups was chosen on all those patients (``n_clusters="auto"``); the folds keep it.
    encoder
        The network that learned the features; none of measured ones.
    views
        Learned features as each outer fold may see them, aligned with `features`; none without.
    """

    name: str
    features: pd.DataFrame
    obs: pd.DataFrame
    available: BoolArray
    pipeline: str
    clustering: dict[str, Any]
    chosen_k: bool
    encoder: Encoder | None = None
    views: tuple[FloatArray, ...] = ()

    def values(self, fold: int | None) -> FloatArray:
        """(patients, features) as they came: all of them, or as outer fold ``fold`` may see them."""
        if fold is not None and self.views:
            return self.views[fold]
        return self.features.to_numpy(dtype=float)  # a frame would be checked column by column


def source_of(data: Cohort, name: str) -> tuple[str | None, str] | None:
    """Modality and key of a grouping that `rg.tl.consensus_cluster` made; ``None`` for any other column."""
    if is_multimodal(data):
        modality, _, key = name.partition(":")
        found = modality in data.mod and "members" in data.mod[modality].uns.get(key, {})
        return (modality, key) if found else None
    return (None, name) if "members" in data.uns.get(name, {}) else None


def is_learned(data: Cohort, name: str) -> bool:
    """Whether a grouping was formed from features: groups of a modality, or a combination of such groups."""
    if source_of(data, name) is not None or (is_multimodal(data) and name.partition(":")[0] in data.mod):
        return True
    stored = data.uns.get(name, {})
    if "sizes" not in stored:
        return False
    return any(is_learned(data, part) for part in settings_of(stored)["groupby"])


def recipe_of(data: Cohort, name: str) -> Recipe:
    """What is needed to make a grouping again on other patients."""
    source = source_of(data, name)
    if source is None:
        raise InputError(
            "refit_groups",
            Fault(
                f"{name!r}, which was not made by rg.tl.consensus_cluster",
                "groupings that it made",
                hint="Of combined groups give the parts: their combinations are a model of their own.",
            ),
        )
    modality, key = source
    adata = modality_of(data, modality)
    stored = adata.uns[key]
    settings = settings_of(stored)
    if settings["metric"] == "precomputed":
        raise InputError(
            "refit_groups", f"{name!r} was made from given distances, which have no groups for new patients"
        )
    clustering = {k: settings[k] for k in _CLUSTERING if settings.get(k) is not None}
    k = int(stored["n_clusters"])
    training = training_patients(data, adata)
    left_out = set(stored[keys.LEFT_OUT][keys.PATIENT].astype(str))
    available = training & ~patients_of(adata).isin(left_out)
    refuse_whole_cohort(data, modality, "refit_groups")
    features = raw_features(data, modality)
    encoder = encoder_of(data, modality, "data" if modality is None else modality)
    at = patients_of(data).get_indexer(features.index)
    return Recipe(
        name,
        features,
        patient_columns(data, modality, columns_needed(str(stored["pipeline"]))),
        available,
        str(stored["pipeline"]),  # that of the clustering: later transforms of the modality took no part in it
        {**clustering, "n_clusters": k, "max_clusters": k},
        settings["n_clusters"] == "auto",
        encoder,
        () if encoder is None else tuple(view[at] for view in encoder.views),
    )


def refitted_groups(
    recipes: Sequence[Recipe], patients: Sequence[str], folds: IntArray, *, rng: RNG, n_jobs: int | None
) -> dict[str, IntArray]:
    """Groups of all ``patients``, formed without the test patients of each fold.

    Parameters
    ----------
    patients
        Those in the columns of ``folds``, in order.
    folds
        (repeats, n) fold in which each patient is tested.

    Returns
    -------
    Per grouping (repeats, folds, n) codes; codes of different folds are not the same groups.
    """
    n_repeats, n_folds = folds.shape[0], int(folds.max()) + 1
    tasks = [(recipe, r, f) for recipe in recipes for r in range(n_repeats) for f in range(n_folds)]
    seeds = spawn_seeds(generator(rng), len(tasks))
    arguments = [
        (recipe, [p for p, k in zip(patients, folds[r], strict=True) if k == f], list(patients), seed, f)
        for (recipe, r, f), seed in zip(tasks, seeds, strict=True)
    ]
    # Each task is a few hundredths of a second, most of it compiled code without the interpreter's lock: workers that
    # are processes, or a linear algebra library with threads of its own, cost more than they bring.
    with threadpool_limits(1):
        made = parallel_map(
            groups_without, arguments, n_jobs=n_jobs, description="Groups in training folds", threads=True
        )
    shape = (len(recipes), n_repeats, n_folds, len(patients))
    return {recipe.name: codes for recipe, codes in zip(recipes, np.reshape(made, shape), strict=True)}


def groups_without(
    recipe: Recipe, test: list[str], patients: list[str], seed: int, fold: int | None = None
) -> IntArray:
    """Groups of ``patients`` when transforms and groups are fitted on everyone available but ``test``.

    ``fold``: that of the outer folds in which ``test`` are tested, whose view of learned features is taken.
    """
    from radiogenomics.ml._consensus_clusterer import ConsensusClusterer

    learn = recipe.available & ~recipe.features.index.isin(test)
    pipeline = build_pipeline(recipe.pipeline)
    values = recipe.values(fold)
    pipeline.fit(values[learn], obs=recipe.obs[learn])
    x = np.asarray(pipeline.transform(values, obs=recipe.obs), dtype=float)
    x = x[:, np.isfinite(x).all(axis=0) & (np.ptp(np.where(np.isfinite(x), x, 0)[learn], axis=0) > 0)]
    if x.shape[1] < 2:
        raise DegenerateInputError("refit_groups", f"{recipe.name!r}: fewer than 2 features vary in a training fold")
    clusterer = ConsensusClusterer(**recipe.clustering, random_state=seed, n_jobs=1).fit(x[learn])
    codes = np.empty(len(x), dtype=np.int64)
    codes[learn] = clusterer.labels_
    codes[~learn] = clusterer.predict(x[~learn])
    return codes[recipe.features.index.get_indexer(pd.Index(patients))]
