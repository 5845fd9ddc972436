"""AUC or c-index of stored predictions, per part of the split and estimate, the honest one beside the apparent."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from radiogenomics._errors import DegenerateInputError, Fault, RadiogenomicsWarning
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.core.fold_concordance import fold_concordance
from radiogenomics.tl._areas import area_interval, areas_of
from radiogenomics.tl._cindex_precision import Judged, Precision, fitting_factor, resample_weights
from radiogenomics.tl._predictions import ESTIMATES, OUT_OF_FOLD
from radiogenomics.tl._target import Target

#: Those of `rg.tl.evaluate` by default, so that one figure has one interval.
RESAMPLES = 2000
CONFIDENCE = 0.95


def performance_table(predictions: pd.DataFrame, target: Target, patients: pd.Index, *, rng: RNG = 0) -> pd.DataFrame:
    """A row per model, part of the split and estimate: ``measure``, ``value``, ``se``, ``lower``, ``upper``.

    Pairs are formed within the folds of a repeat, and averaged over repeats; intervals are those of
    `rg.tl.evaluate` with its default resamples. NaN where a part has no pair to judge.
    """
    seed = spawn_seeds(generator(rng), 1)[0]
    order = {name: i for i, name in enumerate(ESTIMATES)}
    found = predictions.groupby(["model", "split", "estimate"], sort=False)
    groups = {(str(model), str(part), str(estimate)): table for (model, part, estimate), table in found}
    rows = []
    for model, part, estimate in sorted(groups, key=lambda k: (k[1] not in ("all", "training"), order[k[2]])):
        table = groups[model, part, estimate]
        scores = table.pivot(index="repeat", columns="patient_id", values="score")[list(table["patient_id"].unique())]
        folds = table.pivot(index="repeat", columns="patient_id", values="fold").reindex(columns=scores.columns)
        at = patients.get_indexer(scores.columns)
        own = folds.to_numpy(dtype=np.int64).clip(min=0)
        event = target.event[at]
        head = {
            "model": model, "split": part, "estimate": estimate, "n": len(at),
            "n_events": int((event == 1).sum()),
        }  # fmt: skip
        time = None if target.time is None else target.time[at]
        try:
            judged = _judge(time, event, scores.to_numpy(dtype=float), own, estimate == OUT_OF_FOLD, seed)
        except DegenerateInputError as error:
            warnings.warn(f"no figure of the {part} patients: {error}", RadiogenomicsWarning, stacklevel=3)
            judged = dict.fromkeys(("value", "se", "lower", "upper"), float("nan"))
        rows.append({**head, "measure": "auc" if time is None else "c_index", **judged, "confidence": CONFIDENCE})
    return pd.DataFrame(rows)


def _judge(
    time: FloatArray | None, event: FloatArray, scores: FloatArray, folds: IntArray, refitted: bool, seed: int
) -> dict[str, float]:  # fmt: skip
    if time is None:
        positive = event == 1
        found = areas_of(scores[None], folds[None], positive, cross_validated=refitted)
        small = min(int(positive.sum()), int((~positive).sum()))
        if small < 2:
            raise DegenerateInputError("auc", Fault(f"{small} patient(s) of a class", "2 of each"))
        lower, upper, _, _ = area_interval(found, 0, Precision(small, CONFIDENCE))
        ends = {"se": float(found.covariance[0, 0]) ** 0.5, "lower": lower, "upper": upper}
        return {"value": float(found.auc[0]), **ends}
    weights = resample_weights(event, RESAMPLES, np.random.default_rng(seed))
    value = fold_concordance(time, event, scores[None], folds, per_repeat=True)[:, 0]
    drawn = fold_concordance(time, event, scores[None], folds, weights=weights)
    events, n_folds = int((event == 1).sum()), int(folds.max()) + 1
    overlap = n_folds / (n_folds - 1) if refitted else 1.0
    judged = Judged(value.mean(axis=0), drawn, value, overlap, fitting_factor(events) if refitted else 1.0)
    c, se = judged.of_model(0)
    return {"value": c, **Precision(events, CONFIDENCE).bounds_of_share(c, se)}
