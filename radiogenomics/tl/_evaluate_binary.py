"""How well models tell a yes-or-no outcome: discrimination, decisions at a threshold, error of probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.tl._areas import Areas, area_interval, areas, average_roc, weighted_auc
from radiogenomics.tl._cindex_precision import Precision
from radiogenomics.tl._judged_blocks import Block
from radiogenomics.tl._judged_precision import bootstrap_interval, resamples
from radiogenomics.tl._predictions import GIVEN

Row = dict[str, object]
_CHOSEN_HERE = "threshold chosen on these patients"
SAME_SCORE = "every patient has the same score"


@dataclass(frozen=True)
class Threshold:
    """Where the values (repeats, n) of a block are cut, and how that was chosen; NaN where it could not be."""

    at: FloatArray
    chosen: str
    note: str | None = None


def thresholds_of(blocks: Sequence[Block], y: FloatArray, asked: float | str) -> dict[int, Threshold]:
    """Threshold of every block: the number asked for, that of each fit, or Youden's on the model's training patients.

    Raises
    ------
    InputError
        If the number asked for is no probability where a model gives probabilities.
    """
    out: dict[int, Threshold] = {}
    faults: list[Fault] = []
    for k, block in enumerate(blocks):
        own = block.threshold if block.probable else block.cutoff
        if not isinstance(asked, str):
            if block.probable and not 0 <= asked <= 1:
                faults.append(Fault(f"{asked:g}", f"a probability in [0, 1] for model {block.model!r}"))
            out[k] = Threshold(np.full(block.score.shape, float(asked)), "given")
        elif block.estimate == GIVEN:
            out[k] = _learned(block, blocks, y)
        else:
            without = int(np.isnan(own).any(axis=1).sum())
            note = f"no threshold in {without} of {len(own)} repeats; give threshold=" if without else None
            out[k] = Threshold(own, "training patients of each fit", note)
    if faults:
        raise InputError("threshold", list(dict.fromkeys(faults)))
    return out


def _learned(block: Block, blocks: Sequence[Block], y: FloatArray) -> Threshold:
    """Youden's threshold of a model that brings none, on its patients in the learning part."""
    unknown = np.full(block.score.shape, np.nan)
    source = [b for b in blocks if b.model == block.model and b.learning and b.scale == block.scale]
    if not source:
        return Threshold(unknown, "none", "no threshold: no predictions of training patients; give threshold=")
    same = next((b for b in source if b.estimate == block.estimate), source[0])
    try:
        cut = core.roc_threshold(y[same.rows], same.values.mean(axis=0))
    except DegenerateInputError:
        return Threshold(unknown, "none", "no threshold: the training patients are of one class; give threshold=")
    here = same is block
    chosen = "these patients" if here else f"{same.split} patients"
    return Threshold(np.full(block.score.shape, cut), chosen, _CHOSEN_HERE if here else None)


def judge_binary(
    block: Block, y: FloatArray, cut: Threshold, *, n_boot: int, confidence: float, seed: int
) -> dict[str, pd.DataFrame]:
    """Tables ``measures``, ``summary``, ``confusion`` and ``roc`` of one block; ``y`` by patient of the cohort."""
    positive = y[block.rows] == 1
    n1, n = int(positive.sum()), len(positive)
    precision = Precision(min(n1, n - n1), confidence)
    notes = [cut.note] if cut.note else []
    rows: list[Row] = []
    try:
        found = areas([block], positive)
        rows += _area_rows(block, positive, found, precision, n_boot, seed, notes)
        curve = _curve(block, positive)
    except DegenerateInputError:
        notes.append("no fold has patients of both classes")
        rows += [_unknown("auc", "DeLong", n), _unknown("auc", "bootstrap", n)]
        curve = pd.DataFrame()
    called, table = _decisions(block, positive, cut)
    rows += _share_rows(table, confidence, notes)
    weights = resamples(n, n_boot, seed)
    rows += _combined_rows(block, positive, called, weights, precision)
    if block.probable:
        rows += _brier_rows(block, positive, weights, precision)
    name = block.name
    summary = {
        **name, "n": n, "positive": n1, "negative": n - n1, "repeats": len(block.score),
        "folds": int(block.folds.max()) + 1 if block.cross_validated else 0, "threshold": float(cut.at.mean()),
        "threshold_on": block.scale, "threshold_from": cut.chosen, "note": "; ".join(dict.fromkeys(notes)) or None,
    }  # fmt: skip
    return {
        "measures": pd.DataFrame([{**name, **row} for row in rows]),
        "summary": pd.DataFrame([summary]),
        "confusion": pd.DataFrame([{**name, **row} for row in _confusion_rows(table)]),
        "roc": curve if curve.empty else pd.concat([pd.DataFrame([name] * len(curve)), curve], axis=1),
    }


def _unknown(measure: str, method: str, n: float, note: str | None = None) -> Row:
    return {"measure": measure, "value": np.nan, "lower": np.nan, "upper": np.nan, "method": method, "n": n,
            "note": note}  # fmt: skip


def _area_rows(
    block: Block, positive: BoolArray, found: Areas, precision: Precision, n_boot: int, seed: int, notes: list[str]
) -> list[Row]:
    """AUC with DeLong's interval and with that of the bootstrap."""
    auc, n = float(found.auc[0]), len(positive)
    small = min(int(positive.sum()), n - int(positive.sum()))
    if small < 2:
        too_few = "one class only" if small == 0 else "a class of one patient: no interval"
        notes.append(too_few)
        return [{**_unknown("auc", method, n, too_few), "value": auc} for method in ("DeLong", "bootstrap")]
    lower, upper, method, note = area_interval(found, 0, precision)
    if np.ptp(block.score, axis=1).max() == 0:
        note = SAME_SCORE
    elif upper < 0.5:
        note = "higher values go with the negative class"
    if note:
        notes.append(note)
    delong: Row = {"measure": "auc", "value": auc, "lower": lower, "upper": upper, "method": method, "n": n,
                   "note": note}  # fmt: skip
    again = bootstrap_interval(
        "auc", lambda w: weighted_auc(block.score, block.folds, positive, w), resamples(n, n_boot, seed, positive),
        cross_validated=block.cross_validated, precision=precision,
    )  # fmt: skip
    return [delong, {"measure": "auc", "n": n, **again, "note": again["note"] or note}]


def _curve(block: Block, positive: BoolArray) -> pd.DataFrame:
    if positive.all() or not positive.any():
        return pd.DataFrame()
    rate, sensitivity = average_roc(block.score, block.folds, positive)
    return pd.DataFrame({"false_positive_rate": rate, "sensitivity": sensitivity})


def _decisions(block: Block, positive: BoolArray, cut: Threshold) -> tuple[FloatArray, Mapping[str, float]]:
    """Whether each repeat calls each patient positive (NaN without a threshold), and mean counts over repeats."""
    called = np.where(np.isnan(cut.at), np.nan, (block.values >= cut.at).astype(float))
    mean = called.mean(axis=0)
    return called, {
        "tp": float(mean[positive].sum()), "fn": float((1 - mean[positive]).sum()),
        "fp": float(mean[~positive].sum()), "tn": float((1 - mean[~positive]).sum()),
    }  # fmt: skip


def _share_rows(table: Mapping[str, float], confidence: float, notes: list[str]) -> list[Row]:
    """Shares of right decisions with Wilson's intervals."""
    tp, fp, fn, tn = (table[name] for name in ("tp", "fp", "fn", "tn"))
    shares = {
        "accuracy": (tp + tn, tp + tn + fp + fn, "patients"),
        "sensitivity": (tp, tp + fn, "positive patients"),
        "specificity": (tn, tn + fp, "negative patients"),
        "ppv": (tp, tp + fp, "patients called positive"),
        "npv": (tn, tn + fn, "patients called negative"),
    }
    rows: list[Row] = []
    for measure, (right, of, whom) in shares.items():
        if np.isnan(right) or np.isnan(of):
            rows.append(_unknown(measure, "Wilson", np.nan, "no threshold"))
            continue
        found = core.wilson(max(right, 0.0), max(of, right, 0.0), confidence=confidence)
        note = f"no {whom}" if of == 0 else None
        if note and whom.startswith("patients called"):
            notes.append(note)
        rows.append({
            "measure": measure, "value": float(found.value), "lower": float(found.lower), "upper": float(found.upper),
            "method": "Wilson", "n": of, "note": note,
        })  # fmt: skip
    return rows


def _combined_rows(
    block: Block, positive: BoolArray, called: FloatArray, weights: FloatArray, precision: Precision
) -> list[Row]:
    """Balanced accuracy and F1 with intervals of the resamples."""
    n = len(positive)
    if np.isnan(called).any():
        return [_unknown(m, "bootstrap", n, "no threshold") for m in ("balanced_accuracy", "f1")]
    one = positive.astype(float)

    def counts(w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        hit = called @ (w * one).T
        false = called @ (w * (1 - one)).T
        return hit, false, (w @ one)[None], (w @ (1 - one))[None]

    def balanced(w: FloatArray) -> FloatArray:
        hit, false, n1, n0 = counts(w)
        return np.asarray((_over(hit, n1) + 1 - _over(false, n0)) / 2)

    def f1(w: FloatArray) -> FloatArray:
        hit, false, n1, _ = counts(w)
        return _over(2 * hit, hit + false + n1)

    rows = []
    for name, measure in (("balanced_accuracy", balanced), ("f1", f1)):
        found = bootstrap_interval(name, measure, weights, cross_validated=block.cross_validated, precision=precision)
        rows.append({"measure": name, "n": n, **found})
    return rows


def _over(x: FloatArray, y: FloatArray) -> FloatArray:
    return np.asarray(x / np.where(y > 0, y, np.nan))


def _brier_rows(block: Block, positive: BoolArray, weights: FloatArray, precision: Precision) -> list[Row]:
    """Mean squared error of the probabilities, and its share below that of the same probability for everyone."""
    one = positive.astype(float)
    losses = (block.probability - one) ** 2

    def brier(w: FloatArray) -> FloatArray:
        return np.asarray(losses @ w.T / w.sum(axis=1))

    def scaled(w: FloatArray) -> FloatArray:
        share = w @ one / w.sum(axis=1)
        return 1 - _over(brier(w), (share * (1 - share))[None])

    rows = []
    for name, measure in (("brier", brier), ("scaled_brier", scaled)):
        found = bootstrap_interval(name, measure, weights, cross_validated=block.cross_validated, precision=precision)
        rows.append({"measure": name, "n": len(positive), **found})
    return rows


def _confusion_rows(table: Mapping[str, float]) -> list[Row]:
    """Mean counts of the four fields, and their shares of those observed alike."""
    rows: list[Row] = []
    for observed, fields in (("positive", ("tp", "fn")), ("negative", ("fp", "tn"))):
        total = sum(table[f] for f in fields)
        for predicted, field in zip(("positive", "negative"), fields, strict=True):
            share = table[field] / total if total > 0 else np.nan
            rows.append({"observed": observed, "predicted": predicted, "n": table[field], "share": share})
    return rows
