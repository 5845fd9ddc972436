"""Sphinx configuration; warnings are errors (``make docs``)."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from importlib.metadata import version as _version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

from _dictionary import PAGES as DICTIONARY  # noqa: E402
from _dictionary import page as dictionary_page  # noqa: E402
from docutils import nodes  # noqa: E402

from radiogenomics._vignettes import vignettes  # noqa: E402

project = "radiogenomics"
author = "The radiogenomics developers"
copyright = "2026, the radiogenomics developers"
release = version = _version("radiogenomics")

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinxcontrib.bibtex",
]
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
templates_path = ["_templates"]
exclude_patterns = ["_build", "studies"]
html_theme = "furo"
html_title = "radiogenomics"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
# Excerpts of the pages found are fetched, which browsers refuse where the manual is opened from the disk.
html_show_search_summary = False

autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"
autodoc_member_order = "alphabetical"
numpydoc_show_class_members = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

# Vignettes are executed at every build; those on real cohorts need the folder RADIOGENOMICS_DATA.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 900
nb_merge_streams = True
#: Pages that read real cohorts, and what those on neural networks are called.
NEED_DATA = [page.name for page in vignettes().values() if page.needs_data]
NEED_TORCH = ["deep", "segmentation"]
NO_DATA = "the environment variable `RADIOGENOMICS_DATA`, which names the folder of the real cohorts, was not set"
not_executed: dict[str, str] = {}
if not os.environ.get("RADIOGENOMICS_DATA"):
    not_executed |= dict.fromkeys(NEED_DATA, NO_DATA)
if any(importlib.util.find_spec(name) is None for name in ("torch", "monai", "lightning")):
    not_executed |= dict.fromkeys(NEED_TORCH, "the extra `deep` (torch, MONAI, Lightning) was not installed")
nb_execution_excludepatterns: list[str] = [f"{name}.*" for name in not_executed]


def _write_api_page() -> None:
    """One table per package, from the public names themselves, so that the page cannot forget one."""
    import importlib

    lines = ["# API", "", "Imported as `import radiogenomics as rg`.", ""]
    for package in ("io", "im", "pp", "tl", "get", "pl", "report", "ml", "core", "datasets", "study"):
        module = importlib.import_module(f"radiogenomics.{package}")
        summary = (module.__doc__ or "").strip().splitlines()[0]
        lines += [f"## rg.{package}", "", summary, ""]
        lines += ["```{eval-rst}", f".. currentmodule:: radiogenomics.{package}", ""]
        lines += [".. autosummary::", "   :toctree: api", "   :nosignatures:", ""]
        lines += [f"   {name}" for name in module.__all__] + ["```", ""]
    (FOLDER / "api.md").write_text("\n".join(lines), encoding="utf-8")


_write_api_page()
for _name in DICTIONARY:
    (FOLDER / f"{_name}.md").write_text(dictionary_page(_name), encoding="utf-8")

_HEADING = re.compile(r"^# .+$", re.MULTILINE)


def _tell_not_executed(app: Any, docname: str, source: list[str]) -> None:
    """A page whose code was not run says so below its heading; its code is coloured as Python all the same."""
    source[0] = source[0].replace(
        "  display_name: Python 3\n---", "  display_name: Python 3\n  language: python\n---", 1
    )
    if docname in not_executed:
        note = f"\n\n:::{{note}}\nThis copy of the page has no results: {not_executed[docname]} when it was built.\n:::"
        source[0] = _HEADING.sub(lambda heading: heading[0] + note, source[0], count=1)


_FOREIGN_LABEL = re.compile(r":ref:`([^<`]+?)\s*<[^>]+>`")


def _plain_labels(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Methods inherited from scikit-learn point to labels of its own manual, which this one does not have."""
    if getattr(obj, "__module__", "").startswith("sklearn."):
        lines[:] = [_FOREIGN_LABEL.sub(r"\1", line) for line in lines]


_CALL = re.compile(r"rg\.(\w+)\.(\w+)(\(.*)?", re.DOTALL)


def _link_calls(app: Any, doctree: Any, docname: str) -> None:
    """``rg.tl.cox`` in a text leads to its page of the API."""
    for literal in list(doctree.findall(nodes.literal)):
        call = _CALL.fullmatch(literal.astext())
        target = call and f"api/radiogenomics.{call[1]}.{call[2]}"
        if target in app.env.all_docs and target != docname and not isinstance(literal.parent, nodes.reference):
            uri = app.builder.get_relative_uri(docname, target)
            literal.replace_self(nodes.reference("", "", literal.deepcopy(), internal=True, refuri=uri))


def setup(app: Any) -> None:
    """Hooks of this manual."""
    app.connect("autodoc-process-docstring", _plain_labels)
    app.connect("source-read", _tell_not_executed)
    app.connect("doctree-resolved", _link_calls)
