"""How well models tell who has the event earlier: c-indices, and the high against the low group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from radiogenomics import core
from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics._types import FloatArray
from radiogenomics.core.fold_concordance import fold_concordance
from radiogenomics.tl._cindex_precision import Judged, Precision, fitting_factor, resample_weights
from radiogenomics.tl._evaluate_binary import SAME_SCORE, Threshold
from radiogenomics.tl._follow_up import FollowUp
from radiogenomics.tl._judged_blocks import Block
from radiogenomics.tl._predictions import GIVEN

Row = dict[str, object]


def cuts_of(block: Block, blocks: list[Block], asked: float | str) -> Threshold:
    """Cut-off on the score: the number asked for, that of each fit, or the median of the model's training patients."""
    if not isinstance(asked, str):
        return Threshold(np.full(block.score.shape, float(asked)), "given")
    if block.estimate != GIVEN:
        null = float((~np.isfinite(block.cutoff)).mean())
        note = f"{100 * null:.0f} % of the predictions are of null models, which put nobody into the high group"
        return Threshold(block.cutoff, "training patients of each fit", note if null else None)
    source = [b for b in blocks if b.model == block.model and b.learning]
    if not source:
        nothing = np.full(block.score.shape, np.nan)
        return Threshold(nothing, "none", "no cut-off: no predictions of training patients; give threshold=")
    same = next((b for b in source if b.estimate == block.estimate), source[0])
    cut = float(np.median(same.score.mean(axis=0)))
    here = same is block
    return Threshold(
        np.full(block.score.shape, cut), f"median of {'these' if here else same.split} patients",
        "cut-off chosen on these patients" if here else None,
    )  # fmt: skip


def judge_survival(
    block: Block, survival: FollowUp, cut: Threshold, *, horizon: float, n_boot: int, confidence: float, seed: int
) -> dict[str, pd.DataFrame]:
    """Tables ``measures``, ``summary`` and ``groups`` of one block."""
    time, event = survival.time[block.rows], survival.event[block.rows]
    events, n = int((event == 1).sum()), len(time)
    precision = Precision(events, confidence)
    notes = [cut.note] if cut.note else []
    if events < 2:
        notes.append(f"{events} event{'' if events == 1 else 's'}: no interval")
    weights = resample_weights(event, n_boot, np.random.default_rng(seed))
    rows: list[Row] = []
    for name, tau in (("c_index", None), ("uno_c", horizon)):
        try:
            rows.append(_c_row(block, name, _c_of(block, time, event, tau), weights, precision))
        except InputError as error:
            why = error.faults[0].found if error.faults else str(error)
            notes.append(f"no {name}: {why}")
            rows.append({"measure": name, "value": np.nan, "lower": np.nan, "upper": np.nan, "method": "bootstrap",
                         "n": n, "note": why})  # fmt: skip
    high = np.where(np.isnan(cut.at), np.nan, (block.score >= cut.at).astype(float))
    ratio, groups = _high_against_low(block, time, event, high, confidence, notes)
    name_of = block.name
    summary = {
        **name_of, "n": n, "events": events, "repeats": len(block.score),
        "folds": int(block.folds.max()) + 1 if block.cross_validated else 0, "horizon": horizon,
        "threshold": _mean(cut.at), "threshold_on": "score", "threshold_from": cut.chosen,
        "note": "; ".join(dict.fromkeys(notes)) or None,
    }  # fmt: skip
    return {
        "measures": pd.DataFrame([{**name_of, **row} for row in [*rows, ratio]]),
        "summary": pd.DataFrame([summary]),
        "groups": pd.DataFrame([{**name_of, **row} for row in groups]),
    }


def _c_of(block: Block, time: FloatArray, event: FloatArray, tau: float | None) -> Callable[[FloatArray], FloatArray]:
    """(repeats, B) c-index under weights (B, n); Uno's until ``tau`` where there is one."""
    method: Literal["harrell", "uno"] = "harrell" if tau is None else "uno"

    def within_folds(w: FloatArray) -> FloatArray:
        found = fold_concordance(
            time, event, block.score[None], block.folds, weights=w, method=method, tau=tau, per_repeat=True
        )
        return np.asarray(found[:, :, 0])

    def together(w: FloatArray) -> FloatArray:
        return core.concordance_batch(time, event, block.score.T, w, tau=tau, method=method).T

    return within_folds if block.cross_validated else together


def _c_row(
    block: Block, name: str, measure: Callable[[FloatArray], FloatArray], weights: FloatArray, precision: Precision
) -> Row:
    """Value with the interval of `rg.tl.combined_cindex`: symmetric in the log odds."""
    one = measure(np.ones((1, weights.shape[1])))[:, 0]
    drawn = measure(weights).mean(axis=0)[:, None]
    overlap, fitting = (_kept(block), fitting_factor(precision.events)) if block.cross_validated else (1.0, 1.0)
    judged = Judged(np.array([one.mean()]), drawn, one[:, None], overlap, fitting)
    value, se = judged.of_model(0)
    bounds = precision.bounds_of_share(value, se) if precision.events > 1 else {"lower": np.nan, "upper": np.nan}
    note = "higher scores go with later events" if bounds["upper"] < 0.5 else None
    if np.ptp(block.score, axis=1).max() == 0:
        note = SAME_SCORE
    return {
        "measure": name, "value": value, "lower": bounds["lower"], "upper": bounds["upper"],
        "method": f"bootstrap{', corrected for folds' if block.cross_validated else ''}", "n": weights.shape[1],
        "note": note,
    }  # fmt: skip


def _high_against_low(
    block: Block, time: FloatArray, event: FloatArray, high: FloatArray, confidence: float, notes: list[str]
) -> tuple[Row, list[Row]]:
    """Hazard ratio of the high group, and both groups with their sizes, events and the test."""
    folds = ", corrected for folds" if block.cross_validated else ""
    row: Row = {"measure": "hazard_ratio", "value": np.nan, "lower": np.nan, "upper": np.nan, "method": f"Cox{folds}",
                "n": len(time), "note": None}  # fmt: skip
    if np.isnan(high).all(axis=1).any():
        row["note"] = "no cut-off"
        return row, []
    sizes = [(name, np.nansum(inside, axis=1).mean(), np.nansum(inside * event, axis=1).mean())
             for name, inside in (("high", high), ("low", 1 - high))]  # fmt: skip
    row["n"] = int(np.isfinite(high).any(axis=0).sum())
    logs, variances, note = _log_hazards(time, event, high)
    p_value, statistic, test = np.nan, np.nan, "log-rank"
    if note is None:
        value, variance = float(logs.mean()), float(variances.mean())
        if block.cross_validated:
            variance *= _kept(block)
            variance += float(np.var(logs, ddof=1)) if len(logs) > 1 else 0.0
            test, statistic = "Wald, corrected for folds", value / variance**0.5
            p_value = float(2 * ndtr(-abs(statistic)))
        reach = float(ndtri(0.5 + confidence / 2)) * variance**0.5
        row |= {"value": np.exp(value), "lower": np.exp(value - reach), "upper": np.exp(value + reach)}
    else:
        notes.append(note)
        row["note"] = note
    if not block.cross_validated:
        try:
            known = np.isfinite(high[0])
            found = core.logrank(time[known], event[known], high[0][known])
            statistic, p_value = found.statistic, found.p_value
        except DegenerateInputError:
            pass  # one group, or no event: the note says so
    said = {"test": test, "statistic": statistic, "p_value": p_value}
    return row, [{"group": name, "n": n, "events": e, **said} for name, n, e in sizes]


def _kept(block: Block) -> float:
    """K / (K - 1) for K folds that share training patients."""
    k = int(block.folds.max()) + 1
    return k / (k - 1) if k > 1 else 1.0


def _log_hazards(time: FloatArray, event: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray, str | None]:
    """Log hazard ratio and variance by repeat, or why there is none; ``high`` is NaN where there is no cut-off."""
    logs, variances = [], []
    for own in high:
        for name, code in (("high", 1), ("low", 0)):
            if not (own == code).any():
                return np.array([]), np.array([]), f"nobody in the {name} group"
            if not event[own == code].any():
                return np.array([]), np.array([]), f"no event in the {name} group"
        known = np.isfinite(own)
        fit = core.fit_cox(own[known, None], time[known], event[known])
        if not fit.converged:
            return np.array([]), np.array([]), "the hazard ratio is infinite"
        logs.append(float(fit.coef[0]))
        variances.append(float(fit.covariance[0, 0]))
    return np.array(logs), np.array(variances), None


def _mean(values: FloatArray) -> float:
    """Mean of those there are."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
