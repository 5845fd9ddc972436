"""Training of an autoencoder as a Lightning module over slices that are held in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.nn._architecture import CAE, HSCAE
from radiogenomics.nn._augment import Augmenter
from radiogenomics.nn._losses import LabelKind, label_loss
from radiogenomics.schemas.deep import TRAINING_RULES, AutoencoderSettings

_WARM_UP = 0.1  # of the epochs
#: What tells the best epoch and when to stop. Not the whole loss: the label's part of it, over the few patients left
#: aside, goes up and down by chance, and would choose the epoch that happens to suit these patients' labels.
CHOOSES = TRAINING_RULES["best_by"]


@dataclass(frozen=True)
class Labels:
    """What the head learns.

    Attributes
    ----------
    kind
        ``"binary"``, ``"classes"`` or ``"survival"``.
    values
        (n_slices, 2): class or time, and event; NaN for slices of patients without a label.
    outputs
        Of the head.
    """

    kind: LabelKind
    values: FloatArray
    outputs: int = 1


class Batches(Dataset[tuple[Tensor, ...]]):
    """Whole batches by their rows: slices are in memory once and never copied one by one."""

    def __init__(self, x: Tensor, patients: Tensor, label: Tensor, rows: IntArray) -> None:
        self.x, self.patients, self.label, self.rows = x, patients, label, torch.as_tensor(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: list[int]) -> tuple[Tensor, ...]:
        rows = self.rows[torch.as_tensor(at)]
        return self.x[rows], self.patients[rows], self.label[rows]


class EpochOrder:
    """Batches of an epoch in an order that depends on the seed and the epoch alone, so that a resumed run goes on
    as if it had not been stopped. A last batch of one slice is left for another epoch: normalisation needs two.
    """

    def __init__(self, n: int, batch_size: int, seed: int, *, shuffle: bool) -> None:
        self.n, self.batch_size, self.seed, self.shuffle = n, batch_size, seed, shuffle
        self.epoch = 0

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng([self.seed, self.epoch])
        order = random.permutation(self.n) if self.shuffle else np.arange(self.n)
        for start in range(0, self.n, self.batch_size):
            batch = order[start : start + self.batch_size].tolist()
            if len(batch) > 1 or not self.shuffle:
                yield batch

    def __len__(self) -> int:
        full, rest = divmod(self.n, self.batch_size)
        return full + int(rest > 1 or (rest == 1 and not self.shuffle))


class AutoencoderModule(pl.LightningModule):
    """Mean squared error of the slices, and of HSCAE the label's loss beside it."""

    def __init__(self, network: CAE, settings: AutoencoderSettings, labels: Labels | None, seed: int) -> None:
        super().__init__()
        self.network, self.settings, self.labels, self.seed = network, settings, labels, seed
        self.augment = Augmenter(settings.augmentation) if settings.augmentation else None
        self.history: list[dict[str, float]] = []
        self._sums: dict[str, list[Tensor]] = {}

    def training_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> Tensor:
        """Loss of a batch."""
        x, patients, label = batch
        target = x[:, :1]
        if self.augment is not None:
            seed = np.random.default_rng([self.seed, self.current_epoch, batch_idx]).integers(2**31)
            x, target = self.augment(x, target, int(seed))
        return self._loss("training", x, target, patients, label)["loss"]

    def validation_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> None:
        """Errors of a batch that does not teach; that of the reconstruction, over all slices, chooses the epoch."""
        x, patients, label = batch
        parts = self._loss("validation", x, x[:, :1], patients, label)
        self.log(CHOOSES, parts["mse"], on_epoch=True, batch_size=len(x))

    def _loss(self, part: str, x: Tensor, target: Tensor, patients: Tensor, label: Tensor) -> dict[str, Tensor]:
        reconstruction, z = self.network(x)
        error = torch.nn.functional.mse_loss(reconstruction.float(), target.float())
        loss = self.settings.reconstruction_weight * error
        parts = {"mse": error}
        if self.labels is not None and isinstance(self.network, HSCAE):
            supervision = label_loss(self.labels.kind, self.network.predict(z).float(), patients, label)
            loss = loss + self.settings.supervision_weight * supervision
            parts["label_loss"] = supervision
        parts["loss"] = loss
        weight = torch.tensor(float(len(x)), device=x.device)
        for name, value in parts.items():
            self._sums.setdefault(f"{part}_{name}", []).append(torch.stack([value.detach() * weight, weight]))
        return parts

    def on_train_epoch_end(self) -> None:
        """Keep the epoch's losses; validation of the epoch is over by now."""
        row: dict[str, float] = {"epoch": float(self.current_epoch)}
        for name, parts in self._sums.items():
            total, weight = torch.stack(parts).sum(dim=0).tolist()
            row[name] = total / weight
        self.history.append(row)
        self._sums = {}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The learning curve goes with the weights."""
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The learning curve goes on."""
        self.history = list(checkpoint["history"])

    def configure_optimizers(self) -> Any:
        """AdamW; the rate rises for a tenth of the epochs, then falls along a cosine."""
        optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=self.settings.learning_rate, weight_decay=self.settings.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: _rate(epoch, self.settings.epochs))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "epoch"}}


def _rate(epoch: int, epochs: int) -> float:
    rise = max(1, round(_WARM_UP * epochs))
    if epoch < rise:
        return (epoch + 1) / rise
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (epoch - rise) / max(1, epochs - rise)))


def loader(batches: Batches, order: EpochOrder) -> DataLoader[tuple[Tensor, ...]]:
    """Loader that hands on whole batches."""
    return DataLoader(batches, batch_size=None, sampler=order)
