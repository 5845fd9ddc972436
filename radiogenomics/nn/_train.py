"""Training with early stopping, a checkpoint after every epoch, and resuming where a killed run stopped."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.nn._architecture import CAE, HSCAE
from radiogenomics.nn._checkpoint import (
    BEST,
    LAST,
    Trained,
    checkpoint_of,
    checkpoint_path,
    claim,
    fingerprint,
    finish,
    finished,
)
from radiogenomics.nn._device import device_of
from radiogenomics.nn._fit import interruptible, own_state, trainer
from radiogenomics.nn._module import CHOOSES, AutoencoderModule, Batches, EpochOrder, Labels, loader
from radiogenomics.nn._progress import Epochs, quiet
from radiogenomics.nn._statistics import exact_statistics
from radiogenomics.schemas.deep import AutoencoderSettings

_SMALLEST_BATCH = 2


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
) -> Trained[CAE]:
    """Train a CAE, or with labels an HSCAE.

    The weights are those of the best epoch; the batch normalisations' statistics are then computed anew over all slices
    that taught, without augmentation (:func:`radiogenomics.nn._statistics.exact_statistics`).

    Parameters
    ----------
    images
        (n, channels, size, size) slices in [0, 1]; the first channel is reconstructed.
    patients
        (n,) code of the patient of each slice.
    training, validation
        (n,) slices that teach, and those whose mean squared error of reconstruction tells the best epoch and when to
        stop (of an HSCAE too: their labels decide nothing). No patient may be in both.
    folder
        For checkpoints and weights. A training of the same data, settings and seed that was stopped is gone on with,
        one that came to its end is read; another one, or one by the rules of an earlier version, is refused.
    seed
        With the same seed, data and device the weights are the same.

    Raises
    ------
    InputError
        If the folder holds a checkpoint of another configuration, or a damaged one.

    Warns
    -----
    RadiogenomicsWarning
        If the GPU's memory is too small for the batches, which are then halved.
    """
    shared = np.intersect1d(patients[training], patients[validation])
    if shared.size:
        raise ValueError(f"patients {shared[:5].tolist()} are on both sides")
    claim(folder, fingerprint(images, patients, training, validation, settings, labels, seed))
    outputs = None if labels is None else labels.outputs
    done = finished(folder, blank_network(settings, images.shape[1], images.shape[2], outputs))
    if done is not None:
        return done
    where = device_of(device)
    data = _Data(images, patients, training, validation, labels)
    batch_size = settings.batch_size
    while True:
        try:
            return _fit(data, settings, folder, seed, where, batch_size, description)
        except torch.cuda.OutOfMemoryError:
            if batch_size // 2 < _SMALLEST_BATCH:
                raise
            batch_size //= 2
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            warnings.warn(
                f"the GPU's memory is too small for a batch of {batch_size * 2} slices; going on from the last "
                f"checkpoint with batches of {batch_size}",
                RadiogenomicsWarning,
                stacklevel=2,
            )


class _Data:
    """Slices as tensors, and which of them teach."""

    def __init__(
        self, images: FloatArray, patients: IntArray, training: BoolArray, validation: BoolArray, labels: Labels | None
    ) -> None:
        values = np.full((len(images), 2), np.nan) if labels is None else labels.values
        self.labels = labels
        self.x = torch.as_tensor(np.asarray(images, dtype=np.float32))
        self.codes = torch.as_tensor(np.asarray(patients, dtype=np.int64))
        self.values = torch.as_tensor(np.asarray(values, dtype=np.float32))
        self.teach, self.judge = np.flatnonzero(training), np.flatnonzero(validation)

    def of(self, rows: IntArray) -> Batches:
        return Batches(self.x, self.codes, self.values, rows)


def _fit(
    data: _Data, settings: AutoencoderSettings, folder: Path, seed: int, device: str, batch_size: int, description: str
) -> Trained[CAE]:
    labels = data.labels
    with own_state(seed):
        network = network_of(settings, data.x.shape[1], data.x.shape[2], None if labels is None else labels.outputs)
        network.start_at(float(data.x[data.teach, 0].mean(dtype=torch.float64)))
        module = AutoencoderModule(network, settings, labels, seed)
        order = EpochOrder(len(data.teach), batch_size, seed, shuffle=True)
        watch = EpochOrder(len(data.judge), max(batch_size, 64), seed, shuffle=False)
        resumed = None if checkpoint_of(folder, LAST) is None else str(checkpoint_path(folder, LAST))
        with quiet():
            run = trainer(
                precision=settings.precision, epochs=settings.epochs, folder=folder, device=device,
                callbacks=[*_callbacks(settings, folder), Epochs(order, description, settings.epochs)],
            )  # fmt: skip
            with interruptible():
                run.fit(
                    module, loader(data.of(data.teach), order), loader(data.of(data.judge), watch),
                    ckpt_path=resumed, weights_only=True,
                )  # fmt: skip
        best = checkpoint_of(folder, BEST)
        if best is None:
            raise RuntimeError("training ended without a checkpoint")
        own = {k.removeprefix("network."): v for k, v in best["state_dict"].items()}
        network.cpu().load_state_dict(own)
        exact_statistics(network, data.x, data.teach, batch_size=batch_size, device=device)
    return finish(folder, network, module.history, device)


def network_of(settings: AutoencoderSettings, channels: int, size: int, outputs: int | None) -> CAE:
    """An untrained network of these settings."""
    shape: dict[str, Any] = {
        "channels": channels, "size": size, "widths": settings.widths, "latent_dim": settings.latent_dim
    }  # fmt: skip
    return CAE(**shape) if settings.model == "cae" else HSCAE(outputs=1 if outputs is None else outputs, **shape)


def blank_network(settings: AutoencoderSettings, channels: int, size: int, outputs: int | None) -> CAE:
    """A network to be filled with stored weights; the caller's random state stays as it is."""
    with torch.random.fork_rng(devices=[]):
        return network_of(settings, channels, size, outputs)


def _callbacks(settings: AutoencoderSettings, folder: Path) -> list[Callback]:
    best = ModelCheckpoint(folder, filename=BEST, monitor=CHOOSES, enable_version_counter=False)
    last = ModelCheckpoint(folder, filename=LAST, every_n_epochs=1, enable_version_counter=False)
    return [EarlyStopping(CHOOSES, patience=settings.patience, check_finite=True), best, last]
