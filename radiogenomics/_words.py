"""Names of modalities and groupings as a reader says them: ``rna:groups`` is "RNA groups"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radiogenomics import _keys as keys

_MODALITIES = {keys.RNA: "RNA", "cae": "CAE", "hscae": "HSCAE"}


def modality_words(modality: str) -> str:
    """``RNA`` for ``rna``, ``CAE`` for ``cae``; any other name as it is."""
    return _MODALITIES.get(modality, modality)


def grouping_words(column: str) -> str:
    """``radiomics groups`` for ``radiomics:groups``, ``RNA subtype`` for ``rna:subtype``; other columns as they are."""
    modality, sign, key = column.partition(":")
    return f"{modality_words(modality)} {key}" if sign and modality and key else column


def model_words(model: str) -> str:
    """``radiomics groups + RNA groups`` for ``radiomics:groups + rna:groups``."""
    return " ".join(grouping_words(part) for part in model.split(" "))


#: Values that say no more than that the outcome is there.
_PLAIN = ("1", "1.0", "true", "yes")


def class_words(outcome: str, positive: object) -> tuple[str, str]:
    """Names of both classes of a binary outcome, the negative first: ``("not G3", "G3")``, ``("no lung", "lung")``."""
    value = str(positive)
    return (f"no {outcome}", outcome) if value.lower() in _PLAIN else (f"not {value}", value)


_WEIGHTED = {"gehan": "Gehan", "tarone-ware": "Tarone-Ware", "peto": "Peto", "fleming-harrington": "Fleming-Harrington"}


def log_rank_words(settings: Mapping[str, Any]) -> str:
    """``log-rank``, ``stratified log-rank``, ``Peto-weighted log-rank`` by the settings of a result."""
    words = [f"{_WEIGHTED[settings['weighting']]}-weighted"] if settings.get("weighting") else []
    words += ["stratified"] if settings.get("strata") else []
    return " ".join(filter(None, [", ".join(words), "log-rank"]))


#: Parts of the names of outcomes -> what a patient is free of until the event.
_FREE_OF = {
    "Overall survival": ("os", "overall"),
    "Metastasis-free survival": ("mfs", "dmfs", "metastasis", "metastases"),
    "Progression-free survival": ("pfs", "pfi", "progression"),
    "Disease-free survival": ("dfs", "dfi"),
    "Relapse-free survival": ("rfs", "relapse", "recurrence"),
}


def survival_words(outcome: str) -> str:
    """``Overall survival (os)`` for ``os``; ``Free of event (name)`` for a name that does not say which."""
    parts = outcome.lower().replace("-", "_").replace(" ", "_").split("_")
    for words, names in _FREE_OF.items():
        if any(name in parts for name in names):
            return f"{words} ({outcome})"
    return f"Free of event ({outcome})"
