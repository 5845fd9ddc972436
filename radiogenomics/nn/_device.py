"""Where a network runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def torch_threads(count: int | None) -> Iterator[None]:
    """So many threads within an operation while inside; ``None`` leaves them as they are."""
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
