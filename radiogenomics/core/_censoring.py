"""The chance to be still uncensored, G(t): what inverse-probability weights divide by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core import _concordance_kernels as kernels
from radiogenomics.core._survival_input import Outcome, check_outcome


@dataclass(frozen=True)
class CensoringCurve:
    """Kaplan-Meier curve of being censored; at a tied time the events come first.

    Attributes
    ----------
    time
        (n + 1,) times from early to late, the last infinite.
    value
        (n + 1,) G just before each of them.
    """

    time: FloatArray
    value: FloatArray

    def before(self, at: ArrayLike) -> FloatArray:
        """G just before each time of ``at``."""
        return np.asarray(self.value[np.searchsorted(self.time, at, side="left")])

    def at(self, at: ArrayLike) -> FloatArray:
        """G at each time of ``at``, censorings at that very time included."""
        return np.asarray(self.value[np.searchsorted(self.time, at, side="right")])


def censoring_curve(time: FloatArray, event: FloatArray, weights: FloatArray | None = None) -> CensoringCurve:
    """The curve of checked follow-up."""
    order = np.argsort(time, kind="stable")
    w = np.ones(len(time)) if weights is None else weights[order]
    # Somebody of weight 0, at the end of time, reads the value after the last patient.
    times = np.append(time[order], np.inf)
    value = np.empty(len(times))
    kernels.censoring_curve(times, np.append(event[order], 1.0), np.append(w, 0.0), value)
    return CensoringCurve(times, value)


def censoring_of(where: str, outcome: Outcome, censoring: object) -> CensoringCurve:
    """Curve of the (time, event) pair in ``censoring``, or of the patients themselves where it is ``None``."""
    if censoring is None:
        return censoring_curve(outcome.time, outcome.event)
    if not isinstance(censoring, tuple) or len(censoring) != 2:
        raise InputError(where, Fault("something else", "a pair (time, event)", column="censoring"))
    training = check_outcome(f"{where}, censoring", *censoring, need_events=False)
    return censoring_curve(training.time, training.event)


def require_positive(where: str, values: FloatArray, needed: BoolArray, times: FloatArray, argument: str) -> None:
    """Refuse weights 1 / 0: ``values`` of G at ``times``, where ``needed``."""
    if (values[needed] > 0).all():
        return
    usable = times[needed][values[needed] > 0]
    hint = f"Pass {argument}={usable.max():g} or less." if len(usable) else "Longer follow-up is needed."
    found = "times that nobody in the censoring distribution was followed to"
    raise InputError(where, Fault(found, "a censoring curve above 0", column=argument, hint=hint))
