"""What a training shows: a bar of epochs, and nothing of Lightning's own."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback

from radiogenomics._progress import progress_is_on


class Ordered(Protocol):
    """Something whose order depends on the epoch."""

    epoch: int


class Epochs(Callback):
    """Gives every epoch its own order, and shows how far training is."""

    def __init__(self, order: Ordered, description: str, epochs: int) -> None:
        self.order, self.description, self.epochs = order, description, epochs
        self._bar: Any = None

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Show the bar."""
        if progress_is_on():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self.description, total=self.epochs, completed=trainer.current_epoch)
            self._bar.start()

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Shuffle for this epoch."""
        self.order.epoch = trainer.current_epoch

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """One more."""
        if self._bar is not None:
            self._bar.advance(self._task)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Remove the bar."""
        self._close()

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        """Remove the bar."""
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's advice on workers and loggers, which does not fit slices held in memory."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [own.level for own in loggers]
    for own in loggers:
        own.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\..*")
            yield
    finally:
        for own, level in zip(loggers, levels, strict=True):
            own.setLevel(level)
