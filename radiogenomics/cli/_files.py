"""``extract`` and ``report``: one job, file in, file out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from radiogenomics._errors import Fault, InputError
from radiogenomics.cli._console import jobs_or_cores
from radiogenomics.cli._tables import check_output, told_warnings, write_features


def extract(
    manifest: Annotated[Path, typer.Argument(help="Manifest of images and masks (csv or tsv).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Table to write: .csv or .h5ad.")],
    preset: Annotated[str | None, typer.Option(help="Settings by name.", show_default="default")] = None,
    settings: Annotated[
        Path | None, typer.Option(help="YAML file of settings, as step extract of a study has them.")
    ] = None,
    sequence: Annotated[
        list[str] | None, typer.Option(help="Sequence to use; may be repeated; by default all.")
    ] = None,
    reader: Annotated[str | None, typer.Option(help="Whose masks, where there are several readers.")] = None,
    reading: Annotated[str | None, typer.Option(help="Which reading, where there are several.")] = None,
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
    """Radiomic features of every case of a manifest.

    Beside a .csv, NAME_failures.csv names the cases that failed, each with its step and reason (empty if none did).
    """
    check_output(output)
    from radiogenomics import im

    chosen = _settings(settings, preset) | ({"sequences": tuple(sequence)} if sequence else {})
    with told_warnings():
        features = im.extract_radiomics(
            manifest,
            settings=chosen,
            reader=reader,
            reading=reading,
            resample_mask=resample_masks,
            n_jobs=jobs_or_cores(jobs),
            cache_dir=cache,
        )
    write_features(features, output)


def _settings(file: Path | None, preset: str | None) -> dict[str, Any]:
    """Settings of a file, which may stand under ``extract:`` as in a study."""
    if file is None:
        return {"preset": preset or "default"}
    given = settings_file(file, under="extract")
    if preset is not None and "preset" in given:
        raise InputError(
            "--preset", Fault(f"{preset!r} beside preset {given['preset']!r} of {file.name}", "one of them")
        )
    return given | ({} if preset is None else {"preset": preset})


def settings_file(file: Path, *, under: str) -> dict[str, Any]:
    """Settings of a YAML file, which may stand under the name of a study's step."""
    from radiogenomics.study._yaml import read_yaml

    try:
        given, _, faults = read_yaml(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(file), Fault(str(error), "a YAML file of settings")) from error
    if faults:
        raise InputError(str(file), faults)
    if isinstance(given, dict) and set(given) == {under}:
        given = given[under]
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        raise InputError(str(file), Fault(f"a {type(given).__name__}", "settings by name, for instance bin_count: 32"))
    return given


def report(
    cohort: Annotated[Path, typer.Argument(help="A cohort file (.h5mu or .zarr), or the output folder of a run.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder, or path of an .html file.")],
    title: Annotated[str | None, typer.Option(help="Heading of the report.")] = None,
) -> None:
    """Write the report of a cohort that was analysed before."""
    from radiogenomics import io
    from radiogenomics import report as reports
    from radiogenomics.study._folder import PROVENANCE, cohort_in

    is_run = cohort.is_dir() and cohort.suffix != ".zarr"
    data = io.read_cohort(cohort_in(cohort) if is_run else cohort)
    told = cohort / PROVENANCE
    try:
        page = reports.write(data, output, title=title, provenance=told if is_run and told.is_file() else None)
    except InputError as error:
        if error.where == "report":  # nothing was computed
            error.add_note("On the command line: radiogenomics run STUDY.yaml, whose steps compute it.")
        raise
    typer.echo(str(page))
