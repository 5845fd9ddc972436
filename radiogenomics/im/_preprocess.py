"""Prepare a cohort's images for feature extraction."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._keys import PATIENT
from radiogenomics._progress import parallel_map
from radiogenomics._types import StrPath
from radiogenomics.im._cache import library_versions, write_atomically
from radiogenomics.im._case import Failure, told
from radiogenomics.im._manifest_rows import CHOICES, choices_of, manifest_frame, with_choices
from radiogenomics.im._prepare import ImageJob, MaskJob, Prepared, digest, match_image, prepare_image
from radiogenomics.im._standard import FILE, Standard, given_standards, learned, write_text
from radiogenomics.io._manifest import beside
from radiogenomics.schemas.preprocess import Normalization, PreprocessSettings, Within, preprocess_settings

#: An image of which the tumour's box takes this share along every axis was cropped to the tumour.
_CROPPED = 0.7
_FAILURE_COLUMNS = [PATIENT, "sequence", "step", "error", "message"]


def preprocess(
    manifest: StrPath | pd.DataFrame,
    out_dir: StrPath,
    *,
    spacing: Sequence[float | None] | None = None,
    bias_correction: bool | Mapping[str, Any] = False,
    clip_percentiles: tuple[float, float] | None = None,
    remove_outliers: float | None = None,
    normalization: Normalization | None = None,
    reference: StrPath | Mapping[str, StrPath] | None = None,
    normalize_within: Within = "foreground",
    learn_from: Sequence[str] | None = None,
    interpolator: Literal["bspline", "linear", "nearest"] = "bspline",
    mask_interpolator: Literal["nearest", "linear"] = "linear",
    sequences: Sequence[str] | None = None,
    resample_mask: bool = False,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Bias-correct, resample, clip and normalise every image of a manifest, in this order, and write them as NIfTI.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder for ``images/``, ``manifest.csv``, ``manifest.preprocessing.json`` (settings, versions, and the numbers
        each step found in each image, which the extracted features take over) and ``failures.csv``. Images already
        there for the same files and settings are kept, so that a run that was stopped goes on where it was; histogram
        and nyul keep the images they start from in ``prepared/`` and what they brought them to in ``standard.json``.
    spacing
        Voxel spacing x, y, z in mm; ``None`` or 0 keeps an axis: ``(1, 1, None)`` resamples in plane only,
        ``(1, 1, 1)`` to isotropic voxels. The grid is centred on the image (IBSI).
    bias_correction
        Correct the bias field by N4 :cite:p:`Tustison2010`; a mapping sets ``shrink``, ``iterations`` and
        ``convergence``. It needs the scanner's field of view: on images cropped to the tumour, or corrected before,
        it takes the tumour's own contrast for a field.
    clip_percentiles
        Two percentiles that intensities are cut at.
    remove_outliers
        Standard deviations from the mean that intensities are cut at :cite:p:`Collewet2004`; 3 in most studies.
    normalization
        ``"zscore"``; ``"histogram"``: percentiles 1 to 99 of each image become those of the reference; or ``"nyul"``:
        percentiles 1, 10, 20 ... 90, 99 become the landmarks of a standard scale from 0 to 100 :cite:p:`Nyul2000`.
    reference
        Image whose histogram (landmarks) the others get, or the ``standard.json`` of an earlier run; one for all, or
        one per sequence (``{"T1": path}``). By default the mean over the cohort's images of that sequence.
    normalize_within
        Voxels whose statistics count: ``"foreground"`` (above a tenth of the way from the darkest voxel to the 99th
        percentile, which leaves out air), the whole ``"image"``, or ``"reference_region"``: the mask of normal tissue
        in that column of the manifest. Clipping limits never come from the reference region.
    learn_from
        Patients whose images make the histogram or landmarks of the cohort; by default all. Where patients are set
        apart for validation, these must be the training patients.
    interpolator, mask_interpolator
        For images; for masks ``"linear"`` keeps voxels at least half covered.
    sequences
        Sequences to use; by default all.
    resample_mask
        Take masks on another grid to their image's (nearest neighbour); otherwise they are failures.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``. Each uses one thread.

    Returns
    -------
    The new manifest with absolute paths (``manifest.csv`` has them relative to ``out_dir``): masks are 0 and 1 and
    the columns that said what to read (``label``, ``reference_region`` ...) are gone. Cases that failed are not in it
    but in ``failures.csv`` and, as records, in its ``attrs["failures"]`` (``patient_id``, ``sequence``, ``step``,
    ``error``, ``message``);
    ``attrs["preprocessing"]`` has ``settings``, ``versions``, and per image ``cases``.

    Raises
    ------
    InputError
        If the manifest or an argument is at fault, or every case fails.
    """
    options = preprocess_settings(
        resample_mask=resample_mask,
        spacing=spacing if spacing is None or isinstance(spacing, int | float | str) else tuple(spacing),
        bias_correction=dict(bias_correction) if isinstance(bias_correction, Mapping) else bias_correction,
        clip_percentiles=clip_percentiles, remove_outliers=remove_outliers, normalization=normalization,
        reference=_as_text(reference), normalize_within=normalize_within, interpolator=interpolator,
        mask_interpolator=mask_interpolator,
    )  # fmt: skip
    table = with_choices(manifest_frame(manifest, sequences), resample_mask=resample_mask)
    _check_learn_from(learn_from, options, table)
    out = Path(out_dir).absolute()
    standards = given_standards(options, list(dict.fromkeys(table["sequence"])))
    out.mkdir(parents=True, exist_ok=True)
    first = out / "prepared" if options.normalization in ("histogram", "nyul") else out / "images"
    jobs = _jobs(table, first, out / "images")
    results = parallel_map(prepare_image, [(j, options) for j in jobs], n_jobs=n_jobs, description="Preprocessing")
    failed = {row: failure for r in results for row, failure in r.failures.items()}
    if options.normalization in ("histogram", "nyul"):
        standards = _standards(jobs, results, standards, options.normalization, learn_from)
        failed |= _match(jobs, results, standards, options.normalization, out / "images", n_jobs)
        write_atomically(out / FILE, write_text(standards, options))
    new = _write_manifest(table, jobs, failed, out)
    new.attrs["preprocessing"] = _told(options, standards, jobs, results, failed)
    _warn_of_cropped(jobs, results)
    _warn_of_left_over(out, jobs, new.attrs["preprocessing"]["settings"])
    write_atomically(beside(out / "manifest.csv"), json.dumps(new.attrs["preprocessing"], indent=1))
    return new


def _warn_of_cropped(jobs: list[ImageJob], results: list[Prepared]) -> None:
    """N4 on images that hold hardly more than the tumour."""
    cropped = [j for j, r in zip(jobs, results, strict=True) if r.about.get("n4_mask_extent", 0) >= _CROPPED]
    if cropped:
        warnings.warn(
            f"bias_correction: {len(cropped)} of {len(jobs)} images hold hardly more than the tumour (for instance "
            f"{cropped[0].patient_id} {cropped[0].sequence}), and N4 takes its contrast for a field there; correct the "
            "whole images before they are cropped, or leave bias_correction out",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _warn_of_left_over(out: Path, jobs: list[ImageJob], settings: Mapping[str, Any]) -> None:
    """Images of an earlier run with other settings, which the new manifest does not name."""
    earlier = beside(out / "manifest.csv")
    if not earlier.exists() or json.loads(earlier.read_bytes())["settings"] == json.loads(json.dumps(settings)):
        return
    named = {Path(p).name for j in jobs for p in (j.out, *(m.out for m in j.masks))}
    left = sorted(p.name for p in (out / "images").glob("*.nii.gz") if p.name not in named)
    if left:
        shown = ", ".join(left[:5]) + (" ..." if len(left) > 5 else "")
        warnings.warn(
            f"{out / 'images'} holds {len(left)} file(s) of an earlier run with other settings that the new manifest "
            f"does not name ({shown}); delete them, or write into a folder of its own",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _as_text(reference: StrPath | Mapping[str, StrPath] | None) -> str | dict[str, str] | None:
    if isinstance(reference, Mapping):
        return {str(name): str(path) for name, path in reference.items()}
    return None if reference is None else str(reference)


def _check_learn_from(learn_from: Sequence[str] | None, options: PreprocessSettings, table: pd.DataFrame) -> None:
    if learn_from is None:
        return
    if options.normalization not in ("histogram", "nyul") or options.reference is not None:
        found = f"normalization {options.normalization!r}" + (" and a reference" if options.reference else "")
        raise InputError("learn_from", Fault(found, "normalization 'histogram' or 'nyul' without a reference"))
    if isinstance(learn_from, str):
        raise InputError("learn_from", Fault(repr(learn_from), "a list of patients"))
    unknown = sorted(set(map(str, learn_from)) - set(table[PATIENT]))
    if unknown:
        named = ", ".join(unknown[:5]) + (" ..." if len(unknown) > 5 else "")
        raise InputError("learn_from", Fault(f"{len(unknown)} patient(s) {named}", "patients of the manifest"))


def _standards(
    jobs: list[ImageJob], results: list[Prepared], given: dict[str, Standard], method: str,
    learn_from: Sequence[str] | None,
) -> dict[str, Standard]:  # fmt: skip
    """Standard of every sequence: the given one, else learned from the images of the patients to learn from."""
    teachers = None if learn_from is None else set(map(str, learn_from))
    out = dict(given)
    for sequence in dict.fromkeys(j.sequence for j in jobs):
        if sequence in out:
            continue
        usable = {
            f"{j.patient_id}|{j.out}": r.landmarks
            for j, r in zip(jobs, results, strict=True)
            if j.sequence == sequence and r.landmarks is not None and (teachers is None or j.patient_id in teachers)
        }
        if usable:
            names = tuple(dict.fromkeys(name.partition("|")[0] for name in usable))
            mean = learned(
                usable, method, "mean of the cohort" if teachers is None else "mean of the training patients"
            )
            out[sequence] = Standard(mean.values, mean.source, names)
        elif any(j.sequence == sequence and r.landmarks is not None for j, r in zip(jobs, results, strict=True)):
            raise InputError("learn_from", Fault(f"no patient with a usable image of {sequence}", "one or more"))
    return out


def _told(
    options: PreprocessSettings, standards: Mapping[str, Standard], jobs: list[ImageJob], results: list[Prepared],
    failed: Mapping[int, Failure],
) -> dict[str, Any]:  # fmt: skip
    """What was done, for the record: settings, what was learned, versions, and the numbers of each image."""
    settings = options.model_dump(mode="json", exclude={"bias_correction"})
    settings["bias_correction"] = options.n4 is not None
    if options.n4 is not None:
        settings |= {f"n4_{name}": value for name, value in options.n4.model_dump(mode="json").items()}
    if standards:
        settings["standard"] = {
            name: {"source": s.source, "patients": len(s.patients), "values": s.values.round(6).tolist()}
            for name, s in standards.items()
        }
    cases = [
        {PATIENT: j.patient_id, "sequence": j.sequence, "image": Path(j.out).name, **r.about}
        for j, r in zip(jobs, results, strict=True)
        if not all(m.row in failed for m in j.masks)
    ]
    return {"settings": settings, "versions": library_versions(), "cases": cases}


def _jobs(table: pd.DataFrame, image_dir: Path, mask_dir: Path) -> list[ImageJob]:
    """One job per image; masks of several readers on the same image share it."""
    taken: set[str] = set()
    jobs = []
    choices = {i: choices_of(row) for i, row in zip(table.index.tolist(), table.to_dict("records"), strict=True)}
    read = {name: [choices[i][name] or "" for i in table.index.tolist()] for name in ("series", "intensity")}
    by_image = table.assign(**read).groupby([PATIENT, "sequence", "image", *read], sort=False)
    for (patient, sequence, image, series, intensity), rows in by_image:
        stem = unique_name(f"{file_name(str(patient))}_{file_name(str(sequence))}", taken)
        masks = []
        for i, row in zip(rows.index.tolist(), rows.to_dict("records"), strict=True):
            said = [str(row[c]) for c in ("reader", "reading") if c in row and not pd.isna(row[c])]
            name = unique_name("_".join([stem, "mask", *map(file_name, said)]), taken)
            masks.append(_mask_job(i, str(row["mask"]), str(mask_dir / f"{name}.nii.gz"), choices[i]))
        region = rows["reference_region"].dropna() if "reference_region" in rows else rows["image"][:0]
        jobs.append(
            ImageJob(str(image), str(sequence), str(image_dir / f"{stem}.nii.gz"), tuple(masks), str(patient),
                     str(region.iloc[0]) if len(region) else None, str(series) or None,
                     "suv" if intensity == "suv" else "stored")
        )  # fmt: skip
    return jobs


def _mask_job(row: int, path: str, out: str, choices: Mapping[str, Any]) -> MaskJob:
    return MaskJob(row, path, choices["label"], out, choices["roi"], choices["resample_mask"])


def file_name(name: str) -> str:
    fit = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return fit if fit == name else f"{fit}-{digest(name)}"


def unique_name(name: str, taken: set[str]) -> str:
    unique, n = name, 1
    while unique.lower() in taken:
        n += 1
        unique = f"{name}_{n}"
    taken.add(unique.lower())
    return unique


def _match(
    jobs: list[ImageJob], results: list[Prepared], standards: Mapping[str, Standard], method: str, images: Path,
    n_jobs: int | None,
) -> dict[int, Failure]:  # fmt: skip
    """Bring every prepared image to its sequence's standard; the failures by row."""
    usable = [(j, r.landmarks) for j, r in zip(jobs, results, strict=True) if r.landmarks is not None]
    arguments = [(j.out, str(images / Path(j.out).name), p, standards[j.sequence].values, method) for j, p in usable]
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
    new = table.drop(columns=[*CHOICES, "reference_region"], errors="ignore").copy()
    for job in jobs:
        for mask in job.masks:
            new.loc[mask.row, "image"] = str(out / "images" / Path(job.out).name)
            new.loc[mask.row, "mask"] = mask.out
    new = new.drop(index=list(failed)).reset_index(drop=True)
    relative = new.assign(**{c: [Path(p).relative_to(out).as_posix() for p in new[c]] for c in ("image", "mask")})
    relative.to_csv(out / "manifest.csv", index=False)
    new.attrs["failures"] = records
    return new
