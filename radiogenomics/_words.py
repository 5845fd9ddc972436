"""Names of modalities and groupings as a reader says them: ``rna:groups`` is "RNA groups"."""

from __future__ import annotations

from radiogenomics import _keys as keys

_MODALITIES = {keys.RNA: "RNA"}


def modality_words(modality: str) -> str:
    """``RNA`` for ``rna``; any other name as it is."""
    return _MODALITIES.get(modality, modality)


def grouping_words(column: str) -> str:
    """``radiomics groups`` for ``radiomics:groups``, ``RNA subtype`` for ``rna:subtype``; other columns as they are."""
    modality, sign, key = column.partition(":")
    return f"{modality_words(modality)} {key}" if sign and modality and key else column


def model_words(model: str) -> str:
    """``radiomics groups + RNA groups`` for ``radiomics:groups + rna:groups``."""
    return " ".join(grouping_words(part) for part in model.split(" "))
