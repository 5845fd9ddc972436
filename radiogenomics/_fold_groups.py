"""Groups of survival curves that models of training folds told: plain tests on them have too small p-values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics._cohort import frame_of, settings_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_OUT_OF_FOLD = "out_of_fold"
#: Settings with which the log-rank test asks something else than the test of `rg.tl.evaluate`.
_OTHER_TEST = ("strata", "landmark", "entry", "weighting")


def fold_tests(data: Cohort, settings: Mapping[str, Any]) -> dict[str, float]:
    """Parts of the split whose groups are cross-validated, each with the p-value that is corrected for folds.

    ``settings`` are those of `rg.tl.kaplan_meier`. The p-value is that of `rg.tl.evaluate` on the same outcome, NaN
    where there is none; a grouping that is no signature's has no part.
    """
    column = str(settings.get("groupby", ""))
    key = column.removesuffix("_group")
    result = data.uns.get(key)
    if key == column or not isinstance(result, Mapping) or "predictions" not in result:
        return {}
    predictions = frame_of(result, "predictions")
    if not {"estimate", "split", "group"} <= set(predictions):
        return {}
    crossed = predictions.loc[predictions["estimate"] == _OUT_OF_FOLD, "split"].astype(str).unique()
    known = {} if any(settings.get(name) is not None for name in _OTHER_TEST) else _corrected(data, key, settings)
    return {str(split): known.get(str(split), float("nan")) for split in crossed}


def _corrected(data: Cohort, model: str, settings: Mapping[str, Any]) -> dict[str, float]:
    out: dict[str, float] = {}
    for groups in _judgements(data, str(settings.get("outcome"))):
        own = groups[(groups["model"] == model) & (groups["estimate"] == _OUT_OF_FOLD)]
        for split, p in zip(own["split"].astype(str), own["p_value"].astype(float), strict=True):
            out.setdefault(split, p)
    return out


def _judgements(data: Cohort, outcome: str) -> Iterator[pd.DataFrame]:
    """Tables of groups of every `rg.tl.evaluate` on the outcome."""
    for _, value in sorted(data.uns.items()):
        made = isinstance(value, Mapping) and {"measures", "summary", "groups", "settings"} <= set(value)
        if made and settings_of(value).get("outcome") == outcome:
            groups = frame_of(value, "groups")
            if {"model", "estimate", "split", "p_value"} <= set(groups):
                yield groups
