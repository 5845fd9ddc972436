"""Checks that every survival kernel shares: all faults of a call in one message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Outcome:
    """Checked follow-up: contiguous float arrays of one length, ``strata`` as codes from 0."""

    time: FloatArray
    event: FloatArray
    entry: FloatArray | None
    weights: FloatArray | None
    strata: IntArray | None

    def __len__(self) -> int:
        return len(self.time)


def positions(wrong: BoolArray, n_shown: int = 5) -> str:
    """``"positions 3, 7 (2 of 110)"`` of the true entries, counted from 0."""
    where = np.flatnonzero(wrong)
    shown = ", ".join(map(str, where[:n_shown])) + (", ..." if len(where) > n_shown else "")
    return f"position{'s' if len(where) > 1 else ''} {shown} ({len(where)} of {len(wrong)})"


def as_vector(name: str, values: ArrayLike, n: int | None, faults: list[Fault]) -> FloatArray | None:
    """``values`` as a float vector of length ``n``, or ``None`` with a fault noted."""
    try:
        vector = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        faults.append(Fault("values that are not numbers", "numbers", column=name))
        return None
    if vector.ndim != 1:
        faults.append(Fault(f"an array of shape {vector.shape}", "one value per patient", column=name))
        return None
    if n is not None and len(vector) != n:
        faults.append(Fault(f"{len(vector)} values", f"{n}, one per patient", column=name))
        return None
    return vector


def _require(name: str, ok: BoolArray, expected: str, faults: list[Fault], hint: str = "") -> None:
    if not ok.all():
        faults.append(Fault(f"others at {positions(~ok)}", expected, column=name, hint=hint))


def codes_of(name: str, labels: ArrayLike, n: int, faults: list[Fault]) -> tuple[Any, IntArray] | None:
    """Sorted distinct labels and each patient's code; missing labels are a fault."""
    array = np.asarray(labels)
    if array.ndim != 1 or len(array) != n:
        faults.append(Fault(f"an array of shape {array.shape}", f"{n} labels, one per patient", column=name))
        return None
    if array.dtype.kind == "O":
        missing = np.array([v is None or v != v for v in array], dtype=bool)
    elif array.dtype.kind in "fc":
        missing = np.isnan(array)
    else:
        missing = np.zeros(n, dtype=bool)
    if missing.any():
        hint = "Leave those patients out, or give them a label of their own."
        faults.append(Fault(f"no label at {positions(missing)}", "a label for every patient", column=name, hint=hint))
        return None
    try:
        found, codes = np.unique(array, return_inverse=True)
    except TypeError:
        faults.append(Fault("labels of different types", "labels of one type", column=name))
        return None
    return found, np.ascontiguousarray(codes, dtype=np.int64)


def check_outcome(
    where: str,
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    extra: list[Fault] | None = None,
    need_events: bool = True,
) -> Outcome:
    """Follow-up as contiguous arrays.

    Raises
    ------
    InputError
        Lengths differ; a time is missing, infinite or negative; an event is not 0 or 1; an entry is not before its
        time; a weight is negative or missing. ``extra`` are faults the caller found, told in the same message.
    DegenerateInputError
        Nobody has an event (with `need_events`), or all weights are 0.
    """
    faults: list[Fault] = list(extra or [])
    t = as_vector("time", time, None, faults)
    n = len(t) if t is not None else np.size(np.asarray(time))
    d = as_vector("event", event, n, faults)
    s = as_vector("entry", entry, n, faults) if entry is not None else None
    w = as_vector("weights", weights, n, faults) if weights is not None else None
    coded = codes_of("strata", strata, n, faults) if strata is not None else None
    if t is not None and n and not (t.min() >= 0 and t.max() < np.inf):
        _require("time", (t >= 0) & (t < np.inf), "a finite time of at least 0", faults)
    if d is not None and not ((d == 0) | (d == 1)).all():
        _require("event", (d == 0) | (d == 1), "0 (censored) or 1 (event)", faults)
    if s is not None and t is not None:
        hint = "A patient counts from entry (excluded) to time (included), so entry has to be the smaller one."
        _require("entry", np.isfinite(s) & ((s < t) | ~np.isfinite(t)), "a finite entry before time", faults, hint)
    if w is not None:
        _require("weights", (w >= 0) & (w < np.inf), "finite weights of at least 0", faults)
    if faults:
        raise InputError(where, faults)
    assert t is not None
    assert d is not None
    if n == 0:
        raise DegenerateInputError(where, Fault("no patients", "at least one"))
    if w is not None and not w.any():
        raise DegenerateInputError(where, Fault("weights that are all 0", "some patients with weight"))
    if need_events and not (d.any() if w is None else (d * w).any()):
        hint = "Without events nothing can be estimated; longer follow-up or another endpoint is needed."
        raise DegenerateInputError(where, Fault(f"no events among {n} patients", "at least one event", hint=hint))
    return Outcome(t, d, s, w, coded[1] if coded is not None else None)
