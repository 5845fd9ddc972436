"""Masks of every patient of a manifest by a trained segmenter."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._types import StrPath
from radiogenomics.im._case import Failure, told
from radiogenomics.im._derived import FAILURE_COLUMNS, record, write_manifest
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.im._preprocess import file_name, unique_name
from radiogenomics.im._segment_images import Scan, scans_of
from radiogenomics.im._segmenter_cases import Job, segment_cases
from radiogenomics.im._segmenter_folder import Segmenter, read_segmenter
from radiogenomics.schemas.segmentation import MaskEstimate

AUTOMATIC = "automatic"
QUALITY, STAGES = "quality.csv", "stages.csv"
_OF_THE_MASK = ("label", "roi", "resample_mask", "reading", "mask", "reader")
#: A mask is to be looked at if networks agree less, or are less sure, than this.
REVIEW_DICE, REVIEW_ENTROPY, REVIEW_REMOVED = 0.7, 0.5, 0.2
#: Spacing, relative to the smallest and largest of the training, beyond which a warning is given.
_FAR = 1.5


def segment(
    manifest: StrPath | pd.DataFrame,
    model: StrPath,
    *,
    out_dir: StrPath,
    estimate: MaskEstimate = "out_of_fold",
    sequences: str | Sequence[str] | None = None,
    reader: str = AUTOMATIC,
    probabilities: bool = False,
    stages: bool = False,
    device: str = "auto",
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Segment the tumours of a manifest; what comes back goes straight into :func:`extract_radiomics`.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it (with ``masks=False`` where it has none; masks
        that it has are not looked at). One image per patient, sequence and visit.
    model
        Folder that :func:`train_segmenter` wrote.
    out_dir
        Folder for ``masks/`` (MetaImage, the one format that keeps the geometry of every image to the last bit),
        ``manifest.csv``, ``quality.csv``, ``failures.csv`` and, where asked for, ``probabilities/`` and ``stages/``.
    estimate
        ``"out_of_fold"``: patients who took part in the training are segmented by the network that had no part in
        them, others by all networks together. ``"ensemble"``: everyone by all networks; of patients who took part
        that is no honest mask, and a warning says so.
    sequences
        Sequences to segment, in the order of the model's channels; by default those it was trained on. Others are
        segmented with a warning.
    reader
        Name under which the masks stand in the new manifest.
    probabilities
        Also write the mean probability of the networks, on the grid of the image.
    stages
        Of a coarse-to-fine model: also write the coarse probability (on its own grid) into ``stages/`` and each
        network's box (voxels of the image, the last one exclusive) into ``stages.csv``.
    device
        ``"auto"`` (CUDA where it is), ``"cpu"`` or ``"cuda"``.
    n_jobs
        Processes on a CPU; each holds one image in memory. A GPU takes one image after another.

    Returns
    -------
    The manifest of the segmented images: ``mask`` and ``reader`` are new, columns that said what to read from the old
    masks are gone. Images without a mask are not in it but in ``attrs["failures"]`` (and ``failures.csv``): an empty
    mask is never passed on. ``attrs["quality"]`` (and ``quality.csv``) has, per image, ``patient_id``, ``sequence``,
    ``visit`` where the manifest names it, ``volume_ml``, ``fold_dice`` (mean Dice of every two networks' masks, 0 to
    1, missing for one network), ``entropy`` (mean binary entropy in bits over the mask and the voxels that touch it, 0
    sure to 1), ``removed_share`` (of the marked voxels, by postprocessing), ``at_border`` (the mask reaches the
    image's border), ``n_networks``, ``estimate`` and ``flag``: what a reader should look at, empty for nothing.

    Raises
    ------
    InputError
        If the folder holds no segmenter or weights of another architecture, the manifest lacks its sequences, or no
        image could be segmented.
    MissingDependencyError
        If torch or MONAI (extra ``deep``) is not installed.

    Warns
    -----
    RadiogenomicsWarning
        If images fail, sequences or spacings are not those the model was trained on, or ``"ensemble"`` is asked for
        patients who took part in the training.
    """
    optional_import("SimpleITK", needed_for="rg.im.segment")
    trained = read_segmenter(model, needed_for="rg.im.segment")
    if estimate not in ("ensemble", "out_of_fold"):
        raise InputError("estimate", Fault(repr(estimate), "'ensemble' or 'out_of_fold'"))
    from radiogenomics.nn._device import device_of

    where = device_of(device)
    _check_weights(trained)
    table = _images(manifest, trained, sequences)
    channels = _channels(sequences, trained)
    rows = choose_reads(table, None, None, "all" if "visit" in table else None)
    scans, lacking = scans_of(cases_of(rows), channels)
    if not scans:
        raise InputError("manifest", Fault(f"no patient with {' and '.join(channels)}", "images to segment"))
    _warn_of_apparent(scans, trained, estimate)
    out = Path(out_dir).absolute()
    jobs = _jobs(scans, trained, estimate, out, probabilities, stages)
    results = segment_cases(jobs, trained, device=where, n_jobs=n_jobs)
    failures = pd.concat([lacking, _failed(jobs, results)], ignore_index=True)
    if all(isinstance(r, Failure) for r in results):
        raise InputError("images", f"all {len(failures)} cases failed:\n{_lines(failures)}")
    if len(failures):
        warnings.warn(f"{len(failures)} case(s) have no mask:\n{_lines(failures)}", RadiogenomicsWarning, stacklevel=2)
    _warn_of_spacing(jobs, results, trained)
    return _written(rows, jobs, results, failures, trained, estimate, reader, stages, out)


def _images(manifest: StrPath | pd.DataFrame, model: Segmenter, sequences: str | Sequence[str] | None) -> pd.DataFrame:
    """One row per image of the sequences that are wanted."""
    table = manifest_frame(manifest, masks=False)
    channels = _channels(sequences, model)
    known = list(dict.fromkeys(table["sequence"]))
    unknown = [s for s in channels if s not in known]
    if unknown:
        hint = "" if sequences is not None else (
            f"The model was trained on {', '.join(model.sequences)}; sequences= names others to be segmented with it."
        )  # fmt: skip
        raise InputError("manifest", Fault(f"sequences {', '.join(known)}", f"{', '.join(unknown)}", hint=hint))
    if tuple(channels) != model.sequences:
        warnings.warn(
            f"the model was trained on {', '.join(model.sequences)}, not on {', '.join(channels)}; look at every mask",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    table = table[table["sequence"].isin(channels)]
    kept = [c for c in table if c not in _OF_THE_MASK]
    key = [c for c in (PATIENT, "sequence", "visit", "image", "series", "intensity") if c in table]
    return table[kept].drop_duplicates(key).reset_index(drop=True).assign(mask="")


def _channels(sequences: str | Sequence[str] | None, model: Segmenter) -> list[str]:
    if sequences is None:
        return list(model.sequences)
    wanted = [sequences] if isinstance(sequences, str) else list(sequences)
    if len(wanted) != len(model.sequences):
        expected = f"as many as the model's channels ({', '.join(model.sequences)})"
        raise InputError("sequences", Fault(f"{len(wanted)} sequence(s)", expected))
    return wanted


def _check_weights(model: Segmenter) -> None:
    """Weights of another architecture are refused before any image is read."""
    for fold in model.folds:
        for stage in model.settings.stages:
            model.load(fold, stage)


def _jobs(
    scans: Sequence[Scan], model: Segmenter, estimate: str, out: Path, probabilities: bool, stages: bool
) -> list[Job]:
    every, taken, jobs = tuple(model.folds), set[str](), []
    for scan in scans:
        fold = model.fold_of(scan.patient_id) if estimate == "out_of_fold" else None
        stem = unique_name(f"{file_name(scan.name.replace('|', '_'))}_{file_name(scan.sequence)}", taken)
        jobs.append(
            Job(scan, every if fold is None else (fold,), str(out / "masks" / f"{stem}.mha"),
                str(out / "probabilities" / f"{stem}.mha") if probabilities else None,
                str(out / "stages" / f"{stem}_coarse.mha") if stages and model.settings.coarse else None)
        )  # fmt: skip
    return jobs


def _failed(jobs: Sequence[Job], results: Sequence[dict[str, Any] | Failure]) -> pd.DataFrame:
    rows = [
        (j.scan.patient_id, j.scan.sequence, r.step, r.error, r.message)
        for j, r in zip(jobs, results, strict=True)
        if isinstance(r, Failure)
    ]
    return pd.DataFrame(rows, columns=FAILURE_COLUMNS, dtype=object)


def _lines(failures: pd.DataFrame) -> str:
    return told(failures[[PATIENT, "sequence", "step", "message"]].itertuples(index=False, name=None))


def _warn_of_apparent(scans: Sequence[Scan], model: Segmenter, estimate: str) -> None:
    own = list(dict.fromkeys(s.patient_id for s in scans if s.patient_id in model.learners))
    if estimate == "ensemble" and own:
        warnings.warn(
            f"{len(own)} patient(s) took part in the model's training ({', '.join(own[:5])}): the ensemble's masks of "
            "them are apparent; estimate='out_of_fold' takes the network that had no part in each",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _warn_of_spacing(jobs: Sequence[Job], results: Sequence[dict[str, Any] | Failure], model: Segmenter) -> None:
    known = model.about["fingerprint"]["spacing"]
    low, high = np.array(known["min"]) / _FAR, np.array(known["max"]) * _FAR
    far = [
        (j.scan.patient_id, r["spacing"]) for j, r in zip(jobs, results, strict=True)
        if not isinstance(r, Failure) and ((np.array(r["spacing"]) < low) | (np.array(r["spacing"]) > high)).any()
    ]  # fmt: skip
    if far:
        name, found = far[0]
        usual = f"{_millimetres(known['min'])} to {_millimetres(known['max'])}"
        warnings.warn(
            f"{len(far)} image(s) have voxels unlike those of the training ({usual} mm), for instance {name} "
            f"({_millimetres(found)} mm); look at every mask",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _millimetres(sides: Sequence[float]) -> str:
    return " x ".join(f"{v:.3g}" for v in sides)


def flag_of(about: dict[str, Any]) -> str:
    """What a reader should look at; empty for nothing."""
    reasons = (
        (about["fold_dice"] < REVIEW_DICE, "networks disagree"),
        (about["entropy"] > REVIEW_ENTROPY, "uncertain"),
        (about["removed_share"] > REVIEW_REMOVED, "other parts removed"),
        (about["at_border"], "at the border of the image"),
    )
    return "; ".join(text for true, text in reasons if true)


def _written(
    rows: pd.DataFrame, jobs: Sequence[Job], results: Sequence[dict[str, Any] | Failure], failures: pd.DataFrame,
    model: Segmenter, estimate: str, reader: str, stages: bool, out: Path,
) -> pd.DataFrame:  # fmt: skip
    by_row: dict[tuple[str, str], dict[Any, Any]] = {(r["row"], r["sequence"]): r for r in rows.to_dict("records")}
    new, quality, boxes = [], [], []
    for job, result in zip(jobs, results, strict=True):
        if isinstance(result, Failure):
            continue
        row = by_row[job.scan.name, job.scan.sequence]
        own: dict[str, Any] = {c: row[c] for c in (PATIENT, "sequence", "visit") if c in row}
        new.append({**{c: v for c, v in row.items() if c != "row"}, "mask": job.mask, "reader": reader})
        names = ("volume_ml", "fold_dice", "entropy", "removed_share", "at_border", "n_networks")
        honest = model.fold_of(job.scan.patient_id) is not None and len(job.folds) == 1
        quality.append({**own, **{n: result[n] for n in names}, "estimate": "out_of_fold" if honest else "ensemble",
                        "flag": flag_of(result)})  # fmt: skip
        boxes += [{**own, **box} for box in result["boxes"]]
    done = pd.DataFrame(new)
    done.attrs = {"failures": failures.to_dict("records"), "cases": quality, "quality": quality}
    done.attrs["preprocessing"] = record(rows, {
        "made_by": "segment", "model": model.settings.model, "weights": model.weights, "estimate": estimate,
        "sequences": list(model.sequences),
    })  # fmt: skip
    pd.DataFrame(quality).to_csv(_in(out) / QUALITY, index=False)
    if stages and model.settings.coarse is not None:
        pd.DataFrame(boxes).to_csv(out / STAGES, index=False)
    return write_manifest(done, out)


def _in(out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    os.makedirs(out / "masks", exist_ok=True)
    return out
