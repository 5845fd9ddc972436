"""What every training by Lightning shares: its own random state, the trainer, and Ctrl-C that stays what it is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback


def trainer(*, precision: str, epochs: int, callbacks: Sequence[Callback], folder: Path, device: str) -> pl.Trainer:
    """A trainer that says nothing itself; precision ``"auto"`` is mixed on a GPU."""
    automatic = "16-mixed" if device == "cuda" else "32-true"
    chosen: Any = {"auto": automatic, "32": "32-true"}.get(precision, precision)
    return pl.Trainer(
        accelerator="gpu" if device == "cuda" else "cpu", devices=1, precision=chosen, max_epochs=epochs,
        callbacks=list(callbacks), logger=False, enable_progress_bar=False, enable_model_summary=False,
        default_root_dir=folder, deterministic="warn", num_sanity_val_steps=0,
    )  # fmt: skip


@contextmanager
def own_state(seed: int) -> Iterator[None]:
    """The run's own random state; that of the caller is as before afterwards."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before[0], warn_only=before[1])


@contextmanager
def interruptible() -> Iterator[None]:
    """Lightning answers Ctrl-C by leaving Python and by ignoring it ever after; here it stays what it is elsewhere."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as error:
        raise KeyboardInterrupt from error
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
