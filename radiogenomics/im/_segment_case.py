"""One scan through the networks of a segmenter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.im._clean_masks import largest
from radiogenomics.im._segment_images import network_input
from radiogenomics.im._segment_masks import mean_entropy, mean_pairwise_dice, on_image, postprocessed
from radiogenomics.im._segmenter_folder import Segmenter

if TYPE_CHECKING:
    from SimpleITK import Image

    from radiogenomics.nn._segmentation_networks import SegmentationNetwork

#: Networks by fold and stage.
Networks = Mapping[str, Mapping[str, "SegmentationNetwork"]]


@dataclass(frozen=True)
class Prediction:
    """What the networks say of a scan.

    Attributes
    ----------
    mask
        0 and 1, with the geometry of the (first) image to the last bit.
    probability
        Mean over the networks, on the same grid.
    coarse
        With a coarse network: the mean probability on its own grid.
    about
        ``volume_ml``, ``fold_dice``, ``entropy``, ``n_networks``, ``removed_share``, ``at_border``.
    boxes
        With a coarse network, per fold: first and last (exclusive) voxel of the box in the first image, or what was
        wrong.
    """

    mask: Image
    probability: Image
    coarse: Image | None
    about: dict[str, Any]
    boxes: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Found:
    """Per fold the probability on the network's grid, summed, and cut at one half."""

    total: FloatArray
    grid: Image
    masks: list[BoolArray]
    coarse: Image | None = None
    boxes: list[dict[str, Any]] = field(default_factory=list)


def predict(images: Sequence[Image], model: Segmenter, networks: Networks, *, device: str, where: str) -> Prediction:
    """Segment the channels of one scan by some of a model's networks.

    Parameters
    ----------
    images
        As :func:`radiogenomics.im._segment_images.read_channels` gives them.
    networks
        By fold and stage, in evaluation mode, on the device; their probabilities are averaged.

    Raises
    ------
    DegenerateInputError
        If no foreground is predicted.
    """
    sitk = optional_import("SimpleITK", needed_for="segmentation")
    found = (_one_stage if model.settings.coarse is None else _two_stages)(images, model, networks, device, where)
    mean = found.total / np.float32(len(networks))
    probability = on_image(mean, found.grid, images[0])
    voxel_ml = float(np.prod(images[0].GetSpacing())) / 1000
    marked = sitk.GetArrayViewFromImage(probability) >= 0.5
    if not marked.any():
        hint = "Draw this mask by hand, or see whether the image is like those the model was trained on."
        peak = f"no foreground predicted (highest probability {float(mean.max()):.2g})"
        raise DegenerateInputError(where, Fault(peak, "a tumour", hint=hint))
    out, removed = postprocessed(marked, voxel_ml, model.settings.postprocessing)
    if not out.any():
        least = model.settings.postprocessing.min_volume_ml
        parts = f"no part of the prediction of {least:g} ml or more"
        raise DegenerateInputError(where, Fault(parts, "a tumour", hint="See postprocessing: min_volume_ml."))
    mask = sitk.GetImageFromArray(out.astype(np.uint8))
    mask.CopyInformation(images[0])
    about = {
        "volume_ml": float(np.count_nonzero(out)) * voxel_ml, "fold_dice": mean_pairwise_dice(found.masks),
        "entropy": mean_entropy(mean, mean >= 0.5), "n_networks": len(networks), "removed_share": removed,
        "at_border": any(bool(out.take(end, axis).any()) for axis in range(3) for end in (0, -1)),
    }  # fmt: skip
    return Prediction(mask, probability, found.coarse, about, found.boxes)


def _through(
    network: SegmentationNetwork, image: FloatArray, fill: FloatArray, model: Segmenter, stage: str, device: str
) -> FloatArray:
    from radiogenomics.nn._segment import probability

    how = model.settings.stages[stage]
    return probability(
        network, image, fill, patch=model.plans[stage].array_patch, overlap=how.overlap, flips=model.settings.flips,
        multiple=how.multiple, device=device, mixed=model.settings.precision != "32",
    )  # fmt: skip


def _one_stage(images: Sequence[Image], model: Segmenter, networks: Networks, device: str, where: str) -> _Found:
    image, fill, grid = network_input(
        images, model.plans["main"].spacing, model.settings.stages["main"], model.intensities, where
    )
    found = _Found(np.zeros(image.shape[1:], dtype=np.float32), grid, [])
    for stages in networks.values():
        own = _through(stages["main"], image, fill, model, "main", device)
        found.total += own
        found.masks.append(own >= 0.5)
    return found


def _two_stages(images: Sequence[Image], model: Segmenter, networks: Networks, device: str, where: str) -> _Found:
    """Every fold's coarse network finds the box that its fine network looks into."""
    sitk = optional_import("SimpleITK", needed_for="segmentation")
    (wide, wide_fill, wide_grid), (image, fill, grid) = (
        network_input(images, model.plans[s].spacing, model.settings.stages[s], model.intensities, where)
        for s in ("coarse", "fine")
    )
    found = _Found(np.zeros(image.shape[1:], dtype=np.float32), grid, [])
    coarse = np.zeros(wide.shape[1:], dtype=np.float32)
    for fold, stages in networks.items():
        first = _through(stages["coarse"], wide, wide_fill, model, "coarse", device)
        coarse += first / np.float32(len(networks))
        marked = first >= 0.5
        own = np.zeros(image.shape[1:], dtype=bool)
        if marked.any():
            box = _box(largest(marked), wide_grid, grid, model.settings.margin)
            inside = _through(stages["fine"], image[(slice(None), *box)], fill, model, "fine", device)
            found.total[box] += inside
            own[box] = inside >= 0.5
            found.boxes.append({"network": fold, **_in_image(box, grid, images[0])})
        else:
            found.boxes.append({"network": fold, "message": "the coarse network finds no tumour"})
        found.masks.append(own)
    found.coarse = sitk.GetImageFromArray(coarse)
    found.coarse.CopyInformation(wide_grid)
    return found


def _box(marked: BoolArray, wide: Image, fine: Image, margin: float) -> tuple[slice, slice, slice]:
    """The box of a coarse mask with its margin (mm), as z, y, x slices of the fine grid; both have the same axes."""
    places = [np.flatnonzero(marked.any(axis=tuple(b for b in range(3) if b != a))) for a in (2, 1, 0)]
    low = wide.TransformContinuousIndexToPhysicalPoint([float(p[0]) - 0.5 for p in places])
    high = wide.TransformContinuousIndexToPhysicalPoint([float(p[-1]) + 0.5 for p in places])
    start = np.array(fine.TransformPhysicalPointToContinuousIndex(low)) + 0.5 - margin / np.array(fine.GetSpacing())
    stop = np.array(fine.TransformPhysicalPointToContinuousIndex(high)) + 0.5 + margin / np.array(fine.GetSpacing())
    size = np.array(fine.GetSize())
    first = np.clip(np.floor(start).astype(int), 0, size - 1)
    last = np.maximum(np.clip(np.ceil(stop).astype(int), 1, size), first + 1)
    x, y, z = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    return z, y, x


def _in_image(box: tuple[slice, slice, slice], grid: Image, image: Image) -> dict[str, int]:
    """The same box in voxels of the image."""
    z, y, x = box
    corners = [
        image.TransformPhysicalPointToContinuousIndex(
            grid.TransformContinuousIndexToPhysicalPoint(
                [float(s.start if c == 0 else s.stop) - 0.5 for s in (x, y, z)]
            )
        )
        for c in (0, 1)
    ]
    low, high = np.minimum(*map(np.array, corners)) + 0.5, np.maximum(*map(np.array, corners)) + 0.5
    size = np.array(image.GetSize())
    first, last = np.clip(np.floor(low), 0, size - 1).astype(int), np.clip(np.ceil(high), 1, size).astype(int)
    out = {f"{a}_start": int(v) for a, v in zip("xyz", first, strict=True)}
    return out | {f"{a}_stop": int(v) for a, v in zip("xyz", last, strict=True)}


def load_networks(model: Segmenter, folds: Sequence[str], device: str) -> dict[str, dict[str, SegmentationNetwork]]:
    """Networks of some folds on a device."""
    return {f: {s: model.load(f, s).to(device) for s in model.settings.stages} for f in folds}
