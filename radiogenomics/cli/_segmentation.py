"""``train segmenter`` and ``segment``: masks, file in, file out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from radiogenomics.cli._console import jobs_or_cores
from radiogenomics.cli._files import settings_file
from radiogenomics.cli._tables import tell_failures, told_warnings

Device = Annotated[str, typer.Option(help="auto (CUDA where it is), cpu or cuda.")]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", help="Workers; by default one per core.", show_default=False)]


def train_segmenter(
    manifest: Annotated[Path, typer.Argument(help="Manifest of images and masks (csv or tsv).")],
    output: Annotated[Path, typer.Option("--output", "--out", "-o", help="Folder of the model.")],
    model: Annotated[str, typer.Option(help="segresnet or vnet_coarse_to_fine.")] = "segresnet",
    preset: Annotated[
        str | None, typer.Option(help="full, or reduced: small enough for a CPU.", show_default="full")
    ] = None,
    settings: Annotated[Path | None, typer.Option(help="YAML file of settings (steps, spacing, patch ...).")] = None,
    sequence: Annotated[
        list[str] | None,
        typer.Option(help="Sequence to segment; may be repeated: channels, the mask being that of the first."),
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation; each has a network.")] = 5,
    test: Annotated[float | None, typer.Option(help="Share of patients held out of everything.")] = None,
    reader: Annotated[str | None, typer.Option(help="Whose masks, where there are several readers.")] = None,
    reading: Annotated[str | None, typer.Option(help="Which reading, where there are several.")] = None,
    visit: Annotated[str | None, typer.Option(help="Which visit, where there are several, or all.")] = None,
    seed: Annotated[int, typer.Option(help="Of all that is drawn by chance.")] = 0,
    device: Device = "auto",
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps the resampled images.")] = None,
    jobs: Jobs = None,
) -> None:
    """Train and cross-validate networks that segment tumours; a stopped training goes on where it was."""
    import pandas as pd

    from radiogenomics import im

    given = {} if settings is None else settings_file(settings, under="segment")
    if preset is not None:
        given = {**given, "preset": preset}
    with told_warnings():
        folder = im.train_segmenter(
            manifest, out_dir=output, model=cast(Any, model), sequences=sequence or None, settings=given, folds=folds,
            test=test, reader=reader, reading=reading, visit=visit, rng=seed, device=device,
            n_jobs=jobs_or_cores(jobs), cache_dir=cache,
        )  # fmt: skip
    cases = pd.read_csv(folder / "cases.csv", dtype={"patient_id": str})
    for name, rows in cases.groupby("network"):
        typer.echo(f"{name}: mean Dice of {len(rows)} image(s) left out {rows['dice'].mean():.3f}", err=True)
    typer.echo(f"mean Dice of images left out {cases['dice'].mean():.3f}", err=True)
    typer.echo(str(folder))
    tell_failures(pd.read_csv(folder / "failures.csv", dtype=str))


def segment(
    manifest: Annotated[Path, typer.Argument(help="Manifest of images (csv or tsv); it needs no masks.")],
    model: Annotated[Path, typer.Argument(help="Folder that train segmenter wrote.")],
    output: Annotated[Path, typer.Option("--output", "--out", "-o", help="Folder for manifest.csv, masks and tables.")],
    estimate: Annotated[
        str,
        typer.Option(help="out_of_fold: patients of the training by the network they had no part in; or ensemble."),
    ] = "out_of_fold",
    sequence: Annotated[
        list[str] | None, typer.Option(help="Sequence to segment; by default those of the model.")
    ] = None,
    reader: Annotated[str, typer.Option(help="Name of the masks in the new manifest.")] = "automatic",
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Also write the networks' mean probability.")
    ] = False,
    stages: Annotated[
        bool, typer.Option("--stages", help="Also write what the coarse network found, and its boxes.")
    ] = False,
    device: Device = "auto",
    jobs: Jobs = None,
) -> None:
    """Segment every image of a manifest by a trained model.

    Writes manifest.csv (ready for extract), masks/, quality.csv (which masks to look at first) and failures.csv.
    """
    from radiogenomics import im

    with told_warnings():
        done = im.segment(
            manifest, model, out_dir=output, estimate=cast(Any, estimate), sequences=sequence or None, reader=reader,
            probabilities=probabilities, stages=stages, device=device, n_jobs=jobs_or_cores(jobs),
        )  # fmt: skip
    import pandas as pd

    quality = pd.DataFrame(done.attrs["quality"])
    flagged = int((quality["flag"] != "").sum())
    typer.echo(f"{output / 'manifest.csv'}: {len(done)} masks, {flagged} to be looked at (quality.csv)")
    tell_failures(pd.DataFrame(done.attrs["failures"]))
