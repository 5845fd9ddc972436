"""A study file or a recipe, checked as a whole before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._faults import faults_of
from radiogenomics.study._plan import consistency_faults
from radiogenomics.study._yaml import read_yaml


@dataclass(frozen=True)
class Study:
    """A checked study.

    Attributes
    ----------
    source
        File name, or name of the recipe.
    folder
        Folder that relative paths of the file are taken from (for a recipe, the working directory).
    file
        The checked content; its paths are absolute.
    """

    source: str
    folder: Path
    file: StudyFile


def recipes() -> dict[str, str]:
    """Text of every recipe by name."""
    folder = resources.files("radiogenomics.study") / "recipes"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".yaml"): entry.read_text(encoding="utf-8") for entry in files}


def load(path_or_recipe: StrPath, overrides: Mapping[str, Any] | None = None) -> Study:
    """Read a study file, or a recipe by its name, and check all of it.

    Parameters
    ----------
    path_or_recipe
        Path of a YAML file, or the name of a recipe (``radiogenomics recipes`` lists them).
    overrides
        Values by dotted key (``{"data.clinical.path": "clinical.csv"}``), put in place before the check, as if they
        stood in the file.

    Raises
    ------
    InputError
        With every fault of the file: its line and key, what was found and what was expected.
    """
    source, folder, text = _text(path_or_recipe)
    raw, lines, faults = read_yaml(text, source)
    if not isinstance(raw, dict):
        raise InputError(source, Fault("no settings", "a block with name, data and steps", key="the file"))
    for key, value in (overrides or {}).items():
        faults += _put(raw, key, value)
    try:
        file = StudyFile.model_validate(raw, context={"folder": folder})
    except ValidationError as error:
        faults += faults_of(error, raw, lines)
        raise InputError(source, _in_order(faults)) from None
    faults += consistency_faults(file, lines)
    if faults:
        raise InputError(source, _in_order(faults))
    return Study(source, folder, file)


def _text(path_or_recipe: StrPath) -> tuple[str, Path, str]:
    path = Path(path_or_recipe)
    if path.is_file():
        try:
            return path.name, path.resolve().parent, path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(path.name, Fault("bytes that are not UTF-8", "a text file in UTF-8")) from error
    if path.suffix.lower() in (".yaml", ".yml") or len(path.parts) > 1:
        raise InputError("study", Fault(f"no file {str(path)!r}", "an existing study file or the name of a recipe"))
    known = recipes()
    if str(path) not in known:
        raise unknown_name("recipe", str(path), known)
    return f"recipe {path}", Path.cwd(), known[str(path)]


def _put(raw: dict[str, Any], dotted: str, value: Any) -> list[Fault]:
    """Set a nested value; blocks on the way are made where they are missing."""
    *above, last = dotted.split(".")
    node = raw
    for i, part in enumerate(above):
        below = node.get(part)
        if below is None or below is False:
            below = node[part] = {}
        if not isinstance(below, dict):
            key = ".".join(above[: i + 1])
            return [Fault(f"{below!r}, which has no keys to set", f"a block, to set {dotted!r} in it", key=key)]
        node = below
    node[last] = value
    return []


def _in_order(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.row is None, fault.row or 0))
