"""Weights from files of others, read as data: torch's archives without code, and safetensors."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import torch
from torch import Tensor

from radiogenomics._errors import Fault, InputError

_TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
_LONGEST_HEADER = 100_000_000


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_state(path: Path) -> dict[str, Tensor]:
    """Tensors of a file by name.

    Raises
    ------
    InputError
        If it is no such file, or holds anything but named tensors.
    """
    try:
        state = _safetensors(path) if path.suffix == ".safetensors" else _archive(path)
    except OSError as error:
        raise InputError(str(path), Fault(f"no file that can be read ({error})", "weights")) from error
    except Exception as error:  # torch raises many kinds for a file that is none of its own
        found = f"something else than weights ({type(error).__name__})"
        hint = "Files that hold code or whole models are not opened; save model.state_dict()."
        raise InputError(str(path), Fault(found, "a state dict (.pth, .pt) or .safetensors", hint=hint)) from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        found = f"a {type(state).__name__}"
        if isinstance(state, dict):
            found = f"a mapping with {', '.join(map(repr, list(state)[:4]))}"
        hint = "Save the network's own state_dict(), not what stands around it."
        raise InputError(str(path), Fault(found, "a mapping of names to tensors", hint=hint))
    return {str(name): value for name, value in state.items()}


def _archive(path: Path) -> object:
    found: object = torch.load(path, map_location="cpu", weights_only=True)
    return found


def _safetensors(path: Path) -> dict[str, Tensor]:
    """A length (8 bytes), a JSON header with type, shape and place of every tensor, and their bytes."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    if not 0 < length <= min(_LONGEST_HEADER, len(content) - 8):
        raise ValueError(f"a header of {length} bytes in a file of {len(content)}")
    header = json.loads(content[8 : 8 + length])
    body = bytearray(content[8 + length :])
    state = {}
    for name, about in header.items():
        if name == "__metadata__":
            continue
        start, end = about["data_offsets"]
        kind, shape = _TYPES[about["dtype"]], tuple(about["shape"])
        if not 0 <= start <= end <= len(body) or end - start != math.prod(shape) * kind.itemsize:
            raise ValueError(f"{name} lies outside the file")
        flat = torch.frombuffer(body[start:end], dtype=kind) if end > start else torch.empty(0, dtype=kind)
        state[name] = flat.reshape(shape).clone()
    return state
