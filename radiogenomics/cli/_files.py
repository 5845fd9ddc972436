"""``extract`` and ``report``: one job, file in, file out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.cli._console import jobs_or_cores

SOME_FAILED = 3


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
    if output.suffix not in (".csv", ".h5ad"):
        raise InputError("--output", Fault(repr(output.name), "a file that ends in .csv or .h5ad"))
    from radiogenomics import im
    from radiogenomics._cohort import frame_of
    from radiogenomics.study._files import make_folder, whole_file

    make_folder(output.absolute().parent, what="--output")
    chosen = _settings(settings, preset) | ({"sequences": tuple(sequence)} if sequence else {})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RadiogenomicsWarning)
        features = im.extract_radiomics(
            manifest,
            settings=chosen,
            reader=reader,
            reading=reading,
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
    if output.suffix == ".csv":
        # Written even if empty, so that one of an earlier run is not believed.
        failures.to_csv(output.with_name(f"{output.stem}_failures.csv"), index=False)
    for row in failures.to_dict("records"):
        typer.echo(f"failed: {row['patient_id']} {row['sequence']}: {row['message']}", err=True)
    if len(failures):
        raise typer.Exit(SOME_FAILED)


def _settings(file: Path | None, preset: str | None) -> dict[str, Any]:
    """Settings of a file, which may stand under ``extract:`` as in a study."""
    if file is None:
        return {"preset": preset or "default"}
    from radiogenomics.study._yaml import read_yaml

    try:
        given, _, faults = read_yaml(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(file), Fault(str(error), "a YAML file of settings")) from error
    if faults:
        raise InputError(str(file), faults)
    if isinstance(given, dict) and set(given) == {"extract"}:
        given = given["extract"]
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        raise InputError(str(file), Fault(f"a {type(given).__name__}", "settings by name, for instance bin_count: 32"))
    if preset is not None and "preset" in given:
        raise InputError(
            "--preset", Fault(f"{preset!r} beside preset {given['preset']!r} of {file.name}", "one of them")
        )
    return given | ({} if preset is None else {"preset": preset})


def report(
    cohort: Annotated[Path, typer.Argument(help="A cohort file (.h5mu or .zarr).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder, or path of an .html file.")],
    title: Annotated[str | None, typer.Option(help="Heading of the report.")] = None,
) -> None:
    """Write the report of a cohort that was analysed before."""
    from radiogenomics import io
    from radiogenomics import report as reports

    typer.echo(str(reports.write(io.read_cohort(cohort), output, title=title)))
