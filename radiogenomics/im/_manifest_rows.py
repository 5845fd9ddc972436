"""Which rows of a manifest make which rows of the feature table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import StrPath
from radiogenomics.im._case import Case

_NEEDED = (PATIENT, "sequence", "image", "mask")
ALL = "all"


def manifest_frame(manifest: StrPath | pd.DataFrame, sequences: Sequence[str] | None = None) -> pd.DataFrame:
    """The manifest as a table with text columns, of the wanted sequences."""
    if isinstance(manifest, pd.DataFrame):
        table = manifest.reset_index(drop=True)
    else:
        from radiogenomics.io._manifest import read_manifest

        table = read_manifest(manifest)
    missing = [c for c in _NEEDED if c not in table]
    if missing:
        raise InputError("manifest", [Fault(f"columns {', '.join(map(str, table.columns))}", "this column", column=c)
                                      for c in missing])  # fmt: skip
    if table.empty:
        raise InputError("manifest", Fault("no rows", "one row per patient and sequence"))
    table = table.assign(**{c: table[c].map(str) for c in _NEEDED})
    if sequences is not None:
        known = list(dict.fromkeys(table["sequence"]))
        unknown = [s for s in sequences if s not in known]
        if unknown:
            raise InputError(
                "sequences", Fault(", ".join(map(repr, unknown)), f"sequences of the manifest: {', '.join(known)}")
            )
        table = table[table["sequence"].isin(list(sequences))]
    return table.reset_index(drop=True)


def choose_reads(table: pd.DataFrame, reader: str | None, reading: str | int | None) -> pd.DataFrame:
    """One read per patient and sequence, or all of them; adds ``row``, the name of the feature table's row.

    Raises
    ------
    InputError
        If a reader or reading does not exist, several exist and none is chosen, or rows repeat otherwise.
    """
    for name, wanted in (("reader", reader), ("reading", reading)):
        if wanted is None or wanted == ALL:
            continue
        known = _values(table, name)
        if str(wanted) not in known:
            raise InputError(
                name, Fault(repr(wanted), f"one of {', '.join(known)}" if known else "a manifest that names them")
            )
        table = table[table[name].map(str) == str(wanted)]
    keep_all = ALL in (reader, reading)
    columns = [c for c in ("reader", "reading") if len(_values(table, c)) > 1] if keep_all else []
    row = table[PATIENT]
    for column in columns:
        row = row + "|" + table[column].map(lambda v: "" if pd.isna(v) else str(v))
    table = table.assign(row=row)
    repeated = table.duplicated(["row", "sequence"], keep=False)
    if repeated.any():
        raise InputError("manifest", _repeated(table[repeated]))
    return table.reset_index(drop=True)


def cases_of(table: pd.DataFrame) -> list[Case]:
    """A case per row."""
    return [
        Case(r[PATIENT], r["sequence"], r["image"], r["mask"], label_of(r), r["row"]) for r in table.to_dict("records")
    ]


def label_of(row: Mapping[Hashable, Any]) -> int | None:
    """The mask's value that marks the region, where the manifest's row names one."""
    label = row.get("label")
    if label is None or pd.isna(label):
        return None
    if float(label) != int(float(label)):
        raise InputError("manifest", Fault(repr(label), "a whole number", column="label"))
    return int(float(label))


def _values(table: pd.DataFrame, column: str) -> list[str]:
    return list(dict.fromkeys(table[column].dropna().map(str))) if column in table else []


def _repeated(rows: pd.DataFrame) -> Fault:
    patient, sequence = rows.iloc[0][PATIENT], rows.iloc[0]["sequence"]
    same = rows[(rows[PATIENT] == patient) & (rows["sequence"] == sequence)]
    for column in ("reader", "reading"):
        names = _values(same, column)
        if len(names) > 1:
            return Fault(
                f"{len(same)} rows for patient {patient}, sequence {sequence}, by {column} {', '.join(names)}",
                f"one {column}",
                hint=f"Choose {column}={names[0]!r}, or {column}='all' for one row per patient and {column}",
            )
    files = ", ".join(Path(image).name for image in same["image"])
    return Fault(
        f"{len(same)} rows for patient {patient}, sequence {sequence} ({files})",
        "one row per patient, sequence, reader and reading",
    )
