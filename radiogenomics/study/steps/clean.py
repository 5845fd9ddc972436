"""Cleaned, imputed and scaled feature matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._keys import RADIOMICS
from radiogenomics.schemas.steps import CleanSettings
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._step import Context, Step

if TYPE_CHECKING:
    from mudata import MuData


def run(context: Context) -> None:
    """Clean each modality that the study names, then impute and scale it where asked to."""
    from radiogenomics import pp

    for modality, settings in context.settings.items():
        filters = settings.model_dump(include={"max_missing", "max_zeros", "drop_constant", "drop_duplicated"})
        pp.clean_features(context.mdata, modality=modality, **filters)
        if settings.impute is not False:
            pp.impute(context.mdata, modality=modality, strategy=settings.impute, n_neighbors=settings.n_neighbors)
        if modality not in scaled_later(context.file):
            scale(context.mdata, modality, settings)


def scale(mdata: MuData, modality: str, settings: CleanSettings) -> None:
    """Scale a modality where asked to."""
    from radiogenomics import pp

    scaling = settings.scaling(modality)
    if scaling is not None:
        pp.scale(mdata, modality=modality, method=scaling)


def scaled_later(file: StudyFile) -> list[str]:
    """Modalities that a later step scales, after it changed or filtered them."""
    filtered = [RADIOMICS] if file.steps.icc is not None else []
    return sorted({*(file.steps.harmonise or {}), *filtered})


CLEAN = Step("clean", run, "cohort", reads=scaled_later)
