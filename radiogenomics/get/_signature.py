"""A signature and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from radiogenomics._cohort import result_of, settings_of
from radiogenomics._errors import UnknownNameError
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


def signature_model(data: Cohort, *, key: str = "signature") -> dict[str, Any]:
    """A signature as plain numbers: all that is needed to score a new patient.

    `rg.io.write_model` writes it; what `rg.io.read_model` then gives scores the patients of a table (``.predict``).

    Parameters
    ----------
    data
        Cohort on which `rg.tl.signature` was run.
    key
        Name under which the result is stored.

    Returns
    -------
    dict
        ``formula`` as text, of the features as measured (``transformed(...)`` where the recorded transforms are no
        straight line); ``intercept`` and ``terms``, so that the score is the intercept plus, of every term,
        ``coefficient * (measured - zero) * per_unit`` (0 or 1 is measured of one of ``levels``; where ``zero`` is
        ``None`` the recorded transforms are no straight line, and `rg.tl.apply_signature` applies them); ``low``,
        ``high``,
        ``mean`` and ``sd`` of the training patients as measured; ``cutoff`` (a score of at least it is ``high``;
        ``None`` of the null model) and ``threshold`` (the same as a probability, which is 1 / (1 + exp(-score)) of a
        binary outcome); ``horizons`` and ``baseline_survival`` (the risk by a horizon is 1 - baseline ** exp(score));
        ``patients`` who trained it.

    Raises
    ------
    UnknownNameError
        If there is no such result.
    """
    result = result_of(data, key, made_by="signature")
    if "model" not in result or "formula" not in settings_of(result):
        raise UnknownNameError("result", f"{key!r} holds no signature of rg.tl.signature: another function made it")
    return {"formula": settings_of(result)["formula"], **settings_of(result, "model")}
