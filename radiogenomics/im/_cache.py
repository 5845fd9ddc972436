"""A file per case and settings: what was computed once is not computed again, and a killed run goes on."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from radiogenomics._types import JSON
from radiogenomics.io._detached import named_files

# Raised when what this package computes changes for the same files, settings and library versions.
FORMAT = 5
_LIBRARIES = ("pyradiomics-bhklab", "SimpleITK", "PyWavelets", "numpy")


class DamagedEntryError(Exception):
    """A cache file cannot be read back as it was written."""


def library_versions() -> dict[str, str]:
    """Versions that decide on a feature's value."""
    return {"radiogenomics": version("radiogenomics"), **{name: version(name) for name in _LIBRARIES}}


def content_hash(path: Path) -> str:
    """SHA-256 of a file and the one its header names, or of every file's name and content in a DICOM folder."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else named_files(path)
    if files:
        digest = hashlib.sha256()
        for file in [*([] if path.is_dir() else [path]), *files]:
            digest.update(f"{file.relative_to(path if path.is_dir() else path.parent)}\0{_hash(file)}\0".encode())
        return digest.hexdigest()
    return _hash(path)


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def entry_key(*parts: Any) -> str:
    """Key of an entry: a hash of everything its content depends on."""
    text = json.dumps([FORMAT, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def write_entry(path: Path, key: str, features: dict[str, float], about: dict[str, float]) -> None:
    """Write an entry in one step, so that a reader finds a whole one or none."""
    values = {name: value if math.isfinite(value) else repr(value) for name, value in features.items()}
    body = json.dumps({"key": key, "features": values, "about": about})
    write_atomically(path, json.dumps({"sha256": hashlib.sha256(body.encode()).hexdigest(), "body": body}))


def read_entry(path: Path, key: str) -> tuple[dict[str, float], dict[str, float]] | None:
    """Features and facts of an entry, ``None`` if there is none yet.

    Raises
    ------
    DamagedEntryError
        If the file is not what :func:`write_entry` wrote for this key.
    """
    if not path.exists():
        return None
    try:
        outer: JSON = json.loads(path.read_bytes())
        body = str(outer["body"])
        if hashlib.sha256(body.encode()).hexdigest() != outer["sha256"]:
            raise DamagedEntryError("its checksum is wrong")
        entry: JSON = json.loads(body)
        if entry["key"] != key:
            raise DamagedEntryError("it belongs to another case")
        features = {str(name): float(value) for name, value in entry["features"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedEntryError(f"{type(error).__name__}: {error}") from None
    return features, entry["about"]


def write_atomically(path: Path, text: str) -> None:
    """Write a text file through a temporary one beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_arrays(path: Path) -> dict[str, Any] | None:
    """Arrays of an entry by name, ``None`` if there is no whole one."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, OSError, zipfile.BadZipFile, KeyError):
        return None  # half-written by a killed run of another version: made again and replaced


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays in one step, so that a reader finds a whole entry or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **arrays)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
