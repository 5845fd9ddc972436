"""Write the schemas of everything that users write, for editors and for readers of other languages."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath

#: File name of each schema, and where its model (or pydantic type adapter) lives.
REGISTRY = {
    "clinical": "tables:ClinicalTable",
    "counts": "tables:CountsTable",
    "features": "tables:FeatureTable",
    "manifest": "manifest:ManifestRow",
    "model": "clinical_model:ModelDocument",
    "outcomes": "outcomes:OUTCOMES",
    "radiomics": "radiomics:RadiomicsSettings",
    "signature": "signature_model:SignatureDocument",
    "split": "split:Split",
    "study": "study:StudyFile",
}


def schema(name: str) -> dict[str, Any]:
    """JSON schema of one document, by its name in :data:`REGISTRY`."""
    if name not in REGISTRY:
        raise unknown_name("schema", name, REGISTRY)
    module, _, attribute = REGISTRY[name].partition(":")
    model = getattr(importlib.import_module(f"radiogenomics.schemas.{module}"), attribute)
    made: dict[str, Any]
    if isinstance(model, TypeAdapter):
        made = model.json_schema()
    elif isinstance(model, type) and issubclass(model, BaseModel):
        made = model.model_json_schema()
    else:
        raise TypeError(f"{REGISTRY[name]} is neither a pydantic model nor a type adapter")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def schema_text(name: str) -> str:
    """The text of ``<name>.schema.json``."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def export_schemas(folder: StrPath) -> list[Path]:
    """Write ``<name>.schema.json`` for every registered model; returns the files."""
    out = Path(folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
        files = [out / f"{name}.schema.json" for name in REGISTRY]
        for name, file in zip(REGISTRY, files, strict=True):
            file.write_text(schema_text(name), encoding="utf-8")
    except OSError as error:
        raise InputError(str(folder), Fault(str(error.strerror), "a folder that can be written to")) from error
    return files
