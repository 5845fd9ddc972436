"""Where in a slice a network found what it says of it: gradient-weighted class activation maps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from monai.networks.nets.resnet import ResNet
from torch import Tensor
from torch.nn import functional

from radiogenomics._types import FloatArray
from radiogenomics.nn._architecture import HSCAE
from radiogenomics.nn._resnet import as_imagenet, later_maps, maps_of, same_numbers

_BATCH = 16


def grad_cam(
    trunk: Callable[[Tensor], Tensor], head: Callable[[Tensor], Tensor], x: Tensor, *, rectify: bool = True
) -> tuple[Tensor, Tensor]:
    """Map of each input of a network cut into two parts.

    The maps of the trunk are added up, each weighted with the mean over its pixels of the score's derivative.

    Parameters
    ----------
    trunk
        From inputs (n, c, size, size) to feature maps (n, k, h, w).
    head
        From feature maps to scores (n,); no row may depend on another.
    rectify
        Negative values as 0: only what raises the score is shown.

    Returns
    -------
    Maps (n, size, size), enlarged bilinearly, and scores (n,).
    """
    with torch.no_grad():
        found = trunk(x)
    with torch.enable_grad():
        leaf = found.detach().clone().requires_grad_()
        scores = head(leaf)
        (slopes,) = torch.autograd.grad(scores.sum(), leaf)
    weighted = (slopes.mean(dim=(2, 3), keepdim=True) * leaf.detach()).sum(dim=1, keepdim=True)
    if rectify:
        weighted = weighted.clamp(min=0)
    maps = functional.interpolate(weighted, size=x.shape[2:], mode="bilinear", align_corners=False)
    return maps[:, 0], scores.detach()


def hscae_maps(
    network: HSCAE, images: FloatArray, *, output: int = 0, block: int | None = None, device: str = "cpu",
    rectify: bool = True,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Maps (n, size, size) and scores (n,) of the head of an HSCAE.

    Parameters
    ----------
    images
        (n, channels, size, size).
    output
        Of the head.
    block
        Strided convolution whose maps are used, from 1; by default the last one with maps of 8 x 8 pixels or more.
    """
    chosen = default_block(network) if block is None else block
    first, rest = network.encoder[:chosen], network.encoder[chosen:]

    def head(maps: Tensor) -> Tensor:
        z: Tensor = network.bottleneck(rest(maps).flatten(1))
        return network.predict(z)[:, output]

    return _batches(network, first, head, images, device, rectify)


def default_block(network: HSCAE) -> int:
    """The last strided convolution with maps of 8 x 8 pixels or more; the first if there is none."""
    sides = [network.size // 2 ** (i + 1) for i in range(len(network.widths))]
    return max([i + 1 for i, side in enumerate(sides) if side >= 8], default=1)


def resnet_maps(
    network: ResNet, images: FloatArray, coefficients: FloatArray, *, features: str = "layer4",
    maps: str | None = None, device: str = "cpu", rectify: bool = True,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Maps (n, size, size) and values (n,) of a linear combination of a ResNet's features.

    Parameters
    ----------
    images
        (n, size, size) in [0, 1].
    coefficients
        (channels,) of the stage that the features come from.
    features
        That stage.
    maps
        Stage whose maps are used, not after that of the features; by default the same.
    """
    shown = features if maps is None else maps

    def trunk(x: Tensor) -> Tensor:
        return maps_of(network, as_imagenet(x[:, 0]), shown)

    def head(found: Tensor) -> Tensor:
        last = later_maps(network, found, shown, features) if shown != features else found
        return last.mean(dim=(2, 3)) @ torch.as_tensor(coefficients, dtype=last.dtype, device=last.device)

    return _batches(network, trunk, head, images[:, None], device, rectify)


def _batches(
    network: torch.nn.Module, trunk: Callable[[Tensor], Tensor], head: Callable[[Tensor], Tensor], images: FloatArray,
    device: str, rectify: bool,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    network.to(device).eval()
    maps, scores = [], []
    try:
        with same_numbers():
            for place in range(0, len(images), _BATCH):
                x = torch.as_tensor(np.asarray(images[place : place + _BATCH], dtype=np.float32)).to(device)
                some, values = grad_cam(trunk, head, x, rectify=rectify)
                maps.append(some.cpu().numpy())
                scores.append(values.cpu().numpy())
    finally:
        network.to("cpu")
    return np.concatenate(maps), np.concatenate(scores)
