"""``train autoencoder``, ``encode`` and ``transfer``: learned features, file in, file out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from radiogenomics._errors import Fault, InputError
from radiogenomics.cli._console import jobs_or_cores
from radiogenomics.cli._files import settings_file
from radiogenomics.cli._tables import check_output, tell_failures, told_warnings, write_features

if TYPE_CHECKING:
    import pandas as pd

train = typer.Typer(no_args_is_help=True, help="Train a model on the images of a manifest.")

Manifest = Annotated[Path, typer.Argument(help="Manifest of images and masks (csv or tsv).")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Table to write: .csv or .h5ad.")]
Sequences = Annotated[list[str] | None, typer.Option(help="Sequence to use; may be repeated; by default all.")]
Reader = Annotated[str | None, typer.Option(help="Whose masks, where there are several readers.")]
Reading = Annotated[str | None, typer.Option(help="Which reading, where there are several.")]
Device = Annotated[str, typer.Option(help="auto (CUDA where it is), cpu or cuda.")]
Cache = Annotated[Path | None, typer.Option(help="Folder that keeps the slices of each case.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", help="Workers that cut slices; by default one per core.", show_default=False),
]


@train.command("autoencoder")
def train_autoencoder(
    manifest: Manifest,
    output: Annotated[Path, typer.Option("--output", "--out", "-o", help="Folder of the model.")],
    model: Annotated[str, typer.Option(help="cae (images alone) or hscae (also learns from a label).")] = "cae",
    clinical: Annotated[Path | None, typer.Option(help="Clinical table that has the label.")] = None,
    id_: Annotated[str, typer.Option("--id", help="Its column of patients.")] = "patient_id",
    label: Annotated[str | None, typer.Option(help="Column of classes that hscae learns from.")] = None,
    time: Annotated[
        str | None, typer.Option(help="Column of follow-up times (with --event, in place of --label).")
    ] = None,
    event: Annotated[str | None, typer.Option(help="Column of events, 0 or 1.")] = None,
    test: Annotated[float | None, typer.Option(help="Share of patients held out of everything.")] = None,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 5,
    repeats: Annotated[int, typer.Option(help="Divisions into folds.")] = 1,
    inner_folds: Annotated[int, typer.Option(help="Folds within each fold's training patients; 0 for none.")] = 0,
    settings: Annotated[
        Path | None,
        typer.Option(help="YAML file of settings (epochs, latent_dim ...), with those of slices: under it."),
    ] = None,
    sequence: Sequences = None,
    reader: Reader = None,
    reading: Reading = None,
    seed: Annotated[int, typer.Option(help="Of all that is drawn by chance.")] = 0,
    device: Device = "auto",
    cache: Cache = None,
    jobs: Jobs = None,
) -> None:
    """Train and cross-validate an autoencoder of tumour slices; a stopped training goes on where it was."""
    from radiogenomics import im

    given = {} if settings is None else settings_file(settings, under="autoencoder")
    slices, taught = given.pop("slices", None), _label(clinical, id_, label, time, event)
    with told_warnings():
        folder = im.train_autoencoder(
            manifest, out_dir=output, model=cast(Any, model), label=taught, test=test, sequences=sequence,
            slices=slices, settings=given, folds=folds, repeats=repeats, inner_folds=inner_folds,
            reader=reader, reading=reading, rng=seed, device=device, n_jobs=jobs_or_cores(jobs), cache_dir=cache,
        )  # fmt: skip
    import pandas as pd

    errors = pd.read_csv(folder / "errors.csv")
    for (name, what), rows in errors.groupby(["sequence", "model"], sort=False):
        typer.echo(f"{name} {what}: mean squared error of patients left out {rows['mse'].mean():.3g}", err=True)
    typer.echo(str(folder))
    tell_failures(pd.read_csv(folder / "failures.csv", dtype=str))


def encode(
    manifest: Manifest,
    model: Annotated[Path, typer.Argument(help="Folder that train autoencoder wrote.")],
    output: Output,
    estimate: Annotated[
        str | None,
        typer.Option(help="final or out_of_fold; by default out_of_fold for a model that learned from labels."),
    ] = None,
    pooling: Annotated[str, typer.Option(help="Of a patient's slices: mean_sd, mean or max.")] = "mean_sd",
    reader: Reader = None,
    reading: Reading = None,
    device: Device = "auto",
    cache: Cache = None,
    jobs: Jobs = None,
) -> None:
    """Latent features of every patient of a manifest by a trained autoencoder."""
    check_output(output)
    from radiogenomics import im

    with told_warnings():
        features = im.encode(
            manifest, model, estimate=cast(Any, estimate), pooling=cast(Any, pooling), reader=reader, reading=reading,
            device=device, n_jobs=jobs_or_cores(jobs), cache_dir=cache,
        )  # fmt: skip
    write_features(features, output)


def transfer(
    manifest: Manifest,
    weights: Annotated[Path, typer.Option(help="File of weights in torchvision's format (.pth, .safetensors).")],
    output: Output,
    backbone: Annotated[
        str, typer.Option(help="What the weights are of: resnet18, resnet34 or resnet50.")
    ] = "resnet34",
    layer: Annotated[str, typer.Option(help="avgpool, or an earlier stage: layer1 to layer3.")] = "avgpool",
    pooling: Annotated[str, typer.Option(help="Of a patient's slices: mean, max or mean_sd.")] = "mean",
    settings: Annotated[
        Path | None, typer.Option(help="YAML file of settings of the slices (choice, size ...).")
    ] = None,
    keep_constant: Annotated[
        bool, typer.Option("--keep-constant", help="Keep features that are the same in all patients.")
    ] = False,
    sequence: Sequences = None,
    reader: Reader = None,
    reading: Reading = None,
    device: Device = "auto",
    cache: Cache = None,
    jobs: Jobs = None,
) -> None:
    """Features of every patient of a manifest by a network that learned on photographs."""
    check_output(output)
    from radiogenomics import im
    from radiogenomics._cohort import frame_of

    slices = None if settings is None else settings_file(settings, under="slices")
    with told_warnings():
        features = im.extract_transfer(
            manifest, weights=weights, backbone=backbone, layer=layer, pooling=pooling, slices=slices,
            drop_constant=not keep_constant, sequences=sequence, reader=reader, reading=reading, device=device,
            n_jobs=jobs_or_cores(jobs), cache_dir=cache,
        )  # fmt: skip
    for row in frame_of(features.uns, "removed").to_dict("records"):
        verb = "kept all of" if keep_constant else "removed"
        typer.echo(f"{row['sequence']}: {verb} {row['null']} null and {row['constant']} constant features", err=True)
    write_features(features, output)


def _label(
    clinical: Path | None, id_: str, label: str | None, time: str | None, event: str | None
) -> pd.Series | pd.DataFrame | None:
    """The label by patient, of a clinical table."""
    given = [name for name, value in (("--label", label), ("--time", time), ("--event", event)) if value is not None]
    if clinical is None:
        if given:
            raise InputError(
                "options", Fault(f"{' and '.join(given)} without --clinical", "the table that has the column")
            )
        return None
    if given not in (["--label"], ["--time", "--event"]):
        found = f"--clinical with {' and '.join(given) or 'nothing'}"
        raise InputError("options", Fault(found, "--label, or --time and --event"))
    from radiogenomics import io

    table = io.read_clinical(clinical, id=id_)
    named: dict[str, Any] = {"label": label} if label is not None else {"time": time, "event": event}
    for column in named.values():
        if column not in table:
            from radiogenomics._cohort import unknown_name

            raise unknown_name("column", column, table.columns)
    if label is not None:
        return table[label]
    return table[[time, event]].set_axis(["time", "event"], axis=1)
