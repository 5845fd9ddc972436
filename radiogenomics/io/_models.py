"""Clinical models as JSON files."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.ml._clinical_model import ClinicalModel
from radiogenomics.schemas.clinical_model import ModelDocument
from radiogenomics.schemas.messages import faults_of


def write_model(model: ClinicalModel, path: StrPath) -> None:
    """Write a clinical model to a JSON file that holds everything needed to compute it.

    Parameters
    ----------
    model
        Of `rg.get.nomogram_model`.
    path
        File to write; its folder must exist.

    Raises
    ------
    InputError
        If `model` is none, or the file cannot be written.
    """
    if not isinstance(model, ClinicalModel):
        raise InputError("model", Fault(type(model).__name__, "a model of rg.get.nomogram_model or rg.io.read_model"))
    try:
        Path(path).write_text(model.document.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), Fault(str(error.strerror), "a file that can be written to")) from error


def read_model(path: StrPath) -> ClinicalModel:
    """Read a clinical model that `write_model` wrote. The file is data: nothing in it is executed.

    Parameters
    ----------
    path
        JSON file.

    Returns
    -------
    ClinicalModel
        ``.predict(table)`` gives points, linear predictor, probability and interval of patients, the same numbers as
        the model that was written; ``.terms`` the columns it needs.

    Raises
    ------
    InputError
        With every fault of the file: no JSON, names that are missing or unknown, numbers that do not fit together.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = str(getattr(error, "strerror", None) or "no UTF-8 text")
        raise InputError(str(path), Fault(said, "a model file (JSON)")) from error
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        fault = Fault(
            f"no JSON ({error.msg}, column {error.colno})", "a model file of rg.io.write_model", row=error.lineno
        )
        raise InputError(str(path), fault) from error
    if not isinstance(found, dict) or found.get("format") != "radiogenomics-model":
        raise InputError(str(path), Fault("JSON of another kind", 'a model file ("format": "radiogenomics-model")'))
    if found.get("version") != 1:
        hint = "Read it with the version of radiogenomics that wrote it."
        raise InputError(
            str(path), Fault(f"version {found.get('version')!r}", "version 1", column="version", hint=hint)
        )
    try:
        return ClinicalModel(ModelDocument.model_validate(found))
    except ValidationError as error:
        raise InputError(str(path), faults_of(error, model=ModelDocument)) from error
