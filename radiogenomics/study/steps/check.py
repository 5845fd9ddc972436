"""Every input file is read and compared before anything is computed; images are looked at."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

from radiogenomics._keys import PATIENT
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._check import check_files, named_columns
from radiogenomics.study._check_checklists import answer_paths
from radiogenomics.study._files import whole_file
from radiogenomics.study._inputs import gene_set_paths, image_paths, needs_masks, table_paths
from radiogenomics.study._step import Context, Step

IMAGES = "images.csv"
#: Fine enough to see a contour on, and small enough for hundreds of patients in one page.
SHEET_DPI = 100


def run(context: Context) -> None:
    """Read all tables and the manifest; the faults of all of them come in one message."""
    check_files(context.file)  # what it warns of, step assemble warns of
    for old in (context.folder / IMAGES, *context.folder.glob("contact_sheet_*.svg")):
        old.unlink(missing_ok=True)
    if looks(context.file):
        _look(context)


def looks(file: StudyFile) -> bool:
    """Whether images are looked at, which is so unless the study says otherwise."""
    asked = file.steps.check is None or file.steps.check.images
    return file.data.images is not None and asked and needs_masks(file)


def _look(context: Context) -> None:
    """Table of what is unusual of the study's own images, and a page of them for each sequence."""
    from radiogenomics import im, pl
    from radiogenomics.report._svg import to_svg
    from radiogenomics.study._check import image_rows

    if context.file.data.images is None:
        return
    rows = image_rows(context.file, context.file.data.images)
    found = im.check(rows.drop(columns="row"), n_jobs=context.n_jobs)
    with whole_file(context.folder / IMAGES) as part:
        found.to_csv(part, index=False)
    for sequence, own in found.groupby("sequence", sort=False):
        marked = own.loc[own["remarks"] != "", PATIENT].unique().tolist()
        axes = pl.contact_sheet(rows.drop(columns="row"), sequence=str(sequence), columns=8, marked=marked)
        with whole_file(context.folder / sheet_file(str(sequence))) as part:
            part.write_text(to_svg(axes.figure, dpi=SHEET_DPI), encoding="utf-8")


def sheet_file(sequence: str) -> str:
    """Name of the contact sheet of a sequence."""
    return f"contact_sheet_{quote(sequence, safe=' ')}.svg"


def sheets_in(folder: Path) -> dict[str, Path]:
    """Contact sheets by sequence."""
    found = sorted(folder.glob("contact_sheet_*.svg"))
    return {unquote(path.stem.removeprefix("contact_sheet_")): path for path in found}


def _inputs(file: StudyFile) -> list[Path]:
    manifest = [] if file.data.images is None else [Path(file.data.images.manifest)]
    if looks(file):
        manifest = image_paths(file)
    return [Path(file.data.clinical.path), *table_paths(file), *manifest, *gene_set_paths(file), *answer_paths(file)]


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
        file.steps.segment,
        file.steps.autoencoder,
        file.steps.transfer,
        None if file.steps.report is None else file.steps.report.checklists.answers,
    ],
)
