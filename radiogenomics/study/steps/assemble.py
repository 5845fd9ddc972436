"""The cohort from its parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import frame_of, to_uns
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._inputs import read_clinical, read_tables, table_paths
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps._failures import features_file
from radiogenomics.study.steps.check import IMAGES, looks
from radiogenomics.study.steps.extract import CONTROL_FEATURES, FEATURES
from radiogenomics.study.steps.preprocess import warn_of_teachers
from radiogenomics.study.steps.segment import TABLE

if TYPE_CHECKING:
    from anndata import AnnData


def run(context: Context) -> None:
    """Read the tables, add the extracted features, assemble."""
    import anndata

    from radiogenomics import io

    file = context.file
    modalities = read_tables(file)
    if file.steps.extract is not None:
        modalities = {keys.RADIOMICS: _features(context), **modalities}
        if file.steps.extract.control is not None:
            modalities[keys.CONTROL] = anndata.read_h5ad(context.folder.parent / "extract" / CONTROL_FEATURES)
    made = {keys.DEEP: "transfer"} if file.steps.transfer is not None else {}
    for name, step in (made | dict.fromkeys(file.steps.autoencoder or {}, "autoencoder")).items():
        modalities[name] = anndata.read_h5ad(context.folder.parent / step / features_file(name))
    context.mdata = io.assemble_cohort(
        read_clinical(file),
        outcomes={name: outcome.model_dump(exclude_none=True) for name, outcome in file.data.outcomes.items()},
        split=None if file.data.split is None else file.data.split.model_dump(exclude_none=True),
        **{name: modalities[name] for name in file.modalities()},
    )
    looked = context.folder.parent / "check" / IMAGES
    if looked.is_file():
        context.mdata.uns[keys.IMAGE_CHECK] = _looked(looked)
    drawn = context.folder.parent / "segment" / TABLE
    if file.steps.segment is not None and drawn.is_file():
        context.mdata.uns[keys.SEGMENTATION] = _looked(drawn)
    if file.data.split is not None and file.steps.preprocess is not None:
        warn_of_teachers(context.folder.parent / "preprocess", context.mdata.obs[keys.SPLIT])


def _features(context: Context) -> AnnData:
    """Extracted features; cases that failed before extraction stand in the same table of failures."""
    import anndata

    features = anndata.read_h5ad(context.folder.parent / "extract" / FEATURES)
    before = [s for s in ("preprocess", "segment") if s in context.done and context.done[s].failures]
    if before:
        earlier = [{**row, "step": step} for step in before for row in context.done[step].failures]
        rows = pd.DataFrame(earlier).rename(columns={"reason": "message"}).assign(error="")
        both = pd.concat([rows, frame_of(features.uns, "failures")], ignore_index=True)
        features.uns.update(to_uns(failures=both))
    return features


def _looked(path: Path) -> pd.DataFrame:
    """Table of the look at the images; what was not found is empty."""
    table = pd.read_csv(path, dtype={keys.PATIENT: str, "sequence": str, "reader": str})
    words = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    return table.astype(dict.fromkeys(words, object)).fillna(dict.fromkeys(words, ""))


def _inputs(file: StudyFile) -> list[Path]:
    return [Path(file.data.clinical.path), *table_paths(file)]


# Of what step check leaves, the look at the images is read here; it changes with the images, as step extract does.
ASSEMBLE = Step(
    "assemble",
    run,
    "cohort",
    inputs=_inputs,
    needs=("segment", "extract", "autoencoder", "transfer"),
    reads=lambda file: [file.data, looks(file), file.modalities()],
)
