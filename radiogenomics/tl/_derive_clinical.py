"""Clinical variables derived from others by published rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._cohort import check_key, column_of, left_out_table, patients_of, to_uns
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_UNITS = {"cm": 1.0, "mm": 0.1}


@dataclass(frozen=True)
class _Rule:
    """Columns a variable needs, the names of its values from the lowest, what is computed and how it reads."""

    needs: tuple[str, ...]
    first: int
    labels: tuple[str, ...]
    function: Callable[..., FloatArray]
    said: str
    source: str


_RULES = {
    "semantic_radiophenotype": _Rule(
        ("heterogeneous_t2", "necrosis", "peritumoral_enhancement"),
        0,
        ("low risk", "high risk"),
        core.semantic_radiophenotype,
        "high risk: at least two of heterogeneous T2 signal, necrosis, peritumoral enhancement",
        "Crombé et al. 2019",
    ),
    "fnclcc_grade": _Rule(
        ("differentiation", "mitoses", "necrosis"),
        1,
        ("G1", "G2", "G3"),
        core.fnclcc_grade,
        "sum of the scores of differentiation (1-3), mitoses (1-3), necrosis (0-2): G1 2-3, G2 4-5, G3 6-8",
        "Trojani et al. 1984; Guillou et al. 1997",
    ),
    "t_stage": _Rule(
        ("size",),
        1,
        ("T1", "T2", "T3", "T4"),
        core.t_stage,
        "greatest dimension: T1 up to 5 cm, T2 up to 10 cm, T3 up to 15 cm, T4 above (trunk and extremities)",
        "AJCC Cancer Staging Manual, 8th edition 2017",
    ),
}


def derive_clinical(
    data: Cohort,
    variable: Literal["semantic_radiophenotype", "fnclcc_grade", "t_stage"],
    columns: Mapping[str, str],
    *,
    unit: Literal["cm", "mm"] | None = None,
    key_added: str | None = None,
) -> None:
    """Add a clinical variable that follows from others by a published rule.

    Parameters
    ----------
    data
        Cohort.
    variable
        ``"semantic_radiophenotype"`` :cite:p:`Crombe2019`: ``high risk`` with at least two of three signs on MRI, else
        ``low risk``; needs ``heterogeneous_t2``, ``necrosis``, ``peritumoral_enhancement`` (0 or 1, or booleans).
        ``"fnclcc_grade"`` :cite:p:`Trojani1984,Guillou1997`: G1 for a sum of 2 or 3, G2 for 4 or 5, G3 for 6 to 8;
        needs the scores ``differentiation`` (1 to 3), ``mitoses`` (1 to 3), ``necrosis`` (0 to 2).
        ``"t_stage"`` :cite:p:`Amin2017`: T1 up to 5 cm, T2 up to 10, T3 up to 15, T4 above, for sarcomas of the trunk
        and extremities; needs ``size``, the greatest dimension.
    columns
        Column of ``data.obs`` for each of these needs.
    unit
        Of the size; required for ``"t_stage"`` and for it alone.
    key_added
        Column of ``data.obs`` and name of the result; by default `variable`.

    Returns
    -------
    ``None``. Sets ``data.obs[key_added]``, an ordered categorical (missing where the rule has no answer), and
    ``data.uns[key_added]``: ``counts`` (level, n), ``settings`` (with the rule and its source) and ``left_out``.

    Raises
    ------
    InputError
        Columns that the rule does not have or that are not named, values out of its range (column and values named).
    UnknownNameError
        If a column is not in ``data.obs``.
    """
    if variable not in _RULES:
        raise InputError("variable", Fault(repr(variable), f"one of {', '.join(map(repr, _RULES))}"))
    rule = _RULES[variable]
    key = variable if key_added is None else key_added
    check_key(data, key, column=True)
    _check(variable, rule, columns, unit)
    values = {need: _numbers(data, columns[need]) for need in rule.needs}
    if unit is not None:
        values["size"] = values["size"] * _UNITS[unit]
    try:
        codes = rule.function(*values.values())
    except ValueError as error:
        raise InputError(f"columns of {variable}", _faults(rule, values, columns, str(error))) from error
    labels = [None if np.isnan(c) else rule.labels[int(c) - rule.first] for c in codes]
    data.obs[key] = pd.Categorical(labels, categories=list(rule.labels), ordered=True)
    unknown = {
        str(patient): "no " + ", ".join(columns[n] for n in rule.needs if np.isnan(values[n][i]))
        for i, patient in enumerate(patients_of(data))
        if labels[i] is None
    }
    counts = pd.DataFrame({"level": list(rule.labels), "n": [labels.count(level) for level in rule.labels]})
    settings = {"variable": variable, "columns": dict(columns), "unit": unit, "rule": rule.said, "source": rule.source}
    data.uns[key] = to_uns(counts=counts, settings=settings, left_out=left_out_table(unknown))


def _check(variable: str, rule: _Rule, columns: Mapping[str, str], unit: str | None) -> None:
    if set(columns) != set(rule.needs):
        raise InputError("columns", Fault(f"{sorted(columns)}", f"a column for each of {list(rule.needs)}"))
    if variable == "t_stage" and unit not in _UNITS:
        raise InputError("unit", Fault(repr(unit), "'cm' or 'mm', the unit of the size"))
    if variable != "t_stage" and unit is not None:
        raise InputError("unit", Fault(repr(unit), f"none: {variable} has no size"))


def _numbers(data: Cohort, name: str) -> FloatArray:
    column = column_of(data, name)
    numbers = pd.to_numeric(column.astype(object), errors="coerce")
    text = column[numbers.isna() & column.notna()]
    if len(text):
        shown = ", ".join(sorted({repr(v) for v in text})[:5])
        raise InputError("columns", Fault(f"text ({shown})", "numbers", column=name))
    return numbers.to_numpy(dtype=float, na_value=np.nan)


def _faults(rule: _Rule, values: Mapping[str, FloatArray], columns: Mapping[str, str], said: str) -> list[Fault]:
    """The fault of every column that the rule refuses by itself."""
    faults = []
    for need in rule.needs:
        blank = {n: np.full_like(v, np.nan) for n, v in values.items()}
        try:
            rule.function(*(blank | {need: values[need]}).values())
        except ValueError as error:
            found, _, expected = str(error).partition("; ")
            faults.append(Fault(found, expected or "positive numbers", column=columns[need]))
    return faults or [Fault(said, "values in range")]
