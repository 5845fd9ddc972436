"""Whole volumes through a network, window by window."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import torch
from monai.inferers.utils import sliding_window_inference
from torch import Tensor, nn

from radiogenomics._types import FloatArray

_ARRAY_AXIS = {"z": 2, "y": 3, "x": 4}
#: Windows grow to the whole image where that has no more voxels than this, and than so many patches: windows that
#: overlap cost a multiple of it. Without gradients, what a patch needs in training is enough for several.
_MOST_VOXELS, _MOST_PATCHES = 128**3, 8


def probability(
    network: nn.Module, image: FloatArray, fill: FloatArray, *, patch: tuple[int, int, int], overlap: float,
    flips: Sequence[str] = (), multiple: int = 16, device: str = "cpu", mixed: bool = False,
    windows: int = 1,
) -> FloatArray:  # fmt: skip
    """Probability (z, y, x) of the tumour, float32, averaged over the mirror images.

    Parameters
    ----------
    network
        In evaluation mode, on the device.
    image
        (channels, z, y, x); what is smaller than the patch is padded with `fill` (channels,) on both sides.
    patch, overlap
        Windows (an image of a few patches goes through as a whole), and the share of a side they have in common;
        weights fall towards a window's border.
    flips
        Axes of which all combinations of mirror images are averaged.
    multiple
        What the sides of a window must be multiples of.
    windows
        Windows that go through the network at once.
    """
    patch = window_of(image.shape[1:], patch, multiple)
    x, inner = padded(torch.as_tensor(np.asarray(image, dtype=np.float32)), fill, patch)
    axes = [_ARRAY_AXIS[a] for a in flips]
    turns = [c for n in range(len(axes) + 1) for c in itertools.combinations(axes, n)]
    total = torch.zeros(x.shape[2:], dtype=torch.float32)
    with torch.inference_mode(), torch.autocast("cuda", enabled=mixed and device == "cuda"):
        for turn in turns:
            logits = window_logits(network, torch.flip(x, turn) if turn else x, patch, overlap, device, windows)
            # In place: whole volumes are large, and one copy more is what does not fit.
            logits = logits.float().sigmoid_()
            total += (torch.flip(logits, turn) if turn else logits)[0, 0]
            del logits
    total /= len(turns)
    return total[inner].numpy()


def window_of(shape: Sequence[int], patch: tuple[int, int, int], multiple: int) -> tuple[int, int, int]:
    """The window an image (z, y, x) goes through a network by."""
    whole = [math.ceil(n / multiple) * multiple for n in shape]
    z, y, x = (max(n, p) for n, p in zip(whole, patch, strict=True))
    return (z, y, x) if z * y * x <= min(_MOST_VOXELS, _MOST_PATCHES * math.prod(patch)) else patch


def window_logits(
    network: nn.Module, x: Tensor, patch: tuple[int, int, int], overlap: float, device: str, windows: int
) -> Tensor:
    """Logits (1, 1, z, y, x) of a volume (1, channels, z, y, x) not smaller than the patch; both stay on the CPU."""
    out = sliding_window_inference(
        x, patch, windows, network, overlap=overlap, mode="gaussian", sw_device=device, device="cpu", progress=False
    )
    if not isinstance(out, Tensor):
        raise TypeError(type(out).__name__)
    return torch.as_tensor(out.as_tensor() if hasattr(out, "as_tensor") else out)


def padded(image: Tensor, fill: FloatArray, patch: tuple[int, int, int]) -> tuple[Tensor, tuple[slice, ...]]:
    """(1, channels, z, y, x) at least as large as the patch, and where in it the image lies."""
    lacking = [max(p - n, 0) for p, n in zip(patch, image.shape[1:], strict=True)]
    inner = tuple(slice(n // 2, n // 2 + s) for n, s in zip(lacking, image.shape[1:], strict=True))
    if not any(lacking):
        return image[None], inner
    size = [n + s for n, s in zip(lacking, image.shape[1:], strict=True)]
    out = torch.as_tensor(np.asarray(fill, dtype=np.float32)).view(-1, 1, 1, 1).expand(-1, *size).clone()
    out[(slice(None), *inner)] = image
    return out[None], inner
