"""Training with early stopping, a checkpoint after every epoch, and resuming where a killed run stopped."""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._progress import progress_is_on
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.nn._architecture import CAE, HSCAE
from radiogenomics.nn._module import AutoencoderModule, Batches, EpochOrder, Labels, loader
from radiogenomics.schemas.deep import AutoencoderSettings

_LAST, _BEST, _CONFIG = "last.ckpt", "best.ckpt", "training.json"
_SMALLEST_BATCH = 2


@dataclass(frozen=True)
class Trained:
    """A network with the weights of its best epoch.

    Attributes
    ----------
    network
        In evaluation mode, on the CPU.
    history
        A row per epoch: ``epoch``, ``training_mse``, ``training_loss``, ``validation_mse`` ... .
    device
        Where it was trained.
    """

    network: CAE
    history: list[dict[str, float]]
    device: str


def device_of(device: str) -> str:
    """``"cpu"`` or ``"cuda"``; ``"auto"`` takes CUDA where it is."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda"):
        raise InputError("device", Fault(repr(device), "'auto', 'cpu' or 'cuda'"))
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("device", Fault("'cuda', which torch does not find here", "'cpu' or 'auto'"))
    return device


def train_autoencoder(
    images: FloatArray,
    patients: IntArray,
    training: BoolArray,
    validation: BoolArray,
    settings: AutoencoderSettings,
    *,
    labels: Labels | None = None,
    folder: Path,
    seed: int,
    device: str = "auto",
    description: str = "Training",
) -> Trained:
    """Train a CAE, or with labels an HSCAE.

    Parameters
    ----------
    images
        (n, channels, size, size) slices in [0, 1]; the first channel is reconstructed.
    patients
        (n,) code of the patient of each slice.
    training, validation
        (n,) slices that teach, and those that tell when to stop. No patient may be in both.
    folder
        For checkpoints. One of the same data, settings and seed is gone on with; another is refused.
    seed
        With the same seed, data and device the weights are the same.

    Raises
    ------
    InputError
        If the folder holds a checkpoint of another configuration.
    """
    shared = np.intersect1d(patients[training], patients[validation])
    if shared.size:
        raise ValueError(f"patients {shared[:5].tolist()} are on both sides")
    folder.mkdir(parents=True, exist_ok=True)
    _check_folder(folder, _fingerprint(images, patients, training, validation, settings, labels, seed))
    where = device_of(device)
    batch_size = settings.batch_size
    while True:
        try:
            return _fit(images, patients, training, validation, settings, labels, folder, seed, where, batch_size,
                        description)  # fmt: skip
        except torch.cuda.OutOfMemoryError:
            if batch_size // 2 < _SMALLEST_BATCH:
                raise
            batch_size //= 2
            torch.cuda.empty_cache()
            warnings.warn(
                f"the GPU's memory is too small for a batch of {batch_size * 2} slices; going on from the last "
                f"checkpoint with batches of {batch_size}",
                RadiogenomicsWarning,
                stacklevel=2,
            )


def _fit(
    images: FloatArray, patients: IntArray, training: BoolArray, validation: BoolArray, settings: AutoencoderSettings,
    labels: Labels | None, folder: Path, seed: int, device: str, batch_size: int, description: str,
) -> Trained:  # fmt: skip
    with _own_state(seed):
        network = network_of(settings, images.shape[1], images.shape[2], None if labels is None else labels.outputs)
        module = AutoencoderModule(network, settings, labels, seed)
        x = torch.as_tensor(np.asarray(images, dtype=np.float32))
        codes = torch.as_tensor(np.asarray(patients, dtype=np.int64))
        values = np.full((len(x), 2), np.nan) if labels is None else labels.values
        label = torch.as_tensor(np.asarray(values, dtype=np.float32))
        teach, judge = np.flatnonzero(training), np.flatnonzero(validation)
        order = EpochOrder(len(teach), batch_size, seed, shuffle=True)
        watch = EpochOrder(len(judge), max(batch_size, 64), seed, shuffle=False)
        best = ModelCheckpoint(folder, filename="best", monitor="validation_loss", enable_version_counter=False)
        last = ModelCheckpoint(folder, filename="last", every_n_epochs=1, enable_version_counter=False)
        stop = EarlyStopping("validation_loss", patience=settings.patience, check_finite=True)
        callbacks: list[Callback] = [stop, best, last, _Epochs(order, description, settings.epochs)]
        with _quiet():
            trainer = _trainer(settings, callbacks, folder, device)
            resumed = folder / _LAST
            trainer.fit(
                module, loader(Batches(x, codes, label, teach), order), loader(Batches(x, codes, label, judge), watch),
                ckpt_path=str(resumed) if resumed.exists() else None, weights_only=True,
            )  # fmt: skip
        kept = torch.load(folder / _BEST, map_location="cpu", weights_only=True)
        own = {k.removeprefix("network."): v for k, v in kept["state_dict"].items()}
        network.cpu().load_state_dict(own)
    return Trained(network.eval(), module.history, device)


def network_of(settings: AutoencoderSettings, channels: int, size: int, outputs: int | None) -> CAE:
    """An untrained network of these settings."""
    shape: dict[str, Any] = {
        "channels": channels, "size": size, "widths": settings.widths, "latent_dim": settings.latent_dim
    }  # fmt: skip
    return CAE(**shape) if settings.model == "cae" else HSCAE(outputs=1 if outputs is None else outputs, **shape)


def _trainer(settings: AutoencoderSettings, callbacks: list[Callback], folder: Path, device: str) -> pl.Trainer:
    automatic = "16-mixed" if device == "cuda" else "32-true"
    precision: Any = {"auto": automatic, "32": "32-true"}.get(settings.precision, settings.precision)
    return pl.Trainer(
        accelerator="gpu" if device == "cuda" else "cpu", devices=1, precision=precision,
        max_epochs=settings.epochs, callbacks=callbacks, logger=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder, deterministic="warn", num_sanity_val_steps=0,
    )  # fmt: skip


class _Epochs(Callback):
    """Gives every epoch its own order, and shows how far training is."""

    def __init__(self, order: EpochOrder, description: str, epochs: int) -> None:
        self.order, self.description, self.epochs = order, description, epochs
        self._bar: Any = None

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if progress_is_on():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self.description, total=self.epochs, completed=trainer.current_epoch)
            self._bar.start()

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.order.epoch = trainer.current_epoch

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if self._bar is not None:
            self._bar.advance(self._task)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self._close()

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def _own_state(seed: int) -> Iterator[None]:
    """The run's own random state; that of the caller is as before afterwards."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before[0], warn_only=before[1])


@contextmanager
def _quiet() -> Iterator[None]:
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


def _fingerprint(
    images: FloatArray, patients: IntArray, training: BoolArray, validation: BoolArray, settings: AutoencoderSettings,
    labels: Labels | None, seed: int,
) -> dict[str, Any]:  # fmt: skip
    data = hashlib.sha256()
    parts = [np.asarray(images, dtype=np.float32), patients, training, validation]
    for part in parts + ([] if labels is None else [labels.values]):
        data.update(np.ascontiguousarray(part).tobytes())
    return {
        "settings": settings.model_dump(mode="json"), "data": data.hexdigest(), "shape": list(images.shape[1:]),
        "label": None if labels is None else labels.kind, "seed": int(seed),
    }  # fmt: skip


def _check_folder(folder: Path, wanted: dict[str, Any]) -> None:
    path = folder / _CONFIG
    if not path.exists():
        path.write_text(json.dumps(wanted, indent=1), encoding="utf-8")
        return
    found = json.loads(path.read_text(encoding="utf-8"))
    differ = [name for name in wanted if found.get(name) != wanted[name]]
    if differ:
        raise InputError(
            str(folder),
            Fault(f"a checkpoint of another configuration (differs in {', '.join(differ)})", "that of this training",
                  hint="Give another folder, or remove this one to begin anew."),
        )  # fmt: skip
