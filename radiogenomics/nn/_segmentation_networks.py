"""Networks that segment: MONAI's SegResNet, and a V-Net of any width and depth from the blocks of MONAI's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import torch
from monai.networks.nets.segresnet import SegResNet
from monai.networks.nets.vnet import DownTransition, InputTransition, UpTransition
from torch import Tensor, nn

from radiogenomics.schemas.segmentation import StageSettings

#: Any network that segments, for those who may not name torch.
SegmentationNetwork: TypeAlias = nn.Module
_ACT = ("elu", {"inplace": True})


class VNet(nn.Module):
    """V-Net :cite:p:`Milletari2016` of any width and depth, from the blocks of MONAI's, whose width is fixed.

    As published, the last layer is a 1 x 1 x 1 convolution of all features. MONAI's squeezes them to as many channels
    as there are outputs, normalises these and cuts them at -1 first: with one output, logits then grow by one weight
    alone, and a Dice loss hardly moves.

    Parameters
    ----------
    channels
        Of the input; `width` must be a multiple.
    width
        Channels of the first level; each further level has twice as many.
    convolutions
        Of each level on the way down; the first is the input's own.
    dropout
        Share of channels left out in training, on the way down from the third level and on the way up.
    """

    def __init__(self, channels: int, width: int, convolutions: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.in_tr = InputTransition(3, channels, width, _ACT)
        depth = len(convolutions) - 1
        widths = [width * 2**i for i in range(depth + 1)]
        self.down = nn.ModuleList(
            DownTransition(3, widths[i], convolutions[i + 1], _ACT, dropout_prob=dropout if i >= 2 else None)
            for i in range(depth)
        )
        self.up = nn.ModuleList()
        inputs = widths[depth]
        for i in reversed(range(depth)):
            out = widths[i + 1]
            share = dropout if i >= 2 else None
            self.up.append(UpTransition(3, inputs, out, 2 if i >= 2 else 1, _ACT, dropout_prob=(share, dropout)))
            inputs = out
        self.out_tr = nn.Conv3d(inputs, 1, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, 1, z, y, x)."""
        kept = [self.in_tr(x)]
        for block in self.down:
            kept.append(block(kept[-1]))
        out = kept.pop()
        for block in self.up:
            out = block(out, kept.pop())
        logits: Tensor = self.out_tr(out)
        return logits


def segmentation_network(kind: Literal["segresnet", "vnet"], stage: StageSettings, channels: int) -> nn.Module:
    """An untrained network: (n, channels, z, y, x) to logits (n, 1, z, y, x)."""
    if kind == "segresnet":
        return SegResNet(
            init_filters=stage.width, in_channels=channels, out_channels=1, dropout_prob=stage.dropout or None,
            blocks_down=tuple(stage.blocks), blocks_up=(1,) * (len(stage.blocks) - 1),
        )  # fmt: skip
    network = VNet(channels, stage.width, stage.blocks, stage.dropout)
    # Its kernels of 5 x 5 x 5 take two thirds of the time this way on a CPU.
    network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    return network


def blank_network(kind: Literal["segresnet", "vnet"], stage: StageSettings, channels: int) -> nn.Module:
    """A network to be filled with stored weights; the caller's random state stays as it is."""
    with torch.random.fork_rng(devices=[]):
        return segmentation_network(kind, stage, channels)
