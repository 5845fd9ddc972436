"""Follow-up as an analysis counts it: from a landmark, or from the day on which a patient came under observation."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import SurvivalOutcome, column_of, patients_of, survival_outcome
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class FollowUp(SurvivalOutcome):
    """A survival outcome under delayed entry or from a landmark.

    Attributes
    ----------
    entry
        Time at which each patient came under observation; ``None`` where that is the origin of time.
    why
        Reason for leaving patients out -> whom it concerns.
    time_zero
        Patients whose follow-up ends at 0, and those of them with the event.
    """

    entry: FloatArray | None = None
    why: Mapping[str, BoolArray] = field(default_factory=dict)
    time_zero: Mapping[str, int] = field(default_factory=dict)

    def entries(self, rows: BoolArray) -> FloatArray | None:
        """Entries of those patients."""
        return None if self.entry is None else self.entry[rows]


def follow_up(
    data: Cohort, outcome: str | None = None, *, entry: str | None = None, landmark: float | None = None
) -> FollowUp:
    """A registered survival outcome as the analysis counts it.

    Raises
    ------
    InputError
        Patients enter at or after the end of their follow-up, or `landmark` is no time.
    DegenerateInputError
        No patient, or no event, is left.
    """
    survival = survival_outcome(data, outcome)
    time, entries, known, why = restrict(
        data, survival.name, survival.time, survival.known, survival.unit, entry=entry, landmark=landmark
    )
    if not (survival.event[known] == 1).any():
        said = f"none of the {int(known.sum())} patients has an event after the landmark; choose an earlier one"
        if landmark is None:
            said = f"none of the {int(known.sum())} patients with a time of entry has an event"
        raise DegenerateInputError(f"outcome {survival.name!r}", said)
    zero = warn_of_times(data, survival.name, time, survival.event, known, survival.unit, stacklevel=3)
    return FollowUp(survival.name, time, survival.event, known, survival.unit, entries, why, zero)


def warn_of_times(
    data: Cohort, name: str, time: FloatArray, event: FloatArray, used: BoolArray, unit: str, *, stacklevel: int
) -> dict[str, int]:
    """Count the patients whose follow-up ends at 0 and say how they are treated; say if all events are at one time."""
    zero = used & (time == 0)
    with_event = int((event[zero] > 0).sum())
    if zero.any():
        ids = patients_of(data)[zero]
        shown = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        warnings.warn(
            f"outcome {name!r}: {len(ids)} patient(s) with a time of 0, {with_event} with the event ({shown}). They "
            "are kept: an event at 0 counts among everybody, who is censored at 0 is at risk only then. If they were "
            "not followed at all, empty their time to leave them out.",
            RadiogenomicsWarning,
            stacklevel=stacklevel + 1,
        )
    times = time[used & (event > 0)]
    if len(times) > 2 and np.ptp(times) == 0:  # two of two may well be a tie
        at = f"{times[0]:g} {unit}".rstrip()
        everyone = f", as is all follow-up ({int(used.sum())} patients)" if np.ptp(time[used]) == 0 else ""
        warnings.warn(
            f"outcome {name!r}: all {len(times)} events are at one time, {at}{everyone}: who had the event earlier "
            "cannot be told, and no effect over time. Check the column; a yes-or-no finding is an outcome of kind "
            "binary.",
            RadiogenomicsWarning,
            stacklevel=stacklevel + 1,
        )
    return {"patients": int(zero.sum()), "events": with_event}


def warn_one_group(groupby: str, groups: pd.Series, event: FloatArray, used: BoolArray, *, stacklevel: int) -> None:
    """Say that only one group has events (``groups`` by patient of the cohort)."""
    with_events = groups[used & (event > 0)].unique()
    others = [str(name) for name in groups[used].unique() if name not in with_events]
    if len(with_events) == 1 and others:
        warnings.warn(
            f"{groupby!r}: only group {with_events[0]} has events; of {', '.join(sorted(others)[:5])} there is none. "
            "Log-rank and Gray's tests stay valid; hazard ratios between these groups are infinite, and curves without "
            "events have no interval. Longer follow-up or merged groups would tell more.",
            RadiogenomicsWarning,
            stacklevel=stacklevel + 1,
        )


def restrict(
    data: Cohort,
    name: str,
    time: FloatArray,
    known: BoolArray,
    unit: str,
    *,
    entry: str | None,
    landmark: float | None,
) -> tuple[FloatArray, FloatArray | None, BoolArray, dict[str, BoolArray]]:
    """Times, entries, who is used, and why others are not."""
    why = {f"no follow-up ({name})": ~known}
    entries: FloatArray | None = None
    if entry is not None:
        entries = _entries(data, entry)
        why[f"no time of entry ({entry})"] = ~np.isfinite(entries)
        known = known & np.isfinite(entries)
        _refuse_late(data, entry, entries, time, known)
    if landmark is not None:
        if isinstance(landmark, bool) or not (np.isfinite(landmark) and landmark >= 0):
            raise InputError("landmark", Fault(repr(landmark), "a time of at least 0, in the unit of the outcome"))
        over = known & (time <= landmark)
        why[f"follow-up ended by the landmark ({landmark:g} {unit}".rstrip() + ")"] = over
        known = known & ~over
        time = np.where(known, time - landmark, np.nan)
        entries = None if entries is None else np.maximum(entries - landmark, 0.0)
    return time, entries, known, why


def _entries(data: Cohort, entry: str) -> FloatArray:
    column = column_of(data, entry)
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        hint = "A time counted from the same origin and in the same unit as the outcome."
        raise InputError("entry", Fault(f"column {entry!r} of {column.dtype}", "a column of numbers", hint=hint))
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def _refuse_late(data: Cohort, entry: str, entries: FloatArray, time: FloatArray, known: BoolArray) -> None:
    late = np.flatnonzero(known & (entries >= time))
    if not len(late):
        return
    ids = patients_of(data)
    shown = ", ".join(f"{ids[i]} (entry {entries[i]:g}, end {time[i]:g})" for i in late[:5])
    more = f" and {len(late) - 5} more" if len(late) > 5 else ""
    hint = "Nobody is at risk who comes under observation after the end; correct the dates, or empty the entry."
    raise InputError("entry", Fault(f"{shown}{more}", "an entry before the end of follow-up", column=entry, hint=hint))


def horizon_times(horizon: float | Sequence[float] | FloatArray | None) -> list[float]:
    """Horizons in order, each once: a number, or any sequence or array of them. A text is refused, digits and all."""
    if horizon is None:
        return []
    given = np.atleast_1d(np.asarray(horizon))
    if given.size == 0 or given.dtype.kind not in "iuf" or not (np.isfinite(given) & (given > 0)).all():
        raise InputError("horizon", Fault(repr(horizon), "a time above 0, or several, in the unit of the outcome"))
    return [float(h) for h in np.unique(given)]
