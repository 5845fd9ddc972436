"""A table of new patients as a written model reads it: what it lacks, what it holds wrongly, what is out of range."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from radiogenomics._cohort import group_name, near_names
from radiogenomics._errors import Fault, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray

_SHOWN = 5


def numeric_column(table: pd.DataFrame, name: str, faults: list[Fault]) -> FloatArray | None:
    """(n,) numbers of a column; ``None`` of a column that is not there, NaN of what is none, each with its fault."""
    if not _there(table, name, faults):
        return None
    values = table[name]
    numbers = pd.to_numeric(values.astype(object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    _note(table, values, ~np.isfinite(numbers), "a number", name, faults)
    return np.asarray(numbers)


def level_column(table: pd.DataFrame, name: str, levels: Sequence[str], faults: list[Fault]) -> pd.Series | None:
    """(n,) levels of a column; ``None`` of a column that is not there; each other value has its fault."""
    if not _there(table, name, faults):
        return None
    values = table[name]
    names = values.astype(object).where(values.notna(), None).map(group_name, na_action="ignore")
    known = names.isin(levels).to_numpy()
    _note(table, values, ~known, f"one of {', '.join(map(repr, levels))}", name, faults)
    return names


def warn_outside(
    table: pd.DataFrame, ranges: Iterable[tuple[str, float | None, float | None]], *, stacklevel: int
) -> None:
    """Warn of values outside the range (name, smallest, largest) of the patients of the fit."""
    said = []
    for name, low, high in ranges:
        if low is None or high is None:
            continue
        numbers = pd.to_numeric(table[name].astype(object))
        outside = (numbers < low) | (numbers > high)
        if outside.any():
            shown = ", ".join(f"{patient} ({value:g})" for patient, value in numbers[outside].iloc[:_SHOWN].items())
            more = f" and {int(outside.sum()) - _SHOWN} more" if outside.sum() > _SHOWN else ""
            said.append(f"{name!r} of {shown}{more}, fitted from {low:g} to {high:g}")
    if said:
        warnings.warn(
            f"values outside those of the patients of the fit, where the model is a guess: {'; '.join(said)}.",
            RadiogenomicsWarning,
            stacklevel=stacklevel + 1,
        )


def _there(table: pd.DataFrame, name: str, faults: list[Fault]) -> bool:
    if name in table:
        return True
    near = near_names(name, table.columns)
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else ""
    faults.append(Fault("no such column", f"the model's variable {name!r}", column=name, hint=hint))
    return False


def _note(
    table: pd.DataFrame, values: pd.Series, wrong: BoolArray, expected: str, name: str, faults: list[Fault]
) -> None:
    for i in np.flatnonzero(wrong).tolist():
        value = values.iloc[i]
        shown = "no value" if pd.isna(value) else repr(value.item() if isinstance(value, np.generic) else value)
        hint = "The model was fitted without such patients" if not pd.isna(value) else ""
        faults.append(Fault(f"{shown} for patient {str(table.index[i])!r}", expected, column=name, hint=hint))
