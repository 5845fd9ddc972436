"""One image and its masks through the steps of preprocessing, from files to files."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._optional import optional_import
from radiogenomics._types import FloatArray
from radiogenomics.im._cache import content_hash, entry_key, library_versions, write_atomically
from radiogenomics.im._case import Failure, Steps
from radiogenomics.im._clip import clip, percentile_limits, sigma_limits
from radiogenomics.im._crop import bounding_box
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._n4 import correct_bias
from radiogenomics.im._pair import on_grid
from radiogenomics.im._resample import centred_grid, is_same_grid, resample_image, resample_mask
from radiogenomics.im._standard import brought_to, landmarks_of
from radiogenomics.im._within import voxels_within
from radiogenomics.im._zscore import zscore
from radiogenomics.io._dicom_series import Intensity
from radiogenomics.io._images import mask_of, read_image, read_volume
from radiogenomics.io._volume import Volume
from radiogenomics.schemas.preprocess import PreprocessSettings

if TYPE_CHECKING:
    from SimpleITK import Image


@dataclass(frozen=True)
class MaskJob:
    """A mask to prepare: its row in the manifest, file, label and where it goes."""

    row: int
    path: str
    label: int | None
    out: str
    roi: str | None = None
    resample: bool = False


@dataclass(frozen=True)
class ImageJob:
    """An image to prepare with all its masks, and where it goes."""

    path: str
    sequence: str
    out: str
    masks: tuple[MaskJob, ...]
    patient_id: str = ""
    region: str | None = None
    series: str | None = None
    intensity: Intensity = "stored"


@dataclass(frozen=True)
class Prepared:
    """What became of an image.

    Attributes
    ----------
    landmarks
        For histogram matching and the like; ``None`` where the image failed or needs none.
    failures
        Masks that failed, by row of the manifest.
    about
        Numbers that the steps found in this image and used.
    """

    landmarks: FloatArray | None
    failures: dict[int, Failure]
    about: dict[str, float] = field(default_factory=dict)


def prepare_image(job: ImageJob, options: PreprocessSettings) -> Prepared:
    """Bias-correct, resample, clip and z-score an image, resample its masks, write both; failures are named."""
    steps = Steps()
    try:
        with quiet_single_thread():
            return _prepared(job, options, steps)
    except Exception as error:  # an image that fails must not stop the others; the reason is reported
        return Prepared(None, {mask.row: steps.failure(error) for mask in job.masks})


def match_image(source: str, out: str, own: FloatArray, standard: FloatArray, method: str) -> Failure | None:
    """Bring the histogram of a prepared image to the standard and write it."""
    steps = Steps()
    steps.enter("normalize")
    record = Path(out + ".json")
    key = entry_key(method, content_hash(Path(source)), own.tolist(), standard.tolist(), library_versions())
    try:
        with quiet_single_thread():
            if _done(record, key, [out]) is None:
                write_image(brought_to(read_image(source), own, standard, method), out)
                _record(record, key, [out], None, {})
    except Exception as error:  # as above
        return steps.failure(error)
    return None


def _prepared(job: ImageJob, options: PreprocessSettings, steps: Steps) -> Prepared:
    outs = [job.out, *(m.out for m in job.masks)]
    record = Path(job.out + ".json")
    key = _key(job, options)
    kept = None if key is None else _done(record, key, outs)
    if kept is not None:
        landmarks = kept["landmarks"]
        return Prepared(None if landmarks is None else np.asarray(landmarks), {}, kept["about"])
    volume = read_volume(job.path, series=job.series, intensity=job.intensity)
    failures: dict[int, Failure] = {}
    for mask_job in job.masks:
        mask_steps = Steps()
        try:
            write_image(_prepared_mask(volume, mask_job, options, mask_steps), mask_job.out)
        except Exception as error:  # one reader's mask must not stop the other's
            failures[mask_job.row] = mask_steps.failure(error)
    if len(failures) == len(job.masks):
        return Prepared(None, failures)
    region = _region(volume, job, options, steps)
    image, landmarks, about = _through_steps(volume.image, region, job, options, steps)
    if options.n4 is not None:
        about["n4_mask_extent"] = max(_mask_extent(m.out) for m in job.masks if m.row not in failures)
    steps.enter("write")
    write_image(image, job.out)
    if key is not None and not failures:
        _record(record, key, outs, None if landmarks is None else landmarks.tolist(), about)
    return Prepared(landmarks, failures, about)


def _through_steps(
    image: Image, region: Image | None, job: ImageJob, options: PreprocessSettings, steps: Steps
) -> tuple[Image, FloatArray | None, dict[str, float]]:
    """The image after every step that needs no other image, its landmarks, and the numbers used."""
    about: dict[str, float] = {}
    if options.n4 is not None:
        steps.enter("bias_correction")
        image, found = correct_bias(image, options.n4, where=job.path)
        about |= found
    for axis, mm in zip("xyz", image.GetSpacing(), strict=True):
        about[f"spacing_before_{axis}"] = float(mm)
    if options.kept_or_new is not None:
        steps.enter("resample")
        grid = centred_grid(image, options.kept_or_new)
        if not is_same_grid(image, grid):
            image = resample_image(image, grid, interpolator=options.interpolator)
    if options.clip_percentiles is not None or options.remove_outliers is not None:
        steps.enter("clip")
        # Limits from a reference region would cut the tumour, which need not look like it.
        inside = voxels_within(image, "image" if options.normalize_within == "image" else "foreground", where=job.path)
        if options.clip_percentiles is not None:
            limits = percentile_limits(inside, options.clip_percentiles)
        else:
            limits = sigma_limits(inside, float(options.remove_outliers or 0))
        image, found = clip(image, limits)
        about |= found
    landmarks = None
    if options.normalization is not None:
        steps.enter("normalize")
        inside = voxels_within(image, options.normalize_within, where=job.path, region=region)
        if options.normalization == "zscore":
            image, found = zscore(image, inside)
            about |= found
        else:
            landmarks = landmarks_of(inside, options.normalization)
            about |= {"own_low": float(landmarks[0]), "own_median": float(np.median(inside)),
                      "own_high": float(landmarks[-1])}  # fmt: skip
    return image, landmarks, about


def _mask_extent(path: str) -> float:
    """Share of the image that the region's box takes of the axis where it takes least."""
    mask = read_image(path)
    return float(min(n / whole for n, whole in zip(bounding_box(mask).size, mask.GetSize(), strict=True)))


def _region(volume: Volume, job: ImageJob, options: PreprocessSettings, steps: Steps) -> Image | None:
    """Reference region on the new grid, where it is asked for."""
    if options.normalize_within != "reference_region" or options.normalization is None:
        return None
    steps.enter("reference_region")
    if job.region is None:
        raise DegenerateInputError(
            f"patient {job.patient_id}, {job.sequence}",
            Fault("no reference region", "a mask in the manifest's column 'reference_region'"),
        )
    region = MaskJob(-1, job.region, None, "")
    return _prepared_mask(volume, region, options, steps)


def _key(job: ImageJob, options: PreprocessSettings) -> str | None:
    """Hash of everything the written files depend on; ``None`` if a file is missing."""
    files = [Path(p) for p in (job.path, *(m.path for m in job.masks), *([job.region] if job.region else []))]
    if not all(f.exists() for f in files):
        return None
    hashes = [content_hash(f) for f in files]
    # What the cohort's images are brought to does not change what they are before that.
    wanted = options.model_dump(mode="json", exclude={"reference"})
    choices = [job.series, job.intensity, *((m.label, m.roi, m.resample) for m in job.masks)]
    return entry_key("prepare", hashes, choices, wanted, library_versions())


def _prepared_mask(volume: Volume, job: MaskJob, options: PreprocessSettings, steps: Steps) -> Image:
    sitk = optional_import("SimpleITK", needed_for="preprocessing")
    mask = mask_of(Path(job.path), label=job.label, roi=job.roi, on=volume)
    steps.enter("check")
    mask, _ = on_grid(mask, volume.image, where=job.path, resample=job.resample)
    if options.kept_or_new is not None:
        steps.enter("resample")
        grid = centred_grid(volume.image, options.kept_or_new)
        if not is_same_grid(volume.image, grid):
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


def _record(record: Path, key: str, outs: list[str], landmarks: list[float] | None, about: dict[str, float]) -> None:
    written = {Path(out).name: content_hash(Path(out)) for out in outs}
    write_atomically(record, json.dumps({"key": key, "files": written, "landmarks": landmarks, "about": about}))


def _done(record: Path, key: str, outs: list[str]) -> dict[str, Any] | None:
    """What was recorded for this key, if every file it names is still as it was written."""
    try:
        kept = json.loads(record.read_bytes())
        same = kept["key"] == key and all(kept["files"][Path(out).name] == content_hash(Path(out)) for out in outs)
        return {"landmarks": kept["landmarks"], "about": kept["about"]} if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # made again: the record is only a shortcut


def digest(text: str) -> str:
    """Short hash that tells apart names which look alike once made fit for a file system."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
