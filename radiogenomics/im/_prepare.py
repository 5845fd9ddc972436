"""One image and its masks through the steps of preprocessing, from files to files."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray
from radiogenomics.im._cache import content_hash, entry_key, library_versions, write_atomically
from radiogenomics.im._case import Failure, Steps
from radiogenomics.im._geometry import check_same_grid
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._n4 import correct_bias
from radiogenomics.im._normalize import Within, intensity_percentiles, match_histogram, zscore
from radiogenomics.im._resample import centred_grid, is_same_grid, resample_image, resample_mask
from radiogenomics.io._images import read_image, read_mask

if TYPE_CHECKING:
    from SimpleITK import Image


@dataclass(frozen=True)
class Options:
    """What is done to every image."""

    spacing: tuple[float, float, float] | None
    bias_correction: bool
    normalization: Literal["zscore", "histogram"] | None
    within: Within
    interpolator: Literal["bspline", "linear", "nearest"]
    mask_interpolator: Literal["nearest", "linear"]


@dataclass(frozen=True)
class MaskJob:
    """A mask to prepare: its row in the manifest, file, label and where it goes."""

    row: int
    path: str
    label: int | None
    out: str


@dataclass(frozen=True)
class ImageJob:
    """An image to prepare with all its masks, and where it goes."""

    path: str
    sequence: str
    out: str
    masks: tuple[MaskJob, ...]


@dataclass(frozen=True)
class Prepared:
    """What became of an image: percentiles for histogram matching, and the masks that failed, by row."""

    percentiles: FloatArray | None
    failures: dict[int, Failure]


def prepare_image(job: ImageJob, options: Options) -> Prepared:
    """Bias-correct, resample and z-score an image, resample its masks, write both; failures are named, not raised."""
    steps = Steps()
    try:
        with quiet_single_thread():
            return _prepared(job, options, steps)
    except Exception as error:  # an image that fails must not stop the others; the reason is reported
        return Prepared(None, {mask.row: steps.failure(error) for mask in job.masks})


def match_image(source: str, out: str, own: FloatArray, reference: FloatArray) -> Failure | None:
    """Match the histogram of a prepared image to the reference's and write it."""
    steps = Steps()
    steps.enter("normalize")
    record = Path(out + ".json")
    key = entry_key("match", content_hash(Path(source)), own.tolist(), reference.tolist(), library_versions())
    try:
        with quiet_single_thread():
            if _done(record, key, [out]) is None:
                image = match_histogram(read_image(source), own, reference)
                write_image(image, out)
                _record(record, key, [out], None)
    except Exception as error:  # as above
        return steps.failure(error)
    return None


def _prepared(job: ImageJob, options: Options, steps: Steps) -> Prepared:
    outs = [job.out, *(m.out for m in job.masks)]
    record = Path(job.out + ".json")
    key = _key(job, options)
    kept = None if key is None else _done(record, key, outs)
    if kept is not None:
        return Prepared(None if kept["percentiles"] is None else np.asarray(kept["percentiles"]), {})
    image = read_image(job.path)
    failures: dict[int, Failure] = {}
    for mask_job in job.masks:
        mask_steps = Steps()
        try:
            write_image(_prepared_mask(image, mask_job, options, mask_steps), mask_job.out)
        except Exception as error:  # one reader's mask must not stop the other's
            failures[mask_job.row] = mask_steps.failure(error)
    if len(failures) == len(job.masks):
        return Prepared(None, failures)
    if options.bias_correction:
        steps.enter("bias_correction")
        image = correct_bias(image, where=job.path)
    if options.spacing is not None:
        steps.enter("resample")
        grid = centred_grid(image, options.spacing)
        if not is_same_grid(image, grid):
            image = resample_image(image, grid, interpolator=options.interpolator)
    percentiles = None
    if options.normalization is not None:
        steps.enter("normalize")
        if options.normalization == "zscore":
            image = zscore(image, options.within, where=job.path)
        else:
            percentiles = intensity_percentiles(image, options.within, where=job.path)
    steps.enter("write")
    write_image(image, job.out)
    if key is not None and not failures:
        _record(record, key, outs, None if percentiles is None else percentiles.tolist())
    return Prepared(percentiles, failures)


def _key(job: ImageJob, options: Options) -> str | None:
    """Hash of everything the written files depend on; ``None`` if a file is missing."""
    files = [Path(job.path), *(Path(m.path) for m in job.masks)]
    if not all(f.exists() for f in files):
        return None
    hashes = [content_hash(f) for f in files]
    return entry_key("prepare", hashes, [m.label for m in job.masks], asdict(options), library_versions())


def _prepared_mask(image: Image, job: MaskJob, options: Options, steps: Steps) -> Image:
    sitk = optional_import("SimpleITK", needed_for="preprocessing")
    mask = read_mask(job.path, label=job.label)
    steps.enter("check")
    check_same_grid(image, mask, where=job.path)
    mask.CopyInformation(image)
    if options.spacing is not None:
        steps.enter("resample")
        grid = centred_grid(image, options.spacing)
        if not is_same_grid(image, grid):
            mask = resample_mask(mask, grid, interpolator=options.mask_interpolator)
        if not sitk.GetArrayViewFromImage(mask).any():
            raise DegenerateInputError(
                f"{job.path} after resampling",
                Fault("no marked voxel", "a region that survives it", hint="Choose a finer spacing"),
            )
    steps.enter("write")
    return mask


def write_image(image: Image, out: str) -> None:
    """Write an image in one step, so that a stopped run leaves a whole file or none."""
    sitk = optional_import("SimpleITK", needed_for="writing images")
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        sitk.WriteImage(image, str(part), useCompression=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _record(record: Path, key: str, outs: list[str], percentiles: list[float] | None) -> None:
    written = {Path(out).name: content_hash(Path(out)) for out in outs}
    write_atomically(record, json.dumps({"key": key, "files": written, "percentiles": percentiles}))


def _done(record: Path, key: str, outs: list[str]) -> dict[str, list[float] | None] | None:
    """What was recorded for this key, if every file it names is still as it was written."""
    try:
        kept = json.loads(record.read_bytes())
        same = kept["key"] == key and all(kept["files"][Path(out).name] == content_hash(Path(out)) for out in outs)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # made again: the record is only a shortcut
    return {"percentiles": kept["percentiles"]} if same else None


def digest(text: str) -> str:
    """Short hash that tells apart names which look alike once made fit for a file system."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
