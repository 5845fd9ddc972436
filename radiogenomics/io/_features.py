"""Tables of features: patients in rows, numbers in columns."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics._cohort import to_uns, unknown_name
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._keys import DEEP
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.io._tables import MISSING_WORDS, Table, id_column, ids_of, is_missing, numbers_of, read_table

if TYPE_CHECKING:
    from anndata import AnnData

#: What spreadsheets and programs write for "divided by zero" and its kin: no number, but in a column of numbers.
_FAILED = re.compile(r"#(DIV/0!?|NUM!?|VALUE!?|REF!?|NAME\??|NULL!?)|-?1\.#(IND|INF|QNAN)\w*", re.IGNORECASE)
_INFINITE = re.compile(r"(?P<sign>[+-]?)inf(inity)?", re.IGNORECASE)

_IMAGE_TYPE = (
    r"original|wavelet-[LH]{2,3}|wavelet2-[LH]{2,3}|log-sigma-[0-9][0-9.-]*-mm(?:-3D)?|squareroot|square|logarithm"
    r"|exponential|gradient|lbp-2D|lbp-3D-\w+?"
)
_NAME = re.compile(
    rf"(?:(?P<sequence>.+?)[_:|\s])?(?P<image_type>{_IMAGE_TYPE})"
    r"_(?P<feature_class>shape2D|shape|firstorder|glcm|glrlm|glszm|gldm|ngtdm)_(?P<feature>\w+)"
)
_DEEP_NAME = re.compile(r"(?:(?P<sequence>.+?)[_:|\s])?(?P<model>[A-Za-z][A-Za-z0-9-]*)_(?P<dimension>\d+)")
_PARTS, _DEEP_PARTS = ("sequence", "image_type", "feature_class", "feature"), ("model", "sequence", "dimension")


def read_features(
    path: StrPath | Sequence[StrPath],
    *,
    id: str | None = None,
    modality: str = "radiomics",
    drop: Sequence[str] | None = None,
) -> AnnData:
    """Read a ready table of features.

    Cells without a number ("NaN", "NA", empty, "#DIV/0!", "#NUM!") become NaN and "Inf" becomes infinite; both are
    counted, and ``rg.pp.clean_features`` deals with them. Columns without any number (dates, labels) and the
    ``diagnostics_`` columns of PyRadiomics are left out and listed.

    Parameters
    ----------
    path
        csv, tsv, or either as .gz; several files with the same columns are stacked.
    id
        Column of the patient ids; the first by default.
    modality
        What these features are, as messages name them.
    drop
        Columns to leave out: names, or patterns such as ``"volume_*"``.

    Returns
    -------
    Patients x features. ``var``: ``sequence``, ``image_type``, ``feature_class``, ``feature`` where a name says so
    (``T1_wavelet-LLH_glcm_Contrast``), empty elsewhere; of modality ``deep`` ``sequence``, ``model``, ``dimension``
    (``T1_resnet34_017``). ``uns["not_finite"]``: one row per feature with such cells
    (``feature``, ``missing``, ``infinite``, ``failed``); ``uns["left_out_columns"]``: ``column``, ``reason``.

    Raises
    ------
    InputError
        With every fault at once: patients without id or in several rows, text in a column of numbers, a column to
        drop that does not exist, files whose columns differ.
    """
    paths = [path] if isinstance(path, str) or not isinstance(path, Sequence) else list(path)
    if not paths:
        raise InputError("path", Fault("no file", "at least one"))
    tables = [read_table(one) for one in paths]
    parts = [_numbers(table, id, list(drop or []), modality) for table in tables]
    _same_columns(tables, parts)
    _no_patient_twice(tables, parts)
    return _joined(parts, modality)


class _Part:
    """The numbers of one file."""

    def __init__(self, patients: pd.Index) -> None:
        self.patients = patients
        self.values: dict[str, FloatArray] = {}
        self.failed: dict[str, int] = {}
        self.left_out: dict[str, str] = {}


def _numbers(table: Table, id_name: str | None, drop: list[str], modality: str) -> _Part:
    key = id_column(table, id_name)
    patients, faults = ids_of(table, key)
    part = _Part(patients)
    columns = [c for c in table.cells.columns if c != key]
    for pattern in drop:
        matching = fnmatch.filter(columns, pattern)
        if not matching:
            faults.extend(unknown_name("column", pattern, columns).faults)
        part.left_out.update(dict.fromkeys(matching, "asked for"))
    for name in columns:
        if name in part.left_out:
            continue
        if name.startswith("diagnostics_"):
            part.left_out[name] = "diagnostics"
            continue
        faults += _one_column(table, name, part)
    if faults:
        raise InputError(str(table.path), sorted(faults, key=lambda fault: fault.row or 0))
    if not part.values:
        raise DegenerateInputError(str(table.path), f"no column of numbers for modality {modality!r}")
    return part


def _one_column(table: Table, name: str, part: _Part) -> list[Fault]:
    cells = table.cells[name].str.strip()
    values = numbers_of(cells).to_numpy(copy=True)
    odd = np.flatnonzero(np.isnan(values))
    failed, wrong = 0, []
    absent = is_missing(cells, MISSING_WORDS).to_numpy() if len(odd) else np.zeros(len(cells), dtype=bool)
    for i in odd:
        infinite = _INFINITE.fullmatch(cells.iloc[i])
        if infinite:
            values[i] = -np.inf if infinite["sign"] == "-" else np.inf
        elif _FAILED.fullmatch(cells.iloc[i]):
            failed += 1
        elif not absent[i]:
            wrong.append(i)
    if len(wrong) == len(cells) - int(absent.sum()) and wrong:
        part.left_out[name] = "text"
        return []
    part.values[name], part.failed[name] = values, failed
    return [Fault(repr(cells.iloc[i]), "a number", row=table.rows[i], column=name) for i in wrong]


def _same_columns(tables: list[Table], parts: list[_Part]) -> None:
    first = set(parts[0].values) | set(parts[0].left_out)
    for table, part in zip(tables[1:], parts[1:], strict=True):
        here = set(part.values) | set(part.left_out)
        faults = [
            Fault(f"no column {name!r}", f"the columns of {tables[0].path.name}", row=1)
            for name in sorted(first - here)
        ]
        faults += [
            Fault(f"the column {name!r}", f"the columns of {tables[0].path.name}", row=1)
            for name in sorted(here - first)
        ]
        if faults:
            raise InputError(str(table.path), faults)


def _no_patient_twice(tables: list[Table], parts: list[_Part]) -> None:
    seen: dict[str, str] = {}
    for table, part in zip(tables, parts, strict=True):
        faults = [
            Fault(f"patient {patient!r}, who is in {seen[patient]} too", "one row per patient", row=row)
            for patient, row in zip(part.patients, table.rows, strict=True)
            if patient in seen
        ]
        if faults:
            raise InputError(str(table.path), faults)
        seen.update(dict.fromkeys(part.patients, table.path.name))


def _joined(parts: list[_Part], modality: str) -> AnnData:
    from anndata import AnnData

    left_out: dict[str, str] = {}
    for part in parts:
        left_out.update(part.left_out)
    # A column without any number in one file only (all of its cells "text") is no feature of the whole either.
    names = [name for name in parts[0].values if name not in left_out]
    columns = {name: np.concatenate([part.values[name] for part in parts]) for name in names}
    patients = pd.Index([patient for part in parts for patient in part.patients])
    x = np.column_stack(list(columns.values()))
    missing, infinite = np.isnan(x).sum(axis=0), np.isinf(x).sum(axis=0)
    failed = np.array([sum(part.failed[name] for part in parts) for name in names])
    table = pd.DataFrame({"feature": names, "missing": missing, "infinite": infinite, "failed": failed})
    adata = AnnData(x, obs=pd.DataFrame(index=patients), var=_describe(names, modality))
    adata.uns.update(
        to_uns(
            not_finite=table[(missing + infinite) > 0],
            left_out_columns=pd.DataFrame({"column": list(left_out), "reason": list(left_out.values())}, dtype=object),
            source={"modality": modality},
        )
    )
    return adata


def _describe(names: Sequence[str], modality: str) -> pd.DataFrame:
    return _said(names, _DEEP_NAME, _DEEP_PARTS) if modality == DEEP else describe_features(names)


def describe_features(names: Sequence[str]) -> pd.DataFrame:
    """``var`` of radiomic features: what each name says of sequence, image type, class and feature."""
    return _said(names, _NAME, _PARTS)


def _said(names: Sequence[str], pattern: re.Pattern[str], parts: Sequence[str]) -> pd.DataFrame:
    rows = [pattern.fullmatch(name) for name in names]
    described = {part: [(match[part] or "") if match else "" for match in rows] for part in parts}
    return pd.DataFrame(described, index=pd.Index(list(names)), dtype=object)
