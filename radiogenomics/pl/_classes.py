"""What figures call the classes of a binary outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from radiogenomics import _keys as keys
from radiogenomics._words import class_words

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def classes_of(data: Cohort, settings: Mapping[str, Any]) -> tuple[str, str]:
    """Negative and positive class of the outcome of a result; just that where the outcome is no longer registered."""
    name = str(settings["outcome"])
    declared = data.uns.get(keys.OUTCOMES, {}).get(name, {})
    return class_words(name, declared["positive"]) if "positive" in declared else ("negative", "positive")
