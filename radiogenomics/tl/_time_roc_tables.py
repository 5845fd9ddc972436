"""Areas, comparisons and curves of time-dependent ROC, by block of predictions and horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import outcome_of
from radiogenomics._errors import InputError
from radiogenomics._types import FloatArray
from radiogenomics.core.fold_concordance import fold_auc
from radiogenomics.tl._cindex_precision import FEW_EVENTS, Judged, Precision, resample_weights
from radiogenomics.tl._judged_blocks import Block
from radiogenomics.tl._judged_precision import OVERLAP
from radiogenomics.tl._predictions import Predictions
from radiogenomics.tl._target import Target

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_COLUMNS = ("split", "estimate", "horizon", "model", "reference", "n", "difference", "se", "lower", "upper", "p_value")


def survival_among(data: Cohort, parts: Sequence[Predictions]) -> str | None:
    """The survival outcome among those that models were made for, or the first where they are findings only.

    ``None`` where there is none, or several.
    """
    own = {part.outcome for part in parts if part.outcome is not None}
    registered = data.uns.get(keys.OUTCOMES, {})
    survival = [name for name in own if name in registered and registered[name]["kind"] == "survival"]
    if own and not survival:
        return outcome_of(data, None, kinds=("survival",))[0]
    return survival[0] if len(survival) == 1 else None


def in_order(block: Block) -> Block:
    """Patients in the order of the cohort, so that models of the same patients get the same resamples."""
    return block.of([block.patients[k] for k in np.argsort(block.rows)])


@dataclass(frozen=True)
class Judge:
    """Areas of blocks at horizons, each made once."""

    target: Target
    bootstrap: int
    seed: int
    confidence: float
    _made: dict[tuple[str, str, str, tuple[str, ...], float], Judged | str] = field(default_factory=dict)

    def follow_up(self, block: Block) -> tuple[FloatArray, FloatArray]:
        """Time and event of the patients of a block."""
        assert self.target.time is not None  # of a survival outcome
        return self.target.time[block.rows], self.target.event[block.rows]

    def counts(self, block: Block, horizon: float) -> tuple[int, int]:
        """Cases and controls."""
        time, event = self.follow_up(block)
        return int(((event == 1) & (time <= horizon)).sum()), int((time > horizon).sum())

    def area(self, block: Block, horizon: float) -> Judged | str:
        """AUC with its resamples, or why there is none."""
        key = (block.model, block.split, block.estimate, block.patients, horizon)
        if key not in self._made:
            self._made[key] = self._judged(block, horizon)
        return self._made[key]

    def _judged(self, block: Block, horizon: float) -> Judged | str:
        cases, controls = self.counts(block, horizon)
        if not cases:
            return f"no event by {horizon:g}"
        if not controls:
            return f"nobody is followed beyond {horizon:g}"
        time, event = self.follow_up(block)
        try:
            drawn = fold_auc(
                time, event, block.score[None], block.folds, horizon, per_repeat=True,
                weights=np.vstack([np.ones(len(time)), self._weights(event)]),
            )  # fmt: skip
        except InputError as error:
            return "no fold has a case and a control" if "comparable pair" in str(error) else str(error)
        one = drawn[:, 0]
        overlap = OVERLAP if block.cross_validated else 1.0
        return Judged(one.mean(axis=0), drawn[:, 1:].mean(axis=0), one, overlap)

    def _weights(self, event: FloatArray) -> FloatArray:
        return resample_weights(event, self.bootstrap, np.random.default_rng(self.seed))

    def row(self, block: Block, horizon: float) -> dict[str, object]:
        """Row of the table of areas."""
        cases, controls = self.counts(block, horizon)
        found = self.area(block, horizon)
        head = {**block.name, "horizon": horizon}
        tail: dict[str, object] = {"cases": cases, "controls": controls, "note": None}
        if isinstance(found, str):
            nothing = dict.fromkeys(("value", "se", "lower", "upper"), np.nan)
            return {**head, **nothing, **tail, "note": found}
        value, se = found.of_model(0)
        few = min(cases, controls)
        if np.ptp(block.score, axis=1).max() == 0:
            unknown = dict.fromkeys(("se", "lower", "upper"), np.nan)
            return {**head, "value": value, **unknown, **tail, "note": "all scores alike: nobody is told apart"}
        if few < FEW_EVENTS:
            kind = "case" if cases <= controls else "control"
            rough = "no interval" if few < 2 else "the interval is rough"
            tail["note"] = f"{few} {kind}{'s' if few > 1 else ''}, fewer than {FEW_EVENTS}: {rough}"
            se = se if few > 1 else float("nan")
        precision = Precision(few, self.confidence)
        return {**head, "value": value, **precision.bounds_of_share(value, se), **tail}

    def curve(self, block: Block, horizon: float) -> pd.DataFrame:
        """Points of the curve; none where there is no area."""
        if isinstance(self.area(block, horizon), str):
            return pd.DataFrame()
        time, event = self.follow_up(block)
        found = core.time_roc(time, event, block.score, horizon, folds=block.folds)
        points = np.column_stack([found.false_positive, found.true_positive])
        kept = np.append(True, (np.diff(points, axis=0) > 1e-12).any(axis=1))
        table = pd.DataFrame(points[kept], columns=["false_positive", "true_positive"])
        return table.assign(**block.name, horizon=horizon)

    def difference(self, one: Block, other: Block, horizon: float) -> dict[str, object] | None:
        """First less second on the patients of both; ``None`` where one has no area on them."""
        common = [p for p in one.patients if p in set(other.patients)]
        if not common:
            return None
        pair = [b if len(common) == len(b.patients) else b.of(common) for b in (one, other)]
        first, second = (self.area(b, horizon) for b in pair)
        if isinstance(first, str) or isinstance(second, str):
            return None
        repeats = min(len(first.repeats), len(second.repeats))
        both = Judged(
            np.append(first.value, second.value), np.column_stack([first.drawn, second.drawn]),
            np.column_stack([first.repeats[:repeats], second.repeats[:repeats]]), first.overlap,
        )  # fmt: skip
        value, se = both.of_difference(0, 1)
        precision = Precision(min(self.counts(pair[0], horizon)), self.confidence)
        return {
            "split": one.split, "estimate": one.estimate, "horizon": horizon, "model": one.model,
            "reference": other.model, "n": len(common), "difference": value, **precision.bounds(value, se),
            "p_value": precision.p_value(value, se, "two-sided"),
        }  # fmt: skip


def compared(judge: Judge, blocks: Sequence[Block], horizons: Sequence[float], reference: str | None) -> pd.DataFrame:
    """Every two models of a part and estimate, or every other one with the reference."""
    tables = []
    for where in dict.fromkeys((block.split, block.estimate) for block in blocks):
        own = [block for block in blocks if (block.split, block.estimate) == where]
        pairs = list(combinations(own, 2))
        if reference is not None:
            base = [block for block in own if block.model == reference]
            pairs = [(block, known) for known in base for block in own if block is not known]
        rows = [judge.difference(one, other, h) for one, other in pairs for h in horizons]
        table = pd.DataFrame([row for row in rows if row is not None], columns=list(_COLUMNS))
        table["p_adjusted"] = core.benjamini_hochberg(table["p_value"].to_numpy(dtype=float))
        tables.append(table)
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]
