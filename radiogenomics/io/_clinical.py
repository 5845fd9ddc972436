"""The clinical table."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.io._tables import MISSING_WORDS, Table, id_column, ids_of, is_missing, numbers_of, read_table

#: A column with at least this share of numbers is taken for a numeric one, and its other cells for mistakes.
_MOSTLY_NUMBERS = 0.8


def read_clinical(
    path: StrPath,
    *,
    id: str = "patient_id",
    sep: str | None = None,
    numeric: Sequence[str] | None = None,
    text: Sequence[str] | None = None,
    missing: Sequence[str] = (),
) -> pd.DataFrame:
    """Read a clinical table: one row per patient.

    A column is numeric when all its values are numbers. Cells that say so have no value, whatever their case and with
    or without square brackets: an empty cell, NA, N/A, NaN, null, -, ., ?, missing, unknown, not available, not
    applicable, not evaluated, not reported, discrepancy.

    Parameters
    ----------
    path
        csv, tsv, or either as .gz; UTF-8 with a header.
    id
        Column of the patient ids, kept as text (leading zeros stay).
    sep
        Delimiter; by default found from the header (comma, tab or semicolon).
    numeric
        Columns that must be numbers.
    text
        Columns to be kept as text although most of their cells are numbers.
    missing
        Further words for "no value".

    Returns
    -------
    One row per patient, indexed by id. Whole numbers without gaps are int64, other numbers float64 (NaN without a
    value), everything else text (``None`` without a value). ``attrs`` keeps the file and each patient's row, so that
    later messages can name them.

    Raises
    ------
    InputError
        With every fault at once: a column that does not exist, a patient in several rows or without id, text in a
        numeric column (declared, or with at least four numbers in five cells).
    """
    out, faults = clinical_and_faults(path, id=id, sep=sep, numeric=numeric, text=text, missing=missing)
    if faults:
        raise InputError(str(path), faults)
    return out


def clinical_and_faults(
    path: StrPath,
    *,
    id: str = "patient_id",
    sep: str | None = None,
    numeric: Sequence[str] | None = None,
    text: Sequence[str] | None = None,
    missing: Sequence[str] = (),
) -> tuple[pd.DataFrame, list[Fault]]:
    """The table and what is wrong with it: cells at fault have no value in it, so that the rest can be checked.

    Raises
    ------
    InputError
        If there is no table to check: no such file, or no column of ids.
    """
    table = read_table(path, sep=sep)
    where = str(path)
    key = _id_column(table, id)
    columns = [c for c in table.cells.columns if c != key]
    declared = {"numeric": list(numeric or []), "text": list(text or [])}
    faults: list[Fault] = []
    for names in declared.values():
        for name in names:
            if name not in columns:
                faults.extend(unknown_name("column", name, columns).faults)
    faults += [
        Fault("declared both numeric and text", "one of them", column=name)
        for name in declared["numeric"]
        if name in declared["text"]
    ]
    patients, id_faults = ids_of(table, key)
    faults += id_faults
    values: dict[str, pd.Series] = {}
    for name in columns:
        values[name], found = _column(
            table, name, must=name in declared["numeric"], never=name in declared["text"], missing=missing
        )
        faults += found
    out = pd.DataFrame({name: column.to_numpy() for name, column in values.items()}, index=patients)
    out.attrs = {"file": where, "rows": dict(zip(patients, table.rows, strict=True))}
    return out, sorted(faults, key=lambda fault: fault.row or 0)


def _id_column(table: Table, name: str) -> str:
    """Column of the ids; the table may well name it otherwise than the default does."""
    columns = [str(c) for c in table.cells.columns]
    if name in columns:
        return id_column(table, name)
    unique = [c for c in columns if table.cells[c].str.strip().is_unique and not is_missing(table.cells[c]).any()]
    likely = [c for c in unique if re.search(r"(^|[^a-z])(id|patient|subject|case|sample)", c.lower())] or unique
    hint = "Name yours with id="
    if likely:
        hint += (
            f", for example id={likely[0]!r}" if len(likely) == 1 else f"; perhaps {' or '.join(map(repr, likely[:3]))}"
        )
    expected = f"one of the columns {', '.join(map(repr, columns[:30]))}{' ...' if len(columns) > 30 else ''}"
    raise InputError(str(table.path), Fault(f"no column {name!r} of patient ids", expected, hint=hint))


def _column(
    table: Table, name: str, *, must: bool, never: bool, missing: Sequence[str]
) -> tuple[pd.Series, list[Fault]]:
    cells = table.cells[name].str.strip()
    absent = is_missing(cells, (*MISSING_WORDS, *missing))
    if never:
        return cells.where(~absent, None), []
    numbers = numbers_of(cells)
    wrong = numbers.isna() & ~absent
    n_known = int((~absent).sum())
    if wrong.any():
        n_numbers = n_known - int(wrong.sum())
        if not must and n_numbers < _MOSTLY_NUMBERS * n_known:
            return cells.where(~absent, None), []
        return numbers, [_not_a_number(table, name, int(i), cells.iloc[i], must) for i in np.flatnonzero(wrong)]
    if n_known == 0:
        return numbers, []
    whole = cells.str.fullmatch(r"[+-]?\d{1,15}").all()
    return (numbers.astype(np.int64) if whole else numbers), []


def _not_a_number(table: Table, name: str, i: int, cell: str, must: bool) -> Fault:
    hint = "" if must else "Correct the cell, or name the column in text= if its values are labels"
    if numbers_of(pd.Series([cell.replace(",", ".", 1)])).notna().all():
        hint = "Write decimals with a point"
    return Fault(repr(cell), "a number", row=table.rows[i], column=name, hint=hint)
