"""Executed pages of the manual, as notebooks to start from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from radiogenomics._optional import optional_import

if TYPE_CHECKING:
    from nbformat import NotebookNode

_DATA = "RADIOGENOMICS_DATA"
_CODE = "{code-cell}"
_STUDY = re.compile(r"\"(studies/[\w.-]+\.yaml)\"")


@dataclass(frozen=True)
class Vignette:
    """A page with code, as MyST text.

    Attributes
    ----------
    title
        Its heading.
    needs_data
        Whether it reads real cohorts from the folder that the environment variable ``RADIOGENOMICS_DATA`` names.
    files
        Text of the study files that its code reads, by path relative to the notebook.
    """

    name: str
    title: str
    needs_data: bool
    text: str
    files: dict[str, str]


def vignettes() -> dict[str, Vignette]:
    """Every page that has code, by name."""
    pages = {}
    folder = _folder()
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".md"):
            continue
        text = file.read_text(encoding="utf-8")
        if _CODE in text:
            name = file.name.removesuffix(".md")
            title = re.search(r"^# (.+)$", text, re.MULTILINE)
            files = {path: (folder / path).read_text(encoding="utf-8") for path in sorted(set(_STUDY.findall(text)))}
            pages[name] = Vignette(name, name if title is None else title[1], _DATA in text, text, files)
    return pages


def notebook(page: Vignette) -> NotebookNode:
    """The page as a notebook without outputs.

    Raises
    ------
    MissingDependencyError
        If jupytext is not installed.
    """
    jupytext = optional_import("jupytext", needed_for="a vignette as a notebook")
    made: NotebookNode = jupytext.reads(page.text, fmt="md:myst")
    made.metadata.pop("jupytext", None)  # a notebook of its own, which is not kept in step with the page
    return made


def notebook_text(made: NotebookNode) -> str:
    """The notebook as the text of an .ipynb file."""
    return str(optional_import("nbformat", needed_for="a vignette as a notebook").writes(made))


def _folder() -> Traversable:
    """The pages lie in the installed package, or beside it in a checkout."""
    inside = resources.files("radiogenomics") / "vignettes"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "vignettes"
