"""Whether batches go together with what should not be taken out with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import patients_of, survival_outcome
from radiogenomics._errors import DegenerateInputError
from radiogenomics.core.variance_explained import variance_explained

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def associations(data: Cohort, table: pd.DataFrame, batch: str, part: str) -> pd.DataFrame:
    """One row per other column of ``table`` and per registered outcome: its association with the batches."""
    rows = [_variable(table, batch, str(name)) for name in table if name != batch]
    for name, outcome in data.uns.get(keys.OUTCOMES, {}).items():
        if outcome["kind"] == "survival":
            rows.append(_survival(data, table, batch, name))
        elif outcome["kind"] == "binary" and str(outcome["column"]) in data.obs:
            column = data.obs[str(outcome["column"])].set_axis(patients_of(data)).reindex(table.index)
            text = column.astype(object).where(column.notna(), None).map(str, na_action="ignore")
            rows.append(_variable(table[[batch]].assign(**{name: text}), batch, name) | {"outcome": True})
    columns = ["split", "variable", "outcome", "n", "statistic", "effect", "p_value", "confounded"]
    out = pd.DataFrame([{"split": part, "outcome": False, **row} for row in rows], columns=columns)
    return out.astype({"outcome": bool, "confounded": bool})


def _variable(table: pd.DataFrame, batch: str, name: str) -> dict[str, Any]:
    both = table[[batch, name]].dropna()
    row = {"variable": name, "n": len(both), "statistic": "", "effect": np.nan, "p_value": np.nan, "confounded": False}
    if both[batch].nunique() < 2 or both[name].nunique() < 2:
        return row
    if pd.api.types.is_numeric_dtype(both[name]):
        found = variance_explained(both[[name]].to_numpy(dtype=float), both[batch].to_numpy(dtype=str))
        effect = float(found.r2[0])
        told = {"statistic": "eta squared", "effect": effect, "p_value": float(found.p_value[0])}
        return row | told | {"confounded": effect > 1 - 1e-9}
    counts = pd.crosstab(both[batch], both[name]).to_numpy()
    test = core.chi_squared(counts)
    # Every batch has one level of it, or every level is in one batch: nothing tells the two apart.
    nested = bool(((counts > 0).sum(axis=1) == 1).all() or ((counts > 0).sum(axis=0) == 1).all())
    told = {"statistic": "Cramer's V", "effect": core.cramers_v(counts), "p_value": float(test.p_value)}
    return row | told | {"confounded": nested}


def _survival(data: Cohort, table: pd.DataFrame, batch: str, name: str) -> dict[str, Any]:
    row = {"variable": name, "outcome": True, "n": 0, "statistic": "log-rank chi-squared", "effect": np.nan,
           "p_value": np.nan, "confounded": False}  # fmt: skip
    try:
        outcome = survival_outcome(data, name)
        place = patients_of(data).get_indexer(table.index)
        use = place[(place >= 0) & outcome.known[place]]
        labels = table[batch].reindex(patients_of(data)[use]).to_numpy(dtype=str)
        test = core.logrank(outcome.time[use], outcome.event[use], labels)
    except DegenerateInputError:
        return row
    return row | {"n": len(use), "effect": float(test.statistic), "p_value": float(test.p_value)}
