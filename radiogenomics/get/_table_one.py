"""Patients by group, as the first table of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import (
    column_of,
    frame_of,
    group_order,
    groups_of,
    near_names,
    patients_of,
    result_of,
    split_blocks,
)
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
        Show the p-value adjusted over all tests instead of that of the test alone; its column is ``p (adjusted)``.
    digits
        Decimal places of numbers and percentages.

    Returns
    -------
    pandas.DataFrame
        Text: ``variable``, ``level``, ``All`` and one column per group headed by its size, ``p`` (or
        ``p (adjusted)``), ``test``. A row per category (the p-value in the first), per number, and "missing" under
        every variable with missing values; percentages are of the patients with a value. Patients without a group
        are in no column.

    Raises
    ------
    UnknownNameError
        If there are no such associations, or a variable was not tested against the grouping.
    InputError
        If there is no such part of the split, or the groups or variables changed since they were tested.
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
            f"rg.tl.associate(data, {groupby!r}, [...]) with them first{_did_you_mean(absent, table, groupby)}",
        )
    groups = groups_of(data, groupby)
    rows = rows & groups.notna().to_numpy()
    columns = {f"All (n = {int(rows.sum()):,})": rows}
    for name in group_order(data, groupby):
        inside = rows & (groups == name).to_numpy()
        columns[f"{name} (n = {int(inside.sum()):,})"] = inside
    levels = frame_of(result_of(data, key, made_by="associate"), "counts").query("group == @groupby")
    _refuse_changed(data, levels[levels["variable"].isin(names) & (levels["split"].astype(str) == part)], groups, rows)
    heading, out = "p (adjusted)" if adjusted else "p", []
    for name in names:
        test = tests.loc[name]
        order = list(dict.fromkeys(levels.loc[levels["variable"] == name, "variable_level"].dropna().astype(str)))
        block = _numbers(data, name, columns, digits) if not order else _categories(data, name, order, columns, digits)
        p = test["p_adjusted"] if adjusted else test["p_value"]
        said = str(test["test"])
        block[0] |= {heading: _p(float(str(p))), "test": "" if said.startswith("none") else said}
        out += block
    frame = pd.DataFrame(out, columns=["variable", "level", *columns, heading, "test"]).fillna("")
    return frame


def _part(data: Cohort, table: pd.DataFrame, split: str | None) -> tuple[str, BoolArray]:
    blocks = dict(split_blocks(data))
    part = next(iter(blocks)) if split is None else split
    if part not in blocks or part not in set(table["split"].astype(str)):
        raise InputError("split", Fault(repr(part), f"one of {list(blocks)}"))
    return part, blocks[part]


def _did_you_mean(absent: Sequence[str], table: pd.DataFrame, groupby: str) -> str:
    own = table[table["group"] == groupby]
    known = [str(v) for v in (own["variable"] if len(own) else table["group"]).unique()]
    near = [n for name in (absent if len(own) else [groupby]) for n in near_names(name, known)]
    return f". Did you mean {' or '.join(map(repr, near))}?" if near else ""


def _refuse_changed(data: Cohort, counts: pd.DataFrame, groups: pd.Series, rows: BoolArray) -> None:
    """The p-values shown are those of the patients counted at the test; other groups since then have other ones."""
    changed = sorted(set(groups[rows].astype(str)) - set(counts["group_level"].astype(str)))
    for name, cells in counts.groupby("variable", sort=False):
        column = column_of(data, str(name))
        if cells["variable_level"].isna().all():
            x = column.to_numpy(dtype=float, na_value=np.nan)
            for group, n, median in zip(cells["group_level"], cells["n"], cells["median"], strict=True):
                own = x[rows & (groups == group).to_numpy() & np.isfinite(x)]
                same = own.size == n and (not own.size or np.isclose(np.median(own), median))
                changed += [] if same else [f"{group} x {name}"]
            continue
        text = column.astype(object).map(_said, na_action="ignore").to_numpy(dtype=object)
        for group, level, n in zip(cells["group_level"], cells["variable_level"], cells["n"], strict=True):
            now = int((rows & (groups == group).to_numpy() & (text == level)).sum())
            changed += [] if now == n else [f"{group} x {name} {level}"]
    if changed:
        raise InputError(
            "groupby",
            Fault(
                f"patients of {', '.join(changed[:5])}{' ...' if len(changed) > 5 else ''} are not those of the test",
                "the groups and variables as they were tested",
                hint=f"Groups of {groups.name!r} or the variables changed since the test; run rg.tl.associate again",
            ),
        )


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
