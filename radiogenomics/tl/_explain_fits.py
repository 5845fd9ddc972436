"""Models of a stored comparison made again, one per training set, checked against what they had predicted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import frame_of, patients_of, result_of, settings_of, unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import IntArray
from radiogenomics.ml._classifiers import CLASSIFIERS
from radiogenomics.tl._compare_sets import NamedSet, named_sets
from radiogenomics.tl._compare_tables import WINNER
from radiogenomics.tl._compare_units import Again, Plan, Unit, fit_again
from radiogenomics.tl._feature_sets import FeatureSet, feature_set
from radiogenomics.tl._predictions import APPARENT, HELD_OUT, OUT_OF_FOLD
from radiogenomics.tl._selectors import checked_select
from radiogenomics.tl._target import target_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class Chosen:
    """One training set's model: what it is, and which patients it is explained on.

    Attributes
    ----------
    judged
        (split, estimate) -> positions of patients.
    score
        What the model had told them, by position.
    """

    unit: Unit
    features: FeatureSet
    classifier: str
    sampling: str
    settings: dict[str, Any]
    judged: dict[tuple[str, str], IntArray]
    score: pd.Series

    def again(self, plan: Plan) -> Again:
        """The model, refused where it does not predict as it had."""
        made = fit_again(
            plan, self.features, self.unit, classifier=self.classifier, sampling=self.sampling, settings=self.settings
        )
        rows = np.concatenate(list(self.judged.values()))
        told = made.fitted.score(made.features(self.features, rows))
        if not np.allclose(told, self.score.loc[rows], rtol=1e-6, atol=1e-8):
            raise InputError(
                "explain",
                Fault("models that do not predict as they did when they were compared", "the cohort as it was then",
                      hint="Run rg.tl.compare_models again on this cohort."),
            )  # fmt: skip
        return made


def chosen_models(data: Cohort, key: str, model: str, *, apparent: bool) -> tuple[Plan, list[Chosen], dict[str, Any]]:
    """The plan, the model in every training set, and the settings of the comparison."""
    stored = result_of(data, key, made_by="compare_models")
    settings = settings_of(stored)
    if "tuning" not in stored or "grids" not in settings:
        raise InputError("key", Fault(f"{key!r}, made by another function", "a result of rg.tl.compare_models"))
    tuning = frame_of(stored, "tuning")
    own = tuning[tuning["picked"]] if model == WINNER else tuning[tuning["model"] == model]
    if own.empty:
        raise unknown_name("model", model, [*tuning["model"].unique(), WINNER])
    target = target_of(data, settings["outcome"])
    plan = Plan(
        target, checked_select(settings["select"], target), settings["impute"], {}, (), settings["smote_neighbors"],
        settings["inner_folds"],
    )  # fmt: skip
    named = {
        s.model(c, how): (s, c, how)
        for s in named_sets(data, settings["feature_sets"], settings["sequences"])
        for c in CLASSIFIERS
        for how in settings["sampling"]
    }
    sets = {s: feature_set(data, s.items, impute=plan.impute) for s in {named[m][0] for m in own["model"]}}
    fits = frame_of(stored, "fits").astype(int)
    seeds = {(r, f): seed for r, f, seed in zip(fits["repeat"], fits["fold"], fits["seed"], strict=True)}
    predictions = frame_of(stored, "predictions")
    predictions = predictions[predictions["model"] == model]
    out = []
    for row in own.itertuples():
        found = _chosen(data, predictions, named[str(row.model)], sets, row, seeds, apparent)
        if found is not None:
            out.append(found)
    return plan, out, settings


def _chosen(
    data: Cohort, predictions: pd.DataFrame, named: tuple[NamedSet, str, str], sets: dict[NamedSet, FeatureSet],
    row: Any, seeds: dict[tuple[int, int], int], apparent: bool,
) -> Chosen | None:  # fmt: skip
    unit, patients = (int(row.repeat), int(row.fold)), patients_of(data)
    everyone = _positions(patients, predictions.loc[predictions["estimate"] == APPARENT, keys.PATIENT])
    if unit[1] >= 0:
        mine = predictions[predictions["estimate"] == OUT_OF_FOLD]
        mine = mine[(mine["repeat"] == unit[0]) & (mine["fold"] == unit[1])]
        learn = np.setdiff1d(everyone, _positions(patients, mine[keys.PATIENT]))
    else:
        wanted = [HELD_OUT, *([APPARENT] if apparent else [])]
        mine, learn = predictions[predictions["estimate"].isin(wanted)], everyone
    if mine.empty:
        return None
    judged = {
        (str(split), str(estimate)): _positions(patients, block[keys.PATIENT])
        for (split, estimate), block in mine.groupby(["split", "estimate"], sort=False)
    }
    score = pd.Series(mine["score"].to_numpy(), index=patients.get_indexer(pd.Index(mine[keys.PATIENT])))
    named_set, classifier, sampling = named
    judge = np.concatenate(list(judged.values()))
    return Chosen(
        Unit(*unit, learn, judge, seeds[unit]), sets[named_set].in_fold(unit[1]), classifier, sampling,
        json.loads(row.chosen), judged, score,
    )  # fmt: skip


def _positions(patients: pd.Index, wanted: pd.Series | Sequence[str]) -> IntArray:
    at = patients.get_indexer(pd.Index(wanted))
    if (at < 0).any():
        gone = [str(p) for p, i in zip(wanted, at, strict=True) if i < 0]
        raise InputError(
            "explain",
            Fault(f"{len(gone)} patient(s) of the comparison missing from the cohort ({gone[0]} ...)",
                  "the cohort that was compared", hint="Run rg.tl.compare_models again on this cohort."),
        )  # fmt: skip
    return np.sort(at).astype(np.int64)
