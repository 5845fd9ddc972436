"""``vignette``: a page of the manual as a notebook to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radiogenomics._errors import Fault, InputError
from radiogenomics.cli._complete import vignette_names
from radiogenomics.cli._console import tell


def vignette(
    name: Annotated[
        str | None,
        typer.Argument(help="Name of the page; without it, all are listed.", autocompletion=vignette_names),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Notebook to write.", show_default="NAME.ipynb")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a page of the manual as a Jupyter notebook, or list the pages."""
    from radiogenomics._cohort import unknown_name
    from radiogenomics._vignettes import notebook, notebook_text, vignettes

    pages = vignettes()
    if name is None:
        if output is not None:
            raise InputError("vignette", Fault("--output without a name", "the name of a page"))
        for page in pages.values():
            needs = " (needs RADIOGENOMICS_DATA)" if page.needs_data else ""
            typer.echo(f"{page.name}: {page.title}{needs}")
        tell("'radiogenomics vignette NAME' writes NAME.ipynb.", err=True)
        return
    if name not in pages:
        raise unknown_name("vignette", name, pages)
    from radiogenomics.study._files import make_folder, write_text

    page = pages[name]
    target = Path(f"{name}.ipynb") if output is None else output
    if target.suffix != ".ipynb":
        raise InputError("--output", Fault(repr(target.name), "a file that ends in .ipynb"))
    made = notebook(page)
    folder = make_folder(target.absolute().parent, what="--output")
    beside = {folder / file: text for file, text in page.files.items()}
    there = [str(path) for path in (target, *beside) if path.exists()]
    if there and not force:
        hint = "Give another --output, or --force to replace what is there."
        raise InputError("--output", Fault(f"{', '.join(there)}, already there", "a new file", hint=hint))
    for path, text in beside.items():
        make_folder(path.parent, what="--output")
        write_text(path, text)
    write_text(target, notebook_text(made))
    for path in (*beside, target):
        typer.echo(str(path))
    if page.needs_data:
        tell("It reads real cohorts: set RADIOGENOMICS_DATA to their folder before you start Jupyter.", err=True)
