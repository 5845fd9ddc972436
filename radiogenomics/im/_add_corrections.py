"""Masks that a reader corrected go back into the manifest as another reader's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radiogenomics._errors import Fault, InputError, RadiogenomicsError
from radiogenomics._keys import PATIENT
from radiogenomics._types import StrPath
from radiogenomics.im._derived import read_case
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._manifest_rows import cases_of, manifest_frame

_OF_THE_MASK = ("label", "roi", "resample_mask", "reading")


def add_corrections(
    manifest: StrPath | pd.DataFrame,
    corrected: StrPath | Mapping[str, StrPath] | pd.DataFrame,
    *,
    reader: str = "corrected",
    complete: bool = False,
) -> pd.DataFrame:
    """Add corrected masks to a manifest as those of another reader.

    An image in which nothing was found has no row in the manifest of :func:`segment`; a mask drawn for it is added to
    the table by hand.

    Parameters
    ----------
    manifest
        Manifest of the masks that were corrected, as :func:`segment` returns or writes it.
    corrected
        A folder whose files have the names of the masks they correct (whatever their format), a mapping from patient to
        file (of a manifest of one sequence), or a table with ``patient_id``, ``sequence``, ``mask`` (and ``visit``).
    reader
        Name of the reader.
    complete
        Let the masks that were not corrected stand under the new reader too, so that ``reader=`` reads one mask of
        every image; column ``corrected`` then says which were.

    Returns
    -------
    The manifest with its rows and those of `reader`, for ``rg.im.train_segmenter(..., reader=reader)``,
    ``rg.im.extract_radiomics(..., reader=reader)`` and ``rg.im.evaluate_masks``.

    Raises
    ------
    InputError
        If nothing was corrected, files belong to no row, the reader exists already, or masks do not lie on the grid of
        their image.
    """
    table = manifest_frame(manifest)
    if "reader" in table and reader in set(table["reader"].dropna().map(str)):
        raise InputError("reader", Fault(f"{reader!r}, which the manifest has", "another name"))
    found = _matched(table, corrected)
    if not found:
        raise InputError("corrected", Fault("no corrected mask", "files named like the masks of the manifest"))
    own = table.loc[sorted(found)].assign(mask=[found[i] for i in sorted(found)], reader=reader)
    own = own.drop(columns=[c for c in _OF_THE_MASK if c in own])
    faults = []
    for case in cases_of(own.assign(row=own[PATIENT])):
        try:
            with quiet_single_thread():
                read_case(case)
        except RadiogenomicsError as error:
            faults.append(Fault(str(error), "a mask on the grid of its image", key=case.patient_id))
    if faults:
        raise InputError("corrected", faults)
    if complete:
        rest = table.drop(index=sorted(found)).assign(reader=reader)
        own = pd.concat([own.assign(corrected=True), rest.assign(corrected=False)]).sort_index()
        table = table.assign(corrected=False)
    done = pd.concat([table, own], ignore_index=True)
    # What the segmenter failed in, and how sure it was, is not said of the corrected masks.
    done.attrs = {k: v for k, v in table.attrs.items() if k not in ("failures", "quality", "cases")}
    return done


def _matched(table: pd.DataFrame, corrected: StrPath | Mapping[str, StrPath] | pd.DataFrame) -> dict[int, str]:
    """Corrected file by the row of the manifest it belongs to."""
    if isinstance(corrected, pd.DataFrame):
        return _by_table(table, corrected)
    if isinstance(corrected, Mapping):
        if table["sequence"].nunique() > 1:
            hint = "A table with patient_id, sequence and mask tells them apart."
            raise InputError("corrected", Fault("a mapping from patients", "one sequence in the manifest", hint=hint))
        only = table["sequence"].iloc[0]
        rows = [{PATIENT: str(p), "sequence": only, "mask": str(path)} for p, path in corrected.items()]
        return _by_table(table, pd.DataFrame(rows, columns=[PATIENT, "sequence", "mask"]))
    folder = Path(corrected)
    if not folder.is_dir():
        raise InputError("corrected", Fault(f"{folder} is no folder", "the folder of the corrected masks"))
    stems: dict[str, list[int]] = {}
    for i, path in enumerate(table["mask"]):
        stems.setdefault(_stem(Path(path)), []).append(i)
    found, faults = {}, []
    for file in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        rows_of = stems.get(_stem(file), [])
        if len(rows_of) != 1:
            expected = "the name of one mask of the manifest"
            faults.append(Fault(f"{file.name}, the name of {len(rows_of)} masks", expected))
        else:
            found[rows_of[0]] = str(file.absolute())
    if faults:
        raise InputError(str(folder), faults)
    return found


def _by_table(table: pd.DataFrame, corrected: pd.DataFrame) -> dict[int, str]:
    key = [c for c in (PATIENT, "sequence", "visit") if c in table and c in corrected]
    missing = [c for c in (PATIENT, "sequence", "mask") if c not in corrected]
    if missing:
        raise InputError("corrected", [Fault(f"columns {', '.join(map(str, corrected))}", "this column", column=c)
                                       for c in missing])  # fmt: skip
    rows: dict[tuple[str, ...], list[int]] = {}
    for i, name in enumerate(table[key].astype(str).itertuples(index=False, name=None)):
        rows.setdefault(tuple(name), []).append(i)
    found, faults = {}, []
    for n, (name, mask) in enumerate(
        zip(corrected[key].astype(str).itertuples(index=False, name=None), corrected["mask"], strict=True)
    ):
        rows_of = rows.get(tuple(name), [])
        if len(rows_of) != 1 or rows_of[0] in found:
            what = f"{' '.join(name)}: {len(rows_of)} row(s) of the manifest" if len(rows_of) != 1 else "twice"
            faults.append(Fault(what, "one row for one correction", row=n))
        else:
            found[rows_of[0]] = str(Path(str(mask)).absolute())
    if faults:
        raise InputError("corrected", faults)
    return found


def _stem(path: Path) -> str:
    """Name without .nii.gz, .nrrd and the like."""
    return path.name.split(".nii")[0] if ".nii" in path.name else path.stem
