"""Networks that segment tumours, trained and cross-validated by patient."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, StrPath
from radiogenomics.im._autoencoder_tasks import fold_table, held_out_patients
from radiogenomics.im._case import Failure, told
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.im._segment_images import Scan, scans_of
from radiogenomics.im._segment_volumes import prepare_volumes
from radiogenomics.im._segmenter_cases import Job, segment_cases
from radiogenomics.im._segmenter_folder import Segmenter, write_segmenter
from radiogenomics.im._segmenter_folds import fold_name, train_folds
from radiogenomics.im._segmenter_plan import Print, fingerprint, intensities_of, plan, summary
from radiogenomics.schemas.messages import faults_of
from radiogenomics.schemas.segmentation import SegmenterModel, SegmenterSettings, with_preset

FAILURE_COLUMNS = [PATIENT, "sequence", "step", "error", "message"]


def train_segmenter(
    manifest: StrPath | pd.DataFrame,
    *,
    out_dir: StrPath,
    model: SegmenterModel = "segresnet",
    sequences: str | Sequence[str] | None = None,
    settings: SegmenterSettings | Mapping[str, Any] | str | None = None,
    folds: int | pd.DataFrame = 5,
    test: float | Sequence[str] | None = None,
    reader: str | None = None,
    reading: str | int | None = None,
    visit: str | int | None = None,
    rng: RNG = 0,
    device: str = "auto",
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
) -> Path:
    """Train networks that segment tumours: one for each fold, learned without the patients of the fold.

    All of them together segment new patients (:func:`segment`); each segments the patients it had no part in, which
    is what a model is judged by. A fingerprint of the images (spacings and sizes, never a mask) decides on the grid
    and the patch, by the rules of :class:`~radiogenomics.schemas.segmentation.StageSettings`; every choice can be
    given in `settings` and is recorded in ``model.json``.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder of the model. A training that was stopped goes on from its last checkpoint when it is called again with
        the same arguments; a folder of another configuration is refused.
    model
        ``"segresnet"``: MONAI's SegResNet :cite:p:`Myronenko2019`. MONAI's own Auto3DSeg runner cannot serve here: it
        downloads the code of its networks when it starts. ``"vnet_coarse_to_fine"``: a V-Net
        :cite:p:`Milletari2016` on a coarse grid finds the tumour's box, a second one segments inside it. The second
        learns from boxes of the reference masks whose sides are moved at random (``margin``, ``jitter``), not from
        what the first one finds.
    sequences
        Sequences that are the channels of a network, which must show the patient in the same position; the mask is
        that of the first. Needed where the manifest has several.
    settings
        What differs from the defaults, or the name of a preset: ``"full"``, or ``"reduced"``, which trains on a CPU
        within minutes. ``{"preset": "reduced", "steps": 500}`` changes a preset; ``model`` above is not repeated in it.
    folds
        Number of folds, or a table with ``fold`` and ``patient_id``.
    test
        Patients held out of everything: a share, or their ids; by default none.
    reader, reading, visit
        Which masks, as of :func:`extract_radiomics`; ``visit="all"`` learns from all visits of a patient, who is
        never on both sides of a fold.
    rng
        Seed or Generator. The same seed gives the same weights on the same device.
    device
        ``"auto"`` (CUDA where it is), ``"cpu"`` or ``"cuda"``; on a GPU in mixed precision. A GPU without enough memory
        gets smaller batches, with a warning.
    n_jobs
        Workers that read and resample images, and on a CPU segment the patients left out.
    cache_dir
        Folder that keeps the resampled images; by default they go once the training is over.

    Returns
    -------
    Path of the folder: ``model.json``, the weights of every network, ``folds.csv``, ``learning_curves.csv``,
    ``checkpoints.csv`` (Dice of the validation patients at every checkpoint, and which one was kept), ``cases.csv``
    (Dice of every patient by the network that had no part in it, on the image's own grid) and ``failures.csv``.

    Raises
    ------
    InputError
        If arguments are at fault, no case can be used, there are fewer patients than folds, or the folder holds
        another configuration.
    DegenerateInputError
        If too few patients are left to learn from.
    MissingDependencyError
        If torch, MONAI or Lightning (extra ``deep``) is not installed.

    Warns
    -----
    RadiogenomicsWarning
        If cases cannot be used, or a network finds nothing in some of the patients left out.
    """
    for name in ("torch", "monai", "lightning"):
        optional_import(name, needed_for="rg.im.train_segmenter")
    optional_import("SimpleITK", needed_for="rg.im.train_segmenter")
    from radiogenomics.nn._device import device_of

    where = device_of(device)
    how = segmenter_settings(settings, model)
    random = generator(rng)
    table = manifest_frame(manifest)
    channels = channels_of(table, sequences)
    rows = choose_reads(table[table["sequence"].isin(channels)], reader, reading, visit)
    scans, failures = scans_of(cases_of(rows), channels)
    scans, prints, failures = _measured(scans, failures, n_jobs)
    plans = {name: plan(prints, stage) for name, stage in how.stages.items()}
    intensities = intensities_of(prints, channels, how.normalization)
    out = Path(out_dir).absolute()
    cache = out / "prepared" if cache_dir is None else Path(cache_dir).absolute()
    prepared: dict[str, list[str]] = {}
    for name, stage in how.stages.items():
        found = prepare_volumes(scans, plans[name].spacing, stage, intensities, cache, n_jobs)
        prepared[name], kept = [str(f) for f in found], [not isinstance(f, Failure) for f in found]
        failures = pd.concat([failures, _failures(scans, found)], ignore_index=True)
        scans = [s for s, k in zip(scans, kept, strict=True) if k]
        prepared = {n: [v for v, k in zip(values, kept, strict=True) if k] for n, values in prepared.items()}
    _warn_of(failures, scans)
    everyone = list(dict.fromkeys(s.patient_id for s in scans))
    held_out = held_out_patients(test, everyone, random)
    learners = [p for p in everyone if p not in set(held_out)]
    dealt = _folds(folds, learners, random)
    trained = train_folds(
        scans, prepared, cache, dealt, how, plans, out=out, seed=spawn_seeds(random, 1)[0], device=device
    )
    names = {fold_name(f): tuple(dealt.loc[dealt["fold"] == f, PATIENT]) for f in sorted(set(dealt["fold"].map(int)))}
    done = Segmenter(
        out, how, tuple(channels), plans, intensities, names, frozenset(learners), tuple(held_out), trained.weights, {}
    )
    cases, empty = _judged(scans, done, where, n_jobs)
    write_segmenter(
        done,
        {"fingerprint": summary(prints), "reader": reader, "reading": reading, "visit": visit,
         "dice": float(cases["dice"].mean()), "device": where},
        {"folds": dealt, "learning_curves": pd.DataFrame(trained.curves),
         "checkpoints": pd.DataFrame(trained.checkpoints), "cases": cases,
         "failures": pd.concat([failures, empty], ignore_index=True)},
    )  # fmt: skip
    if cache_dir is None:
        shutil.rmtree(cache, ignore_errors=True)
    return out


def segmenter_settings(settings: SegmenterSettings | Mapping[str, Any] | str | None, model: str) -> SegmenterSettings:
    """Settings with what their preset says, with every fault at once."""
    if isinstance(settings, SegmenterSettings):
        if settings.model != model:
            raise InputError("settings", Fault(f"model {settings.model!r}", f"that of the argument model ({model!r})"))
        return settings
    given = {"preset": settings} if isinstance(settings, str) else dict(settings or {})
    if given.setdefault("model", model) != model:
        raise InputError("settings", Fault(f"model {given['model']!r}", f"that of the argument model ({model!r})"))
    try:
        return SegmenterSettings.model_validate(with_preset(given))
    except ValidationError as error:
        raise InputError("settings", faults_of(error)) from None


def channels_of(table: pd.DataFrame, sequences: str | Sequence[str] | None) -> list[str]:
    """Sequences that are the channels of a network."""
    known = list(dict.fromkeys(table["sequence"]))
    if sequences is None:
        if len(known) > 1:
            hint = f"Choose sequences={known[0]!r}; several become channels."
            found = f"sequences {', '.join(known)} in the manifest"
            raise InputError("sequences", Fault(found, "the one to segment", hint=hint))
        return known
    wanted = [sequences] if isinstance(sequences, str) else list(sequences)
    unknown = [s for s in wanted if s not in known]
    if unknown or not wanted or len(set(wanted)) < len(wanted):
        raise InputError(
            "sequences", Fault(", ".join(map(repr, unknown or wanted)) or "none", f"of {', '.join(known)}, each once")
        )
    return wanted


def _measured(
    scans: list[Scan], failures: pd.DataFrame, n_jobs: int | None
) -> tuple[list[Scan], list[Print], pd.DataFrame]:
    from radiogenomics._progress import parallel_map

    found = parallel_map(fingerprint, [(scan,) for scan in scans], n_jobs=n_jobs, description="Fingerprints")
    failures = pd.concat([failures, _failures(scans, found)], ignore_index=True)
    pairs = [(s, f) for s, f in zip(scans, found, strict=True) if isinstance(f, Print)]
    if not pairs:
        rows = failures[[PATIENT, "sequence", "step", "message"]].itertuples(index=False, name=None)
        raise InputError("images", f"all {len(failures)} cases failed:\n{told(rows)}")
    return [s for s, _ in pairs], [p for _, p in pairs], failures


def _failures(scans: Sequence[Scan], found: Sequence[Any]) -> pd.DataFrame:
    rows = [
        (s.patient_id, s.sequence, f.step, f.error, f.message)
        for s, f in zip(scans, found, strict=True)
        if isinstance(f, Failure)
    ]
    return pd.DataFrame(rows, columns=FAILURE_COLUMNS, dtype=object)


def _warn_of(failures: pd.DataFrame, scans: Sequence[Scan]) -> None:
    rows = failures[[PATIENT, "sequence", "step", "message"]].itertuples(index=False, name=None)
    if not scans:
        raise InputError("images", f"all {len(failures)} cases failed:\n{told(rows)}")
    if len(failures):
        warnings.warn(
            f"{len(failures)} case(s) take no part in the training:\n{told(rows)}", RadiogenomicsWarning, stacklevel=3
        )


def _folds(folds: int | pd.DataFrame, learners: list[str], random: np.random.Generator) -> pd.DataFrame:
    if isinstance(folds, pd.DataFrame) and "repeat" not in folds:
        folds = folds.assign(repeat=0)
    dealt = fold_table(folds, 1, learners, None, random)
    if dealt["repeat"].nunique() > 1:
        raise InputError("folds", Fault(f"{dealt['repeat'].nunique()} repeats", "one division into folds"))
    return dealt


def _judged(
    scans: Sequence[Scan], model: Segmenter, device: str, n_jobs: int | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Dice of every patient by the networks that had no part in it, and those in whom these find nothing (Dice 0)."""
    every = tuple(model.folds)
    jobs = []
    for scan in scans:
        fold = model.fold_of(scan.patient_id)
        jobs.append(Job(scan, every if fold is None else (fold,), judge=True))
    found = segment_cases(jobs, model, device=device, n_jobs=n_jobs)
    rows = []
    for job, result in zip(jobs, found, strict=True):
        scan = job.scan
        row = {PATIENT: scan.patient_id, "scan": scan.name, "sequence": scan.sequence,
               "network": job.folds[0] if len(job.folds) == 1 else "ensemble"}  # fmt: skip
        if isinstance(result, Failure):
            rows.append({**row, "dice": 0.0, "message": result.message})
        else:
            names = ("dice", "volume_ml", "reference_volume_ml", "entropy", "removed_share")
            rows.append({**row, **{name: result[name] for name in names}, "message": ""})
    failed = _failures([j.scan for j in jobs], found)
    if len(failed):
        lines = failed[[PATIENT, "sequence", "step", "message"]].itertuples(index=False, name=None)
        warnings.warn(
            f"{len(failed)} patient(s) left out of a network are not segmented by it (Dice 0):\n{told(lines)}",
            RadiogenomicsWarning,
            stacklevel=3,
        )
    columns = [PATIENT, "scan", "sequence", "network", "dice", "volume_ml", "reference_volume_ml", "entropy",
               "removed_share", "message"]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=columns), failed
