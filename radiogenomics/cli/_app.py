"""The application: its commands, and how errors leave it."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from radiogenomics._errors import RadiogenomicsError
from radiogenomics.cli import _compare, _deep, _doctor, _files, _lookup, _segmentation, _study, _vignette
from radiogenomics.cli._console import tell

INPUT_AT_FAULT = 2
INTERRUPTED = 130


class _Group(TyperGroup):
    """Errors meant for the user become one message; anything else keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except RadiogenomicsError as error:
            notes = getattr(error, "__notes__", [])
            tell("\n".join([f"Error: {error}", *notes]), err=True)
            raise typer.Exit(INPUT_AT_FAULT) from None
        except KeyboardInterrupt:
            tell("Interrupted. What was finished is kept: run the same command again to go on.", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes cut words off in narrow terminals
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From MRI volumes, RNA-seq counts and follow-up to the figures, tables and models of a radiogenomic study.",
    epilog="Exit codes: 0 done; 2 the input is at fault; 3 done, but some cases failed; 130 interrupted.",
)


def _version(asked: bool) -> None:
    if asked:
        from radiogenomics import __version__

        typer.echo(f"radiogenomics {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Options before the command."""


app.command("run", short_help="Run a study file or a recipe.")(_study.run)
app.command("demo", short_help="Simulate a cohort and study it.")(_study.demo)
app.command("validate", short_help="Check a study file and its data.")(_study.validate)
app.command("extract", short_help="Radiomic features of images.")(_files.extract)
_deep.train.command("segmenter")(_segmentation.train_segmenter)
app.add_typer(_deep.train, name="train", short_help="Train a model on images.")
app.command("segment", short_help="Masks of images by a trained model.")(_segmentation.segment)
app.command("encode", short_help="Latent features of images.")(_deep.encode)
app.command("transfer", short_help="Features by a pretrained network.")(_deep.transfer)
app.command("report", short_help="Write the report of a cohort.")(_files.report)
app.command("compare", short_help="What differs between two runs.")(_compare.compare)
app.command("recipes", short_help="List the recipes, or print one.")(_lookup.recipes)
app.command("vignette", short_help="Pages of the manual as notebooks.")(_vignette.vignette)
app.command("schema", short_help="Schemas of files that users write.")(_lookup.schema)
app.command("doctor", short_help="Check installation and machine.")(_doctor.doctor)
