"""The patient group that does worst: the highest hazard among groups large enough to say so."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import group_order, groups_of, survival_outcome
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

COLUMNS = ("group", "n", "events", "hr", "lower", "upper", "eligible", "reason")


def worst_group(
    data: Cohort, groupby: str, *, outcome: str | None, rows: BoolArray, min_patients: int, min_events: int
) -> tuple[str, pd.DataFrame]:
    """Name of the group with the highest hazard, and the table it was chosen from.

    The hazard ratio of each group is that of a Cox model of the group against all other patients of ``rows`` with a
    group and a known outcome; a group is eligible with ``min_patients`` patients and ``min_events`` events.

    Raises
    ------
    DegenerateGroupsError
        If no group is eligible (the message lists their sizes), or the one of the highest hazard does no worse than
        the others.
    """
    known = survival_outcome(data, outcome)
    labels = groups_of(data, groupby)
    use = rows & known.known & labels.notna().to_numpy()
    own = labels[use].to_numpy()
    time, event = known.time[use], known.event[use]
    table = []
    for group in group_order(data, groupby):
        inside = own == group
        n, events = int(inside.sum()), int(event[inside].sum())
        hr, lower, upper = _hazard_ratio(inside, time, event)
        reasons = [
            *([f"fewer than {min_patients} patients"] if n < min_patients else []),
            *([f"fewer than {min_events} events"] if events < min_events else []),
            *(["no hazard ratio: no events to compare"] if np.isnan(hr) else []),
        ]
        table.append((group, n, events, hr, lower, upper, not reasons, "; ".join(reasons)))
    candidates = pd.DataFrame(table, columns=list(COLUMNS))
    eligible = candidates[candidates["eligible"]]
    if eligible.empty:
        sizes = ", ".join(f"{r.group}: {r.n} patients, {r.events} events" for r in candidates.itertuples())
        raise DegenerateGroupsError(
            f"groupby {groupby!r}",
            Fault(
                f"no group of at least {min_patients} patients and {min_events} events ({sizes})",
                "at least one such group, to call it the worst",
                hint="Name the group with group=, lower min_patients or min_events, or form fewer groups.",
            ),
        )
    worst = eligible.iloc[int(eligible["hr"].to_numpy().argmax())]
    if worst["hr"] <= 1:
        raise DegenerateGroupsError(
            f"groupby {groupby!r}",
            Fault(
                f"the worst eligible group, {worst['group']!r}, does no worse than the other patients (hazard ratio "
                f"{worst['hr']:.2f}); the groups of higher hazard are too small to be chosen",
                "a group that does worse than the others",
                hint="Name the group with group=, or lower min_patients or min_events.",
            ),
        )
    return str(worst["group"]), candidates


def _hazard_ratio(inside: BoolArray, time: FloatArray, event: FloatArray) -> tuple[float, float, float]:
    """Hazard ratio with its 95 % interval; Firth's estimate where all events fall on one side, NaN without any."""
    x = inside.astype(float)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RadiogenomicsWarning)  # a monotone likelihood is dealt with here
            fit = core.fit_cox(x, time, event)
        if not fit.converged:
            fit = core.fit_cox(x, time, event, penalty="firth")
    except DegenerateInputError:
        return float("nan"), float("nan"), float("nan")
    lower, upper = fit.interval()[0]
    return float(fit.hazard_ratio[0]), float(lower), float(upper)
