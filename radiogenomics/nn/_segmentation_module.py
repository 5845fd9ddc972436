"""Training of a segmentation network as a Lightning module over patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightning.pytorch as pl
import torch
from monai.losses.dice import DiceCELoss, DiceLoss
from monai.metrics.meandice import DiceMetric
from torch import Tensor, nn
from torch.utils.data import Dataset

from radiogenomics.nn._patches import Drawing, Volume
from radiogenomics.nn._segment import padded, window_logits, window_of
from radiogenomics.schemas.segmentation import StageSettings


class SegmentationModule(pl.LightningModule):
    """Dice (with cross-entropy) loss of patches; Dice of the whole validation volumes after every epoch."""

    def __init__(self, network: nn.Module, stage: StageSettings, patch: tuple[int, int, int]) -> None:
        super().__init__()
        self.network, self.stage, self.patch = network, stage, patch
        # Over the batch together: a patch without tumour would otherwise weigh as much as one with it.
        kind = DiceCELoss if stage.loss == "dice_ce" else DiceLoss
        self.loss = kind(sigmoid=True, batch=True)
        self.dice = DiceMetric(include_background=True, reduction="mean")
        self.history: list[dict[str, float]] = []
        self._losses: list[Tensor] = []

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Loss of a batch."""
        x, y = batch
        logits = self.network(x).float()
        if self.stage.loss == "dice":
            # Of the tumour alone, Dice has a minimum at which everything is tumour and from which no gradient leads.
            logits, y = torch.cat([logits, -logits], dim=1), torch.cat([y, 1 - y], dim=1)
        loss: Tensor = self.loss(logits, y)
        self._losses.append(loss.detach())
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor, Any], batch_idx: int) -> None:
        """Dice of a volume that does not teach."""
        x, y, fill = batch
        patch = window_of(x.shape[1:], self.patch, self.stage.multiple)
        wide, inner = padded(x.cpu(), fill.cpu().numpy(), patch)
        logits = window_logits(self.network, wide, patch, self.stage.overlap, str(self.device), 1)
        self.dice(y_pred=(logits[(slice(None), slice(None), *inner)] > 0).float(), y=y[None, None].float().cpu())

    def on_validation_epoch_end(self) -> None:
        """Mean over the patients."""
        mean = torch.as_tensor(self.dice.aggregate(), dtype=torch.float32)
        self.dice.reset()  # type: ignore[no-untyped-call]
        self.log("validation_dice", mean)

    def on_train_epoch_end(self) -> None:
        """Keep what the epoch came to; its validation is over by now."""
        self.history.append({
            "epoch": float(self.current_epoch), "step": float(self.global_step),
            "training_loss": float(torch.stack(self._losses).mean()),
            "validation_dice": float(self.trainer.callback_metrics["validation_dice"]),
        })  # fmt: skip
        self._losses = []

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The learning curve goes with the weights."""
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The learning curve goes on."""
        self.history = list(checkpoint["history"])

    def configure_optimizers(self) -> Any:
        """Adam or AdamW; the rate falls to zero as a polynomial of the steps."""
        kind = torch.optim.AdamW if self.stage.optimizer == "adamw" else torch.optim.Adam
        optimizer = kind(self.network.parameters(), lr=self.stage.learning_rate, weight_decay=self.stage.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: max(1 - step / (self.stage.steps + 1), 0.0) ** 0.9
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class Whole(Dataset[tuple[Tensor, Tensor, Any]]):
    """Whole validation volumes, or the boxes of their tumours where that is all a network sees."""

    def __init__(self, volumes: Sequence[Volume], drawing: Drawing) -> None:
        self.volumes, self.drawing = volumes, drawing

    def __len__(self) -> int:
        return len(self.volumes)

    def __getitem__(self, at: int) -> tuple[Tensor, Tensor, Any]:
        volume, margin = self.volumes[at], self.drawing.margin
        region = volume.whole if margin is None else volume.around(torch.as_tensor(margin).numpy())
        image, mask = volume.cut(region)
        return torch.as_tensor(image), torch.as_tensor(mask), torch.as_tensor(volume.fill)
