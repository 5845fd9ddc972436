"""Rows of a manifest that make the readings of a design of step icc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics.schemas.steps_features import ExtractSettings
from radiogenomics.schemas.steps_icc import COLUMNS, IccDesign

if TYPE_CHECKING:
    import pandas as pd


def reread_rows(table: pd.DataFrame, extract: ExtractSettings, design: IccDesign) -> list[tuple[str, pd.DataFrame]]:
    """Each value that is compared with its rows, one per patient and sequence, of the patients who have all values.

    Parameters
    ----------
    table
        Rows of the manifest, with every reading.
    extract
        Says which values the columns have that the design does not name. Where rows of a value do not have them (the
        other readers read once, without a number), all its rows are taken.

    Raises
    ------
    InputError
        A column or value that the manifest does not have, or several rows of a patient and sequence.
    """
    from radiogenomics.im._manifest_rows import choose_reads, manifest_frame

    if design.column is None:
        raise ValueError("a design of perturbed masks has no readings of its own")
    table = manifest_frame(table, extract.sequences)
    fixed: dict[str, Any] = {
        **extract.read(),
        **{c: getattr(design, c) for c in COLUMNS if getattr(design, c) is not None},
    }
    own = {name: value for name, value in fixed.items() if name != design.column and value is not None}
    values = [str(value) for value in getattr(design, design.column)]
    _refuse_unknown(
        table, {design.column: values} | {c: [str(v)] for c, v in own.items() if getattr(design, c) is not None}
    )
    reads = []
    for value in values:
        rows = table[table[design.column].map(str) == value]
        for column, wanted in own.items():
            there = rows[rows[column].map(str) == str(wanted)] if column in rows else rows
            rows = there if len(there) or getattr(design, column) is not None else rows
        reads.append(choose_reads(rows, None, None))
    shared = set.intersection(*(set(rows[PATIENT]) for rows in reads))
    return [
        (value, rows[rows[PATIENT].isin(shared)].drop(columns="row").reset_index(drop=True))
        for value, rows in zip(values, reads, strict=True)
    ]


def _refuse_unknown(table: pd.DataFrame, wanted: dict[str, list[str]]) -> None:
    faults = []
    for column, values in wanted.items():
        known = list(dict.fromkeys(table[column].dropna().map(str))) if column in table else []
        expected = f"a {column} of the manifest: {', '.join(known)}" if known else f"a manifest with a column {column}"
        faults += [Fault(f"{column} {value!r}", expected) for value in values if value not in known]
    if faults:
        raise InputError("manifest", faults)
