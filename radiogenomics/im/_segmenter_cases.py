"""Cases through a segmenter, several at a time: for masks, and to judge a model on patients it had no part in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radiogenomics._optional import optional_import
from radiogenomics._progress import parallel_map, workers
from radiogenomics.im._case import Failure, Steps, checked_pair
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._prepare import write_image
from radiogenomics.im._segment_case import Prediction, load_networks, predict
from radiogenomics.im._segment_images import Scan, oriented, read_channels
from radiogenomics.im._segment_masks import dice
from radiogenomics.im._segmenter_folder import Segmenter

if TYPE_CHECKING:
    from radiogenomics.nn._segmentation_networks import SegmentationNetwork


@dataclass(frozen=True)
class Job:
    """A scan, the folds whose networks segment it, and where what they say is written.

    Attributes
    ----------
    mask, probability, coarse
        Files; ``None`` for none.
    judge
        Whether the scan has a reference to compare with.
    """

    scan: Scan
    folds: tuple[str, ...]
    mask: str | None = None
    probability: str | None = None
    coarse: str | None = None
    judge: bool = False


def segment_cases(
    jobs: Sequence[Job], model: Segmenter, *, device: str, n_jobs: int | None
) -> list[dict[str, Any] | Failure]:
    """What is known of each mask, or why there is none; in the order of the jobs.

    On a CPU, ``n_jobs`` processes share the cases out; a GPU takes one after another.
    """
    count = 1 if device == "cuda" else workers(n_jobs)
    threads = None if count == 1 else max((os.cpu_count() or 1) // (count if count > 0 else os.cpu_count() or 1), 1)
    done = parallel_map(
        _segmented, [(job, model, device, threads) for job in jobs], n_jobs=count, description="Segmenting"
    )
    _LOADED.clear()
    return done


#: The networks last used in this process; a worker sees many cases of one model.
_LOADED: dict[tuple[Any, ...], dict[str, dict[str, SegmentationNetwork]]] = {}


def _networks(model: Segmenter, folds: tuple[str, ...], device: str) -> dict[str, dict[str, SegmentationNetwork]]:
    key = (str(model.folder), folds, *(str(model.weights[f]) for f in folds), device)
    if key not in _LOADED:
        _LOADED.clear()
        _LOADED[key] = load_networks(model, folds, device)
    return _LOADED[key]


def _segmented(job: Job, model: Segmenter, device: str, threads: int | None) -> dict[str, Any] | Failure:
    steps = Steps()
    try:
        from radiogenomics.nn._device import torch_threads

        with torch_threads(threads):
            return _one(job, model, device, steps)
    except Exception as error:  # a case that fails must not stop the others; the reason is reported
        return steps.failure(error)


def _one(job: Job, model: Segmenter, device: str, steps: Steps) -> dict[str, Any]:
    with quiet_single_thread():
        images = read_channels(job.scan, steps)
    steps.enter("segment")
    networks = _networks(model, job.folds, device)
    found = predict(images, model, networks, device=device, where=job.scan.cases[0].image)
    about = {**found.about, "boxes": found.boxes, "spacing": list(oriented(images[0]).GetSpacing())}
    if job.judge:
        steps.enter("judge")
        about |= _judged(job.scan, found)
    steps.enter("write")
    for image, path in ((found.mask, job.mask), (found.probability, job.probability), (found.coarse, job.coarse)):
        if path is not None and image is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            write_image(image, path)
    return about


def _judged(scan: Scan, found: Prediction) -> dict[str, float]:
    sitk = optional_import("SimpleITK", needed_for="segmentation")
    with quiet_single_thread():
        _, reference, _ = checked_pair(scan.cases[0], 1, Steps())
    marked = sitk.GetArrayViewFromImage(reference) != 0
    own = sitk.GetArrayViewFromImage(found.mask) != 0
    voxel_ml = float(np.prod(reference.GetSpacing())) / 1000
    return {"dice": dice(own, marked), "reference_volume_ml": float(np.count_nonzero(marked)) * voxel_ml}
