"""What a Cox model takes for granted, checked: constant effects, their form, patients it hangs on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiogenomics import core
from radiogenomics._errors import DegenerateInputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.cox import CoxFit
from radiogenomics.core.schoenfeld import Transform
from radiogenomics.tl._cox_models import NO_MAXIMUM, CoxModels
from radiogenomics.tl._variables import Term, Variable

# A smooth line through fewer distinct values shows nothing.
_FEWEST_VALUES = 5
_FORM = ["variable", PATIENT, "value", "residual", "smooth"]
_INFLUENCE = [PATIENT, "variable", "level", "dfbeta", "dfbetas"]
GLOBAL = "all together"


def columns_of(terms: Sequence[Term]) -> list[list[int]]:
    """Numbers of each term's columns."""
    ends = np.cumsum([0, *(t.x.shape[1] for t in terms)])
    return [list(range(a, b)) for a, b in itertools.pairwise(ends)]


def why_unchecked(models: CoxModels, fitted: CoxFit) -> str | None:
    """Only a maximum of the likelihood without penalty has these checks."""
    if models.penalised:
        return f"not defined with {models.penalised}"
    if fitted.diverging:
        return NO_MAXIMUM
    return None if fitted.converged else "the fit did not converge"


def proportional_hazards(
    models: CoxModels, terms: Sequence[Term], fitted: CoxFit, rows: BoolArray, transform: Transform
) -> pd.DataFrame:
    """Score test of each variable's effect against one that changes with time, and of all together.

    NaN, with a note, where it cannot be done.
    """
    note = why_unchecked(models, fitted)
    names = [t.name for t in terms] + [GLOBAL]
    widths = [t.x.shape[1] for t in terms]
    table = pd.DataFrame({"variable": names, "statistic": np.nan, "df": [*widths, sum(widths)], "p_value": np.nan})
    x = np.hstack([t.x for t in terms])
    if note is None:
        try:
            test = core.proportional_hazards(
                x, **models.data(rows), coef=fitted.coef, terms=columns_of(terms), transform=transform
            )
        except DegenerateInputError as error:  # all events at one time: nothing can change with it
            note = error.faults[0].found
        else:
            table["statistic"], table["p_value"] = test.statistic, test.p_value
    fixed = "does not vary among the patients at risk at later events"
    notes = [note if note is not None else fixed if np.isnan(s) else None for s in table["statistic"]]
    return table.assign(transform=transform, note=pd.Series(notes, dtype=object))


def functional_form(
    models: CoxModels, variables: Sequence[Variable], terms: Sequence[Term], rows: BoolArray
) -> pd.DataFrame:
    """Martingale residuals of the model without each numeric variable, against it, with a local regression."""
    parts = []
    for v in variables:
        if v.levels is not None or models.penalised:
            continue
        value = v.values[rows].to_numpy(dtype=float)
        if len(np.unique(value)) < _FEWEST_VALUES:
            continue
        residual = _residuals(models, [t for t in terms if v.name not in t.variables], rows)
        ids = v.values.index[rows].astype(str)
        parts.append(
            pd.DataFrame(
                {"variable": v.name, PATIENT: ids, "value": value, "residual": residual,
                 "smooth": smooth(value, residual)}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_FORM)


def _residuals(models: CoxModels, others: Sequence[Term], rows: BoolArray) -> FloatArray:
    x = np.hstack([t.x for t in others]) if others else np.zeros((int(rows.sum()), 1))
    coef = models.fit_terms(others, rows).coef if others else np.zeros(1)
    return core.martingale_residuals(x, **models.data(rows), coef=coef)


def smooth(x: FloatArray, y: FloatArray) -> FloatArray:
    """Cleveland's robust local regression over two thirds of the patients, at each of them."""
    from statsmodels.nonparametric.smoothers_lowess import lowess

    fitted = lowess(y, x, frac=2 / 3, it=3, delta=0.01 * float(np.ptp(x)), return_sorted=False)
    return np.asarray(fitted, dtype=np.float64)


def influence(models: CoxModels, terms: Sequence[Term], fitted: CoxFit, rows: BoolArray, ids: pd.Index) -> pd.DataFrame:
    """How much each coefficient would change without each patient, and that in standard errors."""
    if why_unchecked(models, fitted) is not None:
        return pd.DataFrame(columns=_INFLUENCE)
    x = np.hstack([t.x for t in terms])
    change = core.dfbeta(x, **models.data(rows), coef=fitted.coef, covariance=fitted.covariance)
    parts = []
    for t, columns in zip(terms, columns_of(terms), strict=True):
        for level, j in zip(t.levels, columns, strict=True):
            own = {PATIENT: ids[rows].astype(str), "variable": t.name, "level": level or None, "dfbeta": change[:, j]}
            parts.append(pd.DataFrame(own | {"dfbetas": change[:, j] / fitted.se[j]}))
    return pd.concat(parts, ignore_index=True)
