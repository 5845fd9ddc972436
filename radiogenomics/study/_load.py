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
from radiogenomics.study._without_deep import without_deep
from radiogenomics.study._without_modality import without_groups_of
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
    skipped
        What a recipe does without because its data were not given (``step``, ``what``, ``reason``).
    """

    source: str
    folder: Path
    file: StudyFile
    skipped: tuple[dict[str, str], ...] = ()


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
    study, error = checked(path_or_recipe, overrides)
    if error is not None:
        raise error
    if study is None:
        raise RuntimeError("a study without faults is read")
    return study


def checked(
    path_or_recipe: StrPath, overrides: Mapping[str, Any] | None = None
) -> tuple[Study | None, InputError | None]:
    """The study and its faults: where only the steps are at fault, the study has none and its data can be checked.

    Raises
    ------
    InputError
        If there is no such file or recipe, or it holds no settings.
    """
    source, folder, text = _text(path_or_recipe)
    where = source if source.startswith("recipe ") else str(path_or_recipe)
    raw, lines, faults = read_yaml(text, where)
    if not isinstance(raw, dict):
        raise InputError(where, Fault("no settings", "a block with name, data and steps", key="the file"))
    changes = dict(overrides or {})
    skipped: tuple[dict[str, str], ...] = ()
    if source.startswith("recipe "):
        skipped = (*without_rna(raw, changes), *without_deep(raw, changes))
    for key, value in changes.items():
        faults += _put(raw, key, value)
    context = {"folder": folder}
    try:
        file = StudyFile.model_validate(raw, context=context)
    except ValidationError as error:
        faults += faults_of(error, raw, lines)
        return _data_alone(raw, source, folder), InputError(where, _in_order(faults))
    faults += consistency_faults(file, lines)
    return Study(source, folder, file, skipped), InputError(where, _in_order(faults)) if faults else None


def _data_alone(raw: dict[str, Any], source: str, folder: Path) -> Study | None:
    """The study without steps, if its data are described without fault."""
    try:
        file = StudyFile.model_validate({"name": "data", "data": raw.get("data"), "steps": {}},
                                        context={"folder": folder})  # fmt: skip
    except ValidationError:
        return None
    return Study(source, folder, file)


def without_rna(raw: dict[str, Any], changes: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """Take the steps that need RNA out of a recipe that is run on a cohort without; says what was taken out and why.

    A recipe is for cohorts of any kind; a study file names what its cohort has, and a missing table is a fault of it.
    """
    has_features = any(key in changes for key in ("data.images.manifest", "data.radiomics.path"))
    touched = (
        "data.rna", "steps.quality", "steps.normalise", "steps.expression", "steps.enrichment", "steps.cluster.rna",
        "steps.centroids",
    )  # fmt: skip
    asked = any(key.startswith(touched) for key in changes)
    if asked or not has_features or "data.clinical.path" not in changes or "rna" not in raw.get("data", {}):
        return ()
    del raw["data"]["rna"]
    reason = "the recipe was given no RNA (--counts FILE, or --rna FILE)"
    skipped = []
    for name in ("quality", "normalise", "expression", "enrichment"):
        if raw["steps"].pop(name, None):
            skipped.append({"step": name, "what": f"step {name}", "reason": reason})
        elif name in raw["steps"]:
            del raw["steps"][name]
    for name in ("clean", "cluster"):
        if (raw["steps"].get(name) or {}).pop("rna", None) is not None:
            skipped.append({"step": name, "what": f"step {name} of RNA", "reason": reason})
    return (*skipped, *without_groups_of(raw["steps"], ("rna",), reason))


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
