"""Groups two by two: log-rank tests, and mean survival time up to a horizon."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._errors import DegenerateInputError
from radiogenomics._types import BoolArray
from radiogenomics.core.restricted_mean import RestrictedMean, latest_tau, restricted_mean_of
from radiogenomics.core.survival_curve import SurvivalCurve
from radiogenomics.tl._follow_up import FollowUp
from radiogenomics.tl._logrank import LogRank

Adjust = Literal["holm", "benjamini-hochberg"]
ADJUSTMENTS = {"holm": core.holm, "benjamini-hochberg": core.benjamini_hochberg}
_PAIRS = ["group", "reference", "n", "events", "statistic", "df", "p_value", "p_adjusted"]
_MEANS = ["group", "tau", "n", "events", "restricted_mean", "std_error", "lower", "upper"]
_DIFFERENCES = ["group", "reference", "tau", "difference", "std_error", "lower", "upper", "p_value", "p_adjusted"]


def pairwise(survival: FollowUp, members: Mapping[str, BoolArray], log_rank: LogRank, adjust: Adjust) -> pd.DataFrame:
    """Log-rank test of every two groups, on their patients alone; NaN where they cannot be compared."""
    rows = []
    for reference, group in itertools.combinations(members, 2):
        inside = members[group] | members[reference]
        row: dict[str, Any] = {"group": group, "reference": reference, "n": int(inside.sum())}
        row["events"] = int((survival.event[inside] == 1).sum())
        rows.append(row | _of_two(log_rank, survival, inside, members[group][inside]))
    table = pd.DataFrame(rows, columns=_PAIRS)
    table["p_adjusted"] = ADJUSTMENTS[adjust](table["p_value"].to_numpy(dtype=float))
    return table


def _of_two(log_rank: LogRank, survival: FollowUp, rows: BoolArray, first: BoolArray) -> dict[str, float]:
    if first.all() or not first.any():
        return dict.fromkeys(("statistic", "df", "p_value"), np.nan)
    try:
        test = log_rank.compare(survival, rows, first)
    except DegenerateInputError:
        return dict.fromkeys(("statistic", "df", "p_value"), np.nan)
    return {"statistic": test.statistic, "df": float(test.df), "p_value": test.p_value}


def common_tau(curves: Mapping[str, SurvivalCurve | None]) -> float:
    """Latest time up to which every group's mean is known; NaN without a curve."""
    known = [c for c in curves.values() if c is not None]
    taus = [latest_tau(c) for c in known]
    finite = [t for t in taus if np.isfinite(t)]
    if finite:
        return min(finite)
    return max((float(c.time[-1]) for c in known), default=float("nan"))


def restricted_means(
    curves: Mapping[str, SurvivalCurve | None], tau: float, adjust: Adjust
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean of each group up to ``tau`` (NaN where follow-up ends before), and the differences of every two.

    Greenwood's standard error is 0 in a group without events before ``tau``, and in one whose curve falls from 1 to 0
    at a single time, as if its mean were known for certain; it is given as unknown.
    """
    means: dict[str, RestrictedMean | None] = {}
    rows = []
    for group, curve in curves.items():
        mean = None
        n, events = 0, 0
        if curve is not None:
            n, events = int(curve.censored.sum() + curve.events.sum()), int(curve.events[curve.time <= tau].sum())
            mean = restricted_mean_of(curve, tau) if 0 < tau <= latest_tau(curve) else None
        if mean is not None and not mean.std_error > 0:
            mean = mean._replace(std_error=np.nan, lower=np.nan, upper=np.nan)
        means[group] = mean
        rows.append((group, tau, n, events, *(mean[:4] if mean is not None else (np.nan,) * 4)))
    pairs = []
    for reference, group in itertools.combinations(curves, 2):
        one, other = means[group], means[reference]
        found = (np.nan,) * 5
        if one is not None and other is not None:
            d = core.restricted_mean_difference(one, other)
            found = (d.value, d.std_error, d.lower, d.upper, d.p_value)
        pairs.append((group, reference, tau, *found, np.nan))
    differences = pd.DataFrame(pairs, columns=_DIFFERENCES)
    differences["p_adjusted"] = ADJUSTMENTS[adjust](differences["p_value"].to_numpy(dtype=float))
    return pd.DataFrame(rows, columns=_MEANS), differences


def survival_at(curves: Mapping[str, SurvivalCurve | None], horizons: list[float]) -> pd.DataFrame:
    """Survival of each group at each time with its interval; NaN where follow-up ends before."""
    rows = []
    for group, curve in curves.items():
        for time in horizons:
            rows.append({"group": group, "time": time} | value_at(curve, time))
    return pd.DataFrame(rows, columns=["group", "time", "at_risk", "survival", "lower", "upper"])


def value_at(curve: SurvivalCurve | None, time: float) -> dict[str, float]:
    """Survival just after ``time``; a curve that has come down to 0 stays there, any other is unknown after its end."""
    unknown = dict.fromkeys(("at_risk", "survival", "lower", "upper"), np.nan)
    if curve is None:
        return unknown
    if curve.time[-1] < time and curve.survival[-1] > 0:
        return unknown | {"at_risk": 0.0}
    at = int(np.searchsorted(curve.time, time, side="right")) - 1
    later = int(np.searchsorted(curve.time, time, side="left"))
    at_risk = float(curve.at_risk[later]) if later < len(curve.time) else 0.0
    if at < 0:
        return {"at_risk": at_risk, "survival": 1.0, "lower": np.nan, "upper": np.nan}
    values = (curve.survival[at], curve.lower[at], curve.upper[at])
    return {"at_risk": at_risk} | dict(zip(("survival", "lower", "upper"), map(float, values), strict=True))
