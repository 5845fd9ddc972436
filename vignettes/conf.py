"""Sphinx configuration; warnings are errors (``make docs``)."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from importlib.metadata import version as _version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

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
nb_execution_excludepatterns: list[str] = []
if not os.environ.get("RADIOGENOMICS_DATA"):
    nb_execution_excludepatterns += [
        "batch*", "groups*", "hnsc*", "ibsi*", "imaging*", "prediction*", "prognosis*", "reporting*", "rna*",
    ]  # fmt: skip
# That on autoencoders needs the extra "deep"; without it the page stands without output.
if any(importlib.util.find_spec(name) is None for name in ("torch", "monai", "lightning")):
    nb_execution_excludepatterns += ["deep*"]


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
    (Path(__file__).parent / "api.md").write_text("\n".join(lines), encoding="utf-8")


_write_api_page()

_FOREIGN_LABEL = re.compile(r":ref:`([^<`]+?)\s*<[^>]+>`")


def _plain_labels(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Methods inherited from scikit-learn point to labels of its own manual, which this one does not have."""
    if getattr(obj, "__module__", "").startswith("sklearn."):
        lines[:] = [_FOREIGN_LABEL.sub(r"\1", line) for line in lines]


def setup(app: Any) -> None:
    """Hooks of this manual."""
    app.connect("autodoc-process-docstring", _plain_labels)
