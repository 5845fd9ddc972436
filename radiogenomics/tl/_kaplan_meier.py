"""Survival of patient groups."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import (
    SurvivalOutcome,
    group_order,
    groups_of,
    left_out_table,
    patients_of,
    split_blocks,
    survival_outcome,
    to_uns,
)
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray

if TYPE_CHECKING:
    from radiogenomics._types import Cohort
    from radiogenomics.core.survival_curve import SurvivalCurve


def kaplan_meier(
    data: Cohort,
    groupby: str,
    *,
    outcome: str | None = None,
    horizon: float | None = None,
    key_added: str = "kaplan_meier",
) -> None:
    """Survival curve of each patient group, with the log-rank test :cite:p:`Kaplan1958,Mantel1966`.

    Parameters
    ----------
    data
        Cohort with a registered survival outcome (`rg.io.assemble_cohort`).
    groupby
        Categorical column of ``data.obs``; patients without a group are left out and counted.
    outcome
        Name of a registered survival outcome; by default the first.
    horizon
        Time (in the unit of the outcome) at which survival is also reported; unknown for a group whose follow-up ends
        before.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``curves`` (one row per group and distinct time, from time 0: survival in
    [0, 1] with its log-log 95 % interval, numbers at risk, events, censored), ``test`` (log-rank: chi-squared
    statistic, degrees of freedom, p-value), ``summary`` (patients, events, median survival with its interval, NaN
    where the curve does not reach one half), ``settings`` and ``left_out``. With a split, one block per part.

    Raises
    ------
    UnknownNameError
        If `groupby` is not in ``data.obs`` or `outcome` is not registered.
    DegenerateGroupsError
        If fewer than two groups have a patient with follow-up.
    """
    if horizon is not None and not (np.isfinite(horizon) and horizon > 0):
        raise InputError("horizon", Fault(repr(horizon), "a time above 0, in the unit of the outcome"))
    survival = survival_outcome(data, outcome)
    groups = groups_of(data, groupby)
    names = group_order(data, groupby)
    labelled = groups.notna().to_numpy()
    used = labelled & survival.known
    if groups[used].nunique() < 2:
        raise DegenerateGroupsError(
            f"groupby {groupby!r}",
            Fault(f"{groups[used].nunique()} group(s) with follow-up ({survival.name!r})", "at least 2"),
        )
    curves, tests, summary = [], [], []
    for split, rows in split_blocks(data):
        members = {name: rows & used & (groups == name).to_numpy() for name in names}
        tests.append({"split": split} | _log_rank(survival, groups, rows & used, split))
        for name, inside in members.items():
            curve = _curve(survival, inside)
            curves.append(_table(curve, split, name))
            summary.append({"split": split, "group": name} | _summarise(curve, horizon))
    reasons = {
        patient: "no group" if not labelled[i] else f"no follow-up ({survival.name})"
        for i, patient in enumerate(patients_of(data))
        if not used[i]
    }
    table = pd.DataFrame(summary)
    if horizon is not None:
        _warn_short(table, horizon, survival.unit)
    settings = {
        "groupby": groupby,
        "outcome": survival.name,
        "unit": survival.unit,
        "horizon": horizon,
        "interval": "log-log, 95 %",
        "test": "log-rank",
    }
    data.uns[key_added] = to_uns(
        curves=pd.concat([c for c in curves if len(c)], ignore_index=True),
        test=pd.DataFrame(tests),
        summary=table,
        settings=settings,
        left_out=left_out_table(reasons),
    )


def _log_rank(survival: SurvivalOutcome, groups: pd.Series, rows: BoolArray, split: str) -> dict[str, Any]:
    """The test within one part of the split; NaN where it has one group or no event."""
    labels = groups[rows].to_numpy(dtype=str)
    try:
        result = core.logrank(survival.time[rows], survival.event[rows], labels)
    except DegenerateInputError as error:
        said = f"no log-rank test of the {split} patients: {error}" if split != "all" else f"no log-rank test: {error}"
        warnings.warn(said, RadiogenomicsWarning, stacklevel=3)
        return {"statistic": np.nan, "df": np.nan, "p_value": np.nan}
    return {"statistic": result.statistic, "df": float(result.df), "p_value": result.p_value}


_COLUMNS = ["time", "survival", "lower", "upper", "at_risk", "events", "censored"]


def _curve(survival: SurvivalOutcome, rows: BoolArray) -> SurvivalCurve | None:
    if not rows.any():
        return None
    return core.survival_curve(survival.time[rows], survival.event[rows])


def _table(curve: SurvivalCurve | None, split: str, group: str) -> pd.DataFrame:
    """The curve from time 0; a group without patients in this part of the split has no rows."""
    if curve is None:
        return pd.DataFrame(columns=["split", "group", *_COLUMNS])
    table = pd.DataFrame({name: getattr(curve, name) for name in _COLUMNS})
    if curve.time[0] > 0:
        start = pd.DataFrame([[0.0, 1.0, np.nan, np.nan, curve.at_risk[0], 0.0, 0.0]], columns=_COLUMNS)
        table = pd.concat([start, table], ignore_index=True)
    table.insert(0, "split", split)
    table.insert(1, "group", group)
    return table.astype({"at_risk": int, "events": int, "censored": int})


def _summarise(curve: SurvivalCurve | None, horizon: float | None) -> dict[str, Any]:
    """Patients, events, median and survival at the horizon; NaN where they are unknown."""
    median = core.median_survival(curve) if curve is not None else (np.nan, np.nan, np.nan)
    row: dict[str, Any] = {
        "n": int(curve.at_risk[0]) if curve is not None else 0,
        "events": int(curve.events.sum()) if curve is not None else 0,
    }
    row |= dict(zip(("median", "median_lower", "median_upper"), median, strict=True))
    if horizon is None:
        return row
    names = ("survival_at_horizon", "survival_at_horizon_lower", "survival_at_horizon_upper")
    row |= {"horizon": float(horizon)} | dict.fromkeys(names, np.nan)
    # A curve that has come down to 0 stays there; any other is unknown after the last patient.
    if curve is None or (curve.time[-1] < horizon and curve.survival[-1] > 0):
        return row
    at = int(np.searchsorted(curve.time, horizon, side="right")) - 1
    values = (curve.survival[at], curve.lower[at], curve.upper[at]) if at >= 0 else (1.0, np.nan, np.nan)
    return row | {name: float(value) for name, value in zip(names, values, strict=True)}


def _warn_short(summary: pd.DataFrame, horizon: float, unit: str) -> None:
    short = summary[summary["survival_at_horizon"].isna() & (summary["n"] > 0)]
    if len(short):
        said = ", ".join(f"{g} ({s})" for g, s in short[["group", "split"]].astype(str).to_numpy())
        warnings.warn(
            f"follow-up ends before {horizon:g} {unit} in {said}, so survival there is unknown; choose an earlier one",
            RadiogenomicsWarning,
            stacklevel=3,
        )
