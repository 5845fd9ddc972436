"""Covariates that hold the outcome in other words, as far as the numbers show it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.tl._variables import Variable, complete_cases

#: Cohen's kappa with the outcome from which on a column of two values is taken for it.
_KAPPA = 0.85
#: Share of the patients with the event whose follow-up time a column repeats.
_SAME_TIME = 0.8
_FEWEST = 10


class Outcome(Protocol):
    """What is predicted: 1 and 0 by patient, and the follow-up where there is one."""

    @property
    def name(self) -> str: ...
    @property
    def event(self) -> FloatArray: ...
    @property
    def time(self) -> FloatArray | None: ...


def warn_of_leaks(read: Sequence[Variable], outcome: Outcome, rows: BoolArray, *, stacklevel: int) -> None:
    """Warn of covariates that repeat the outcome: nobody can know them when they would predict it.

    A column of two values that agrees with the event beyond chance (kappa of at least 0.85), one that holds the time
    of the event, and one that is known only of patients with the event.
    """
    said = [(v.name, why) for v in read if (why := _leak(v, outcome, rows)) is not None]
    if said:
        told = "; ".join(f"{name!r} {why}" for name, why in said)
        warnings.warn(
            f"outcome {outcome.name!r}: {told}. Such a column holds what is to be predicted, and every figure is then "
            "too good. Leave it out unless it was known when the follow-up began.",
            RadiogenomicsWarning,
            stacklevel=stacklevel + 1,
        )


def _leak(v: Variable, outcome: Outcome, rows: BoolArray) -> str | None:
    """How a variable repeats the outcome; ``None`` where it does not."""
    known = complete_cases([v], rows)
    event = outcome.event[known] == 1
    if known.sum() < _FEWEST:
        return None
    values = v.values[known]
    unknown = rows & ~known
    if event.all() and unknown.any() and not (outcome.event[unknown] == 1).any():
        return "is known of the patients with the event alone"
    levels = values.unique()
    if len(levels) == 2:
        kappa = abs(_kappa((values == levels[0]).to_numpy(), event))
        if kappa >= _KAPPA:
            return f"says the same as the event (kappa {kappa:.2f} in {int(known.sum())} patients)"
    if outcome.time is not None and v.levels is None and event.sum() >= _FEWEST:
        time = outcome.time[known][event]
        same = float(np.isclose(values[event].to_numpy(dtype=float), time).mean())
        if same >= _SAME_TIME:
            return f"is the time of the event in {100 * same:.0f} % of the patients with it"
    return None


def _kappa(one: BoolArray, other: BoolArray) -> float:
    """Cohen's kappa of two yes-or-no columns; negative where one says the contrary.

    Of the two ways to code a column the one that agrees more counts.
    """

    def beyond(a: BoolArray, b: BoolArray) -> float:
        chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
        return float(((a == b).mean() - chance) / (1 - chance)) if chance < 1 else 0.0

    return max(beyond(one, other), beyond(~one, other))
