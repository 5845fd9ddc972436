"""The package as a whole: every public name exists, is documented, and loads only when it is used."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

import radiogenomics as rg

PACKAGES = ("core", "datasets", "get", "im", "io", "ml", "pl", "pp", "report", "study", "tl")


def public_names() -> list[tuple[str, str]]:
    return [(p, n) for p in PACKAGES for n in importlib.import_module(f"radiogenomics.{p}").__all__]


@pytest.mark.parametrize(("package", "name"), public_names(), ids=lambda v: v)
def test_public_name_is_documented(package: str, name: str) -> None:
    thing = getattr(getattr(rg, package), name)
    assert callable(thing)
    doc = inspect.getdoc(thing)
    assert doc, f"rg.{package}.{name} has no docstring"
    if inspect.isfunction(thing):
        parameters = [p for p in inspect.signature(thing).parameters if p != "ax"]
        missing = [p for p in parameters if f"{p}" not in doc]
        assert not missing, f"rg.{package}.{name} does not document {missing}"
        kinds = {p.kind for p in inspect.signature(thing).parameters.values()}
        swallows = inspect.Parameter.VAR_KEYWORD in kinds and name != "assemble_cohort"
        assert not swallows, f"rg.{package}.{name} takes **kwargs"


@pytest.mark.parametrize("package", PACKAGES)
def test_dir_lists_public_names(package: str) -> None:
    module = importlib.import_module(f"radiogenomics.{package}")
    assert set(module.__all__) <= set(dir(module))


def test_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'cluster_everything'"):
        _ = rg.tl.cluster_everything


def test_files_stay_readable_at_a_sitting() -> None:
    root = Path(rg.__file__).parent
    long = {str(p.relative_to(root)): n for p in root.rglob("*.py") if (n := len(p.read_text().splitlines())) > 500}
    assert not long, f"split along a real seam: {long}"
