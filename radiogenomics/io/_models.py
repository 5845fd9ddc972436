"""Clinical models and signatures as JSON files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath
from radiogenomics.ml._clinical_model import ClinicalModel
from radiogenomics.ml._signature_model import SignatureModel
from radiogenomics.schemas.clinical_model import ModelDocument
from radiogenomics.schemas.messages import faults_of
from radiogenomics.schemas.signature_model import SignatureDocument

_DOCUMENTS: dict[str, type[ModelDocument] | type[SignatureDocument]] = {
    "radiogenomics-model": ModelDocument,
    "radiogenomics-signature": SignatureDocument,
}


def write_model(model: ClinicalModel | SignatureModel | Mapping[str, Any], path: StrPath) -> None:
    """Write a clinical model or a signature to a JSON file that holds everything needed to compute it.

    Parameters
    ----------
    model
        Of `rg.get.nomogram_model`, `rg.get.signature_model` or `read_model`. Of a signature the number of training
        patients is written, not who they are.
    path
        File to write; its folder must exist.

    Raises
    ------
    InputError
        If `model` is none, or the file cannot be written.
    """
    document = _document_of(model)
    try:
        Path(path).write_text(document.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), Fault(str(error.strerror), "a file that can be written to")) from error


def _document_of(model: ClinicalModel | SignatureModel | Mapping[str, Any]) -> ModelDocument | SignatureDocument:
    if isinstance(model, ClinicalModel | SignatureModel):
        return model.document
    if not isinstance(model, Mapping) or not {"formula", "terms", "patients"} <= set(model):
        expected = "a model of rg.get.nomogram_model, rg.get.signature_model or rg.io.read_model"
        raise InputError("model", Fault(type(model).__name__, expected))
    made = {name: value for name, value in model.items() if name != "patients"}
    made |= {"n": len(model["patients"]), "software": {"radiogenomics": version("radiogenomics")}}
    try:
        return SignatureDocument.model_validate(made)
    except ValidationError as error:
        raise InputError("model", faults_of(error, model=SignatureDocument)) from error


def read_model(path: StrPath) -> ClinicalModel | SignatureModel:
    """Read a model that `write_model` wrote. The file is data: nothing in it is executed.

    Parameters
    ----------
    path
        JSON file.

    Returns
    -------
    ClinicalModel or SignatureModel
        ``.predict(table)`` gives the same numbers as the model that was written: points, linear predictor, probability
        and interval of a clinical model; score, group and probability of a signature, from features as measured.
        ``.terms`` are the columns it needs.

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
    model = _DOCUMENTS.get(str(found.get("format"))) if isinstance(found, dict) else None
    if model is None:
        expected = " or ".join(f'"format": "{name}"' for name in _DOCUMENTS)
        raise InputError(str(path), Fault("JSON of another kind", f"a model file ({expected})"))
    if found.get("version") != 1:
        hint = "Read it with the version of radiogenomics that wrote it."
        raise InputError(
            str(path), Fault(f"version {found.get('version')!r}", "version 1", column="version", hint=hint)
        )
    try:
        document = model.model_validate(found)
    except ValidationError as error:
        raise InputError(str(path), faults_of(error, model=model)) from error
    return ClinicalModel(document) if isinstance(document, ModelDocument) else SignatureModel(document)
