"""Networks on disk: a JSON file that says what they are, and weights that are read as data, never as code."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from radiogenomics._errors import Fault, InputError

FORMAT = 1
_DESCRIPTION = "model.json"
_WEIGHTS = "weights.pt"


def write_weights(network: nn.Module, folder: Path) -> str:
    """Write the weights of a network into a folder; returns their SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _WEIGHTS
    handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        # Into an open file: given a name, torch writes it into the archive, and equal weights would differ in a hash.
        with os.fdopen(handle, "wb") as file:
            torch.save({key: value.detach().cpu() for key, value in network.state_dict().items()}, file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return _hash(path)


def read_weights(network: nn.Module, folder: Path, sha256: str) -> nn.Module:
    """Fill a network with the weights of a folder.

    Raises
    ------
    InputError
        If there are none, they are not those of the description, or they are of another architecture.
    """
    path = folder / _WEIGHTS
    if not path.exists():
        hint = "Run rg.im.train_autoencoder with the same arguments; it goes on where it stopped."
        raise InputError(str(folder), Fault("no weights", "those of a finished training", hint=hint))
    if _hash(path) != sha256:
        raise InputError(
            str(path), Fault("other weights than those the description names", "the file that was written")
        )
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(state)
    except Exception as error:  # torch raises many kinds for a file that is none of its own
        found = f"weights that do not fit ({type(error).__name__})"
        raise InputError(str(path), Fault(found, "weights of this architecture")) from error
    return network.eval()


def write_description(folder: Path, description: Mapping[str, Any]) -> None:
    """Write what the networks of a folder are; the last thing written, so that it stands for a whole folder."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{_DESCRIPTION}.part"
    part.write_text(json.dumps({"format": FORMAT, **description}, indent=1) + "\n", encoding="utf-8")
    part.replace(folder / _DESCRIPTION)


def read_description(folder: Path, *, kind: str) -> dict[str, Any]:
    """What the networks of a folder are.

    Raises
    ------
    InputError
        If the folder holds none, or another kind of model, or was written by a newer version.
    """
    path = folder / _DESCRIPTION
    if not path.exists():
        hint = "A folder whose training was stopped has none yet; run the training again to go on."
        raise InputError(str(folder), Fault(f"no {_DESCRIPTION}", f"a folder with a trained {kind}", hint=hint))
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        form, what = int(found["format"]), str(found["kind"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), Fault("no description of a model", "the file that was written")) from error
    if form > FORMAT:
        hint = "Update radiogenomics."
        raise InputError(str(path), Fault(f"format {form}", f"format {FORMAT} or older", hint=hint))
    if what != kind:
        raise InputError(str(folder), Fault(f"a trained {what}", f"a trained {kind}"))
    return found


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
