"""Read a delimited file: the same checks and the same words whatever the table is."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath

#: Words that mean "no value" in clinical and expression tables, whatever their case.
MISSING_WORDS = (
    "", "na", "n/a", "#n/a", "nan", "null", "<na>", "-", ".", "?", "missing", "unknown", "not available",
    "not applicable", "not evaluated", "not reported", "discrepancy", "'--",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A delimited file as text: ``cells`` with the columns of the header, its ``path`` and its rows' line numbers."""

    path: Path
    cells: pd.DataFrame
    rows: list[int]


def is_missing(text: pd.Series, words: Iterable[str] = MISSING_WORDS) -> pd.Series:
    """Whether each cell says "no value"; brackets around the word ("[Not Available]") make no difference."""
    bare = text.str.strip().str.lower().str.replace(r"^\[(.*)\]$", r"\1", regex=True)
    return bare.isin({word.strip().lower() for word in words})


def existing_file(path: StrPath) -> Path:
    """Absolute path of a file that exists, or an error that says what is there instead."""
    given = Path(path).expanduser()
    resolved = given.absolute()
    if resolved.is_file():
        return resolved
    if resolved.is_dir():
        raise InputError(str(path), Fault("a folder", "a file"))
    folder = resolved.parent
    if not folder.is_dir():
        raise InputError(str(path), Fault("nothing there", "a file", hint=f"The folder {folder} does not exist either"))
    like = sorted(p.name for p in folder.iterdir() if p.name.lower().startswith(resolved.name.lower()[:4]))[:3]
    raise InputError(
        str(path), Fault("nothing there", "a file", hint=f"The folder holds {', '.join(like)}" if like else "")
    )


def read_table(
    path: StrPath,
    *,
    sep: str | None = None,
    comment: str = "",
    row_names: bool = False,
    header: Sequence[str] = (),
) -> Table:
    """Every cell as text, exactly as it stands; blank lines are skipped, and those before the header with ``comment``.

    ``sep`` is found from the header when it is ``None``: comma, tab or semicolon. With ``row_names`` a header that is
    one name short of every row lacks that of the first column, as R writes it. ``header`` names the columns of a file
    that does not.
    """
    file = existing_file(path)
    text_lines = _text_of(file, path)
    if comment:
        # Emptied, not removed: the lines below keep their numbers.
        text_lines = re.sub(rf"\A(?:{re.escape(comment)}[^\n]*\n)+", lambda m: "\n" * m[0].count("\n"), text_lines)
    return parse_table(file, text_lines, sep, row_names=row_names, names=header)


def _text_of(file: Path, path: StrPath) -> str:
    try:
        with (
            gzip.open(file, "rt", encoding="utf-8-sig", newline="")
            if file.suffix == ".gz"
            else open(file, encoding="utf-8-sig", newline="") as stream
        ):
            text_lines = stream.read()
    except UnicodeDecodeError as error:
        raise InputError(
            str(path),
            Fault(
                f"bytes that are not UTF-8 text ({error.reason} at byte {error.start})",
                "a UTF-8 table",
                hint="Save it again as CSV UTF-8",
            ),
        ) from error
    except (OSError, EOFError) as error:
        raise InputError(str(path), f"cannot be read: {error}") from error
    if "\0" in text_lines[:4096]:
        raise InputError(str(path), Fault("binary data", "a text table (csv, tsv, or either as .gz)"))
    return text_lines


def parse_table(file: Path, text: str, sep: str | None, *, row_names: bool = False, names: Sequence[str] = ()) -> Table:
    """Split the text of a table into cells, naming every line of another length than the header."""
    where = str(file)
    if not text.strip():
        raise InputError(where, "is empty")
    delimiter = sep or delimiter_of(text)
    # Not str.splitlines: that would also break at separators which stand inside cells of some exports.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = list(names)
    records: list[list[str]] = []
    rows: list[int] = []
    faults: list[Fault] = []
    start = 1
    try:
        for record in reader:
            row, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in record):
                continue
            if not header:
                header = [cell.strip() for cell in record]
            elif row_names and not records and not faults and len(record) == len(header) + 1:
                header = ["", *header]
                records.append(record)
                rows.append(row)
            elif len(record) != len(header):
                faults.append(Fault(f"{len(record)} cells", f"{len(header)}, as in the header", row=row))
            else:
                records.append(record)
                rows.append(row)
    except csv.Error as error:
        raise InputError(where, Fault(str(error), "a delimited table", row=start)) from error
    faults = [*header_faults(header), *faults]
    if faults:
        raise InputError(where, faults)
    if not records:
        raise InputError(where, "has a header and no rows")
    return Table(file, pd.DataFrame(records, columns=pd.Index(header), dtype=object), rows)


def delimiter_of(text: str) -> str:
    header = next(line for line in text.splitlines() if line.strip())
    counts = {mark: header.count(mark) for mark in (",", "\t", ";")}
    return max(counts, key=lambda mark: counts[mark])


def header_faults(header: Sequence[str]) -> list[Fault]:
    seen: dict[str, int] = {}
    faults = []
    for number, name in enumerate(header, start=1):
        if name and name in seen:
            faults.append(Fault(f"the name {name!r} in columns {seen[name]} and {number}", "a name once", row=1))
        seen.setdefault(name, number)
    # The first column of a table of features or genes often has no name: it holds the ids.
    unnamed = [i for i, name in enumerate(header, start=1) if not name and i > 1]
    faults += [Fault(f"no name for column {i}", "a name in the header", row=1) for i in unnamed]
    return faults


def id_column(table: Table, name: str | None) -> str:
    """The column that holds the ids: the one named, else the first."""
    if name is None:
        return str(table.cells.columns[0])
    if name not in table.cells.columns:
        raise InputError(str(table.path), unknown_name("column", name, table.cells.columns).faults)
    return name


def ids_of(table: Table, column: str, *, unique: bool = True) -> tuple[pd.Index, list[Fault]]:
    """Ids without surrounding blanks, and the faults among them (no id, an id in several rows)."""
    ids = table.cells[column].str.strip()
    faults = [
        Fault("no id", "a patient id", row=table.rows[i], column=column or "1")
        for i in np.flatnonzero(is_missing(ids, [""]))
    ]
    if unique:
        for name, positions in _positions(ids).items():
            if len(positions) > 1 and name:
                places = ", ".join(str(table.rows[i]) for i in positions)
                faults.append(
                    Fault(
                        f"patient {name!r} in rows {places}",
                        "one row per patient",
                        row=table.rows[positions[1]],
                        column=column or "1",
                    )
                )
    return pd.Index(ids.to_numpy(dtype=object)), faults


def _positions(values: pd.Series) -> dict[str, list[int]]:
    positions: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        positions.setdefault(value, []).append(i)
    return positions


def numbers_of(text: pd.Series) -> pd.Series:
    """Floats where a cell is a number (decimal point, exponent, no thousands mark), NaN elsewhere."""
    stripped = text.str.strip()
    # pandas also accepts "1_000" and "0x1F"; neither is what a table means.
    plain = stripped.str.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
    return pd.Series(
        [float(cell) if ok else np.nan for cell, ok in zip(stripped, plain, strict=True)], index=text.index, dtype=float
    )
