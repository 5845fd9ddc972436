"""New masks or images made from every case of a manifest: files, the new manifest, failures, the record."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics._errors import InputError
from radiogenomics._keys import PATIENT
from radiogenomics._progress import parallel_map
from radiogenomics._types import StrPath
from radiogenomics.im._cache import library_versions, write_atomically
from radiogenomics.im._case import Case, Failure, Steps, told
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._manifest_rows import cases_of, manifest_frame
from radiogenomics.im._pair import on_grid
from radiogenomics.im._prepare import write_image
from radiogenomics.im._preprocess import file_name, unique_name
from radiogenomics.io._images import mask_of, read_volume
from radiogenomics.io._manifest import beside

if TYPE_CHECKING:
    from SimpleITK import Image

FAILURE_COLUMNS = [PATIENT, "sequence", "step", "error", "message"]
CASES = "cases.csv"
_OF_THE_MASK = ("label", "roi", "resample_mask")


@dataclass(frozen=True)
class Work:
    """One case, where its new files go, and its seed."""

    case: Case
    outs: tuple[str, ...]
    seed: tuple[int, int] = (0, 0)


#: New volumes of a case, each with the numbers to report.
Maker = Callable[["Image", "Image", "Work", Mapping[str, Any]], list[tuple["Image", dict[str, Any]]]]


def read_case(case: Case, steps: Steps | None = None) -> tuple[Image, Image]:
    """Image and mask on its grid."""
    steps = steps or Steps()
    volume = read_volume(case.image, series=case.series, intensity=case.intensity)
    steps.enter("mask")
    mask = mask_of(Path(case.mask), label=case.label, roi=case.roi, on=volume)
    mask, _ = on_grid(mask, volume.image, where=case.mask, resample=case.resample_mask)
    return volume.image, mask


def case_rows(manifest: StrPath | pd.DataFrame, sequences: Sequence[str] | None) -> tuple[pd.DataFrame, list[Case]]:
    """Every row of a manifest, and the cases they are."""
    table = manifest_frame(manifest, sequences)
    return table, cases_of(table.assign(row=table[PATIENT]))


def seed_of_case(base: int, row: Mapping[Any, Any]) -> tuple[int, int]:
    """Seed of a case that does not depend on which others there are."""
    said = "|".join(str(row.get(c) or "") for c in (PATIENT, "sequence", "reader", "reading", "visit"))
    return base, zlib.crc32(said.encode())


def new_masks(
    table: pd.DataFrame, cases: list[Case], out_dir: StrPath, make: Maker, *, names: Sequence[str], made_by: str,
    settings: Mapping[str, Any], base_seed: int = 0, n_jobs: int | None = None, description: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Masks that ``make`` makes of every case, named ``names``, as files and rows of a new manifest.

    Returns
    -------
    The rows (one per case and name that succeeded; ``_row`` is the row they come from), and the reported numbers.
    """
    out = Path(out_dir).absolute()
    taken: set[str] = set()
    work = []
    for case, row in zip(cases, table.to_dict("records"), strict=True):
        said = [str(row[c]) for c in ("reader", "reading", "visit") if c in row and not pd.isna(row[c])]
        stem = "_".join(file_name(s) for s in [case.patient_id, case.sequence, *said])
        # NRRD keeps the geometry in double precision, NIfTI in single.
        outs = [str(out / "masks" / f"{unique_name(f'{stem}_{file_name(n)}', taken)}.nrrd") for n in names]
        work.append(Work(case, tuple(outs), seed_of_case(base_seed, row)))
    results = parallel_map(_made, [(make, w, dict(settings)) for w in work], n_jobs=n_jobs, description=description)
    rows, numbers, failed = [], [], []
    for i, (w, row, result) in enumerate(zip(work, table.to_dict("records"), results, strict=True)):
        if isinstance(result, Failure):
            failed.append((w.case.patient_id, w.case.sequence, result.step, result.error, result.message))
            continue
        for name, path, about in zip(names, w.outs, result, strict=True):
            reader = row.get("reader")
            own = name if reader is None or pd.isna(reader) else f"{reader}, {name}"
            rows.append({**row, "mask": path, "reader": own, "_row": i})
            numbers.append({PATIENT: w.case.patient_id, "sequence": w.case.sequence, "reader": own, **about})
    failures = pd.DataFrame(failed, columns=FAILURE_COLUMNS, dtype=object)
    if not rows:
        lines = [(p, s, step, text) for p, s, step, _, text in failed]
        raise InputError("images", f"all {len(cases)} cases failed:\n{told(lines)}")
    new = pd.DataFrame(rows).drop(columns=[c for c in _OF_THE_MASK if c in table])
    new.attrs = {"failures": failures.to_dict("records"), "cases": numbers}
    new.attrs["preprocessing"] = record(table, {"made_by": made_by, **settings})
    return new, pd.DataFrame(numbers)


def record(table: pd.DataFrame, step: Mapping[str, Any]) -> dict[str, Any]:
    """What was done to the volumes before, and this step on top of it."""
    before = dict(table.attrs.get("preprocessing") or {"settings": {}, "versions": library_versions()})
    return before | {"masks": [*before.get("masks", []), dict(step)]}


def write_manifest(new: pd.DataFrame, out_dir: StrPath) -> pd.DataFrame:
    """Write ``manifest.csv``, its record, ``cases.csv`` and ``failures.csv``; the manifest without helper columns."""
    out = Path(out_dir).absolute()
    out.mkdir(parents=True, exist_ok=True)
    done = new.drop(columns="_row", errors="ignore").reset_index(drop=True)
    done.attrs = dict(new.attrs)
    relative = done.copy()
    for column in ("image", "mask"):
        relative[column] = [Path(os.path.relpath(path, out)).as_posix() for path in done[column]]
    relative.to_csv(out / "manifest.csv", index=False)
    pd.DataFrame(done.attrs["cases"]).to_csv(out / CASES, index=False)
    pd.DataFrame(done.attrs["failures"], columns=FAILURE_COLUMNS).to_csv(out / "failures.csv", index=False)
    write_atomically(beside(out / "manifest.csv"), json.dumps(done.attrs["preprocessing"], indent=1))
    return done


def _made(make: Maker, work: Work, settings: Mapping[str, Any]) -> list[dict[str, Any]] | Failure:
    steps = Steps()
    try:
        with quiet_single_thread():
            image, mask = read_case(work.case, steps)
            steps.enter("make")
            volumes = make(image, mask, work, settings)
            steps.enter("write")
            for (volume, _), path in zip(volumes, work.outs, strict=True):
                write_image(volume, path)
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)
    return [about for _, about in volumes]
