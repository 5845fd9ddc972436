"""Augmentation of training batches by MONAI."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from monai.transforms.compose import Compose
from monai.transforms.spatial.array import RandAffine, RandFlip
from torch import Tensor

from radiogenomics.schemas.deep import Augmentation


class Augmenter:
    """Flips, rotations and gains of whole batches.

    All slices of a batch are turned alike: a transform per slice costs more than training on it.

    Parameters
    ----------
    settings
        What is done.
    """

    def __init__(self, settings: Augmentation) -> None:
        self.settings = settings
        transforms: list[Callable[..., Any]] = []
        if settings.flip:
            transforms += [RandFlip(prob=0.5, spatial_axis=axis) for axis in (0, 1)]
        if settings.rotation:
            angle = math.radians(settings.rotation)
            transforms.append(RandAffine(prob=1.0, rotate_range=angle, mode="bilinear", padding_mode="zeros"))
        self.spatial = Compose(transforms)

    def __call__(self, x: Tensor, target: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        """Both turned the same way: inputs (n, c, size, size) and what is to be reconstructed (n, 1, size, size)."""
        stack = torch.cat([x, target], dim=1)
        n, c, h, w = stack.shape
        if self.spatial.transforms:
            self.spatial.set_random_state(seed=seed)
            turned = self.spatial(stack.reshape(n * c, h, w))
            stack = torch.as_tensor(getattr(turned, "array", turned)).reshape(n, c, h, w).to(x.device)
        new, wanted = stack[:, : x.shape[1]], stack[:, x.shape[1] :]
        if self.settings.intensity:
            draw = np.random.default_rng(seed).uniform(-1, 1, n) * self.settings.intensity
            gain = torch.as_tensor(1 + draw, dtype=x.dtype, device=x.device).view(n, 1, 1, 1)
            new = torch.cat([(new[:, :1] * gain).clamp(0, 1), new[:, 1:]], dim=1)
            wanted = (wanted * gain).clamp(0, 1)
        return new, wanted
