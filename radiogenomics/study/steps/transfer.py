"""Features of a network trained elsewhere."""

from __future__ import annotations

from pathlib import Path

from radiogenomics._cohort import frame_of
from radiogenomics._keys import DEEP
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._files import whole_file
from radiogenomics.study._inputs import image_paths
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps._failures import case_failures, features_file


def run(context: Context) -> None:
    """Extract the features; slices and features of finished cases are kept."""
    from radiogenomics import im

    settings = {name: getattr(context.settings, name) for name in type(context.settings).model_fields}
    if settings["slices"] is not None:
        settings["slices"] = settings["slices"].model_dump(exclude_unset=True)
    features = im.extract_transfer(
        context.images(), n_jobs=context.n_jobs, cache_dir=context.folder / "cases", **settings
    )  # fmt: skip
    context.failures += case_failures(frame_of(features.uns, "failures"))
    with whole_file(context.folder / features_file(DEEP)) as part:
        features.write_h5ad(part)


def _inputs(file: StudyFile) -> list[Path]:
    weights = [] if file.steps.transfer is None else [Path(file.steps.transfer.weights)]
    return [*weights, *(image_paths(file) if file.steps.preprocess is None else [])]


TRANSFER = Step(
    "transfer", run, "files", inputs=_inputs, needs=("preprocess", "segment"), reads=lambda file: file.data.images
)
