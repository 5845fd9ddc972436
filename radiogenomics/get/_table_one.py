"""Patients by group, as the first table of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import column_of, frame_of, group_order, groups_of, patients_of, result_of, split_blocks
from radiogenomics._errors import Fault, InputError, UnknownNameError
from radiogenomics._types import BoolArray
from radiogenomics.get._associate import associate

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def table_one(
    data: Cohort,
    groupby: str,
    variables: Sequence[str] | None = None,
    *,
    key: str = "associations",
    split: str | None = None,
    adjusted: bool = False,
    digits: int = 1,
) -> pd.DataFrame:
    """Patients by group, ready for a paper: n (%) of categories, median [quartiles] of numbers, missing values, p.

    Parameters
    ----------
    data
        Cohort after :func:`radiogenomics.tl.associate` of the grouping with the variables, whose tests it shows.
    groupby
        The grouping.
    variables
        Rows of the table; by default all that were tested against the grouping.
    key
        Name of the associations.
    split
        Part of the split; by default the training patients, or all without a split.
    adjusted
        Show the p-value adjusted over all tests instead of that of the test alone.
    digits
        Decimal places of numbers and percentages.

    Returns
    -------
    pandas.DataFrame
        Text: ``variable``, ``level``, ``All`` and one column per group headed by its size, ``p``, ``test``. A row per
        category (the p-value in the first), per number, and "missing" under every variable with missing values;
        percentages are of the patients with a value. Patients without a group are in no column.

    Raises
    ------
    UnknownNameError
        If there are no such associations, or a variable was not tested against the grouping.
    InputError
        If there is no such part of the split.
    """
    table = associate(data, key=key)
    part, rows = _part(data, table, split)
    tests = table[(table["group"] == groupby) & (table["split"].astype(str) == part)].set_index("variable")
    names = list(tests.index) if variables is None else [variables] if isinstance(variables, str) else list(variables)
    absent = [name for name in names if name not in tests.index]
    if absent or tests.empty:
        raise UnknownNameError(
            "variables",
            f"no test of {groupby!r} with {', '.join(map(repr, absent)) or 'anything'} in {key!r}; run "
            f"rg.tl.associate(data, {groupby!r}, [...]) with them first",
        )
    groups = groups_of(data, groupby)
    rows = rows & groups.notna().to_numpy()
    columns = {f"All (n = {int(rows.sum()):,})": rows}
    for name in group_order(data, groupby):
        inside = rows & (groups == name).to_numpy()
        columns[f"{name} (n = {int(inside.sum()):,})"] = inside
    levels = frame_of(result_of(data, key, made_by="associate"), "counts").query("group == @groupby")
    out = []
    for name in names:
        test = tests.loc[name]
        order = list(dict.fromkeys(levels.loc[levels["variable"] == name, "variable_level"].dropna().astype(str)))
        block = _numbers(data, name, columns, digits) if not order else _categories(data, name, order, columns, digits)
        p = test["p_adjusted"] if adjusted else test["p_value"]
        said = str(test["test"])
        block[0] |= {"p": _p(float(str(p))), "test": "" if said.startswith("none") else said}
        out += block
    frame = pd.DataFrame(out, columns=["variable", "level", *columns, "p", "test"]).fillna("")
    return frame


def _part(data: Cohort, table: pd.DataFrame, split: str | None) -> tuple[str, BoolArray]:
    blocks = dict(split_blocks(data))
    part = next(iter(blocks)) if split is None else split
    if part not in blocks or part not in set(table["split"].astype(str)):
        raise InputError("split", Fault(repr(part), f"one of {list(blocks)}"))
    return part, blocks[part]


def _categories(
    data: Cohort, name: str, levels: Sequence[str], columns: dict[str, BoolArray], digits: int
) -> list[dict[str, str]]:
    values = column_of(data, name).astype(object)
    text = values.map(lambda v: _said(v), na_action="ignore").to_numpy(dtype=object)
    known = values.notna().to_numpy()
    out: list[dict[str, str]] = []
    for level in levels:
        row = {"variable": name if not out else "", "level": level}
        for heading, inside in columns.items():
            n, of = int((inside & known & (text == level)).sum()), int((inside & known).sum())
            row[heading] = f"{n:,} ({100 * n / of:.{digits}f})" if of else "0"
        out.append(row)
    return out + _missing(known, columns)


def _said(value: object) -> str:
    """A category as the associations name it: numbers without needless decimals."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
    return f"{value:g}" if number else str(value)


def _numbers(data: Cohort, name: str, columns: dict[str, BoolArray], digits: int) -> list[dict[str, str]]:
    values = pd.Series(column_of(data, name).to_numpy(dtype=float, na_value=np.nan), index=patients_of(data))
    known = np.isfinite(values.to_numpy())
    row = {"variable": name, "level": "median [quartiles]"}
    for heading, inside in columns.items():
        own = values.to_numpy()[inside & known]
        low, middle, high = np.quantile(own, [0.25, 0.5, 0.75]) if own.size else (np.nan,) * 3
        row[heading] = f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]" if own.size else "–"
    return [row, *_missing(known, columns)]


def _missing(known: BoolArray, columns: dict[str, BoolArray]) -> list[dict[str, str]]:
    counts = {heading: int((inside & ~known).sum()) for heading, inside in columns.items()}
    if not any(counts.values()):
        return []
    return [{"variable": "", "level": "missing", **{heading: f"{n:,}" for heading, n in counts.items()}}]


def _p(p: float) -> str:
    if np.isnan(p):
        return "–"
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.0995 else f"{p:.2f}"
