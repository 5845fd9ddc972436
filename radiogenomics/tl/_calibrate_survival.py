"""Calibration of the risk of an event by a horizon, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._errors import InputError
from radiogenomics._types import FloatArray
from radiogenomics.core.hosmer_lemeshow import quantile_groups
from radiogenomics.core.survival_calibration import observed_risk, survival_squared_errors
from radiogenomics.tl._calibrate_binary import (
    UNKNOWN,
    block_notes,
    bootstrap_rows,
    ends_note,
    expected_observed_row,
    noted,
    same_number,
    slope_row,
    smooth,
)
from radiogenomics.tl._cindex_precision import Precision
from radiogenomics.tl._judged_blocks import Block

_MEASURES = ("slope", "expected_observed", "brier", "scaled_brier", "ici")


def calibrate_survival(
    block: Block, time: FloatArray, event: FloatArray, risks: FloatArray, horizon: float, *, groups: int,
    weights: FloatArray, confidence: float,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Tables ``measures``, ``groups`` and ``curve`` of a block at a horizon; ``risks`` (repeats, n)."""
    failed = event * (time <= horizon)
    events, free = int(failed.sum()), int((time > horizon).sum())
    precision = Precision(events, confidence)
    notes = block_notes(events, free)
    logs = ends_note(risks)
    own_notes = {"slope": [*logs], "ici": logs, "brier": [], "scaled_brier": []}
    head: dict[str, Any] = {**block.name, "horizon": horizon}
    tail = {"n": len(time), "events": events, "event_free": free}
    if not events or not (time >= horizon).any():
        said = f"no event by {horizon:g}" if not events else f"follow-up ends at {time.max():g}, before the horizon"
        rows = [{**head, "measure": m, **UNKNOWN, "method": "none", **tail, "note": said} for m in _MEASURES]
        return {"measures": pd.DataFrame(rows), "groups": pd.DataFrame(), "curve": pd.DataFrame()}
    slopes = [core.survival_calibration_slope(time, event, own, horizon) for own in risks]
    rows = [slope_row(slopes, precision, own_notes["slope"])]
    seen, _, _, se = observed_risk(time, event, horizon)
    rows.append(expected_observed_row(float(risks.mean()), seen, se, precision))

    def errors(w: FloatArray) -> FloatArray:
        return np.stack([np.column_stack(survival_squared_errors(time, event, own, horizon, w)) for own in risks])

    try:
        rows += bootstrap_rows(("brier", "scaled_brier"), errors, weights, precision)
    except InputError:  # everyone left is censored at the horizon itself
        own_notes["brier"] = own_notes["scaled_brier"] = [f"no Brier score: nobody is followed beyond {horizon:g}"]
        rows += [{"measure": name, **UNKNOWN, "method": "bootstrap"} for name in ("brier", "scaled_brier")]
    curve, ici = smooth(
        lambda own, at, w: core.survival_calibration_curve(time, event, own, horizon, at, weights=w),
        risks, weights, precision,
    )  # fmt: skip
    rows.append(ici)
    return {
        "measures": pd.DataFrame([noted({**head, **row, **tail}, notes, own_notes) for row in rows]),
        "groups": _groups(time, event, risks, horizon, groups, confidence).assign(**head),
        "curve": curve.assign(**head),
    }


def _groups(
    time: FloatArray, event: FloatArray, risks: FloatArray, horizon: float, groups: int, confidence: float
) -> pd.DataFrame:
    kept = same_number([quantile_groups(own, groups) for own in risks])
    found = [
        core.survival_calibration_groups(time, event, risks[k], horizon, groups=groups, confidence=confidence)
        for k in kept
    ]

    def mean(name: str) -> FloatArray:
        return np.asarray(np.mean([getattr(f, name) for f in found], axis=0))

    names = ("n", "events", "predicted", "observed", "lower", "upper")
    table = pd.DataFrame({name: mean(name) for name in names})
    table.insert(0, "group", np.arange(1, len(table) + 1))
    unknown = f"nobody of the group is followed until {horizon:g}"
    table["note"] = pd.Series([unknown if np.isnan(v) else None for v in table["observed"]], dtype=object)
    return table
