"""Training patches: drawn by seed, epoch and batch alone, so that a resumed training goes on as if never stopped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from monai.transforms.compose import Compose
from monai.transforms.intensity.dictionary import RandGaussianNoised, RandScaleIntensityd, RandShiftIntensityd
from monai.transforms.spatial.dictionary import RandAffined, RandFlipd
from torch import Tensor
from torch.utils.data import Dataset

from radiogenomics._types import FloatArray, IntArray
from radiogenomics.schemas.segmentation import PatchAugmentation, Recrop

_ARRAY_AXIS = {"z": 0, "y": 1, "x": 2}


@dataclass(frozen=True)
class Volume:
    """An image on a network's grid, with its reference.

    Attributes
    ----------
    image
        (channels, z, y, x) normalised intensities; may lie on disk.
    mask
        (z, y, x) tumour, 0 or 1.
    tumour, foreground
        (n, 3) places z, y, x of some voxels of the tumour, and of what is not air.
    box
        (2, 3) first and last (exclusive) voxel of the tumour.
    fill
        (channels,) value of what lies beyond the image.
    """

    image: FloatArray
    mask: IntArray
    tumour: IntArray
    foreground: IntArray
    box: IntArray
    fill: FloatArray

    @property
    def whole(self) -> IntArray:
        """(2, 3) the region that is the whole image."""
        return np.array([[0, 0, 0], self.mask.shape])

    def around(self, margin: FloatArray, jitter: FloatArray | float = 0.0) -> IntArray:
        """(2, 3) region of the tumour's box and a margin (voxels), each side moved by a share of it."""
        moved = np.rint(np.asarray(margin) * (1 + np.broadcast_to(jitter, (2, 3)))).astype(int)
        low, high = self.box[0] - moved[0], self.box[1] + moved[1]
        return np.stack([np.maximum(low, 0), np.minimum(high, self.mask.shape)])

    def cut(self, region: IntArray) -> tuple[FloatArray, IntArray]:
        """Image and mask of a region, which may reach beyond the volume."""
        low, high = np.maximum(region[0], 0), np.minimum(region[1], self.mask.shape)
        size = region[1] - region[0]
        image = np.empty((len(self.fill), *size), dtype=np.float32)
        image[:] = np.asarray(self.fill, dtype=np.float32)[:, None, None, None]
        mask = np.zeros(tuple(size), dtype=np.uint8)
        if (high > low).all():
            source = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
            target = tuple(slice(a, b) for a, b in zip(low - region[0], high - region[0], strict=True))
            image[(slice(None), *target)] = self.image[(slice(None), *source)]
            mask[target] = self.mask[source]
        return image, mask


@dataclass(frozen=True)
class Drawing:
    """How patches are drawn.

    Attributes
    ----------
    patch
        Voxels z, y, x.
    tumour_share
        Share of patches centred on the tumour.
    margin
        (3,) voxels around the tumour's box that the network sees; ``None`` for all of the volume.
    jitter
        Share of the margin by which the box's sides are moved.
    """

    patch: tuple[int, int, int]
    tumour_share: float
    margin: tuple[float, float, float] | None = None
    jitter: float = 0.0


class PatchOrder:
    """Names of an epoch's batches."""

    def __init__(self, batches: int) -> None:
        self.batches, self.epoch = batches, 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        yield from ((self.epoch, i) for i in range(self.batches))

    def __len__(self) -> int:
        return self.batches


class Patches(Dataset[tuple[Tensor, Tensor]]):
    """Batches of patches by epoch and number: images (n, channels, z, y, x) and masks (n, 1, z, y, x)."""

    def __init__(
        self, volumes: Sequence[Volume], drawing: Drawing, augmentation: PatchAugmentation | None, batch_size: int,
        batches: int, seed: int,
    ) -> None:  # fmt: skip
        self.volumes, self.drawing, self.batch_size, self.batches = volumes, drawing, batch_size, batches
        self.seed = seed
        self.recrop = augmentation.recrop or None if augmentation else None
        self.augment = Augmented(augmentation) if augmentation else None

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, at: tuple[int, int]) -> tuple[Tensor, Tensor]:
        epoch, number = at
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.volumes))
        rng = np.random.default_rng([self.seed, epoch, number])
        images, masks = [], []
        for k in range(self.batch_size):
            volume = self.volumes[int(order[(number * self.batch_size + k) % len(order)])]
            image, mask = drawn(volume, self.drawing, self.recrop, rng)
            x, y = torch.as_tensor(image), torch.as_tensor(mask[None])
            if self.augment is not None:
                x, y = self.augment(x, y, int(rng.integers(2**31)))
            images.append(x)
            masks.append(y)
        return torch.stack(images).float(), torch.stack(masks).float()


def drawn(
    volume: Volume, drawing: Drawing, recrop: Recrop | None, rng: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    """One patch: a region of the volume is chosen (its box, re-cropped), then a place in it."""
    region = volume.whole
    if drawing.margin is not None:
        region = volume.around(np.asarray(drawing.margin), rng.uniform(-drawing.jitter, drawing.jitter, (2, 3)))
    if recrop is not None and rng.random() < recrop.probability:
        region = recropped(region, volume.box, recrop, rng)
    places = volume.tumour if rng.random() < drawing.tumour_share or not len(volume.foreground) else volume.foreground
    inside = places[((places >= region[0]) & (places < region[1])).all(axis=1)]
    centre = (inside if len(inside) else volume.tumour)[int(rng.integers(max(len(inside), 1)))]
    patch = np.array(drawing.patch)
    size = region[1] - region[0]
    # A region smaller than the patch lies in its middle, as at inference.
    low = np.where(
        size > patch, np.clip(centre - patch // 2, region[0], region[1] - patch), region[0] - (patch - size) // 2
    )
    wanted = np.stack([low, low + patch])
    seen = np.stack([np.maximum(low, region[0]), np.minimum(low + patch, region[1])])
    image, mask = volume.cut(seen)
    if (seen == wanted).all():
        return image, mask
    whole = np.empty((len(image), *patch), dtype=np.float32)
    whole[:] = np.asarray(volume.fill, dtype=np.float32)[:, None, None, None]
    target = np.zeros(tuple(patch), dtype=np.uint8)
    at = tuple(slice(a, b) for a, b in zip(seen[0] - low, seen[1] - low, strict=True))
    whole[(slice(None), *at)], target[at] = image, mask
    return whole, target


def recropped(region: IntArray, tumour: IntArray, recrop: Recrop, rng: np.random.Generator) -> IntArray:
    """A region of which each side is either cut towards the tumour's box or padded."""
    size = region[1] - region[0]
    room = np.stack([np.maximum(tumour[0] - region[0], 0), np.maximum(region[1] - tumour[1], 0)])
    cut = rng.uniform(0, recrop.cut, (2, 3)) * room
    pad = rng.uniform(0, recrop.pad, (2, 3)) * size
    move = np.rint(np.where(rng.random((2, 3)) < 0.5, cut, -pad)).astype(int)
    return np.stack([region[0] + move[0], region[1] - move[1]])


class Augmented:
    """Flips, rotation, scale, contrast and noise of one patch, by MONAI."""

    def __init__(self, settings: PatchAugmentation) -> None:
        both: list[Any] = [RandFlipd(("x", "y"), prob=0.5, spatial_axis=_ARRAY_AXIS[a]) for a in settings.flip]
        if settings.spatial_share and (settings.rotation or settings.scale):
            angle = math.radians(settings.rotation)
            both.append(
                RandAffined(
                    ("x", "y"), prob=settings.spatial_share, rotate_range=(angle, angle / 3, angle / 3),
                    scale_range=(settings.scale,) * 3, mode=("bilinear", "nearest"), padding_mode="border",
                )
            )  # fmt: skip
        if settings.intensity:
            both += [RandScaleIntensityd("x", factors=settings.intensity, prob=1.0),
                     RandShiftIntensityd("x", offsets=settings.intensity, prob=1.0)]  # fmt: skip
        if settings.noise:
            both.append(RandGaussianNoised("x", prob=0.5, std=settings.noise))
        self.transforms = Compose(both)

    def __call__(self, image: Tensor, mask: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        """Both turned the same way: image (channels, z, y, x), mask (1, z, y, x)."""
        self.transforms.set_random_state(seed=seed)
        done = self.transforms({"x": image, "y": mask})
        return plain(done["x"]), plain(done["y"])


def plain(value: Any) -> Tensor:
    """The tensor without what MONAI keeps beside it."""
    return torch.as_tensor(value.as_tensor() if hasattr(value, "as_tensor") else value)
