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
from radiogenomics.study.steps.preprocess import warn_of_teachers

if TYPE_CHECKING:
    from anndata import AnnData


def run(context: Context) -> None:
    """Read the tables, add the extracted features, assemble."""
    from radiogenomics import io

    file = context.file
    modalities = read_tables(file)
    if file.steps.extract is not None:
        modalities = {keys.RADIOMICS: _features(context), **modalities}
    context.mdata = io.assemble_cohort(
        read_clinical(file),
        outcomes={name: outcome.model_dump(exclude_none=True) for name, outcome in file.data.outcomes.items()},
        split=None if file.data.split is None else file.data.split.model_dump(exclude_none=True),
        **{name: modalities[name] for name in file.modalities()},
    )
    if file.data.split is not None and file.steps.preprocess is not None:
        warn_of_teachers(context.folder.parent / "preprocess", context.mdata.obs[keys.SPLIT])


def _features(context: Context) -> AnnData:
    """Extracted features; cases that failed before extraction stand in the same table of failures."""
    import anndata

    features = anndata.read_h5ad(context.folder.parent / "extract" / "features.h5ad")
    earlier = context.done["preprocess"].failures if "preprocess" in context.done else []
    if earlier:
        rows = pd.DataFrame(earlier).rename(columns={"reason": "message"}).assign(step="preprocess", error="")
        both = pd.concat([rows, frame_of(features.uns, "failures")], ignore_index=True)
        features.uns.update(to_uns(failures=both))
    return features


def _inputs(file: StudyFile) -> list[Path]:
    return [Path(file.data.clinical.path), *table_paths(file)]


ASSEMBLE = Step("assemble", run, "cohort", inputs=_inputs, needs=("extract",), reads=lambda file: file.data)
