"""Calibration of the probabilities of a yes-or-no outcome, block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from radiogenomics import core
from radiogenomics._errors import DegenerateInputError
from radiogenomics._types import FloatArray, IntArray
from radiogenomics.core.calibration import BOUND, Estimate, squared_errors
from radiogenomics.core.hosmer_lemeshow import quantile_groups
from radiogenomics.core.proportion import wilson
from radiogenomics.tl._bands import Band, band
from radiogenomics.tl._cindex_precision import FEW_EVENTS, Precision
from radiogenomics.tl._judged_blocks import Block
from radiogenomics.tl._predictions import APPARENT

#: Smallest expected number of a cell from which on the chi-squared distribution serves.
FEW_EXPECTED = 5.0
POINTS = 50
UNKNOWN = {"value": np.nan, "lower": np.nan, "upper": np.nan}


def calibrate_binary(
    block: Block, y: FloatArray, *, groups: int, weights: FloatArray, confidence: float
) -> dict[str, pd.DataFrame]:
    """Tables ``measures``, ``test``, ``groups`` and ``curve`` of a block; ``y`` (n,) its outcomes."""
    p, events = block.probability, int(y.sum())
    precision = Precision(min(events, len(y) - events), confidence)
    notes = block_notes(events, len(y) - events)
    logs = ends_note(p)
    own_notes = {"intercept": [*logs], "slope": [*logs], "ici": logs}
    rows = []
    if 0 < events < len(y):
        lines = [core.calibration_line(y, own) for own in p]
        rows.append(_linear("intercept", [line.intercept for line in lines], precision))
        rows.append(slope_row([line.slope for line in lines], precision, own_notes["slope"]))
    else:
        notes.append("one class only")
        rows += [{"measure": name, **UNKNOWN, "method": "Wald"} for name in ("intercept", "slope")]
    rows.append(_expected_observed(p, y, precision))

    def errors(w: FloatArray) -> FloatArray:
        return np.stack([np.column_stack(squared_errors(y, own, w)) for own in p])

    rows += bootstrap_rows(("brier", "scaled_brier"), errors, weights, precision)
    curve, ici = smooth(lambda own, at, w: core.calibration_curve(y, own, at, weights=w), p, weights, precision)
    rows.append(ici)
    head = {**block.name}
    tail = {"n": len(y), "events": events}
    return {
        "measures": pd.DataFrame([noted({**head, **row, **tail}, notes, own_notes) for row in rows]),
        "test": pd.DataFrame([{**head, **_hosmer_lemeshow(block, p, y, groups)}]),
        "groups": _groups(p, y, groups, confidence).assign(**head),
        "curve": curve.assign(**head),
    }


def block_notes(events: int, others: int) -> list[str]:
    """What a reader of the figures has to know."""
    notes = []
    if min(events, others) < FEW_EVENTS:
        kind = "with" if events <= others else "without"
        notes.append(f"{min(events, others)} patients {kind} the event, fewer than {FEW_EVENTS}: intervals are rough")
    return notes


def ends_note(p: FloatArray) -> list[str]:
    """What became of probabilities of 0 and 1 in the figures that need log odds: intercept, slope, curve and ici."""
    ends = int(((p < BOUND) | (p > 1 - BOUND)).any(axis=0).sum())
    whose = "1 patient has" if ends == 1 else f"{ends} patients have"
    return [f"{whose} a probability of 0 or 1, taken as {BOUND:g} from it by slope and curve"] if ends else []


def noted(row: Mapping[str, object], notes: Sequence[str], own: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """The row of a measure with the notes on all of them and its own."""
    return {**row, "note": "; ".join([*notes, *own.get(str(row["measure"]), [])]) or None}


def _linear(name: str, found: list[Estimate], precision: Precision) -> dict[str, object]:
    """Mean over repeats with a Wald interval."""
    values = np.array([f.value for f in found])
    variance = float(np.mean([f.se**2 for f in found]))
    if len(values) > 1:
        variance += float(np.var(values, ddof=1))
    bounds = precision.bounds(float(values.mean()), variance**0.5)
    return {"measure": name, "value": float(values.mean()), "lower": bounds["lower"], "upper": bounds["upper"],
            "method": "Wald" if len(values) == 1 else "Wald, with the variance between repeats"}  # fmt: skip


def slope_row(slopes: list[Estimate], precision: Precision, notes: list[str]) -> dict[str, object]:
    """Row of the slope; says why there is none."""
    row = _linear("slope", slopes, precision)
    if np.isnan(float(np.mean([s.value for s in slopes]))):
        notes.append("no slope: the predictions are all alike, or separate those with the event from the others")
    return row


def expected_observed_row(expected: float, observed: float, se_log: float, precision: Precision) -> dict[
    str, object
]:  # fmt: skip
    """Row of expected over observed events, symmetric in the logarithm; unknown where nothing was observed."""
    if not observed > 0 or np.isnan(se_log):
        value = expected / observed if observed > 0 else np.nan
        return {"measure": "expected_observed", **UNKNOWN, "value": value, "method": "log"}
    reach = precision.reach * se_log
    ratio = expected / observed
    return {"measure": "expected_observed", "value": ratio, "lower": ratio * np.exp(-reach),
            "upper": ratio * np.exp(reach), "method": "log"}  # fmt: skip


def _expected_observed(p: FloatArray, y: FloatArray, precision: Precision) -> dict[str, object]:
    rate = float(y.mean())
    se = float(np.sqrt((1 - rate) / y.sum())) if y.any() else np.nan
    return expected_observed_row(float(p.mean()), rate, se, precision)


def bootstrap_rows(
    names: tuple[str, ...], measure: Callable[[FloatArray], FloatArray], weights: FloatArray, precision: Precision,
) -> list[dict[str, object]]:  # fmt: skip
    """Rows of figures whose ``measure`` takes weights (B, n) and returns (repeats, B, names)."""
    one = measure(np.ones((1, weights.shape[1])))[:, 0]
    found = band(one, measure(weights).mean(axis=0), precision)
    method = "bootstrap, with the variance between repeats" if len(one) > 1 else "bootstrap"
    return [
        {"measure": name, "value": float(found.value[k]), "lower": float(found.lower[k]),
         "upper": float(found.upper[k]), "method": method}
        for k, name in enumerate(names)
    ]  # fmt: skip


Curve = Callable[[FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


def smooth(
    curve: Curve, p: FloatArray, weights: FloatArray, precision: Precision
) -> tuple[pd.DataFrame, dict[str, object]]:
    """The calibration curve with its band, and the row of its mean distance.

    ``curve`` takes predictions (n,), the places and weights (B, n); its values are averaged over repeats.
    """
    columns = ["predicted", "observed", "lower", "upper"]
    unknown: dict[str, object] = {"measure": "ici", **UNKNOWN, "method": "bootstrap"}
    if (np.ptp(p, axis=1) < 1e-9).any():
        return pd.DataFrame(columns=columns, dtype=float), unknown
    at = np.linspace(float(np.quantile(p, 0.01)), float(np.quantile(p, 0.99)), POINTS)
    everyone = np.ones((1, weights.shape[1]))
    first = [curve(own, at, everyone) for own in p]
    drawn = [curve(own, at, weights) for own in p]
    values: Band = band(
        np.stack([c[0] for c, _ in first]), np.mean([c for c, _ in drawn], axis=0), precision,
        share=True,
    )  # fmt: skip
    ici = band(
        np.stack([i for _, i in first]), np.mean([i for _, i in drawn], axis=0)[:, None], precision,
    )  # fmt: skip
    table = pd.DataFrame(dict(zip(columns, (at, values.value, values.lower, values.upper), strict=True)))
    method = "bootstrap, with the variance between repeats" if len(p) > 1 else "bootstrap"
    row = {"measure": "ici", "value": float(ici.value[0]), "lower": max(float(ici.lower[0]), 0.0),
           "upper": float(ici.upper[0]), "method": method}  # fmt: skip
    return table, row


def _hosmer_lemeshow(block: Block, p: FloatArray, y: FloatArray, groups: int) -> dict[str, object]:
    """Mean statistic and degrees of freedom over repeats."""
    fitted = block.estimate == APPARENT
    row: dict[str, object] = {"test": "Hosmer-Lemeshow", "fitted": fitted}
    try:
        found = [core.hosmer_lemeshow(y, own, groups=groups, fitted=fitted) for own in p]
    except DegenerateInputError as error:
        return {**row, "statistic": np.nan, "df": np.nan, "p_value": np.nan, "groups": np.nan,
                "smallest_expected": np.nan, "note": str(error)}  # fmt: skip
    statistic, df = (float(np.mean([getattr(f, name) for f in found])) for name in ("statistic", "df"))
    smallest = min(f.smallest_expected for f in found)
    notes = []
    if smallest < FEW_EXPECTED:
        notes.append(f"only {smallest:.2g} expected in a group, fewer than {FEW_EXPECTED:g}: the p-value is rough; "
                     "use fewer groups")  # fmt: skip
    if len(found) > 1:
        notes.append(f"mean statistic of {len(found)} repeats")
    return {
        **row, "statistic": statistic, "df": df, "p_value": float(chdtrc(df, statistic)),
        "groups": float(np.mean([len(f.n) for f in found])), "smallest_expected": smallest,
        "note": "; ".join(notes) or None,
    }  # fmt: skip


def same_number(codes: list[IntArray]) -> list[int]:
    """Repeats with the most frequent number of groups: ties may leave others with fewer."""
    sizes = np.array([code.max() for code in codes])
    values, counts = np.unique(sizes, return_counts=True)
    return [int(k) for k in np.flatnonzero(sizes == values[counts.argmax()])]


def _groups(p: FloatArray, y: FloatArray, groups: int, confidence: float) -> pd.DataFrame:
    codes = [quantile_groups(own, groups) for own in p]
    kept = same_number(codes)
    n = np.mean([np.bincount(codes[k]) for k in kept], axis=0)
    expected = np.mean([np.bincount(codes[k], weights=p[k]) for k in kept], axis=0)
    observed = np.mean([np.bincount(codes[k], weights=y) for k in kept], axis=0)
    share = wilson(observed, n, confidence=confidence)
    return pd.DataFrame(
        {"group": np.arange(1, len(n) + 1), "n": n, "expected": expected, "events": observed,
         "predicted": expected / n, "observed": share.value, "lower": share.lower, "upper": share.upper}
    )  # fmt: skip
