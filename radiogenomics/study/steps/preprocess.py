"""Volumes before features."""

from __future__ import annotations

import warnings
from pathlib import Path

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._inputs import image_paths
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps._failures import case_failures


def run(context: Context) -> None:
    """Write the new volumes and their manifest into the step's folder; volumes finished before are kept."""
    from radiogenomics import im

    settings = context.settings
    if context.file.data.split is not None and settings.normalization == "histogram" and settings.reference is None:
        warnings.warn(
            "histograms are matched to the mean of all patients, those of the internal and external parts among them, "
            "so the training patients' volumes depend on the others; name a reference image in steps.preprocess",
            RadiogenomicsWarning,
            stacklevel=2,
        )
    done = im.preprocess(context.images(), context.folder, n_jobs=context.n_jobs, **settings.model_dump())
    context.failures += case_failures(done.attrs.get("failures", []))


def _inputs(file: StudyFile) -> list[Path]:
    reference = file.steps.preprocess.reference if file.steps.preprocess is not None else None
    named = [] if reference is None else [reference] if isinstance(reference, str) else list(reference.values())
    return [*image_paths(file), *map(Path, named)]


PREPROCESS = Step("preprocess", run, "files", inputs=_inputs, reads=lambda file: file.data.images)
