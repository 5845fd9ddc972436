"""One table of expression: genes and patients along its sides, columns that describe genes beside them."""

from __future__ import annotations

import csv
import gzip
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.io._orientation import GENES_IN_ROWS, SAMPLES_IN_ROWS, orientation_of, refuse_contradiction
from radiogenomics.io._tables import (
    MISSING_WORDS,
    Table,
    delimiter_of,
    existing_file,
    header_faults,
    id_column,
    is_missing,
    numbers_of,
    read_table,
)

#: Columns that name or describe genes beside the samples, in files of featureCounts, STAR, RSEM and the GDC.
SYMBOLS = {"symbol", "gene_name", "gene_symbol", "hugo_symbol", "external_gene_name"}
ANNOTATION = SYMBOLS | {"gene_type", "gene_biotype", "description", "entrez_gene_id", "entrezid", "chr", "chromosome",
                        "start", "end", "strand", "length", "transcript_id(s)"}  # fmt: skip
#: Rows that counting programs add above or below the genes.
SUMMARIES = ("__", "N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
#: What aligners and featureCounts leave of a sample's name: folders and these endings.
_BAM = re.compile(r"([._-]?(Aligned|sortedByCoord|sorted|dedup|markdup|out|toGenome))*\.(bam|sam|cram)$", re.IGNORECASE)


#: Columns from which a table is read line by line.
_MANY_COLUMNS = 2000


@dataclass(frozen=True)
class Expression:
    """What a file says of expression.

    Attributes
    ----------
    matrix
        Patients x genes.
    symbols
        Symbol of each gene, ``""`` where unknown.
    note
        What is worth recording.
    not_counted
        Patients x rows of the file that are no genes (``N_unmapped``).
    """

    matrix: pd.DataFrame
    symbols: pd.Series
    note: dict[str, object]
    not_counted: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class _Cells:
    """Numbers of a table and the columns beside them; ``numbers`` is read again as text only to name bad cells."""

    header: str
    ids: pd.Index
    numbers: pd.DataFrame
    annotation: pd.DataFrame


def read_expression_table(
    path: StrPath, id_name: str | None, orientation: str | None, patients: Sequence[str] | None
) -> Expression:
    """Read a table of genes x samples or samples x genes; ids alone tell which, or ``orientation``."""
    cells = _fast(path, id_name, orientation) or _as_text(path, id_name, orientation)
    names = [str(name) for name in cells.numbers.columns]
    if orientation is not None:
        refuse_contradiction(orientation, list(cells.ids), names, patients=patients, where=str(path))
        found = orientation
    elif len(cells.annotation.columns):
        found = GENES_IN_ROWS
    else:
        found = orientation_of(cells.header, list(cells.ids), names, patients=patients, where=str(path))
    if found == SAMPLES_IN_ROWS:
        symbols = pd.Series("", index=cells.numbers.columns, dtype=object)
        return Expression(cells.numbers, symbols, {"orientation": found, "rows_left_out": []})
    return _genes_in_rows(cells, found, str(path))


def _genes_in_rows(cells: _Cells, found: str, where: str) -> Expression:
    summary = np.array([i.startswith(SUMMARIES) for i in cells.ids], dtype=bool)
    matrix, renamed = _plain_names(cells.numbers.T, where)
    naming = [c for c in cells.annotation.columns if str(c).lower() in SYMBOLS]
    symbols = cells.annotation[naming[0]].str.strip() if naming else pd.Series("", index=cells.ids, dtype=object)
    note: dict[str, object] = {"orientation": found, "rows_left_out": list(cells.ids[summary])}
    if renamed:
        note["samples_renamed"] = renamed
    return Expression(matrix.loc[:, ~summary], symbols[~summary], note, matrix.loc[:, summary])


def _plain_names(matrix: pd.DataFrame, where: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Samples without the folder and the endings of their BAM file; what was changed."""
    given = [str(name) for name in matrix.index]
    plain = [_BAM.sub("", PurePosixPath(n).name) if _BAM.search(n) else n for n in given]
    if len(set(plain)) < len(set(given)):
        doubled = [g for g, p in zip(given, plain, strict=True) if plain.count(p) > 1]
        raise InputError(where, Fault(f"samples {', '.join(doubled[:4])}", "file names that tell samples apart"))
    renamed = {g: p for g, p in zip(given, plain, strict=True) if g != p}
    return matrix.set_axis(pd.Index(plain), axis=0), renamed


def _described(names: Sequence[str], orientation: str | None) -> list[str]:
    """Columns that describe genes."""
    return [] if orientation == SAMPLES_IN_ROWS else [n for n in names if n.lower() in ANNOTATION]


def _fast(path: StrPath, id_name: str | None, orientation: str | None) -> _Cells | None:
    """The table by pandas' own parser; ``None`` where anything is odd, for :func:`_as_text` to name it."""
    file = existing_file(path)
    try:
        header, skipped, mark = _header_of(file)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, ValueError):
        return None
    if header_faults(header) or (id_name is not None and id_name not in header):
        return None
    key = header.index(id_name) if id_name is not None else 0
    described = {header.index(n) for n in _described(header, orientation) if header.index(n) != key}
    numeric = [i for i in range(len(header)) if i != key and i not in described]
    if not numeric:
        return None
    layout = _Layout(file, header, skipped, mark, key, frozenset(numeric))
    table = _by_lines(layout) if len(header) > _MANY_COLUMNS and key == 0 and not described else None
    table = _by_pandas(layout) if table is None else table
    if table is None:
        return None
    ids = table[key].fillna("").str.strip()
    # A row that is too short ends in gaps, and one without an id may be no row at all.
    if table.empty or (ids == "").any() or table[len(header) - 1].isna().any():
        return None
    index = pd.Index(ids.to_numpy(dtype=object))
    numbers = pd.DataFrame(table[numeric].to_numpy(), index=index, columns=[header[i] for i in numeric])
    names = [header[i] for i in sorted(described)]
    annotation = pd.DataFrame({n: table[header.index(n)].to_numpy(dtype=object) for n in names}, index=index)
    return _Cells(header[key], index, numbers, annotation.fillna(""))


@dataclass(frozen=True)
class _Layout:
    """Where the numbers of a table stand."""

    file: Path
    header: list[str]
    skipped: int
    mark: str
    key: int
    numeric: frozenset[int]


def _by_pandas(layout: _Layout) -> pd.DataFrame | None:
    missing = sorted({form for word in MISSING_WORDS for form in (word, word.upper(), word.capitalize())} | {"NaN"})
    places = range(len(layout.header))
    kinds: dict[Any, Any] = {i: float if i in layout.numeric else str for i in places}
    gaps: dict[Any, Any] = dict.fromkeys(layout.numeric, missing)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table: pd.DataFrame = pd.read_csv(
                layout.file, sep=layout.mark, header=None, names=places, skiprows=layout.skipped, index_col=False,
                dtype=kinds,
                na_values=gaps, keep_default_na=False, float_precision="round_trip",
                encoding="utf-8-sig", low_memory=False,
            )  # fmt: skip
    except (ValueError, OSError, EOFError, pd.errors.ParserError, pd.errors.ParserWarning):
        return None
    return table


def _by_lines(layout: _Layout) -> pd.DataFrame | None:
    """Ids, then numbers and nothing else: a row at a time, which pandas is slow at where columns are many."""
    ids, rows = [], []
    try:
        with opened(layout.file) as stream:
            for number, line in enumerate(stream):
                if number < layout.skipped or not line.strip():
                    continue
                # A quote may hide a separator; numbers of Python's own spelling are none in a table.
                if '"' in line or "_" in line.partition(layout.mark)[2]:
                    return None
                name, *cells = line.rstrip("\r\n").split(layout.mark)
                if len(cells) != len(layout.header) - 1:
                    return None
                ids.append(name)
                rows.append(np.array(cells, dtype=float))
    except (ValueError, OSError, EOFError):
        return None
    table = pd.DataFrame(np.array(rows), columns=range(1, len(layout.header)))
    table.insert(0, 0, ids)
    return table


def opened(file: Path) -> TextIO:
    """A text file, packed or not."""
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _header_of(file: Path) -> tuple[list[str], int, str]:
    """Names of the columns, number of lines up to the first row, and what separates cells."""
    with opened(file) as stream:
        lines: list[str] = []
        before = 0
        while len(lines) < 2:
            line = stream.readline()
            if not line:
                raise ValueError("no rows")
            if not lines and (line.startswith("#") or not line.strip()):
                before += 1
                continue
            lines.append(line)
    mark = delimiter_of(lines[0])
    header, first = (next(csv.reader(io.StringIO(line), delimiter=mark)) for line in lines)
    if len(first) == len(header) + 1:
        header = ["", *header]
    if len(first) != len(header):
        raise ValueError("rows of another length")
    return [name.strip() for name in header], before + 1, mark


def _as_text(path: StrPath, id_name: str | None, orientation: str | None) -> _Cells:
    """The table cell by cell, every cell that is no number named."""
    table = read_table(path, comment="#", row_names=True)
    key = id_column(table, id_name)
    cells = table.cells.set_index(key)
    cells.index = pd.Index([str(i).strip() for i in cells.index])
    described = _described([str(c) for c in cells.columns], orientation)
    numbers = _to_numbers(table, cells, [c for c in cells.columns if c not in described])
    return _Cells(key, cells.index, numbers, cells[described])


def _to_numbers(table: Table, cells: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    faults: list[Fault] = []
    out: dict[str, np.ndarray] = {}
    for name in columns:
        column = cells[name]
        try:
            out[name] = column.to_numpy(dtype=float)
        except ValueError:
            plain = False
        else:
            plain = not column.str.contains("_", regex=False).any()
        if not plain:
            numbers = numbers_of(column)
            wrong = np.flatnonzero((numbers.isna() & ~is_missing(column, MISSING_WORDS)).to_numpy())
            faults += [Fault(repr(column.iloc[i]), "a number", row=table.rows[i], column=str(name)) for i in wrong]
            out[name] = numbers.to_numpy()
    if faults:
        raise InputError(str(table.path), sorted(faults, key=lambda fault: fault.row or 0))
    return pd.DataFrame(out, index=cells.index)
