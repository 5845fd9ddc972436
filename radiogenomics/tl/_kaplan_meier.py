"""Survival of patient groups."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import check_key, group_order, groups_of, left_out_table, patients_of, split_blocks, to_uns
from radiogenomics._errors import DegenerateGroupsError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray
from radiogenomics.core.logrank import Weighting, exponents
from radiogenomics.tl._delayed_entry import noted, thin_starts, warn_thin
from radiogenomics.tl._follow_up import FollowUp, follow_up, horizon_times, warn_one_group
from radiogenomics.tl._group_comparisons import (
    ADJUSTMENTS,
    Adjust,
    common_tau,
    pairwise,
    restricted_means,
    survival_at,
    value_at,
)
from radiogenomics.tl._logrank import LogRank, log_rank_of
from radiogenomics.tl._taught import columns_taught, said
from radiogenomics.tl._variables import Variable, refuse_identifier, warn_single_patients

if TYPE_CHECKING:
    from radiogenomics._types import Cohort
    from radiogenomics.core.survival_curve import SurvivalCurve


def kaplan_meier(
    data: Cohort,
    groupby: str,
    *,
    outcome: str | None = None,
    horizon: float | Sequence[float] | None = None,
    tau: float | None = None,
    adjust: Adjust = "holm",
    weighting: Weighting | None = None,
    rho: float | None = None,
    gamma: float | None = None,
    strata: str | None = None,
    trend: bool | Mapping[str, float] = False,
    entry: str | None = None,
    landmark: float | None = None,
    key_added: str = "kaplan_meier",
) -> None:
    """Survival curve of each patient group, with log-rank tests :cite:p:`Kaplan1958,Mantel1966`.

    Parameters
    ----------
    data
        Cohort with a registered survival outcome (`rg.io.assemble_cohort`).
    groupby
        Categorical column of ``data.obs``; patients without a group are left out and counted.
    outcome
        Name of a registered survival outcome; by default the first.
    horizon
        Time or times (in the unit of the outcome) at which survival is also reported; unknown for a group whose
        follow-up ends before.
    tau
        Time up to which the restricted mean survival time is taken; by default the latest at which the curves of all
        groups are known. A horizon chosen before looking at the curves makes the better comparison.
    adjust
        How the p-values of the pairs of groups are adjusted, within each part of the split.
    weighting, rho, gamma
        Weight of each event time in the log-rank tests, as in `rg.core.logrank`: early events count more with
        ``"gehan"``, ``"tarone-ware"``, ``"peto"``, and ``"fleming-harrington"`` with `rho` above 0, late ones with
        `gamma` above 0 (1 and 0 if neither is given; one not given beside the other is 0) :cite:p:`Harrington1982`.
        To be chosen before the curves are seen.
    strata
        Column of ``data.obs`` within whose levels the groups are compared (a tumour type that decides the outcome);
        patients without a level are left out and counted. The curves are of all levels together.
    trend
        Also test for a trend over ordered groups :cite:p:`Tarone1975`, with one degree of freedom: the score of each
        group by name, or ``True`` for 0, 1, 2, ... of an ordered categorical column, and for numbers as they are.
    entry
        Column of ``data.obs`` with the time at which each patient came under observation, counted as the outcome is
        (left truncation: an MRI after the diagnosis); at risk from then on.
    landmark
        Count time from here, for the patients still at risk then: what happened before may define the groups
        :cite:p:`Anderson1983`. Others are left out and counted.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``curves`` (one row per group and distinct time, from time 0: survival in
    [0, 1] with its log-log 95 % interval, Nelson-Aalen cumulative hazard, numbers at risk, events, censored), ``test``
    (log-rank: chi-squared statistic, degrees of freedom, p-value; with `strata` also without them), ``trend``
    (where asked for; ``z`` is above 0 where higher scores go with earlier events), ``pairwise`` (the log-rank test of
    every two groups),
    ``restricted_mean`` and ``restricted_mean_differences`` (with 95 % intervals, too narrow with few events and unknown
    without any), ``horizons`` (survival at each
    horizon), ``summary`` (patients, events, median survival with its interval, NaN where the curve does not reach one
    half; survival at the horizon where there is one; a ``note`` where, with `entry`, few patients at risk early on
    decide the curve), ``settings`` and ``left_out``. With a split, one block per part.

    Raises
    ------
    UnknownNameError
        If `groupby`, `strata` or `entry` is not in ``data.obs`` or `outcome` is not registered.
    InputError
        If a time is not above 0, patients enter at or after the end of their follow-up, the weighting does not exist
        or has the exponents of another, or `trend` asks for an order that the groups do not have.
    DegenerateGroupsError
        If fewer than two groups have a patient with follow-up, or the groups have hardly more than one patient each
        (an identifier).

    Warns
    -----
    RadiogenomicsWarning
        Follow-up of a group ends before `horizon` or `tau`; a part of the split has one group or no event; with
        `entry`, an event among few patients at risk early on; patients with a time of 0, who are kept: an event at 0
        counts among everybody; all events at one time or in one group; a group
        of one patient.
    """
    check_key(data, key_added)
    horizons = horizon_times(horizon)
    if tau is not None and not (np.isfinite(tau) and tau > 0):
        raise InputError("tau", Fault(repr(tau), "a time above 0, in the unit of the outcome"))
    if adjust not in ADJUSTMENTS:
        raise InputError("adjust", Fault(repr(adjust), f"one of {', '.join(map(repr, ADJUSTMENTS))}"))
    survival = follow_up(data, outcome, entry=entry, landmark=landmark)
    groups = groups_of(data, groupby)
    names = group_order(data, groupby)
    log_rank = log_rank_of(data, groupby, names, weighting=weighting, rho=rho, gamma=gamma, strata=strata, trend=trend)
    labelled = groups.notna().to_numpy()
    placed = np.ones_like(labelled) if log_rank.strata is None else log_rank.strata.known
    used = labelled & placed & survival.known
    if groups[used].nunique() < 2:
        raise DegenerateGroupsError(
            f"groupby {groupby!r}",
            Fault(f"{groups[used].nunique()} group(s) with follow-up ({survival.name!r})", "at least 2"),
        )
    refuse_identifier(f"groupby {groupby!r}", int(groups[used].nunique()), int(used.sum()))
    warn_single_patients(Variable(groupby, groups, tuple(names)), used, stacklevel=2)
    warn_one_group(groupby, groups, survival.event, used, stacklevel=2)
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in _TABLES}
    for split, rows in split_blocks(data):
        members = {name: rows & used & (groups == name).to_numpy() for name in names}
        own = _block(survival, members, log_rank, horizons, tau, adjust)
        own["test"] = pd.DataFrame([log_rank.overall(survival, groups, rows & used, split)])
        if log_rank.scores is not None:
            own["trend"] = pd.DataFrame([log_rank.trend(survival, groups, rows & used, split)])
        for name, table in own.items():
            table.insert(0, "split", split)
            tables[name].append(table)
    joined = {
        name: pd.concat([p for p in parts if len(p)], ignore_index=True)
        for name, parts in tables.items()
        if any(map(len, parts))
    }
    thin = thin_starts(joined["curves"]) if entry is not None else {}
    joined["summary"] = noted(joined["summary"], thin, survival.unit)
    warn_thin(thin, survival.unit, what="survival, its median and its mean rest", stacklevel=2)
    if horizons:
        _warn_short(joined["horizons"].dropna(subset=["at_risk"]), survival.unit)
    if tau is not None:
        short = joined["restricted_mean"].rename(columns={"restricted_mean": "survival", "tau": "time"})
        _warn_short(short[short["n"] > 0], survival.unit)
    powers = exponents(weighting, rho, gamma) or (None, None)
    settings = {
        "groupby": groupby,
        "outcome": survival.name,
        "unit": survival.unit,
        "horizon": horizons[0] if len(horizons) == 1 else horizons or None,
        "tau": tau,
        "adjust": adjust,
        "entry": entry,
        "landmark": landmark,
        "interval": "log-log, 95 %",
        "test": "log-rank",
        "weighting": weighting,
        "rho": powers[0],
        "gamma": powers[1],
        "strata": strata,
        "trend": log_rank.scores,
        "time_zero": survival.time_zero,
        **said(columns_taught(data, [groupby])),
    }
    why = {"no group": ~labelled, f"no {strata}": ~placed, **survival.why}
    data.uns[key_added] = to_uns(**joined, settings=settings, left_out=left_out_table(_reasons(data, why, used)))


_TABLES = (
    "curves", "test", "trend", "pairwise", "restricted_mean", "restricted_mean_differences", "horizons", "summary",
)  # fmt: skip


def _block(
    survival: FollowUp, members: Mapping[str, BoolArray], log_rank: LogRank, horizons: list[float], tau: float | None,
    adjust: Adjust,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The tables of one part of the split."""
    curves = {name: _curve(survival, inside) for name, inside in members.items()}
    means, differences = restricted_means(curves, common_tau(curves) if tau is None else tau, adjust)
    summary = [{"group": n} | _summarise(survival, members[n], c, horizons) for n, c in curves.items()]
    drawn = [_table(c, n) for n, c in curves.items() if c is not None]
    return {
        "curves": pd.concat(drawn, ignore_index=True) if drawn else pd.DataFrame(columns=["group", *_COLUMNS]),
        "pairwise": pairwise(survival, members, log_rank, adjust),
        "restricted_mean": means,
        "restricted_mean_differences": differences,
        "horizons": survival_at(curves, horizons),
        "summary": pd.DataFrame(summary),
    }


def _reasons(data: Cohort, why: Mapping[str, BoolArray], used: BoolArray) -> dict[str, str]:
    return {
        str(patient): next(reason for reason, concerned in why.items() if concerned[i])
        for i, patient in enumerate(patients_of(data))
        if not used[i]
    }


_COLUMNS = [
    "time", "survival", "lower", "upper", "hazard", "hazard_lower", "hazard_upper", "at_risk", "events", "censored",
]  # fmt: skip


def _curve(survival: FollowUp, rows: BoolArray) -> SurvivalCurve | None:
    if not rows.any():
        return None
    return core.survival_curve(survival.time[rows], survival.event[rows], entry=survival.entries(rows))


def _table(curve: SurvivalCurve, group: str) -> pd.DataFrame:
    """The curve from time 0."""
    table = pd.DataFrame({name: getattr(curve, name) for name in _COLUMNS})
    if curve.time[0] > 0:
        nothing = [0.0, 1.0, np.nan, np.nan, 0.0, np.nan, np.nan, curve.at_risk[0], 0.0, 0.0]
        table = pd.concat([pd.DataFrame([nothing], columns=_COLUMNS), table], ignore_index=True)
    table.insert(0, "group", group)
    return table.astype({"at_risk": int, "events": int, "censored": int})


def _summarise(
    survival: FollowUp, rows: BoolArray, curve: SurvivalCurve | None, horizons: list[float]
) -> dict[str, Any]:
    """Patients, events, median and survival at the one horizon; NaN where they are unknown."""
    median = core.median_survival(curve) if curve is not None else (np.nan, np.nan, np.nan)
    row: dict[str, Any] = {"n": int(rows.sum()), "events": int((survival.event[rows] == 1).sum())}
    row |= dict(zip(("median", "median_lower", "median_upper"), median, strict=True))
    if len(horizons) != 1:
        return row
    found = value_at(curve, horizons[0])
    names = {
        "survival_at_horizon": "survival",
        "survival_at_horizon_lower": "lower",
        "survival_at_horizon_upper": "upper",
    }
    return row | {"horizon": horizons[0]} | {name: found[own] for name, own in names.items()}


def _warn_short(table: pd.DataFrame, unit: str) -> None:
    """Say where follow-up ends before a time that was asked for."""
    for time, short in table[table["survival"].isna()].groupby("time"):
        said = ", ".join(f"{g} ({s})" for g, s in short[["group", "split"]].astype(str).to_numpy())
        warnings.warn(
            f"follow-up ends before {time:g} {unit} in {said}, so survival there is unknown; choose an earlier one",
            RadiogenomicsWarning,
            stacklevel=3,
        )
