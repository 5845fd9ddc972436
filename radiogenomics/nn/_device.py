"""Where a network runs."""

from __future__ import annotations

import torch

from radiogenomics._errors import Fault, InputError


def device_of(device: str) -> str:
    """``"cpu"`` or ``"cuda"``; ``"auto"`` takes CUDA where it is."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda"):
        raise InputError("device", Fault(repr(device), "'auto', 'cpu' or 'cuda'"))
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("device", Fault("'cuda', which torch does not find here", "'cpu' or 'auto'"))
    return device
