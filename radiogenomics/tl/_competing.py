"""Registered competing outcomes as analyses count them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import follow_up_values, outcome_of, unknown_name
from radiogenomics._errors import DegenerateInputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.tl._follow_up import restrict, warn_of_times

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class CompetingOutcome:
    """A competing outcome, one entry per patient of the cohort.

    Attributes
    ----------
    time, code
        Follow-up in ``unit``, and what ended it: 0 censoring, else the code of a cause; NaN where unknown.
    known
        Patients with both.
    causes
        Name of each cause -> its code.
    entry, why, time_zero
        As in :class:`radiogenomics.tl._follow_up.FollowUp`.
    """

    name: str
    time: FloatArray
    code: FloatArray
    known: BoolArray
    unit: str
    causes: Mapping[str, int]
    entry: FloatArray | None
    why: Mapping[str, BoolArray]
    time_zero: Mapping[str, int]

    def entries(self, rows: BoolArray) -> FloatArray | None:
        """Entries of those patients."""
        return None if self.entry is None else self.entry[rows]

    def cause(self, name: str | None) -> tuple[str, int]:
        """A cause and its code; by default the first."""
        if name is None:
            name = next(iter(self.causes))
        if name not in self.causes:
            raise unknown_name("cause", name, self.causes)
        return name, self.causes[name]


def competing_outcome(
    data: Cohort, outcome: str | None = None, *, entry: str | None = None, landmark: float | None = None
) -> CompetingOutcome:
    """A registered competing outcome; refuses one without any event."""
    name, declared = outcome_of(data, outcome, kinds=("competing",))
    causes = {str(k): int(v) for k, v in json.loads(declared["causes"]).items()}
    meaning = {0: "censored"} | {number: cause for cause, number in causes.items()}
    time, code = follow_up_values(data, name, declared, meaning)
    unit = str(declared.get("unit", ""))
    known = np.isfinite(time) & np.isfinite(code)
    time, entries, known, why = restrict(data, name, time, known, unit, entry=entry, landmark=landmark)
    if not (code[known] > 0).any():
        said = f"none of the {int(known.sum())} patients used has an event; incidence cannot be estimated"
        raise DegenerateInputError(f"outcome {name!r}", said)
    zero = warn_of_times(data, name, time, code, known, unit, stacklevel=3)
    return CompetingOutcome(name, time, code, known, unit, causes, entries, why, zero)
