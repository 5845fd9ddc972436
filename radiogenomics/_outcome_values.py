"""Whether follow-up in a clinical table is what it should be: every fault with its patient, column and value."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, TimeUnit

UNITS: tuple[str, ...] = get_args(TimeUnit)
_DAYS = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
# Nobody is followed for longer; ages, where age is the scale of time, end here too.
_LONGEST_DAYS = 120 * 365.25
# Cohorts whose longest follow-up is shorter are rare, and times in another unit common.
_SHORTEST_DAYS = 31.0
_NEXT = "Correct the column of data.obs, or empty the value to leave the patient out"


def unit_fault(unit: Any) -> Fault | None:
    """What is wrong with a unit of time, with the one that may be meant; nothing of an empty one (not declared)."""
    if unit in UNITS or unit == "":
        return None
    meant = _meant(str(unit))
    return Fault(
        repr(unit), f"one of {', '.join(map(repr, UNITS))}", column="unit",
        hint=f"Did you mean {meant!r}?" if meant else "Convert the times to one of these",
    )  # fmt: skip


def _meant(unit: str) -> str | None:
    """The unit that a misspelling or an abbreviation (``mo``, ``yrs``, ``d``) stands for."""
    low = unit.strip().lower()
    near = difflib.get_close_matches(low, UNITS, n=1, cutoff=0.7)
    if near:
        return near[0]
    return next((known for known in UNITS if low and low[0] == known[0] and _within(low, known)), None)


def _within(letters: str, word: str) -> bool:
    rest = iter(word)
    return all(letter in rest for letter in letters)


def doubtful_unit(outcome: str, column: str, times: pd.Series, unit: str) -> str | None:
    """What speaks against the declared unit of those times, as a warning; nothing where nothing does."""
    values = pd.to_numeric(times, errors="coerce").dropna()
    values = values[np.isfinite(values)]
    where = f"outcome {outcome!r}, column {column!r}"
    if not unit:
        return (
            f"{where}: no unit of time is declared, so figures and tables cannot name it; expected unit= one of "
            f"{', '.join(map(repr, UNITS))}."
        )
    if values.empty:
        return None
    longest = float(values.max())
    found = f"{where}: found a longest time of {longest:,g} (of {len(values)} patients), declared in {unit}"
    others = [u for u in UNITS if u != unit and _SHORTEST_DAYS <= longest * _DAYS[u] <= _LONGEST_DAYS]
    may = "Check the times"
    if others:
        may = f"If the times are in {' or '.join(others)}, declare unit={' or '.join(map(repr, others))}"
    if longest * _DAYS[unit] > _LONGEST_DAYS:
        most = f"{_LONGEST_DAYS / _DAYS[unit]:,.0f} {unit}{'' if unit == 'years' else ' (120 years)'}"
        return f"{found}; expected at most {most}. {may}."
    if 0 < longest * _DAYS[unit] < _SHORTEST_DAYS:
        least = f"{_SHORTEST_DAYS / _DAYS[unit]:,.2g} {unit}"
        return f"{found}; expected at least {least}{'' if unit == 'days' else ' (a month)'}. {may}."
    if unit == "days" and longest < _DAYS["years"] and (values % 1 != 0).mean() > 0.5:
        return (
            f"{found}, most with fractions; expected whole days. If the times are in months or years, declare "
            "unit='months' or 'years'."
        )
    return None


def read_follow_up(
    outcome: str, obs: pd.DataFrame, time: str, event: str, unit: str, meaning: Mapping[int, str]
) -> tuple[FloatArray, FloatArray]:
    """Times and event codes as numbers (NaN where unknown).

    Raises
    ------
    InputError
        With every patient whose time is no number of at least 0 or whose code is none of ``meaning``; an unknown unit.
    """
    faults: list[Fault] = []
    wrong_unit = unit_fault(unit)
    if wrong_unit is not None:
        faults.append(wrong_unit)
    times, times_bad = _numbers(obs[time])
    codes, codes_bad = _numbers(obs[event])
    _add(faults, obs[time], times_bad | (times < 0) | np.isinf(times), "a time, 0 or more")
    said = ", ".join(f"{code} ({means})" for code, means in meaning.items())
    _add(faults, obs[event], codes_bad | (~np.isnan(codes) & ~np.isin(codes, list(meaning))), f"one of {said}")
    if faults:
        raise InputError(f"outcome {outcome!r}", faults)
    return times, codes


def _numbers(column: pd.Series) -> tuple[FloatArray, BoolArray]:
    """Values as numbers, and where something stands that is none."""
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        return np.asarray(values, dtype=np.float64), np.zeros(len(column), dtype=np.bool_)
    read = pd.to_numeric(column.astype(object), errors="coerce")
    values = np.asarray(read.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
    return values, np.isnan(values) & column.notna().to_numpy(dtype=bool)


def _add(faults: list[Fault], column: pd.Series, wrong: BoolArray, expected: str) -> None:
    for i in np.flatnonzero(wrong).tolist():
        value = column.iloc[i]
        shown = f"{value:g}" if isinstance(value, int | float | np.number) else repr(value)
        found = f"{shown} for patient {str(column.index[i])!r}"
        faults.append(Fault(found, expected, column=str(column.name), hint=_NEXT))


def is_positive(column: pd.Series, positive: Any) -> pd.Series:
    """1.0 where the finding is ``positive``, 0.0 where it is not, NaN where it is unknown."""
    same = column.map(lambda value: float(same_code(value, positive)), na_action="ignore")
    return same.astype(float)


def same_code(value: Any, code: Any) -> bool:
    """Whether a cell holds a code: numbers by value (1 and 1.0 and True), text by its letters."""
    try:
        return float(value) == float(code)
    except (TypeError, ValueError):
        return str(value).strip() == str(code).strip()
