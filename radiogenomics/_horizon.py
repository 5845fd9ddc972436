"""Which horizon of a judgement is shown where one must be chosen: sentences and figures ask here."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Fewer patients with or without the event than this leave an estimate by a horizon too rough to be summed up.
ENOUGH = 10


def _fewer(rows: pd.DataFrame) -> pd.Series:
    """Patients on the smaller side: with the event by the horizon, or known to be without it then."""
    cases = rows["cases" if "cases" in rows else "events"].astype(float)
    if "controls" in rows:
        free = rows["controls"].astype(float)
    elif "event_free" in rows:
        free = rows["event_free"].astype(float)
    else:  # a result of an earlier version: censored patients count too
        free = rows["n"].astype(float) - cases
    return cases.where(cases <= free, free)


def firm(rows: pd.DataFrame) -> pd.Series:
    """Rows with at least :data:`ENOUGH` patients with and without the event by their horizon."""
    return _fewer(rows) >= ENOUGH


def usual_horizon(rows: pd.DataFrame) -> float:
    """The first horizon with enough patients on either side for every row; without any, the least thin one.

    ``rows``: of one part of the split, with ``horizon``, and ``cases`` and ``controls`` or ``events`` and
    ``event_free``.
    """
    least = _fewer(rows).groupby(rows["horizon"].astype(float)).min().sort_index()
    times, enough = least.index.to_numpy(dtype=float), least.to_numpy() >= ENOUGH
    return float(times[int(np.argmax(enough)) if enough.any() else int(np.argmax(least.to_numpy()))])
