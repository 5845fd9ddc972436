"""A signature and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = ("performance", "coefficients", "predictions", "risks", "path", "cv", "selection", "left_out")


def signature(
    data: Cohort,
    *,
    key: str = "signature",
    table: Literal[
        "performance", "coefficients", "predictions", "risks", "path", "cv", "selection", "left_out"
    ] = "performance",
) -> pd.DataFrame:
    """A signature and what it is worth.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.signature` or `rg.tl.apply_signature` was run.
    key
        Name under which the result is stored.
    table
        ``performance``: AUC or c-index per part of the split and estimate; ``coefficients``: of each feature, with how
        often it is selected; ``predictions``: score, probability and group per patient, estimate and repeat;
        ``risks``: probability of the event by each horizon; ``path``, ``cv``: of the LASSO; ``selection``: features
        left after each step of each fit; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="signature")
