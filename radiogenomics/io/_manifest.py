"""The manifest: which image and mask belong to which patient and sequence."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.io._tables import Table, read_table
from radiogenomics.schemas.manifest import ManifestRow
from radiogenomics.schemas.messages import faults_of

_REQUIRED = tuple(name for name, field in ManifestRow.model_fields.items() if field.is_required())
_KEY = ("patient_id", "sequence", "reader", "reading", "visit")


def beside(manifest: Path) -> Path:
    """Where :func:`radiogenomics.im.preprocess` says with which settings it made the volumes of a manifest."""
    return manifest.with_name(f"{manifest.stem}.preprocessing.json")


def read_manifest(path: StrPath, *, masks: bool = True) -> pd.DataFrame:
    """Read a manifest: one row per image and mask.

    Parameters
    ----------
    path
        csv or tsv with the columns ``patient_id``, ``sequence``, ``image``, ``mask`` and, where they mean something,
        ``series`` (of a DICOM folder), ``intensity`` (``stored`` or, of DICOM PET, ``suv``), ``roi`` (structure of
        an RTSTRUCT or segment of a SEG), ``label`` (the tumour's value in the mask, or the number of a structure or
        segment), ``resample_mask`` (``true`` takes a mask on another grid to the image's), ``reference_region`` (mask
        of normal tissue), ``reader``, ``reading``, ``scanner``, ``centre``, ``visit``. Paths are relative to the
        folder of the manifest.
    masks
        Whether every row must have a mask; without, the column may be missing or have empty cells, as for
        :func:`radiogenomics.im.segment`, which makes masks.

    Returns
    -------
    The rows in the file's order, ``image`` and ``mask`` as absolute paths; text throughout except ``label`` (int64,
    or float64 where some rows have none) and ``resample_mask`` (bool). Only the columns that the file has.
    ``attrs["preprocessing"]`` is what :func:`radiogenomics.im.preprocess` did, if it wrote the manifest.

    Raises
    ------
    InputError
        With every fault at once: a column that is missing or unknown, an empty cell, a file that does not exist, the
        same patient, sequence, reader, reading and visit twice.
    """
    table = read_table(path)
    where = str(path)
    faults = _column_faults(table, _REQUIRED if masks else tuple(n for n in _REQUIRED if n != "mask"))
    if faults:
        raise InputError(where, faults)
    folder = table.path.parent
    rows: list[dict[str, object]] = []
    for i, record in enumerate(table.cells.to_dict("records")):
        row, found = _row(record, table.rows[i], folder, masks)
        faults += found
        rows.append(row)
    faults += _duplicates(rows, table)
    if faults:
        raise InputError(where, sorted(faults, key=lambda fault: fault.row or 0))
    out = pd.DataFrame(rows, columns=list(table.cells.columns))
    made = beside(table.path)
    if made.is_file():
        out.attrs["preprocessing"] = _preprocessing(made)
    return out


def _preprocessing(path: Path) -> dict[str, object]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(str(path), Fault(f"no JSON ({error})", "what rg.im.preprocess wrote")) from error
    if not isinstance(told, dict):
        raise InputError(str(path), Fault(f"a {type(told).__name__}", "what rg.im.preprocess wrote"))
    return told


def _column_faults(table: Table, required: Sequence[str]) -> list[Fault]:
    known, found = list(ManifestRow.model_fields), list(table.cells.columns)
    faults = [
        Fault(f"no column {name!r}", f"the columns {', '.join(required)}", row=1)
        for name in required
        if name not in found
    ]
    faults += [
        Fault(f"the unknown column {name!r}", f"columns among {', '.join(known)}", row=1)
        for name in found
        if name not in known
    ]
    return faults


def _row(
    record: Mapping[Hashable, str], number: int, folder: Path, masks: bool
) -> tuple[dict[str, object], list[Fault]]:
    cells = {str(name): cell.strip() for name, cell in record.items()}
    given = {name: cell for name, cell in cells.items() if cell or name in _REQUIRED}
    without = not masks and not cells.get("mask")
    faults: list[Fault] = []
    try:
        checked = ManifestRow.model_validate({**given, "mask": "-"} if without else given).model_dump()
        checked = {**checked, "mask": None} if without else checked
    except ValidationError as error:
        faults += faults_of(error, row=number)
        checked = {**dict.fromkeys(ManifestRow.model_fields), **given}
    for name in ("image", "mask", "reference_region"):
        if checked[name] is None:
            continue
        file = (folder / Path(str(checked[name])).expanduser()).absolute()
        if checked[name] and not file.exists():
            faults.append(
                Fault(
                    f"{checked[name]!r}, which does not exist",
                    f"a file or a DICOM folder under {folder}",
                    row=number,
                    column=name,
                )
            )
        checked[name] = str(file)
    return {name: checked[name] for name in cells}, faults


def _duplicates(rows: list[dict[str, object]], table: Table) -> list[Fault]:
    first: dict[tuple[object, ...], int] = {}
    faults = []
    for row, number in zip(rows, table.rows, strict=True):
        key = tuple(row.get(name) for name in _KEY)
        if key in first:
            said = ", ".join(f"{name} {row[name]!r}" for name in _KEY if row.get(name))
            faults.append(
                Fault(
                    f"{said} again (first in row {first[key]})",
                    "each once",
                    row=number,
                    hint="Tell readings apart with the columns reader, reading or visit",
                )
            )
        first.setdefault(key, number)
    return faults
