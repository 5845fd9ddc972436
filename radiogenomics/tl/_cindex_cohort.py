"""The patients of a comparison of c-indices: complete, coded, and refused where nothing can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import patients_of, training_rows
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.tl._cindex_estimates import Analysed
from radiogenomics.tl._follow_up import FollowUp
from radiogenomics.tl._variables import Variable, refuse_identifier

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def analysed(
    data: Cohort, columns: Sequence[Variable], stratum: Variable | None, survival: FollowUp, rows: BoolArray,
    folds: int, horizon: float | None,
) -> Analysed:  # fmt: skip
    """Patients with all values, their factors coded; refuses too few events and factors that do not vary."""
    training = training_rows(data) & rows
    patients = patients_of(data)
    n_events = int((survival.event[training] == 1).sum())
    if n_events < folds:
        raise DegenerateInputError(
            f"outcome {survival.name!r}",
            f"{n_events} event(s) among the {int(training.sum())} patients with all values; {folds} folds need one "
            "each. Use fewer folds, or fewer columns with missing values",
        )
    factors: dict[str, IntArray | FloatArray] = {}
    for column in columns:
        if column.values[training].nunique() < 2:
            raise DegenerateInputError(
                f"column {column.name!r}", f"one value in all {int(training.sum())} patients with all values"
            )
        if column.levels is not None:
            refuse_identifier(f"column {column.name!r}", column.values[training].nunique(), int(training.sum()))
        factors[column.name] = _coded(column, rows)
    return Analysed(
        patients[rows].to_numpy(dtype=str), survival.time[rows], survival.event[rows], factors, training[rows],
        None if stratum is None else np.asarray(_coded(stratum, rows), dtype=np.int64),
        horizon_of(survival, training, horizon), survival.entries(rows),
    )  # fmt: skip


def _coded(column: Variable, rows: BoolArray) -> IntArray | FloatArray:
    values = column.values[rows]
    if column.levels is None:
        return values.to_numpy(dtype=float)
    return pd.Categorical(values, categories=column.levels).codes.astype(np.int64)


def horizon_of(survival: FollowUp, training: BoolArray, asked: float | None) -> float:
    """The time asked for, with an event before it and patients beyond it; else one that enough patients reach."""
    time, event = survival.time[training], survival.event[training] == 1
    if event.any() and time[event].min() >= time.max():
        raise DegenerateInputError(
            f"outcome {survival.name!r}",
            f"no patient is followed beyond the first event, at {time.max():g}: whose event comes first is unknown",
        )
    if asked is not None and survival.entry is not None:
        hint = "It is the time of Uno's c, the AUC and the Brier score, none of which is given with delayed entry."
        raise InputError("horizon", Fault(f"{asked:g}", "no horizon beside entry", hint=hint))
    if asked is None:
        reached = event & (time <= np.quantile(time, 0.75)) & (time < time.max())
        return float(time[reached].max() if reached.any() else time[event].min())
    if not time[event].min() <= asked < time.max():
        found = Fault(f"{asked:g}", f"from {time[event].min():g} (first event) to below {time.max():g} (last patient)")
        raise InputError("horizon", found)
    return float(asked)
