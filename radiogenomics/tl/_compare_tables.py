"""Tables of a comparison of models: predictions, areas, what was chosen."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.tl._areas import area_interval, areas_of
from radiogenomics.tl._cindex_precision import Precision
from radiogenomics.tl._compare_sets import NamedSet
from radiogenomics.tl._compare_units import Made, Unit, UnitResult
from radiogenomics.tl._predictions import APPARENT, COLUMNS, HELD_OUT, OUT_OF_FOLD

#: The model that each training fold picks by its inner AUC: an honest figure for "the best of them".
WINNER = "picked by inner folds"


@dataclass(frozen=True)
class Fit:
    """A model of a unit under its name."""

    unit: Unit
    named: NamedSet
    made: Made

    @property
    def model(self) -> str:
        return self.named.model(self.made.classifier, self.made.sampling)


def fits_of(units: Sequence[Unit], sets: Sequence[NamedSet], results: Sequence[UnitResult]) -> list[Fit]:
    """All models of all units; ``results`` has those of the first unit for each set, then of the next."""
    pairs = [(unit, named) for unit in units for named in sets]
    return [Fit(unit, named, m) for (unit, named), r in zip(pairs, results, strict=True) for m in r.made]


def picked(fits: Sequence[Fit]) -> list[Fit]:
    """Of each unit the model of the largest inner AUC, the first of equals."""
    best: dict[tuple[int, int], Fit] = {}
    for fit in fits:
        at = (fit.unit.repeat, fit.unit.fold)
        if at not in best or fit.made.inner_auc > best[at].made.inner_auc + 1e-12:
            best[at] = fit
    return list(best.values())


def prediction_table(fits: Sequence[Fit], patients: pd.Index, part: pd.Series, learning: str) -> pd.DataFrame:
    """Rows of every model and patient; models in the order of their first appearance, the picked one last."""
    frames = [_predictions(fit, fit.model, patients, part, learning) for fit in fits]
    frames += [_predictions(fit, WINNER, patients, part, learning) for fit in picked(fits)]
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]


def _predictions(fit: Fit, model: str, patients: pd.Index, part: pd.Series, learning: str) -> pd.DataFrame:
    made, unit = fit.made, fit.unit
    split = part.to_numpy()[unit.judge]
    estimate = np.where(split == learning, OUT_OF_FOLD if unit.fold >= 0 else APPARENT, HELD_OUT)
    return pd.DataFrame({
        keys.PATIENT: patients[unit.judge], "model": model, "split": split, "estimate": estimate, "repeat": unit.repeat,
        "fold": unit.fold, "score": made.score, "probability": made.probability, "cutoff": made.cutoff,
        "threshold": made.threshold, "group": np.where(made.score >= made.cutoff, "high", "low"),
    })  # fmt: skip


def tuning_table(fits: Sequence[Fit]) -> pd.DataFrame:
    """One row per model and unit: settings chosen, their inner AUC, cut-offs, and whether the model was picked."""
    best = {id(fit) for fit in picked(fits)}
    rows = []
    for fit in fits:
        made = fit.made
        intercept, slope = made.sigmoid or (np.nan, np.nan)
        rows.append({
            "model": fit.model, "repeat": fit.unit.repeat, "fold": fit.unit.fold, "chosen": json.dumps(made.settings),
            "tried": made.tried, "inner_auc": made.inner_auc, "cutoff": made.cutoff, "threshold": made.threshold,
            "calibration_intercept": intercept, "calibration_slope": slope, "picked": id(fit) in best,
        })  # fmt: skip
    return pd.DataFrame(rows)


def selection_table(units: Sequence[Unit], sets: Sequence[NamedSet], results: Sequence[UnitResult]) -> pd.DataFrame:
    """One row per set and feature that any fit used: share of the training folds, and whether the fit of all did."""
    used: dict[tuple[str, str], dict[str, object]] = {}
    n_folds = sum(unit.fold >= 0 for unit in units)
    pairs = [(unit, named) for unit in units for named in sets]
    for (unit, named), result in zip(pairs, results, strict=True):
        for column in result.columns:
            row = used.setdefault((named.name, column.name), {
                "features": named.features, "sequences": named.sequences, "feature": column.name,
                "source": column.source, "frequency": 0.0, "in_all": False,
            })  # fmt: skip
            if unit.fold >= 0:
                row["frequency"] = float(row["frequency"]) + 1.0 / n_folds  # type: ignore[arg-type]
            else:
                row["in_all"] = True
    columns = ["features", "sequences", "feature", "source", "frequency", "in_all"]
    table = pd.DataFrame(list(used.values()), columns=columns)
    order = {(named.features, named.sequences): i for i, named in enumerate(sets)}
    table["frequency"] = table["frequency"].astype(float).round(12)
    rank = [order[f, s] for f, s in zip(table["features"], table["sequences"], strict=True)]
    return (
        table.assign(rank=rank)
        .sort_values(["rank", "frequency"], ascending=[True, False], kind="stable")
        .drop(columns="rank")
        .reset_index(drop=True)
    )


def model_table(
    predictions: pd.DataFrame, truth: pd.Series, described: pd.DataFrame, confidence: float
) -> pd.DataFrame:
    """AUC of every model, part of the split and estimate, the honest one before the apparent one.

    `truth` holds 0 or 1 by patient; `described` what each model is, in order.
    """
    names = list(described["model"])
    rows = []
    blocks = {(str(s), str(e)): block for (s, e), block in predictions.groupby(["split", "estimate"], sort=False)}
    splits = ["all", *keys.SPLITS]
    for split, estimate in sorted(blocks, key=lambda b: (splits.index(b[0]), b[1] == APPARENT)):
        block = blocks[split, estimate]
        scores, folds, patients = stacked(block, names)
        y = truth.loc[patients].to_numpy(dtype=np.int64)
        values, lower, upper, method = _areas(y, scores, folds, split, estimate, confidence)
        rows.append(described.assign(
            split=split, estimate=estimate, auc=values, lower=lower, upper=upper, method=method, n=len(y),
            n_positive=int(y.sum()),
        ))  # fmt: skip
    table = pd.concat(rows, ignore_index=True)
    order = {name: i for i, name in enumerate(names)}
    out: pd.DataFrame = table.iloc[np.argsort([order[m] for m in table["model"]], kind="stable")]
    return out.reset_index(drop=True)


def stacked(block: pd.DataFrame, names: Sequence[str]) -> tuple[FloatArray, IntArray, pd.Index]:
    """Scores (models, repeats, n), folds (repeats, n) and the patients of rows of one split and estimate."""
    wide = block.pivot(index=["model", "repeat"], columns=keys.PATIENT, values="score")
    fold = block[block["model"] == names[0]].pivot(index="repeat", columns=keys.PATIENT, values="fold")
    scores = np.stack([wide.loc[name].to_numpy(dtype=float) for name in names])
    return scores, np.maximum(fold.to_numpy(dtype=np.int64), 0), wide.columns


def _areas(
    y: IntArray, scores: FloatArray, folds: IntArray, split: str, estimate: str, confidence: float
) -> tuple[FloatArray, FloatArray, FloatArray, list[str]]:
    small = min(int(y.sum()), int((1 - y).sum()))
    if small < 2:
        warnings.warn(
            f"{split} patients cannot be judged: {small} of a class; at least 2 are needed.",
            RadiogenomicsWarning,
            stacklevel=4,
        )
        blank = np.full(len(scores), np.nan)
        return blank, blank, blank, ["not estimable"] * len(scores)
    own = np.broadcast_to(folds, scores.shape)
    found = areas_of(scores, own, y == 1, cross_validated=estimate == OUT_OF_FOLD)
    precision = Precision(small, confidence)
    lower, upper, methods, _ = zip(*(area_interval(found, m, precision) for m in range(len(scores))), strict=True)
    return found.auc, np.array(lower), np.array(upper), list(methods)


#: Of figures that nobody's own model gave, but whose patients decided which model is named.
CHOSEN_HERE = "chosen on these patients"


def best_table(models: pd.DataFrame) -> pd.DataFrame:
    """Two ways to name a best model: the highest figure of all (:data:`CHOSEN_HERE`), and picked by inner folds."""
    rows = []
    for split in dict.fromkeys(models["split"]):
        block = models[(models["split"] == split) & (models["estimate"] != APPARENT)]
        others = block[block["model"] != WINNER].dropna(subset=["auc"])
        if others.empty:
            continue
        top = others.loc[others["auc"].idxmax()]
        own = block[block["model"] == WINNER].iloc[0]
        for row, how, label in (
            (top, f"highest AUC of {len(others)} models, on the patients who decided it", CHOSEN_HERE),
            (own, "picked in each training set by its inner folds", str(own["estimate"])),
        ):
            rows.append({
                "split": split, "how": how, "model": row["model"], "label": label, "auc": row["auc"],
                "lower": row["lower"], "upper": row["upper"],
            })  # fmt: skip
    return pd.DataFrame(rows)
