"""The grid and the patch a network works on, decided by a fingerprint of the images as Auto3DSeg decides them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from radiogenomics._optional import optional_import
from radiogenomics.im._case import Failure, Steps, checked_pair
from radiogenomics.im._crop import bounding_box
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._segment_images import Intensities, Scan, oriented, read_channels
from radiogenomics.im._within import foreground
from radiogenomics.schemas.segmentation import StageSettings

FEWEST_VOXELS = 16
_PERCENTILES = (0.5, 99.5)
_RANGED = ("CT",)


@dataclass(frozen=True)
class Print:
    """Fingerprint of one scan, axes x, y, z from left to right, front to back, foot to head.

    Attributes
    ----------
    spacing, size
        In mm and voxels.
    foreground
        (3,) extent in mm of what is not air.
    intensities
        By channel: mean, standard deviation and percentiles 0.5 and 99.5 of what is not air.
    tumour, volume_ml
        (3,) extent in mm, and volume; reported, but nothing is decided by them.
    """

    spacing: tuple[float, float, float]
    size: tuple[int, int, int]
    foreground: tuple[float, float, float]
    intensities: tuple[tuple[float, float, float, float], ...]
    tumour: tuple[float, float, float]
    volume_ml: float


@dataclass(frozen=True)
class Plan:
    """Spacing (mm) and patch (voxels) of a stage, both along x, y, z."""

    spacing: tuple[float, float, float]
    patch: tuple[int, int, int]

    @property
    def array_patch(self) -> tuple[int, int, int]:
        """Along z, y, x."""
        x, y, z = self.patch
        return z, y, x


def fingerprint(scan: Scan) -> Print | Failure:
    """Measure a scan; what is wrong with it is found here, before anything is trained."""
    steps = Steps()
    try:
        with quiet_single_thread():
            sitk = optional_import("SimpleITK", needed_for="segmentation")
            _, mask, _ = checked_pair(scan.cases[0], FEWEST_VOXELS, steps)
            images = [oriented(i) for i in read_channels(scan, steps)]
            steps.enter("fingerprint")
            spacing = np.asarray(images[0].GetSpacing())
            rows = []
            for image in images:
                values = sitk.GetArrayViewFromImage(image)
                inside = values[foreground(values)].astype(np.float64)
                low, high = np.percentile(inside, _PERCENTILES) if inside.size else (0.0, 0.0)
                rows.append((float(inside.mean()), float(inside.std()), float(low), float(high)))
            body = _extent(foreground(sitk.GetArrayViewFromImage(images[0])), spacing)
            box = bounding_box(oriented(mask))
            volume = float(np.count_nonzero(sitk.GetArrayViewFromImage(mask)) * np.prod(spacing) / 1000)
            return Print(
                _triple(spacing), _whole(images[0].GetSize()), body, tuple(rows),
                _triple(np.asarray(box.size) * spacing), volume,
            )  # fmt: skip
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)


def _extent(marked: np.ndarray, spacing: np.ndarray) -> tuple[float, float, float]:
    lengths = []
    for axis in (2, 1, 0):
        places = np.flatnonzero(marked.any(axis=tuple(a for a in range(3) if a != axis)))
        lengths.append(float(places[-1] - places[0] + 1) if places.size else 0.0)
    return _triple(np.asarray(lengths) * spacing)


def plan(prints: Sequence[Print], stage: StageSettings) -> Plan:
    """Spacing and patch of a stage.

    The spacing is the median of the images, coarsened (finest axes first) until the median image has no more than
    ``max_voxels``; the patch is the median image on that grid, its longest side shortened until it has no more than
    ``max_patch_voxels``. Neither looks at a mask.
    """
    extents = np.median([np.multiply(p.size, p.spacing) for p in prints], axis=0)
    spacing = np.asarray(stage.spacing or np.median([p.spacing for p in prints], axis=0), dtype=float)
    if stage.spacing is None and stage.max_voxels is not None:
        spacing = coarsened(spacing, extents, stage.max_voxels)
    spacing = np.round(spacing, 3)
    if stage.patch is not None:
        return Plan(_triple(spacing), stage.patch)
    step = stage.multiple
    sides = np.maximum(np.ceil(np.round(extents / spacing / step, 3)).astype(int), 1) * step
    while np.prod(sides) > stage.max_patch_voxels and sides.max() > step:
        longest = int(np.argmax(np.where(sides > step, sides * spacing, 0)))
        sides[longest] -= step
    return Plan(_triple(spacing), _whole(sides))


def coarsened(spacing: np.ndarray, extents: np.ndarray, most: int) -> np.ndarray:
    """Every axis at least as coarse as the smallest common spacing with which the extents have no more voxels."""

    def voxels(floor: float) -> float:
        return float(np.prod(extents / np.maximum(spacing, floor)))

    if voxels(0.0) <= most:
        return spacing
    low, high = float(spacing.min()), float(max(spacing.max(), (np.prod(extents) / most) ** (1 / 3))) * 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if voxels(middle) > most else (low, middle)
    return np.asarray(np.maximum(spacing, high))


def intensities_of(prints: Sequence[Print], sequences: Sequence[str], normalization: str) -> Intensities:
    """How intensities are normalised, by channel."""
    kinds, ranges = [], []
    for i, name in enumerate(sequences):
        auto = "range" if name.upper() in _RANGED else "zscore"
        kinds.append(auto if normalization == "auto" else normalization)
        rows = np.array([p.intensities[i] for p in prints])
        ranges.append((float(np.median(rows[:, 2])), float(np.median(rows[:, 3]))))
    return Intensities(tuple(kinds), tuple(ranges))


def summary(prints: Sequence[Print]) -> dict[str, Any]:
    """Smallest, median and largest of the fingerprints, as the model's description keeps them."""
    out: dict[str, Any] = {"scans": len(prints)}
    for name in ("spacing", "size", "foreground", "tumour", "volume_ml"):
        values = np.array([asdict(p)[name] for p in prints], dtype=float)
        out[name] = {
            what: np.round(function(values, axis=0), 4).tolist()
            for what, function in (("min", np.min), ("median", np.median), ("max", np.max))
        }
    out["intensities"] = np.round(np.median([p.intensities for p in prints], axis=0), 4).tolist()
    return out


def margin_voxels(margin: float, spacing: Sequence[float]) -> tuple[float, float, float]:
    """A margin in voxels along z, y, x."""
    x, y, z = (math.ceil(margin / s) for s in spacing)
    return float(z), float(y), float(x)


def _triple(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z


def _whole(values: Any) -> tuple[int, int, int]:
    x, y, z = (int(v) for v in values)
    return x, y, z
