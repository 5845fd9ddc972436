"""Every input file is read and compared before anything is computed."""

from __future__ import annotations

from pathlib import Path

from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._check import check_files, named_columns
from radiogenomics.study._inputs import gene_set_paths, table_paths
from radiogenomics.study._step import Context, Step


def run(context: Context) -> None:
    """Read all tables and the manifest; the faults of all of them come in one message."""
    check_files(context.file)  # what it warns of, step assemble warns of


def _inputs(file: StudyFile) -> list[Path]:
    manifest = [] if file.data.images is None else [Path(file.data.images.manifest)]
    return [Path(file.data.clinical.path), *table_paths(file), *manifest, *gene_set_paths(file)]


CHECK = Step(
    "check",
    run,
    "files",
    inputs=_inputs,
    reads=lambda file: [
        file.data,
        named_columns(file),
        file.modalities(),
        file.steps.cluster,
        file.steps.clean,
        file.steps.extract,
    ],
)
