"""Batches taken out of the matrices, with how much they explained before and after."""

from __future__ import annotations

from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps.clean import scale


def run(context: Context) -> None:
    """Harmonise each modality that the study names, compare before and after, then scale it where clean asks to."""
    from radiogenomics import pp, tl

    for modality, settings in context.settings.items():
        pp.combat(context.mdata, modality=modality, **settings.combat_settings())
        tl.batch_effect(
            context.mdata, modality=modality, batch=settings.batch,
            variables=list(dict.fromkeys([*settings.covariates, *settings.compare])), categorical=settings.categorical,
        )  # fmt: skip
        cleaning = (context.file.steps.clean or {}).get(modality)
        if cleaning is not None:
            scale(context.mdata, modality, cleaning)


def _scaling(file: StudyFile) -> dict[str, str | None]:
    cleaned = file.steps.clean or {}
    return {name: cleaned[name].scaling(name) for name in sorted(file.steps.harmonise or {}) if name in cleaned}


HARMONISE = Step("harmonise", run, "cohort", reads=_scaling)
