"""``recipes`` and ``schema``: what there is to write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radiogenomics._errors import Fault, InputError
from radiogenomics.cli._console import tell


def recipes(
    action: Annotated[str | None, typer.Argument(metavar="[show]", help="'show' prints a recipe.")] = None,
    name: Annotated[str | None, typer.Argument(help="Name of the recipe.")] = None,
) -> None:
    """List the recipes; 'recipes show NAME' prints one, to be saved and changed."""
    from radiogenomics._cohort import unknown_name
    from radiogenomics.study._load import recipes as all_recipes

    texts = all_recipes()
    if action is None:
        for recipe, text in texts.items():
            first = next((line.lstrip("# ") for line in text.splitlines() if line.startswith("#")), "")
            typer.echo(f"{recipe}: {first}")
        tell("'radiogenomics recipes show NAME' prints one, to be saved and changed.", err=True)
        return
    if action != "show" or name is None:
        raise InputError("recipes", Fault(repr(" ".join(filter(None, (action, name)))), "nothing, or: show NAME"))
    if name not in texts:
        raise unknown_name("recipe", name, texts)
    typer.echo(texts[name], nl=False)


def schema(
    name: Annotated[str | None, typer.Argument(help="Name of the schema; without it, all are listed.")] = None,
    write: Annotated[Path | None, typer.Option(help="Folder to write NAME.schema.json files to.")] = None,
) -> None:
    """JSON schemas of every table and settings file that users write."""
    from radiogenomics._cohort import unknown_name
    from radiogenomics.schemas.export import REGISTRY, export_schemas, schema_text

    if name is not None and name not in REGISTRY:
        raise unknown_name("schema", name, REGISTRY)
    if write is not None:
        if name is not None:
            raise InputError(
                "schema", Fault(f"--write with the name {name!r}", "--write alone, which writes all of them")
            )
        for path in export_schemas(write):
            typer.echo(str(path))
    elif name is None:
        typer.echo("\n".join(REGISTRY))
    else:
        typer.echo(schema_text(name), nl=False)
