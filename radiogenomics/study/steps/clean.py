"""Cleaned, imputed and scaled feature matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics.schemas.steps import CleanSettings
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
        if modality not in (context.file.steps.harmonise or {}):  # that step scales what it harmonised
            scale(context.mdata, modality, settings)


def scale(mdata: MuData, modality: str, settings: CleanSettings) -> None:
    """Scale a modality where asked to."""
    from radiogenomics import pp

    scaling = settings.scaling(modality)
    if scaling is not None:
        pp.scale(mdata, modality=modality, method=scaling)


CLEAN = Step("clean", run, "cohort", reads=lambda file: sorted(file.steps.harmonise or {}))
