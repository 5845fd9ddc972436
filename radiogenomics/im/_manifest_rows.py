"""Which rows of a manifest make which rows of the feature table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import StrPath
from radiogenomics.im._case import Case
from radiogenomics.schemas.manifest import ManifestRow
from radiogenomics.schemas.messages import faults_of

_NEEDED = (PATIENT, "sequence", "image", "mask")
#: Columns that say what is to be read from the files; of no use once the volumes are written anew.
CHOICES = ("series", "intensity", "roi", "label", "resample_mask")
ALL = "all"
#: Columns that tell the reads of a patient and sequence apart.
READS = ("reader", "reading", "visit")


def manifest_frame(
    manifest: StrPath | pd.DataFrame, sequences: Sequence[str] | None = None, *, masks: bool = True
) -> pd.DataFrame:
    """The manifest as a table with text columns, of the wanted sequences; without ``masks`` it needs none."""
    needed = _NEEDED if masks else tuple(c for c in _NEEDED if c != "mask")
    if isinstance(manifest, pd.DataFrame):
        table = manifest.reset_index(drop=True)
    else:
        from radiogenomics.io._manifest import read_manifest

        table = read_manifest(manifest, masks=masks)
    missing = [c for c in needed if c not in table]
    if missing:
        raise InputError("manifest", [Fault(f"columns {', '.join(map(str, table.columns))}", "this column", column=c)
                                      for c in missing])  # fmt: skip
    if table.empty:
        raise InputError("manifest", Fault("no rows", "one row per patient and sequence"))
    if masks and table["mask"].isna().any():
        gone = table.loc[table["mask"].isna(), PATIENT].map(str)
        hint = "rg.im.segment makes masks; drop the rows, or fill them."
        raise InputError("manifest", Fault(f"no mask for {len(gone)} row(s) ({', '.join(gone[:5])})", "a mask in every "
                                           "row", column="mask", hint=hint))  # fmt: skip
    table = table.assign(**{c: table[c].map(str) for c in needed})
    if sequences is not None:
        known = list(dict.fromkeys(table["sequence"]))
        unknown = [s for s in sequences if s not in known]
        if unknown:
            raise InputError(
                "sequences", Fault(", ".join(map(repr, unknown)), f"sequences of the manifest: {', '.join(known)}")
            )
        table = table[table["sequence"].isin(list(sequences))]
    return table.reset_index(drop=True)


def choose_reads(
    table: pd.DataFrame, reader: str | None, reading: str | int | None, visit: str | int | None = None
) -> pd.DataFrame:
    """One read per patient and sequence, or all of them; adds ``row``, the name of the feature table's row.

    Raises
    ------
    InputError
        If a reader, reading or visit does not exist, several exist and none is chosen, or rows repeat otherwise.
    """
    for name, wanted in (("reader", reader), ("reading", reading), ("visit", visit)):
        if wanted is None or wanted == ALL:
            continue
        known = _values(table, name)
        if str(wanted) not in known:
            raise InputError(
                name, Fault(repr(wanted), f"one of {', '.join(known)}" if known else "a manifest that names them")
            )
        table = table[table[name].map(str) == str(wanted)]
    keep_all = ALL in (reader, reading, visit)
    columns = [c for c in READS if len(_values(table, c)) > 1] if keep_all else []
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
        Case(r[PATIENT], r["sequence"], r["image"], r["mask"], row=r["row"], **choices_of(r))
        for r in table.to_dict("records")
    ]


def choices_of(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """What the manifest's row says is to be read from its files: series, intensity, roi, label, resample_mask.

    Raises
    ------
    InputError
        If a cell of a table that was not read by :func:`radiogenomics.io.read_manifest` is none of what it may be.
    """
    given = {name: row[name] for name in CHOICES if name in row and not pd.isna(row[name]) and row[name] != ""}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in given.items()}
    try:
        checked = ManifestRow.model_validate({**{name: row[name] or "-" for name in _NEEDED}, **plain})
    except ValidationError as error:
        raise InputError("manifest", faults_of(error)) from None
    found = {name: getattr(checked, name) for name in CHOICES}
    return found | {"intensity": checked.intensity or "stored", "resample_mask": bool(checked.resample_mask)}


def with_choices(table: pd.DataFrame, *, resample_mask: bool = False, suv: Sequence[str] = ()) -> pd.DataFrame:
    """The manifest with masks to be resampled and, of the sequences of ``suv``, images to be read as SUV."""
    if resample_mask:
        table = table.assign(resample_mask=True)
    if suv:
        stated = table["intensity"] if "intensity" in table else pd.Series(None, index=table.index, dtype=object)
        table = table.assign(intensity=stated.where(~table["sequence"].isin(list(suv)), "suv"))
    return table


def _values(table: pd.DataFrame, column: str) -> list[str]:
    return list(dict.fromkeys(table[column].dropna().map(str))) if column in table else []


def _repeated(rows: pd.DataFrame) -> Fault:
    patient, sequence = rows.iloc[0][PATIENT], rows.iloc[0]["sequence"]
    same = rows[(rows[PATIENT] == patient) & (rows["sequence"] == sequence)]
    for column in READS:
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
        "one row per patient, sequence, reader, reading and visit",
    )
