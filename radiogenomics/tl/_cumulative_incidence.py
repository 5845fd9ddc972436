"""Cumulative incidence of competing events by patient group."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import check_key, group_order, groups_of, left_out_table, patients_of, split_blocks, to_uns
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, RadiogenomicsWarning
from radiogenomics._types import BoolArray
from radiogenomics.tl._competing import CompetingOutcome, competing_outcome
from radiogenomics.tl._delayed_entry import ThinStart, noted, thin_start, warn_thin
from radiogenomics.tl._follow_up import horizon_times, warn_one_group
from radiogenomics.tl._taught import columns_taught, said
from radiogenomics.tl._variables import refuse_identifier

if TYPE_CHECKING:
    from radiogenomics._types import Cohort
    from radiogenomics.core.cumulative_incidence import CumulativeIncidence

ALL = "all patients"
_COLUMNS = ["time", "incidence", "lower", "upper", "at_risk", "events"]


def cumulative_incidence(
    data: Cohort,
    groupby: str | None = None,
    *,
    outcome: str | None = None,
    horizon: float | Sequence[float] | None = None,
    entry: str | None = None,
    landmark: float | None = None,
    key_added: str = "cumulative_incidence",
) -> None:
    """Chance of each of several events that exclude one another, by group :cite:p:`Aalen1978,Gray1988`.

    One minus a Kaplan-Meier curve that censors the other events overstates it: patients who died of something else
    would be counted as able to relapse.

    Parameters
    ----------
    data
        Cohort with a registered outcome of kind competing.
    groupby
        Categorical column of ``data.obs``; patients without a group are left out and counted. By default all patients
        are one group.
    outcome
        Name of a registered competing outcome; by default the first.
    horizon
        Time or times at which incidence is also reported; unknown for a group whose follow-up ends before.
    entry
        Column of ``data.obs`` with the time at which each patient came under observation, counted as the outcome is
        (left truncation). Gray's test is not defined then.
    landmark
        Count time from here, for the patients still at risk then; others are left out and counted.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``incidence`` (one row per group, cause and distinct time, from time 0:
    cumulative incidence in [0, 1] with its log(-log) 95 % interval, numbers at risk, events), ``gray`` (test of each
    cause: chi-squared statistic, degrees of freedom, p-value), ``summary`` (patients and events of each cause; a
    ``note`` where few patients at risk early on decide the curve), ``horizons``, ``settings`` and ``left_out``. With a
    split, one block per part.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs`` or `outcome` is not registered.
    InputError
        If a time is not above 0, or patients enter at or after the end of their follow-up.
    DegenerateInputError
        If nobody has an event; fewer than two groups have a patient with follow-up; groups of hardly more than one
        patient (an identifier).

    Warns
    -----
    RadiogenomicsWarning
        Gray's test cannot be done; follow-up of a group ends before `horizon`; with `entry`, an event among few
        patients at risk early on; patients with a time of 0, who are kept; all events at one time or in one group.
    """
    check_key(data, key_added)
    times = horizon_times(horizon)
    competing = competing_outcome(data, outcome, entry=entry, landmark=landmark)
    if groupby is None:
        groups, names = pd.Series(ALL, index=patients_of(data), dtype=object), [ALL]
    else:
        groups, names = groups_of(data, groupby), group_order(data, groupby)
    labelled = groups.notna().to_numpy()
    used = labelled & competing.known
    if groupby is not None and groups[used].nunique() < 2:
        found = f"{groups[used].nunique()} group(s) with follow-up ({competing.name!r})"
        raise DegenerateGroupsError(f"groupby {groupby!r}", Fault(found, "at least 2"))
    if groupby is not None:
        refuse_identifier(f"groupby {groupby!r}", int(groups[used].nunique()), int(used.sum()))
        warn_one_group(groupby, groups, competing.code, used, stacklevel=2)
    thin: dict[tuple[str, str], ThinStart] = {}
    parts: dict[str, list[pd.DataFrame]] = {"incidence": [], "gray": [], "summary": [], "horizons": []}
    for split, rows in split_blocks(data):
        members = {name: rows & used & (groups == name).to_numpy() for name in names}
        for name, inside in members.items():
            curve = _curve(competing, inside)
            start = _thin(competing, curve)
            if start is not None:
                thin[split, name] = start
            for part, table in _tables(competing, curve, inside, sorted(set(times))).items():
                table.insert(0, "group", name)
                table.insert(0, "split", split)
                parts[part].append(table)
        if groupby is not None:
            parts["gray"].append(_gray(competing, groups, rows & used, split))
    tables = {
        part: pd.concat([t for t in found if len(t)], ignore_index=True)
        for part, found in parts.items()
        if any(map(len, found))
    }
    tables["summary"] = noted(tables["summary"], thin, competing.unit)
    warn_thin(thin, competing.unit, what="incidence rests", stacklevel=2)
    if times:
        _warn_short(tables["horizons"], competing.unit)
    settings = {
        "groupby": groupby, "outcome": competing.name, "unit": competing.unit, "causes": dict(competing.causes),
        "horizon": times or None, "entry": entry, "landmark": landmark, "interval": "log(-log), 95 %",
        "test": "Gray", "time_zero": competing.time_zero,
        **said(columns_taught(data, [] if groupby is None else [groupby])),
    }  # fmt: skip
    why = {"no group": ~labelled, **competing.why}
    reasons = {
        str(patient): next(reason for reason, concerned in why.items() if concerned[i])
        for i, patient in enumerate(patients_of(data))
        if not used[i]
    }
    tables.setdefault("gray", pd.DataFrame(columns=["split", "cause", "statistic", "df", "p_value"]))
    data.uns[key_added] = to_uns(**tables, settings=settings, left_out=left_out_table(reasons))


def _curve(competing: CompetingOutcome, rows: BoolArray) -> CumulativeIncidence | None:
    """``None`` where nobody has an event: incidence is 0 as far as follow-up goes."""
    if not (competing.code[rows] > 0).any():
        return None
    return core.cumulative_incidence(competing.time[rows], competing.code[rows], entry=competing.entries(rows))


def _thin(competing: CompetingOutcome, curve: CumulativeIncidence | None) -> ThinStart | None:
    if competing.entry is None or curve is None:
        return None
    return thin_start(curve.time, curve.at_risk, curve.events.sum(axis=0))


def _tables(
    competing: CompetingOutcome, curve: CumulativeIncidence | None, rows: BoolArray, times: list[float]
) -> dict[str, pd.DataFrame]:
    code = competing.code[rows]
    n, end = int(rows.sum()), float(competing.time[rows].max()) if rows.any() else np.nan
    drawn, summary, horizons = [], [], []
    for cause, number in competing.causes.items():
        summary.append({"cause": cause, "n": n, "events": int((code == number).sum())})
        start: dict[str, Any] = {
            "time": 0.0,
            "incidence": 0.0,
            "lower": np.nan,
            "upper": np.nan,
            "at_risk": n,
            "events": 0,
        }
        if n == 0:
            continue
        if curve is None or number not in curve.causes:
            flat = pd.DataFrame([start, start | {"time": end, "at_risk": 0}])
            values = [(0.0, np.nan, np.nan) if h <= end else (np.nan,) * 3 for h in times]
        else:
            k = curve.causes.tolist().index(number)
            flat = pd.DataFrame(
                {"time": curve.time, "incidence": curve.incidence[k], "lower": curve.lower[k], "upper": curve.upper[k],
                 "at_risk": curve.at_risk, "events": curve.events[k]}
            )  # fmt: skip
            if curve.time[0] > 0:
                # Under delayed entry not everyone is at risk from the origin: those at the first time are.
                first = start | {"at_risk": int(curve.at_risk[0])}
                flat = pd.concat([pd.DataFrame([first]), flat], ignore_index=True)
            values = [(float(v[k, 0]), float(lo[k, 0]), float(hi[k, 0])) for v, lo, hi in map(curve.at, times)]
        flat.insert(0, "cause", cause)
        drawn.append(flat.astype({"at_risk": int, "events": int}))
        for h, (value, lower, upper) in zip(times, values, strict=True):
            horizons.append({"cause": cause, "time": h, "incidence": value, "lower": lower, "upper": upper})
    return {
        "incidence": pd.concat(drawn, ignore_index=True) if drawn else pd.DataFrame(columns=["cause", *_COLUMNS]),
        "summary": pd.DataFrame(summary),
        "horizons": pd.DataFrame(horizons, columns=["cause", "time", "incidence", "lower", "upper"]),
    }


def _gray(competing: CompetingOutcome, groups: pd.Series, rows: BoolArray, split: str) -> pd.DataFrame:
    """Gray's test of each cause; NaN, with a warning, where it cannot be done."""
    out = []
    for cause, number in competing.causes.items():
        row: dict[str, Any] = {"split": split, "cause": cause}
        row |= dict.fromkeys(("statistic", "df", "p_value"), np.nan)
        of = f" of the {split} patients" if split != "all" else ""
        if not (competing.code[rows] == number).any():
            said = "no patient has it"
        elif competing.entry is not None:
            said = "patients come under observation late, for which Gray's test is not defined"
        else:
            try:
                test = core.gray_test(
                    competing.time[rows], competing.code[rows], groups[rows].to_numpy(dtype=str), of_interest=number
                )
                row |= {"statistic": test.statistic, "df": float(test.df), "p_value": test.p_value}
                said = ""
            except DegenerateInputError as error:
                said = str(error)
        if said:
            warnings.warn(f"no test of {cause}{of}: {said}", RadiogenomicsWarning, stacklevel=3)
        out.append(row)
    return pd.DataFrame(out)


def _warn_short(table: pd.DataFrame, unit: str) -> None:
    for time, short in table[table["incidence"].isna()].groupby("time"):
        said = ", ".join(dict.fromkeys(f"{g} ({s})" for g, s in short[["group", "split"]].astype(str).to_numpy()))
        warnings.warn(
            f"follow-up ends before {time:g} {unit} in {said}, so incidence there is unknown; choose an earlier one",
            RadiogenomicsWarning,
            stacklevel=3,
        )
