"""Handcrafted features of every volume, and of the same volumes without texture."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from radiogenomics._cohort import frame_of
from radiogenomics._keys import PATIENT
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._files import whole_file
from radiogenomics.study._inputs import image_paths
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps._failures import case_failures

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

FEATURES, CONTROL_FEATURES = "features.h5ad", "features_shuffled.h5ad"


def run(context: Context) -> None:
    """Extract the features; finished cases are kept one by one, so a stopped run goes on where it was."""
    from radiogenomics import im

    settings, images = context.settings, context.images()
    features = im.extract_radiomics(
        images,
        settings=settings.radiomics(),
        **settings.read(),
        n_jobs=context.n_jobs,
        cache_dir=context.folder / "cases",
    )
    failed = frame_of(features.uns, "failures")
    context.failures += case_failures(failed)
    _write(features, context.folder / FEATURES)
    if settings.control is not None:
        _write(_control(context, images, failed), context.folder / CONTROL_FEATURES)


def _control(context: Context, images: pd.DataFrame, failed: pd.DataFrame) -> AnnData:
    """The same features of the volumes that have them, after their voxels were shuffled; the volumes are not kept."""
    from radiogenomics import im
    from radiogenomics.im._check import chosen_rows

    wanted = context.settings.radiomics()
    rows = chosen_rows(images, wanted, **context.settings.read())
    gone = set(zip(failed[PATIENT].astype(str), failed["sequence"].astype(str), strict=True))
    keep = [pair not in gone for pair in zip(rows[PATIENT].astype(str), rows["sequence"].astype(str), strict=True)]
    rows = rows.loc[keep].drop(columns="row").reset_index(drop=True)
    folder = context.folder / "shuffled"
    shuffled = im.shuffle_voxels(rows, folder, settings=wanted, rng=context.seed("shuffled"), n_jobs=context.n_jobs)
    features = im.extract_radiomics(
        shuffled,
        settings=wanted,
        **context.settings.read(),
        n_jobs=context.n_jobs,
        cache_dir=context.folder / "cases",
    )
    shutil.rmtree(folder)
    for table in (shuffled.attrs["failures"], frame_of(features.uns, "failures")):
        context.failures += [{**row, "reason": f"shuffled control: {row['reason']}"} for row in case_failures(table)]
    return features


def _write(features: AnnData, path: Path) -> None:
    with whole_file(path) as part:
        features.write_h5ad(part)


def _inputs(file: StudyFile) -> list[Path]:
    """The study's own volumes, unless it reads preprocessed ones (whose fingerprint then stands for them)."""
    return image_paths(file) if file.steps.preprocess is None else []


EXTRACT = Step(
    "extract", run, "files", inputs=_inputs, needs=("preprocess", "segment"), reads=lambda file: file.data.images
)
