"""What few patients at risk early on do to a curve under delayed entry."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import FloatArray

# With fewer at risk, one event moves the curve by more than a fifth for good, however many come later.
_FEWEST_AT_RISK = 5


@dataclass(frozen=True)
class ThinStart:
    """An early event among few patients at risk, before most have come under observation.

    Attributes
    ----------
    time, at_risk, events
        Where it is: of several, that which takes away the largest share.
    later
        Time after which enough patients are at risk.
    """

    time: float
    at_risk: int
    events: int
    later: float

    def note(self, unit: str) -> str:
        """It in words."""
        at = f"{self.time:g} {unit}".rstrip()
        if self.events == self.at_risk:
            return f"{self.at_risk} at risk at {at}, all with the event then: no later patient changes the curve"
        return f"{self.at_risk} at risk at {at}, {self.events} with the event then"


def thin_start(time: FloatArray, at_risk: FloatArray, events: FloatArray) -> ThinStart | None:
    """The early event that most distorts a curve (its distinct times, numbers at risk and events), if one does."""
    peak = int(np.argmax(at_risk))
    early = np.arange(len(time)) < peak
    thin = early & (events > 0) & ((at_risk < _FEWEST_AT_RISK) | (events == at_risk))
    if not thin.any():
        return None
    share = np.where(thin, events / np.maximum(at_risk, 1.0), -1.0)
    worst = int(np.argmax(share))
    last = int(np.flatnonzero(early & ((at_risk < _FEWEST_AT_RISK) | thin))[-1])
    return ThinStart(float(time[worst]), int(at_risk[worst]), int(events[worst]), float(time[last]))


def thin_starts(curves: pd.DataFrame) -> dict[tuple[str, str], ThinStart]:
    """Those of a table of survival curves, by (part of the split, group)."""
    found = {}
    for (part, group), curve in curves.groupby(["split", "group"], sort=False):
        time, at_risk, events = (curve[name].to_numpy(dtype=float) for name in ("time", "at_risk", "events"))
        start = thin_start(time, at_risk, events)
        if start is not None:
            found[str(part), str(group)] = start
    return found


def noted(summary: pd.DataFrame, found: Mapping[tuple[str, str], ThinStart], unit: str) -> pd.DataFrame:
    """A summary by part of the split and group, with a ``note`` on the groups found."""
    keys = zip(summary["split"], summary["group"], strict=True)
    notes = [found[key].note(unit) if key in found else None for key in keys]
    return summary.assign(note=pd.Series(notes, index=summary.index, dtype=object))


def warn_thin(found: Mapping[tuple[str, str], ThinStart], unit: str, *, what: str, stacklevel: int) -> None:
    """One warning for the groups of all parts of the split, by (part, group)."""
    if not found:
        return
    said = "; ".join(
        f"{group}{'' if part == 'all' else f' ({part})'}: {start.note(unit)}" for (part, group), start in found.items()
    )
    later = max(start.later for start in found.values())
    warnings.warn(
        f"patients come under observation late and few are at risk early on, so {what} on them ({said}). Count from a "
        f"time at which more are at risk, for example landmark={later:g}, or give it as a limit of the results.",
        RadiogenomicsWarning,
        stacklevel=stacklevel + 1,
    )
