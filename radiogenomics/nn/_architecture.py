"""Convolutional autoencoders: CAE, and HSCAE with a head on its bottleneck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

_SLOPE = 0.1  # of the leaky rectifier
_DARKEST = 1e-3  # intensity at which a decoder may start: nearer to 0 the sigmoid hardly learns


class CAE(nn.Module):
    """Convolutional autoencoder of square slices.

    The encoder is a strided convolution (4 x 4, stride 2), batch normalisation and leaky rectifier per width, then a
    linear bottleneck. The decoder mirrors it with transposed convolutions and ends in a sigmoid, so that
    reconstructions lie in [0, 1].

    Parameters
    ----------
    channels
        Of the input: the slice, and the mask if it is one of them. The first is reconstructed.
    size
        Pixels along either side, a multiple of 2 to the number of widths.
    widths
        Channels of the convolutions.
    latent_dim
        Features of the bottleneck.
    """

    def __init__(
        self, *, channels: int = 1, size: int = 64, widths: Sequence[int] = (16, 32, 64, 128), latent_dim: int = 104
    ) -> None:
        super().__init__()
        self.channels, self.size, self.widths, self.latent_dim = channels, size, tuple(widths), latent_dim
        self.side = size // 2 ** len(widths)
        inward = [channels, *widths]
        self.encoder = nn.Sequential(*[_down(a, b) for a, b in pairwise(inward)])
        self.bottleneck = nn.Linear(widths[-1] * self.side**2, latent_dim)
        self.expand = nn.Linear(latent_dim, widths[-1] * self.side**2)
        outward = list(reversed(widths))
        blocks = [_up(a, b) for a, b in pairwise(outward)]
        self.decoder = nn.Sequential(*blocks, nn.ConvTranspose2d(outward[-1], 1, 4, stride=2, padding=1), nn.Sigmoid())

    def start_at(self, intensity: float) -> None:
        """Let the untrained decoder give this intensity: a sigmoid's own 0.5 is far from mostly empty slices."""
        level = min(max(intensity, _DARKEST), 1 - _DARKEST)
        last = self.decoder[-2]
        assert isinstance(last, nn.ConvTranspose2d)
        assert last.bias is not None
        with torch.no_grad():
            last.bias.fill_(math.log(level / (1 - level)))

    def encode(self, x: Tensor) -> Tensor:
        """Latent features (n, latent_dim) of slices (n, channels, size, size)."""
        z: Tensor = self.bottleneck(self.encoder(x).flatten(1))
        return z

    def decode(self, z: Tensor) -> Tensor:
        """Slices (n, 1, size, size) in [0, 1] of latent features."""
        x: Tensor = self.decoder(self.expand(z).view(len(z), self.widths[-1], self.side, self.side))
        return x

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction and latent features."""
        z = self.encode(x)
        return self.decode(z), z


class HSCAE(CAE):
    """Half-supervised CAE: a head on the bottleneck learns from the patients who have a label.

    Parameters
    ----------
    outputs
        Of the linear head: 1 (binary label, or survival) or the number of classes.
    channels, size, widths, latent_dim
        As of :class:`CAE`.
    """

    def __init__(
        self,
        *,
        outputs: int = 1,
        channels: int = 1,
        size: int = 64,
        widths: Sequence[int] = (16, 32, 64, 128),
        latent_dim: int = 104,
    ) -> None:
        super().__init__(channels=channels, size=size, widths=widths, latent_dim=latent_dim)
        self.outputs = outputs
        # Latent features have no scale of their own; the head must not depend on it.
        self.head = nn.Sequential(nn.BatchNorm1d(latent_dim, affine=False), nn.Linear(latent_dim, outputs))

    def predict(self, z: Tensor) -> Tensor:
        """Scores (n, outputs) of latent features: logits, or log hazards."""
        scores: Tensor = self.head(z)
        return scores


def _down(inward: int, outward: int) -> nn.Sequential:
    convolution = nn.Conv2d(inward, outward, 4, stride=2, padding=1)
    return nn.Sequential(convolution, nn.BatchNorm2d(outward), nn.LeakyReLU(_SLOPE))


def _up(inward: int, outward: int) -> nn.Sequential:
    convolution = nn.ConvTranspose2d(inward, outward, 4, stride=2, padding=1)
    return nn.Sequential(convolution, nn.BatchNorm2d(outward), nn.LeakyReLU(_SLOPE))


def count_parameters(model: nn.Module) -> int:
    """Numbers that training changes."""
    with torch.no_grad():
        return sum(p.numel() for p in model.parameters() if p.requires_grad)
