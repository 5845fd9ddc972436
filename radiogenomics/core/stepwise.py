"""Stepwise choice of the terms of a Cox model by an information criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.core import _stepwise_kernels as kernels
from radiogenomics.core._survival_input import Outcome
from radiogenomics.core.cox import Sorted, Ties, check_cox, check_weight_rows, fit_cox, sort_rows

Direction = Literal["backward", "both"]
Criterion = Literal["aic", "bic"]


class Step(NamedTuple):
    """One step: the term that was dropped or added (``None`` at the start), and the model after it."""

    term: int | None
    added: bool
    criterion: float
    loglik: float
    n_parameters: int


@dataclass(frozen=True)
class StepwiseCox:
    """Terms that were chosen, and the way there.

    Attributes
    ----------
    selected
        (terms,) whether each term is in the final model.
    path
        The start, then every step.
    penalty
        What each coefficient costs: 2 (AIC), or the logarithm of the number of events (BIC).
    """

    selected: BoolArray
    path: tuple[Step, ...]
    penalty: float


class StepwiseBatch(NamedTuple):
    """``selected`` (B, terms) of each sample; ``done`` (B,) False where a sample could not be fitted at all."""

    selected: BoolArray
    done: BoolArray


class _Ready(NamedTuple):
    x: FloatArray
    outcome: Outcome
    rows: Sorted
    term: IntArray
    kept: BoolArray


def _prepare(
    where: str, x: ArrayLike, time: ArrayLike, event: ArrayLike, terms: Sequence[Sequence[int]], keep: Sequence[int],
    entry: ArrayLike | None, ties: Ties, strata: ArrayLike | None, direction: str, by: str,
) -> _Ready:  # fmt: skip
    faults: list[Fault] = []
    if direction not in ("backward", "both"):
        faults.append(Fault(repr(direction), "'backward' or 'both'", column="direction"))
    if by not in ("aic", "bic"):
        faults.append(Fault(repr(by), "'aic' or 'bic'", column="criterion"))
    matrix, outcome = check_cox(where, x, time, event, entry, ties, None, strata, 0.0, None, faults)
    p = matrix.shape[1]
    if sorted(j for columns in terms for j in columns) != list(range(p)) or not all(len(c) for c in terms):
        raise InputError(where, Fault(f"{terms}", f"every one of the {p} columns in one term", column="terms"))
    if not all(0 <= t < len(terms) for t in keep):
        raise InputError(where, Fault(f"{list(keep)}", f"terms 0 to {len(terms) - 1}", column="keep"))
    term = np.empty(p, dtype=np.int64)
    for t, columns in enumerate(terms):
        term[list(columns)] = t
    kept = np.zeros(len(terms), dtype=np.bool_)
    kept[list(keep)] = True
    rows = sort_rows(outcome)
    spread = matrix.std(axis=0)
    scaled = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return _Ready(np.ascontiguousarray(scaled[rows.order]), outcome, rows, term, kept)


_Walked = tuple[
    FloatArray, FloatArray, IntArray, IntArray, FloatArray, IntArray, bool, IntArray, BoolArray
]  # fmt: skip


def _walked(ready: _Ready, ties: Ties) -> _Walked:
    r = ready.rows
    return (r.event, r.time, r.starts, r.strata, r.entry, r.entry_order, ties == "efron", ready.term, ready.kept)


def stepwise_cox(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    *,
    terms: Sequence[Sequence[int]],
    direction: Direction = "backward",
    criterion: Criterion = "aic",
    keep: Sequence[int] = (),
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    strata: ArrayLike | None = None,
) -> StepwiseCox:
    """Drop (and add again) terms, from the model with all of them, while the criterion falls :cite:p:`Akaike1974`.

    Parameters
    ----------
    x, time, event, entry, ties, strata
        As in :func:`fit_cox`.
    terms
        Columns of each term, which come and go together; every column in one term.
    direction
        ``"backward"`` only drops; ``"both"`` also adds what was dropped.
    criterion
        ``"aic"``: 2 per coefficient. ``"bic"``: the logarithm of the number of events per coefficient
        :cite:p:`Volinsky2000`.
    keep
        Terms that stay whatever happens.

    Returns
    -------
    StepwiseCox

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`fit_cox`; terms that do not share out the columns.

    Warns
    -----
    RadiogenomicsWarning
        As :func:`fit_cox` with all columns.
    """
    ready = _prepare("stepwise_cox", x, time, event, terms, keep, entry, ties, strata, direction, criterion)
    fit_cox(x, time, event, entry=entry, ties=ties, strata=strata)  # names columns that cannot be told apart
    penalty = 2.0 if criterion == "aic" else float(np.log(ready.outcome.event.sum()))
    inside = np.ones(len(terms), dtype=np.bool_)
    path = np.empty((4 * len(terms) + 2, 4))
    n = kernels.walk(
        ready.x, np.ones(len(ready.x)), *_walked(ready, ties), direction == "both", penalty, inside, path
    )  # fmt: skip
    present = np.ones(len(terms), dtype=np.bool_)
    steps = []
    for row in path[:n]:
        t = int(row[0])
        if t >= 0:
            present[t] = not present[t]
        steps.append(
            Step(t if t >= 0 else None, bool(t >= 0 and present[t]), float(row[1]), float(row[2]), int(row[3]))
        )
    return StepwiseCox(inside, tuple(steps), penalty)


def stepwise_cox_batch(
    x: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    weights: ArrayLike,
    *,
    terms: Sequence[Sequence[int]],
    direction: Direction = "backward",
    criterion: Criterion = "aic",
    keep: Sequence[int] = (),
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    strata: ArrayLike | None = None,
) -> StepwiseBatch:
    """:func:`stepwise_cox` once per row of case weights: which terms would other samples have chosen?

    Parameters
    ----------
    x, time, event, terms, direction, criterion, keep, entry, ties, strata
        As in :func:`stepwise_cox`.
    weights
        (B, n) case weights; counts are a bootstrap sample. BIC counts the events of the sample.

    Returns
    -------
    StepwiseBatch
        Columns that do not vary in a sample (a rare level that it missed) take no part in it.

    Raises
    ------
    InputError, DegenerateInputError
        As :func:`stepwise_cox`, judged on all patients.
    """
    where = "stepwise_cox_batch"
    ready = _prepare(where, x, time, event, terms, keep, entry, ties, strata, direction, criterion)
    sample = check_weight_rows(where, weights, len(ready.outcome))
    events = sample @ ready.outcome.event
    penalties = np.full(len(sample), 2.0) if criterion == "aic" else np.log(np.maximum(events, 1.0))
    inside = np.empty((len(sample), len(terms)), dtype=np.bool_)
    done = np.empty(len(sample), dtype=np.bool_)
    kernels.walk_batch(
        ready.x, sample, ready.rows.order, *_walked(ready, ties), direction == "both", penalties, inside, done
    )  # fmt: skip
    done &= events > 0
    return StepwiseBatch(inside & done[:, None], done)
