"""Training of one segmentation network, with a checkpoint after every epoch, and resuming a killed run."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import nn
from torch.utils.data import DataLoader

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics.nn._checkpoint import (
    BEST,
    LAST,
    Trained,
    checkpoint_of,
    checkpoint_path,
    claim,
    finish,
    finished,
)
from radiogenomics.nn._device import device_of
from radiogenomics.nn._fit import interruptible, own_state, trainer
from radiogenomics.nn._patches import Drawing, Patches, PatchOrder, Volume
from radiogenomics.nn._progress import Epochs, quiet
from radiogenomics.nn._segmentation_module import SegmentationModule, Whole
from radiogenomics.nn._segmentation_networks import blank_network, segmentation_network
from radiogenomics.schemas.segmentation import PatchAugmentation, StageSettings


def train_segmentation(
    training: Sequence[Volume],
    validation: Sequence[Volume],
    stage: StageSettings,
    drawing: Drawing,
    *,
    kind: Literal["segresnet", "vnet"],
    augmentation: PatchAugmentation | None,
    precision: str,
    data: Sequence[str],
    folder: Path,
    seed: int,
    device: str = "auto",
    description: str = "Training",
) -> Trained[nn.Module]:
    """Train a network on patches of volumes, and keep the checkpoint with the best Dice of the validation volumes.

    Parameters
    ----------
    training, validation
        Volumes that teach, and those that choose. No patient may be in both.
    stage, drawing
        The network and its training; patches.
    data
        Names that stand for the content of the volumes, training first; another content is another training.
    folder
        For checkpoints and weights. A training of the same data, settings and seed that was stopped is gone on with,
        one that came to its end is read; another one is refused.
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
    channels = len(training[0].fill)
    claim(folder, {
        "kind": kind, "stage": stage.model_dump(mode="json"), "patch": list(drawing.patch),
        "margin": None if drawing.margin is None else [round(float(m), 6) for m in drawing.margin],
        "jitter": drawing.jitter, "channels": channels, "seed": int(seed), "precision": precision,
        "augmentation": None if augmentation is None else augmentation.model_dump(mode="json"),
        "data": hashlib.sha256("\0".join([str(len(training)), *data]).encode()).hexdigest(),
    })  # fmt: skip
    done = finished(folder, blank_network(kind, stage, channels))
    if done is not None:
        return done
    where, batch_size = device_of(device), stage.batch_size
    while True:
        try:
            return _fit(
                training, validation, stage, drawing, kind, augmentation, precision, folder, seed, where, batch_size,
                description,
            )  # fmt: skip
        except torch.cuda.OutOfMemoryError:
            if batch_size == 1:
                raise
            batch_size //= 2
            torch.cuda.empty_cache()
            warnings.warn(
                f"the GPU's memory is too small for a batch of {batch_size * 2} patches; going on from the last "
                f"checkpoint with batches of {batch_size}",
                RadiogenomicsWarning,
                stacklevel=2,
            )


def _fit(
    training: Sequence[Volume], validation: Sequence[Volume], stage: StageSettings, drawing: Drawing,
    kind: Literal["segresnet", "vnet"], augmentation: PatchAugmentation | None, precision: str, folder: Path,
    seed: int, device: str, batch_size: int, description: str,
) -> Trained[nn.Module]:  # fmt: skip
    with own_state(seed):
        network = segmentation_network(kind, stage, len(training[0].fill))
        module = SegmentationModule(network, stage, drawing.patch)
        every = min(stage.checkpoint_every, stage.steps)
        epochs = math.ceil(stage.steps / every)
        order = PatchOrder(every)
        patches = Patches(training, drawing, augmentation, batch_size, every, seed)
        resumed = None if checkpoint_of(folder, LAST) is None else str(checkpoint_path(folder, LAST))
        with quiet():
            run = trainer(
                precision=precision, epochs=epochs, folder=folder, device=device,
                callbacks=[*_callbacks(stage, folder), Epochs(order, description, epochs)],
            )  # fmt: skip
            with interruptible():
                run.fit(
                    module, DataLoader(patches, batch_size=None, sampler=order),
                    DataLoader(Whole(validation, drawing), batch_size=None), ckpt_path=resumed, weights_only=True,
                )  # fmt: skip
        best: dict[str, Any] | None = checkpoint_of(folder, BEST)
        if best is None:
            raise RuntimeError("training ended without a checkpoint")
        network.cpu().load_state_dict(
            {k.removeprefix("network."): v for k, v in best["state_dict"].items() if k.startswith("network.")}
        )
    return finish(folder, network, module.history, device)


def _callbacks(stage: StageSettings, folder: Path) -> list[Callback]:
    best = ModelCheckpoint(folder, filename=BEST, monitor="validation_dice", mode="max", enable_version_counter=False)
    last = ModelCheckpoint(folder, filename=LAST, every_n_epochs=1, enable_version_counter=False)
    return [EarlyStopping("validation_dice", mode="max", patience=stage.patience, check_finite=True), best, last]


def best_step(history: Sequence[dict[str, float]]) -> int:
    """Row of the checkpoint that is kept: the first of the highest validation Dice."""
    return int(np.argmax([row["validation_dice"] for row in history]))
