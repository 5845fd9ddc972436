"""The folder of one training: what it is of, where it stopped, and what it came to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import nn

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.nn._module import Labels
from radiogenomics.nn._store import read_weights, write_weights
from radiogenomics.schemas.deep import TRAINING_RULES, AutoencoderSettings

LAST, BEST = "last", "best"
Network = TypeVar("Network", bound=nn.Module)
_CONFIG, _FINISHED = "training.json", "finished.json"


@dataclass(frozen=True)
class Trained(Generic[Network]):
    """A network with the weights of its best epoch: an autoencoder's is that of the smallest ``validation_mse``.

    Attributes
    ----------
    network
        In evaluation mode, on the CPU.
    history
        A row per epoch: ``epoch``, ``training_mse``, ``training_loss``, ``validation_mse`` ... . An autoencoder's
        losses of validation are by the moving statistics of that epoch, not by the exact ones that the finished network
        has.
    device
        Where it was trained.
    sha256
        Of the file with its weights.
    """

    network: Network
    history: list[dict[str, float]]
    device: str
    sha256: str


def fingerprint(
    images: FloatArray, patients: IntArray, training: BoolArray, validation: BoolArray, settings: AutoencoderSettings,
    labels: Labels | None, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """What a training depends on: its data and settings, and the rules that no setting changes."""
    data = hashlib.sha256()
    parts = [np.asarray(images, dtype=np.float32), patients, training, validation]
    for part in parts + ([] if labels is None else [labels.values]):
        data.update(np.ascontiguousarray(part).tobytes())
    return {
        "settings": settings.model_dump(mode="json"), "data": data.hexdigest(), "shape": list(images.shape[1:]),
        "label": None if labels is None else labels.kind, "seed": int(seed),
        **TRAINING_RULES,
    }  # fmt: skip


def claim(folder: Path, wanted: Mapping[str, Any]) -> None:
    """Make a folder that of this training.

    Raises
    ------
    InputError
        If it is that of another.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _CONFIG
    if not path.exists():
        _write(path, wanted)
        return
    found = _json(path)
    differ = [name for name in wanted if found.get(name) != wanted[name]]
    if differ:
        raise InputError(
            str(folder),
            Fault(f"a checkpoint of another configuration (differs in {', '.join(differ)})", "that of this training",
                  hint="Give another folder, or remove this one to begin anew."),
        )  # fmt: skip


def checkpoint_of(folder: Path, name: str) -> dict[str, Any] | None:
    """A checkpoint of a training that was stopped; ``None`` if it had none yet.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    path = checkpoint_path(folder, name)
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        found["state_dict"], found["history"]
    except Exception as error:  # torch raises many kinds for a file that is none of its own
        hint = "Remove the folder to begin anew."
        raise InputError(
            str(path), Fault(f"a damaged checkpoint ({type(error).__name__})", "the file that was written", hint=hint)
        ) from error
    return found


def checkpoint_path(folder: Path, name: str) -> Path:
    """File of a checkpoint."""
    return folder / f"{name}.ckpt"


def finish(folder: Path, network: Network, history: list[dict[str, float]], device: str) -> Trained[Network]:
    """Write what a training came to; its checkpoints, three times as large, go."""
    done = Trained(network.eval(), history, device, write_weights(network, folder))
    _write(folder / _FINISHED, {"sha256": done.sha256, "history": history, "device": device})
    for name in (LAST, BEST):
        checkpoint_path(folder, name).unlink(missing_ok=True)
    return done


def finished(folder: Path, network: Network) -> Trained[Network] | None:
    """A training that came to its end: ``network`` with its weights; ``None`` if it has not."""
    path = folder / _FINISHED
    if not path.exists():
        return None
    found = _json(path)
    read_weights(network, folder, str(found["sha256"]))
    return Trained(network, list(found["history"]), str(found["device"]), str(found["sha256"]))


def _write(path: Path, content: Mapping[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    part.replace(path)


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        hint = "Remove the folder to begin anew."
        raise InputError(str(path), Fault("no description of a training", "the file that was written", hint=hint)
                         ) from error  # fmt: skip
    return found
