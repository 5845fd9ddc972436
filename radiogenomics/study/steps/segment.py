"""Masks by a segmenter, for the steps that read images."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics._keys import PATIENT
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._files import whole_file
from radiogenomics.study._hash import fingerprint
from radiogenomics.study._inputs import image_paths, table_paths
from radiogenomics.study._step import Context, Step
from radiogenomics.study._teaching import training_with_images
from radiogenomics.study.steps._failures import case_failures

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Of each mask: how sure it is, and its Dice where there is a reference it did not learn from.
TABLE = "segmentation.csv"


def run(context: Context) -> None:
    """Apply a model, or train one on the manifest's own masks and segment every patient without their own."""
    from radiogenomics import im

    settings, images = context.settings, context.images()
    folder = Path(settings.model_folder) if settings.model_folder is not None else _trained(context, images)
    masks = im.segment(
        images, folder, out_dir=context.folder, estimate=settings.estimate, sequences=_sequences(settings),
        reader=settings.automatic, n_jobs=context.n_jobs,
    )  # fmt: skip
    context.failures += case_failures(masks.attrs["failures"])
    table = pd.DataFrame(masks.attrs["quality"])
    if settings.model_folder is None:
        cases = pd.read_csv(folder / "cases.csv", dtype={PATIENT: str})
        known = cases.drop_duplicates("scan").set_index(PATIENT)["dice"]
        table["dice"] = table[PATIENT].map(known[~known.index.duplicated()])
        context.failures += [
            {**row, "reason": f"training: {row['reason']}"}
            for row in case_failures(pd.read_csv(folder / "failures.csv", dtype=str))
            if not row["reason"].startswith("segment:")  # told once, of the mask that is missing
        ]
    with whole_file(context.folder / TABLE) as part:
        table.to_csv(part, index=False)


def _sequences(settings: Any) -> list[str] | None:
    return None if settings.sequences is None else list(settings.sequences)


def _trained(context: Context, images: pd.DataFrame) -> Path:
    """Folder of the model that is trained on the masks of the manifest; a training that was stopped goes on."""
    from radiogenomics import im

    settings = context.settings
    teachers = set(training_with_images(context.file, images))
    test = [p for p in dict.fromkeys(images[PATIENT].astype(str)) if p not in teachers]
    arguments: dict[str, Any] = {
        "model": settings.model, "sequences": _sequences(settings), "folds": settings.folds, "test": test or None,
        "reader": settings.reader, "reading": settings.reading, "visit": settings.visit, "rng": context.seed(),
    }  # fmt: skip
    told = None if settings.settings is None else settings.settings.model_dump(mode="json")
    folder = context.folder / "models" / _configuration(images, {**arguments, "settings": told})
    im.train_segmenter(
        images, out_dir=folder, settings=settings.settings, n_jobs=context.n_jobs,
        cache_dir=context.folder / "prepared", **arguments,
    )  # fmt: skip
    shutil.rmtree(context.folder / "prepared", ignore_errors=True)
    for other in folder.parent.iterdir():  # trainings of settings that the study no longer has
        if other != folder:
            shutil.rmtree(other)
    return folder


def _configuration(images: pd.DataFrame, arguments: Mapping[str, Any]) -> str:
    """Name of a training's folder: another one for anything that it rests on."""
    files = sorted({str(path) for column in ("image", "mask") for path in images[column]})
    there = {path: Path(path).stat() for path in files if Path(path).exists()}
    stamps = {path: [stat.st_size, stat.st_mtime_ns] for path, stat in there.items()}
    return fingerprint({"rows": images.to_csv(), "files": stamps, "arguments": dict(arguments)})[:16]


def _inputs(file: StudyFile) -> list[Path]:
    step = file.steps.segment
    images = image_paths(file) if file.steps.preprocess is None else []
    if step is not None and step.model_folder is not None:
        return [*sorted(p for p in Path(step.model_folder).rglob("*") if p.is_file()), *images]
    return [Path(file.data.clinical.path), *(table_paths(file) if file.data.split is not None else []), *images]


SEGMENT = Step("segment", run, "files", inputs=_inputs, needs=("preprocess",), reads=lambda file: file.data)
