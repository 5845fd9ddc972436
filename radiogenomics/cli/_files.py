"""``extract`` and ``report``: one job, file in, file out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.cli._console import jobs_or_cores

SOME_FAILED = 3


def extract(
    manifest: Annotated[Path, typer.Argument(help="Manifest of images and masks (csv or tsv).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Table to write: .csv or .h5ad.")],
    preset: Annotated[str, typer.Option(help="Settings by name.")] = "default",
    sequence: Annotated[
        list[str] | None, typer.Option(help="Sequence to use; may be repeated; by default all.")
    ] = None,
    reader: Annotated[str | None, typer.Option(help="Whose masks, where there are several readers.")] = None,
    resample_masks: Annotated[
        bool, typer.Option("--resample-masks", help="Take masks on another grid to their image's.")
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(help="Folder that keeps finished cases, so that a stopped run goes on.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="Workers; by default one per core.", show_default=False)
    ] = None,
) -> None:
    """Radiomic features of every case of a manifest."""
    if output.suffix not in (".csv", ".h5ad"):
        raise InputError("--output", Fault(repr(output.name), "a file that ends in .csv or .h5ad"))
    from radiogenomics import im
    from radiogenomics._cohort import frame_of
    from radiogenomics.study._files import make_folder, whole_file

    make_folder(output.absolute().parent, what="--output")
    settings = {"preset": preset} | ({"sequences": tuple(sequence)} if sequence else {})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RadiogenomicsWarning)
        features = im.extract_radiomics(
            manifest,
            settings=settings,
            reader=reader,
            resample_mask=resample_masks,
            n_jobs=jobs_or_cores(jobs),
            cache_dir=cache,
        )
    for warning in caught:
        typer.echo(f"warning: {warning.message}", err=True)
    with whole_file(output) as part:
        if output.suffix == ".csv":
            features.to_df().rename_axis("patient_id").to_csv(part)
        else:
            features.write_h5ad(part)
    typer.echo(f"{output}: {features.n_obs} patients, {features.n_vars} features")
    failures = frame_of(features.uns, "failures")
    for row in failures.to_dict("records"):
        typer.echo(f"failed: {row['patient_id']} {row['sequence']}: {row['message']}", err=True)
    if len(failures):
        raise typer.Exit(SOME_FAILED)


def report(
    cohort: Annotated[Path, typer.Argument(help="A cohort file (.h5mu or .zarr).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder, or path of an .html file.")],
    title: Annotated[str | None, typer.Option(help="Heading of the report.")] = None,
) -> None:
    """Write the report of a cohort that was analysed before."""
    from radiogenomics import io
    from radiogenomics import report as reports

    typer.echo(str(reports.write(io.read_cohort(cohort), output, title=title)))
