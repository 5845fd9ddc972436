"""Canonical correlation of two modalities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("components", "weights", "scores", "penalties", "null", "held_out", "removed", "left_out")


def canonical_correlation(
    data: Cohort,
    *,
    key: str = "canonical_correlation",
    table: Literal[
        "components", "weights", "scores", "penalties", "null", "held_out", "removed", "left_out"
    ] = "components",
) -> pd.DataFrame:
    """Pairs of scores of two modalities that go together.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.canonical_correlation` was run.
    key
        Name under which the result is stored.
    table
        ``components``: correlation, p-value and held-out correlation of each pair of scores; ``weights``: features that
        make them; ``scores``: by patient; ``penalties``: those tried; ``null``: permutations; ``held_out``: test folds;
        ``removed``: features that do not vary; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="canonical_correlation")
