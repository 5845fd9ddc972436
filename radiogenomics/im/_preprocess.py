"""Prepare a cohort's images for feature extraction."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._progress import parallel_map
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.im._cache import library_versions, write_atomically
from radiogenomics.im._case import Failure, told
from radiogenomics.im._manifest_rows import label_of, manifest_frame
from radiogenomics.im._n4 import ITERATIONS, SHRINK
from radiogenomics.im._normalize import Within, intensity_percentiles
from radiogenomics.im._prepare import ImageJob, MaskJob, Options, Prepared, digest, match_image, prepare_image
from radiogenomics.io._images import read_image
from radiogenomics.io._manifest import beside

_FAILURE_COLUMNS = [PATIENT, "sequence", "step", "error", "message"]


def preprocess(
    manifest: StrPath | pd.DataFrame,
    out_dir: StrPath,
    *,
    spacing: Sequence[float] | None = None,
    bias_correction: bool = False,
    normalization: Literal["zscore", "histogram"] | None = None,
    reference: StrPath | Mapping[str, StrPath] | None = None,
    normalize_within: Within = "foreground",
    interpolator: Literal["bspline", "linear", "nearest"] = "bspline",
    mask_interpolator: Literal["nearest", "linear"] = "nearest",
    sequences: Sequence[str] | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Bias-correct, resample and normalise every image of a manifest, in this order, and write them as NIfTI.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder for ``images/``, ``manifest.csv``, ``manifest.preprocessing.json`` (settings and versions, which the
        extracted features take over) and ``failures.csv``. Images already there for the same files and settings are
        kept, so that a run that was stopped goes on where it was; histogram matching keeps the images it starts from
        in ``prepared/``.
    spacing
        Voxel spacing x, y, z in mm; 0 keeps an axis as it is. The grid is centred on the image (IBSI).
    bias_correction
        Correct the bias field by N4 :cite:p:`Tustison2010`. It needs the scanner's field of view: on images cropped
        to the tumour, or corrected before, it takes the tumour's own contrast for a field.
    normalization
        ``"zscore"``; or ``"histogram"``: each image's intensity percentiles become those of the reference.
    reference
        Image whose histogram the others get, or one per sequence (``{"T1": path}``); by default the mean percentiles
        of the cohort's images of that sequence. Patients set apart for validation should be given the reference of
        the training patients.
    normalize_within
        Voxels whose statistics count: ``"foreground"`` (above a tenth of the way from the darkest voxel to the 99th
        percentile, which leaves out air) or the whole ``"image"``.
    interpolator, mask_interpolator
        For images; for masks ``"linear"`` keeps voxels at least half covered.
    sequences
        Sequences to use; by default all.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``. Each uses one thread.

    Returns
    -------
    The new manifest with absolute paths (``manifest.csv`` has them relative to ``out_dir``): masks are 0 and 1 and
    the column ``label`` is gone. Cases that failed are not in it but in ``failures.csv`` and, as records, in its
    ``attrs["failures"]`` (``patient_id``, ``sequence``, ``step``, ``error``, ``message``); ``attrs["preprocessing"]``
    says with which settings and versions.

    Raises
    ------
    InputError
        If the manifest or an argument is at fault, or every case fails.
    """
    options = _options(spacing, bias_correction, normalization, normalize_within, interpolator, mask_interpolator)
    table = manifest_frame(manifest, sequences)
    out = Path(out_dir).absolute()
    references = _references(reference, normalization, normalize_within, list(dict.fromkeys(table["sequence"])))
    out.mkdir(parents=True, exist_ok=True)
    first = out / "prepared" if normalization == "histogram" else out / "images"
    jobs = _jobs(table, first, out / "images")
    results = parallel_map(prepare_image, [(j, options) for j in jobs], n_jobs=n_jobs, description="Preprocessing")
    failed = {row: failure for r in results for row, failure in r.failures.items()}
    if normalization == "histogram":
        failed |= _match(jobs, results, references, out / "images", n_jobs)
    new = _write_manifest(table, jobs, failed, out)
    given = (
        {s: str(p) for s, p in reference.items()} if isinstance(reference, Mapping) else reference and str(reference)
    )
    told = {"settings": {"spacing": options.spacing and list(options.spacing), "bias_correction": bias_correction,
                         "normalization": normalization, "reference": given, "normalize_within": normalize_within,
                         "interpolator": interpolator, "mask_interpolator": mask_interpolator}
            | ({"n4_shrink": SHRINK, "n4_iterations": list(ITERATIONS)} if bias_correction else {}),
            "versions": library_versions()}  # fmt: skip
    write_atomically(beside(out / "manifest.csv"), json.dumps(told, indent=1))
    new.attrs["preprocessing"] = told
    return new


def _options(
    spacing: Sequence[float] | None, bias: bool, normalization: Any, within: Any, interpolator: Any, mask: Any
) -> Options:
    faults = [
        Fault(repr(value), " or ".join(map(repr, allowed)), column=name)
        for name, value, allowed in (
            ("normalization", normalization, ("zscore", "histogram", None)),
            ("normalize_within", within, ("foreground", "image")),
            ("interpolator", interpolator, ("bspline", "linear", "nearest")),
            ("mask_interpolator", mask, ("nearest", "linear")),
        )
        if value not in allowed
    ]
    triple = None
    if spacing is not None:
        values = [float(s) for s in spacing]
        if len(values) == 3 and all(math.isfinite(s) and s >= 0 for s in values):
            triple = (values[0], values[1], values[2])
        else:
            faults.append(Fault(repr(tuple(spacing)), "three lengths in mm (0 keeps an axis)", column="spacing"))
    if faults:
        raise InputError("preprocess", faults)
    return Options(triple, bool(bias), normalization, within, interpolator, mask)


def _references(
    reference: StrPath | Mapping[str, StrPath] | None, normalization: str | None, within: Within, sequences: list[str]
) -> dict[str, FloatArray]:
    """Percentiles of the reference image of each sequence that has one."""
    if reference is None:
        return {}
    if normalization != "histogram":
        raise InputError("reference", f"is for normalization='histogram', which is {normalization!r}")
    paths = dict(reference) if isinstance(reference, Mapping) else dict.fromkeys(sequences, reference)
    if set(paths) != set(sequences):
        raise InputError(
            "reference", Fault(f"images for {', '.join(paths)}", f"one for each of {', '.join(sequences)}")
        )
    return {s: intensity_percentiles(read_image(p), within, where=str(p)) for s, p in paths.items()}


def _jobs(table: pd.DataFrame, image_dir: Path, mask_dir: Path) -> list[ImageJob]:
    """One job per image; masks of several readers on the same image share it."""
    taken: set[str] = set()
    jobs = []
    for (patient, sequence, image), rows in table.groupby([PATIENT, "sequence", "image"], sort=False):
        stem = _unique(f"{_fit_for_a_file(str(patient))}_{_fit_for_a_file(str(sequence))}", taken)
        masks = []
        for i, row in zip(rows.index.tolist(), rows.to_dict("records"), strict=True):
            said = [str(row[c]) for c in ("reader", "reading") if c in row and not pd.isna(row[c])]
            name = _unique("_".join([stem, "mask", *map(_fit_for_a_file, said)]), taken)
            masks.append(MaskJob(i, str(row["mask"]), label_of(row), str(mask_dir / f"{name}.nii.gz")))
        jobs.append(ImageJob(str(image), str(sequence), str(image_dir / f"{stem}.nii.gz"), tuple(masks)))
    return jobs


def _fit_for_a_file(name: str) -> str:
    fit = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return fit if fit == name else f"{fit}-{digest(name)}"


def _unique(name: str, taken: set[str]) -> str:
    unique, n = name, 1
    while unique.lower() in taken:
        n += 1
        unique = f"{name}_{n}"
    taken.add(unique.lower())
    return unique


def _match(
    jobs: list[ImageJob], results: list[Prepared], references: dict[str, FloatArray], images: Path, n_jobs: int | None
) -> dict[int, Failure]:
    """Match every prepared image to its sequence's reference; the failures by row."""
    usable = [(j, r.percentiles) for j, r in zip(jobs, results, strict=True) if r.percentiles is not None]
    targets = dict(references)
    for sequence in {j.sequence for j, _ in usable} - set(targets):
        targets[sequence] = np.mean([p for j, p in usable if j.sequence == sequence], axis=0)
    arguments = [(j.out, str(images / Path(j.out).name), p, targets[j.sequence]) for j, p in usable]
    outcome = parallel_map(match_image, arguments, n_jobs=n_jobs, description="Matching histograms")
    return {
        m.row: failure for (j, _), failure in zip(usable, outcome, strict=True) if failure is not None for m in j.masks
    }


def _write_manifest(table: pd.DataFrame, jobs: list[ImageJob], failed: dict[int, Failure], out: Path) -> pd.DataFrame:
    records: list[dict[str, str]] = [
        {
            PATIENT: str(table.at[i, PATIENT]),
            "sequence": str(table.at[i, "sequence"]),
            "step": f.step,
            "error": f.error,
            "message": f.message,
        }
        for i, f in sorted(failed.items())
    ]
    pd.DataFrame(records, columns=_FAILURE_COLUMNS).to_csv(out / "failures.csv", index=False)
    if len(failed) == len(table):
        rows = [(r[PATIENT], r["sequence"], r["step"], r["message"]) for r in records]
        raise InputError("images", f"all {len(table)} cases failed:\n{told(rows)}")
    new = table.drop(columns="label", errors="ignore").copy()
    for job in jobs:
        for mask in job.masks:
            new.loc[mask.row, "image"] = str(out / "images" / Path(job.out).name)
            new.loc[mask.row, "mask"] = mask.out
    new = new.drop(index=list(failed)).reset_index(drop=True)
    relative = new.assign(**{c: [Path(p).relative_to(out).as_posix() for p in new[c]] for c in ("image", "mask")})
    relative.to_csv(out / "manifest.csv", index=False)
    new.attrs["failures"] = records
    return new
