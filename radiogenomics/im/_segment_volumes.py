"""Training volumes on a network's grid, kept on disk and read piece by piece."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.im._cache import content_hash, entry_key, read_arrays, write_arrays
from radiogenomics.im._case import Failure, Steps, checked_pair
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._resample import centred_grid, resample_mask
from radiogenomics.im._segment_images import Intensities, Scan, channel_records, network_input, oriented, read_channels
from radiogenomics.im._segmenter_plan import FEWEST_VOXELS
from radiogenomics.im._within import foreground
from radiogenomics.schemas.segmentation import StageSettings

_PLACES = 4096  # of tumour and foreground from which patch centres are drawn


def prepare_volumes(
    scans: Sequence[Scan], spacing: Sequence[float], stage: StageSettings, intensities: Intensities, cache: Path,
    n_jobs: int | None,
) -> list[str | Failure]:  # fmt: skip
    """Names under which the volumes of a stage lie in a folder, or why there is none."""
    return parallel_map(
        _prepared, [(scan, tuple(spacing), stage, intensities, cache) for scan in scans], n_jobs=n_jobs,
        description="Preparing volumes",
    )  # fmt: skip


def volume_arrays(cache: Path, name: str) -> tuple[FloatArray, dict[str, Any]]:
    """Image (channels, z, y, x), which stays on disk, and the other arrays of a volume."""
    image: FloatArray = np.load(cache / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    kept = read_arrays(cache / f"{name}.npz")
    if kept is None:
        raise OSError(f"{cache / name}.npz went away")
    return image, kept


def _prepared(
    scan: Scan, spacing: tuple[float, float, float], stage: StageSettings, intensities: Intensities, cache: Path
) -> str | Failure:
    steps = Steps()
    try:
        with quiet_single_thread():
            files = [content_hash(Path(c.image)) for c in scan.cases] + [content_hash(Path(scan.cases[0].mask))]
            name = entry_key(
                "segmentation", files, channel_records(scan), scan.cases[0].choices, spacing, stage.interpolator,
                stage.mask_interpolator, intensities.kinds, [r for k, r in zip(intensities.kinds, intensities.ranges,
                strict=True) if k == "range"],
            )[:32]  # fmt: skip
            if (cache / f"{name}.npy").exists() and read_arrays(cache / f"{name}.npz") is not None:
                return name
            _prepare(scan, spacing, stage, intensities, cache, name, steps)
            return name
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)


def _prepare(
    scan: Scan, spacing: tuple[float, float, float], stage: StageSettings, intensities: Intensities, cache: Path,
    name: str, steps: Steps,
) -> None:  # fmt: skip
    sitk = optional_import("SimpleITK", needed_for="segmentation")
    _, mask, _ = checked_pair(scan.cases[0], FEWEST_VOXELS, steps)
    images = read_channels(scan, steps)
    image, fill, _ = network_input(images, spacing, stage, intensities, scan.cases[0].image)
    turned = oriented(mask)
    marked = sitk.GetArrayFromImage(
        resample_mask(turned, centred_grid(turned, spacing), interpolator=stage.mask_interpolator)
    ).astype(bool)
    if not marked.any():
        shown = " x ".join(f"{s:g}" for s in spacing)
        raise DegenerateInputError(
            scan.cases[0].mask, Fault(f"no marked voxel at {shown} mm", "a tumour that survives it",
                                      hint="Choose a finer spacing, or mask_interpolator linear."),
        )  # fmt: skip
    steps.enter("cache")
    places = np.argwhere(marked)
    rng = np.random.default_rng(0)
    _write_array(cache / f"{name}.npy", image.astype(np.float16))
    write_arrays(cache / f"{name}.npz", {
        "mask": marked.astype(np.uint8), "fill": fill, "box": np.stack([places.min(axis=0), places.max(axis=0) + 1]),
        "tumour": _some(marked, rng), "foreground": _some(foreground(image[0]), rng),
    })  # fmt: skip


def _some(marked: BoolArray, rng: np.random.Generator) -> IntArray:
    """Places of at most ``_PLACES`` marked voxels."""
    flat = np.flatnonzero(marked)
    if flat.size > _PLACES:
        flat = np.sort(rng.choice(flat, _PLACES, replace=False))
    return np.stack(np.unravel_index(flat, marked.shape), axis=1).astype(np.int64)


def _write_array(path: Path, values: FloatArray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".npy")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, values, allow_pickle=False)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
