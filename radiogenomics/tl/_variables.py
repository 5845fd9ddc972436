"""Columns of the clinical table as statistics see them: numbers, or categories with an order and a reference."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import column_of, group_order, groups_of, patients_of
from radiogenomics._errors import DegenerateGroupsError, Fault, InputError, RadiogenomicsWarning, UnknownNameError
from radiogenomics._types import BoolArray, FloatArray

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


@dataclass(frozen=True)
class Variable:
    """One column of ``data.obs``.

    Attributes
    ----------
    values
        By patient; NaN where unknown. Text for categories, float for numbers.
    levels
        Categories in their order; ``None`` for numbers.
    declared
        Whether the order was declared (a categorical column) rather than alphabetical.
    """

    name: str
    values: pd.Series
    levels: tuple[str, ...] | None
    declared: bool = False

    @property
    def kind(self) -> str:
        """``"numeric"`` or ``"categorical"``."""
        return "numeric" if self.levels is None else "categorical"

    @property
    def known(self) -> BoolArray:
        """(n,) patients with a value."""
        return np.asarray(self.values.notna(), dtype=bool)


def names_of(given: str | Sequence[str]) -> list[str]:
    """One name or several, as a list."""
    return [given] if isinstance(given, str) else list(given)


def check_names(where: str, names: Sequence[str], *, subset: Sequence[str] = (), of: str = "categorical") -> None:
    """Refuse a column named twice, and a name in ``subset`` that is not among ``names``."""
    doubles = sorted({n for n in names if list(names).count(n) > 1})
    if doubles:
        raise InputError(where, Fault(f"{doubles} more than once", "each column once"))
    unknown = sorted(set(subset) - set(names))
    if unknown:
        raise InputError(of, Fault(f"{unknown}", f"names among {list(names)}"))


_OPERATORS = re.compile(r"[+*:~^/()|\s-]+")


def refuse_formula(data: Cohort, names: Sequence[str], *, offered: bool) -> None:
    """Refuse a formula where columns are expected; ``offered``: whether the function takes formulas elsewhere."""
    columns = data.obs.columns
    for name in names:
        parts = [part for part in _OPERATORS.split(name) if part in columns] if isinstance(name, str) else []
        if name in columns or not parts or _OPERATORS.search(name) is None:
            continue
        hint = f"Name the columns: {list(dict.fromkeys(parts))}; this function takes no formulas"
        if offered:
            hint = f"A formula is given by its own argument: formula={name!r}"
        raise UnknownNameError("variables", Fault(repr(name), "columns of data.obs", hint=hint))


def refuse_follow_up(data: Cohort, where: str, names: Sequence[str]) -> None:
    """Refuse times and events of a registered outcome as covariates: they hold what is to be predicted."""
    registered: Mapping[str, Any] = data.uns.get(keys.OUTCOMES, {})
    parts = {str(o[part]): (part, name) for name, o in registered.items() for part in ("time", "event") if part in o}
    faults = [
        Fault(f"{name!r}, the {parts[name][0]} of outcome {parts[name][1]!r}", "columns known when the follow-up began")
        for name in names
        if name in parts
    ]
    if faults:
        raise InputError(where, faults)


def warn_single_patients(variable: Variable, rows: BoolArray, *, stacklevel: int) -> None:
    """Name the groups of one patient among ``rows``; where all are, patients by name are meant."""
    if variable.levels is None:
        return
    counts = variable.values[rows].value_counts()
    single = sorted(str(level) for level, n in counts.items() if n == 1)
    if single and len(single) < int((counts > 0).sum()):
        shown = ", ".join(single[:5]) + (f" and {len(single) - 5} more" if len(single) > 5 else "")
        warnings.warn(
            f"{variable.name!r}: only one patient in {shown}; nothing can be said of a group from one patient. Merge "
            "levels, or leave the patient out.",
            RadiogenomicsWarning,
            stacklevel=stacklevel + 1,
        )


# So many levels, and fewer than two patients for each of them, are names of patients.
_MOST_LEVELS = 10


def refuse_identifier(where: str, n_levels: int, n: int) -> None:
    """Refuse categories that hardly gather any patients."""
    if n_levels > _MOST_LEVELS and n < 2 * n_levels:
        raise DegenerateGroupsError(
            where,
            Fault(
                f"{n_levels} levels over {n} patients",
                "levels that patients share",
                hint="Merge the rare ones, or take a coarser column. If this is an identifier, leave it out; if these "
                "are numbers that were read as text, make them numbers",
            ),
        )


def warn_of_odd_categories(variables: Sequence[Variable], rows: BoolArray, *, stacklevel: int) -> None:
    """Warn of categories that hardly gather any patients, and of numbers that one cell made text."""
    said = []
    for v in variables:
        values = v.values[rows & v.known]
        n_levels = values.nunique()
        if v.levels is None or n_levels <= _MOST_LEVELS:
            continue
        text = pd.to_numeric(values.astype(str), errors="coerce").isna()
        odd = values[text].drop_duplicates()
        if 2 * int(text.sum()) < len(values):
            shown = ", ".join(f"{value!r} of {patient}" for patient, value in odd.iloc[:5].items())
            more = f", but for {shown}{' ...' if len(odd) > 5 else ''}" if len(odd) else ""
            said.append(f"{v.name!r} holds numbers that were read as text{more}: make them numbers (pd.to_numeric)")
        elif len(values) < 2 * n_levels:
            said.append(
                f"{v.name!r} has {n_levels} levels over {len(values)} patients: merge the rare ones, or leave it out "
                "if it is an identifier"
            )
    if said:
        warnings.warn(
            f"{len(said)} variable(s) were compared as categories that hardly gather patients: {'; '.join(said)}.",
            RadiogenomicsWarning,
            stacklevel=stacklevel,
        )


def grouping(data: Cohort, name: str, *, at_least: int = 2) -> Variable:
    """A column taken as groups, whatever its type."""
    values = groups_of(data, name, at_least=at_least)
    declared = isinstance(column_of(data, name).dtype, pd.CategoricalDtype)
    return Variable(name, values, tuple(group_order(data, name)), declared)


def variable(data: Cohort, name: str, *, categorical: bool = False, two_are_categories: bool = False) -> Variable:
    """A column as numbers if it is numeric, else as categories.

    Parameters
    ----------
    categorical
        Take numbers as categories.
    two_are_categories
        Take numbers with two distinct values (0 and 1, say) as categories.
    """
    column = column_of(data, name)
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return grouping(data, name, at_least=0)
    values = pd.Series(column.to_numpy(dtype=float, na_value=np.nan), index=patients_of(data), name=name)
    values = values.where(np.isfinite(values))
    if not categorical and not (two_are_categories and values.nunique() <= 2):
        return Variable(name, values, None)
    levels = tuple(f"{v:g}" for v in np.sort(values.dropna().unique()))
    text = values.map(lambda v: f"{v:g}", na_action="ignore").astype(object)
    return Variable(name, text, levels, declared=True)


@dataclass(frozen=True)
class Term:
    """A variable as columns of a design matrix, for the patients of an analysis.

    Attributes
    ----------
    x
        (n, k): the numbers, or one 0/1 column per level but the reference.
    levels
        Level of each column; ``("",)`` for numbers.
    reference
        The level without a column; ``None`` for numbers.
    of
        Variables it is made of; by default the one of its name.
    """

    name: str
    x: FloatArray
    levels: tuple[str, ...]
    reference: str | None
    of: frozenset[str] = frozenset()

    @property
    def variables(self) -> frozenset[str]:
        """Columns of ``data.obs`` behind it."""
        return self.of or frozenset({self.name})

    @property
    def columns(self) -> list[str]:
        """Name of each column, for messages."""
        return [f"{self.name} {level}".strip() for level in self.levels]


def term(variable: Variable, rows: BoolArray, *, reference: str | None = None) -> Term:
    """Columns of ``variable`` for the patients in ``rows`` (all with a value).

    Without ``reference`` the first level stands for it where their order was declared, else the most frequent.
    """
    values = variable.values[rows]
    if variable.levels is None:
        if reference is not None:
            raise InputError("reference", f"{variable.name!r} is numeric and has no reference level")
        return Term(variable.name, values.to_numpy(dtype=float)[:, None], ("",), None)
    present = [level for level in variable.levels if (values == level).any()]
    refuse_identifier(f"variable {variable.name!r}", len(present), len(values))
    if reference is not None and reference not in present:
        raise InputError("reference", Fault(f"{reference!r} for {variable.name!r}", f"one of {present}"))
    if reference is None:
        reference = present[0] if variable.declared else max(present, key=lambda level: int((values == level).sum()))
    others = tuple(level for level in present if level != reference)
    x = np.array([values == level for level in others], dtype=float).reshape(len(others), len(values)).T
    return Term(variable.name, x, others, reference)


def complete_cases(variables: Sequence[Variable], among: BoolArray) -> BoolArray:
    """Patients of ``among`` with a value of every variable."""
    rows = among.copy()
    for v in variables:
        rows &= v.known
    return rows


def why_left_out(
    data: Cohort, used: BoolArray, variables: Sequence[Variable], more: Mapping[str, BoolArray]
) -> dict[str, str]:
    """Reason for every patient not ``used``: masks of ``more`` (reason -> whom it concerns), then missing values."""
    reasons = {}
    for i, patient in enumerate(patients_of(data)):
        if used[i]:
            continue
        found = [reason for reason, concerned in more.items() if concerned[i]]
        missing = [v.name for v in variables if not v.known[i]]
        if missing:
            found.append("no " + ", ".join(missing))
        reasons[str(patient)] = "; ".join(found) or "not used"
    return reasons
