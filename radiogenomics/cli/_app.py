"""The application: its commands, and how errors leave it."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from radiogenomics._errors import RadiogenomicsError
from radiogenomics.cli import _files, _lookup, _study

INPUT_AT_FAULT = 2
INTERRUPTED = 130


class _Group(TyperGroup):
    """Errors meant for the user become one message; anything else keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except RadiogenomicsError as error:
            notes = getattr(error, "__notes__", [])
            typer.echo("\n".join([f"Error: {error}", *notes]), err=True)
            raise typer.Exit(INPUT_AT_FAULT) from None
        except KeyboardInterrupt:
            typer.echo("Interrupted. What was finished is kept: run the same command again to go on.", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From MRI volumes, RNA-seq counts and follow-up to the figures, tables and models of a radiogenomic study.",
    epilog="Exit codes: 0 done; 2 the input is at fault; 3 done, but some cases failed.",
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


app.command("run")(_study.run)
app.command("demo")(_study.demo)
app.command("validate")(_study.validate)
app.command("extract")(_files.extract)
app.command("report")(_files.report)
app.command("recipes")(_lookup.recipes)
app.command("schema")(_lookup.schema)
