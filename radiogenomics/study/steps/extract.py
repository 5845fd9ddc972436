"""Handcrafted features of every volume."""

from __future__ import annotations

from pathlib import Path

from radiogenomics._cohort import frame_of
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._files import whole_file
from radiogenomics.study._inputs import image_paths
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps._failures import case_failures


def run(context: Context) -> None:
    """Extract the features; finished cases are kept one by one, so a stopped run goes on where it was."""
    from radiogenomics import im

    settings = context.settings
    features = im.extract_radiomics(
        context.images(),
        settings=settings.radiomics(),
        reader=settings.reader,
        reading=settings.reading,
        n_jobs=context.n_jobs,
        cache_dir=context.folder / "cases",
    )
    context.failures += case_failures(frame_of(features.uns, "failures"))
    with whole_file(context.folder / "features.h5ad") as part:
        features.write_h5ad(part)


def _inputs(file: StudyFile) -> list[Path]:
    """The study's own volumes, unless it reads preprocessed ones (whose fingerprint then stands for them)."""
    return image_paths(file) if file.steps.preprocess is None else []


EXTRACT = Step("extract", run, "files", inputs=_inputs, needs=("preprocess",), reads=lambda file: file.data.images)
