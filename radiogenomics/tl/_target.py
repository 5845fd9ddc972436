"""The outcome that a model predicts: a yes-or-no finding or a survival time, by patient of the cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from radiogenomics._cohort import binary_outcome, outcome_of
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, InputError
from radiogenomics._types import RNG, BoolArray, FloatArray, IntArray
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.tl._follow_up import follow_up

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class Target:
    """A registered outcome as models learn it.

    Attributes
    ----------
    event
        (n,) 1 for the positive class or an event, 0 otherwise; NaN where unknown.
    time
        (n,) follow-up in `unit`; ``None`` of a binary outcome.
    known
        (n,) patients with an outcome.
    column
        Columns of ``data.obs`` behind it, which no model may take as features.
    """

    name: str
    kind: Literal["binary", "survival"]
    event: FloatArray
    time: FloatArray | None
    known: BoolArray
    unit: str
    columns: tuple[str, ...]

    def y(self, rows: IntArray) -> FloatArray | IntArray:
        """What estimators take of those patients: (n,) 0 and 1, or (n, 2) time and event."""
        if self.time is None:
            return self.event[rows].astype(np.int64)
        return np.column_stack([self.time[rows], self.event[rows]])


def target_of(data: Cohort, outcome: str | None = None) -> Target:
    """A registered binary or survival outcome, by default the first.

    Raises
    ------
    DegenerateInputError
        If all known patients have the same class, or none an event.
    """
    name, declared = outcome_of(data, outcome, kinds=("survival", "binary"))
    if declared["kind"] == "survival":
        survival = follow_up(data, name)
        columns = (str(declared["time"]), str(declared["event"]))
        return Target(name, "survival", survival.event, survival.time, survival.known, survival.unit, columns)
    found = binary_outcome(data, name)
    return Target(name, "binary", found.value, None, found.known, "", (str(declared["column"]),))


def check_folds(
    target: Target, rows: IntArray, folds: int, *, argument: str = "folds", inner: int | None = None
) -> None:
    """Refuse more folds than the smaller class has members, or than there are events; ``inner``: folds within them."""
    if not isinstance(folds, int | np.integer) or isinstance(folds, bool) or folds < 2:
        raise InputError(argument, Fault(repr(folds), "a whole number of at least 2"))
    n_events = int((target.event[rows] == 1).sum())
    n_other = len(rows) - n_events
    if target.kind == "survival":
        if n_events < folds:
            found = f"{n_events} event(s) among {len(rows)} training patients"
            hint = f"A fold without events cannot be judged: {_most(n_events, argument, inner, 'use')}"
            if n_events < (2 if inner is None else 3):
                hint = "Too few events to build a model on"
            raise DegenerateInputError(
                f"outcome {target.name!r}", Fault(found, f"at least {folds}, one in each of {folds} folds", hint=hint)
            )
        return
    if min(n_events, n_other) < folds:
        small, n = ("positive", n_events) if n_events < n_other else ("negative", n_other)
        found = f"{n} {small} patient(s) of {len(rows)} training patients"
        enough = n >= (2 if inner is None else 3)
        hint = _most(n, argument, inner, "Use") if enough else "Too few to build a model on"
        raise DegenerateGroupsError(
            f"outcome {target.name!r}", Fault(found, f"at least {folds}, one in each of {folds} folds", hint=hint)
        )


def _most(n: int, argument: str, inner: int | None, use: str) -> str:
    """The most folds for ``n`` patients of a class, and the most within these: each leaves one of them out."""
    within = f" and inner_folds={n - 1}" if inner is not None and inner > n - 1 else ""
    return f"{use} at most {argument}={n}{within}"


def deal_folds(
    target: Target,
    rows: IntArray,
    folds: int,
    repeats: int = 1,
    *,
    rng: RNG,
    argument: str = "folds",
    inner: int | None = None,
) -> IntArray:
    """(repeats, len(rows)) fold of each patient, with the same share of events (or of the positive class) in each."""
    check_folds(target, rows, folds, argument=argument, inner=inner)
    if not isinstance(repeats, int | np.integer) or isinstance(repeats, bool) or repeats < 1:
        raise InputError("repeats", Fault(repr(repeats), "a whole number of at least 1"))
    return stratified_folds(target.event[rows], folds, repeats, rng=rng)
