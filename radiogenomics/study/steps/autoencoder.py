"""Autoencoders of tumour slices, and their features."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics._cohort import binary_outcome, frame_of, survival_outcome
from radiogenomics._keys import OUTCOMES, PATIENT
from radiogenomics.schemas.steps import AutoencoderStep
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._files import whole_file
from radiogenomics.study._hash import fingerprint
from radiogenomics.study._inputs import image_paths, read_clinical, table_paths
from radiogenomics.study._step import Context, Step
from radiogenomics.study._teaching import training_with_images
from radiogenomics.study.steps._failures import case_failures, features_file

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(context: Context) -> None:
    """Train each model that the study names and keep its features; a training that was stopped goes on."""
    images = context.images()
    teachers = training_with_images(context.file, images)
    for name, settings in context.settings.items():
        _one(context, name, settings, images, teachers)


def _one(context: Context, name: str, settings: AutoencoderStep, images: pd.DataFrame, teachers: list[str]) -> None:
    from radiogenomics import im

    if settings.sequences is not None:
        images = images[images["sequence"].isin(settings.sequences)].reset_index(drop=True)
    test = [p for p in dict.fromkeys(images[PATIENT].astype(str)) if p not in set(teachers)]
    label = None if settings.label is None else _label(context.file, settings.label)
    arguments: dict[str, Any] = {
        "model": settings.model, "test": test or None, "folds": settings.folds, "repeats": settings.repeats,
        "inner_folds": settings.inner_folds, "reader": settings.reader, "reading": settings.reading,
        "rng": context.seed(name),
        "slices": None if settings.slices is None else settings.slices.model_dump(exclude_unset=True),
        "settings": None if settings.settings is None else settings.settings.model_dump(exclude_unset=True),
    }  # fmt: skip
    folder = context.folder / "models" / name / _configuration(images, label, arguments)
    shared: dict[str, Any] = {"n_jobs": context.n_jobs, "cache_dir": context.folder / "slices"}
    im.train_autoencoder(images, out_dir=folder, label=label, **arguments, **shared)
    features = im.encode(
        images, folder, estimate=settings.estimate, pooling=settings.pooling, reader=settings.reader,
        reading=settings.reading, **shared,
    )  # fmt: skip
    im.reconstruct(
        features, images, folder, reader=settings.reader, reading=settings.reading, **shared
    )  # for the report
    context.failures += [
        {**row, "reason": f"{name}: {row['reason']}"} for row in case_failures(frame_of(features.uns, "failures"))
    ]
    with whole_file(context.folder / features_file(name)) as part:
        features.write_h5ad(part)
    for other in folder.parent.iterdir():  # trainings of settings that the study no longer has
        if other != folder:
            shutil.rmtree(other)


def _configuration(images: pd.DataFrame, label: pd.Series | pd.DataFrame | None, arguments: Mapping[str, Any]) -> str:
    """Name of a training's folder: another one for anything that it rests on."""
    files = sorted({str(path) for column in ("image", "mask") for path in images[column]})
    there = {path: Path(path).stat() for path in files if Path(path).exists()}
    stamps = {path: [stat.st_size, stat.st_mtime_ns] for path, stat in there.items()}
    labels = None if label is None else label.to_csv()
    return fingerprint({"rows": images.to_csv(), "files": stamps, "label": labels, "arguments": arguments})[:16]


def _label(file: StudyFile, name: str) -> pd.Series | pd.DataFrame:
    """What a half-supervised model learns, by patient: an outcome of the study, or a column of the clinical table."""
    from anndata import AnnData

    from radiogenomics.io._outcomes import register_outcomes

    clinical = read_clinical(file)
    outcome = file.data.outcomes.get(name)
    if outcome is None:
        return clinical[name]
    table, registered = register_outcomes(clinical, {name: outcome.model_dump(exclude_none=True)})
    data = AnnData(obs=table, uns={OUTCOMES: registered})
    if outcome.kind == "binary":
        binary = binary_outcome(data, name)
        return pd.Series(binary.value, index=table.index, name=name)
    survival = survival_outcome(data, name)
    values = pd.DataFrame({"time": survival.time, "event": survival.event}, index=table.index, dtype=float)
    return values[survival.known]


def _inputs(file: StudyFile) -> list[Path]:
    images = image_paths(file) if file.steps.preprocess is None else []
    return [Path(file.data.clinical.path), *(table_paths(file) if file.data.split is not None else []), *images]


AUTOENCODER = Step(
    "autoencoder", run, "files", inputs=_inputs, needs=("preprocess", "segment"), reads=lambda file: file.data
)
