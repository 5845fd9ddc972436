"""Hazard ratios of the Cox models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from radiogenomics.get._table import stored_table

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_TABLES = (
    "multivariable", "univariable", "model", "fit", "sample_size", "proportional_hazards", "functional_form",
    "influence", "left_out",
)  # fmt: skip


def cox(
    data: Cohort,
    *,
    key: str = "cox",
    table: Literal[
        "multivariable",
        "univariable",
        "model",
        "fit",
        "sample_size",
        "proportional_hazards",
        "functional_form",
        "influence",
        "left_out",
    ] = "multivariable",
) -> pd.DataFrame:
    """Hazard ratios of the Cox models.

    Parameters
    ----------
    data
        Cohort on which `rg.tl.cox` was run.
    key
        Name under which the result is stored.
    table
        ``univariable`` and ``multivariable``: hazard ratios; ``model``: likelihood-ratio, Wald and score tests;
        ``fit``: log-likelihood and c-index; ``sample_size``: events per coefficient, and the patients that such a
        model needs; ``proportional_hazards``, ``functional_form``, ``influence``: checks of the
        multivariable model; ``left_out``: patients not used and why.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UnknownNameError
        If there is no such result or table.
    """
    return stored_table(data, key, table, tables=_TABLES, made_by="cox")
