"""Volumes before features."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pandas as pd

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._keys import SPLITS
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._inputs import image_paths, table_paths
from radiogenomics.study._step import Context, Step
from radiogenomics.study._teaching import training_with_images
from radiogenomics.study.steps._failures import case_failures


def run(context: Context) -> None:
    """Write the new volumes and their manifest into the step's folder; volumes finished before are kept.

    With a split, histograms and landmarks are learned from the training patients alone.
    """
    from radiogenomics import im

    images = context.images()
    learn_from = training_with_images(context.file, images) if _learns(context.file) else None
    settings = {name: getattr(context.settings, name) for name in type(context.settings).model_fields}
    settings["bias_correction"] = context.settings.model_dump()["bias_correction"]
    done = im.preprocess(images, context.folder, n_jobs=context.n_jobs, learn_from=learn_from, **settings)
    context.failures += case_failures(done.attrs.get("failures", []))


def _learns(file: StudyFile) -> bool:
    """Whether images are brought to something learned from patients of whom some are set apart."""
    step = file.steps.preprocess
    learned = step is not None and step.normalization in ("histogram", "nyul") and step.reference is None
    return learned and file.data.split is not None


def warn_of_teachers(folder: Path, parts: pd.Series) -> None:
    """Warn if a patient whose image was learned from is not in the training part of the assembled cohort.

    A case that fails after it was learned from can change the draw of the internal part.
    """
    from radiogenomics.im._standard import FILE

    if not (folder / FILE).is_file():
        return
    learned = json.loads((folder / FILE).read_text(encoding="utf-8"))["sequences"].values()
    apart = sorted({p for s in learned for p in s["patients"] if parts.get(p, SPLITS[0]) != SPLITS[0]})
    if apart:
        warnings.warn(
            f"the images of {len(apart)} patient(s) who are not in the training part ({', '.join(apart[:5])}) were "
            "among those that histograms were learned from: cases that failed changed the draw; take them out of the "
            "manifest and run again",
            RadiogenomicsWarning,
            stacklevel=2,
        )


def _inputs(file: StudyFile) -> list[Path]:
    reference = file.steps.preprocess.reference if file.steps.preprocess is not None else None
    named = [] if reference is None else [reference] if isinstance(reference, str) else list(reference.values())
    teaching = [Path(file.data.clinical.path), *table_paths(file)] if _learns(file) else []
    return [*image_paths(file), *map(Path, named), *teaching]


PREPROCESS = Step(
    "preprocess",
    run,
    "files",
    inputs=_inputs,
    reads=lambda file: [file.data.images, file.data if _learns(file) else None],
)
