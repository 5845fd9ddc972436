"""What the functions that judge stored predictions share."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pandas as pd

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.tl._predictions import GIVEN, Predictions

_FIRST = ("split", "model", "estimate", "horizon")
_SHOWN = 3


def check_judging(bootstrap: int, confidence: float) -> None:
    """Refuse arguments that no interval can be made with, all in one message."""
    faults = []
    if isinstance(bootstrap, bool) or not isinstance(bootstrap, int) or bootstrap < 2:
        faults.append(Fault(repr(bootstrap), "a whole number of at least 2", argument="bootstrap"))
    if not 0 < confidence < 1:
        faults.append(Fault(repr(confidence), "a number between 0 and 1", argument="confidence"))
    if faults:
        raise InputError("intervals", faults)


def require_probabilities(parts: Sequence[Predictions]) -> None:
    """Refuse models that give scores alone."""
    faults: dict[str, Fault] = {}
    for part in parts:
        lacking = part.table["probability"].isna()
        if lacking.any():
            found = "values outside 0 to 1" if part.estimate == GIVEN else f"{int(lacking.sum())} without a probability"
            hint = "Scores have no calibration and no net benefit; use probabilities"
            faults.setdefault(part.model, Fault(found, "probabilities in [0, 1]", column=part.model, hint=hint))
    if faults:
        raise InputError("predictions", list(faults.values()))


def first_columns(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The tables one below the other; who is judged stands in the first columns."""
    kept = [table for table in tables if len(table)]
    if not kept:
        return pd.DataFrame({name: [] for name in _FIRST[:3]}, dtype=object)
    # A column that is empty in one table does not decide the type of the others.
    records = [row for table in kept for row in table.to_dict("records")]
    out = pd.DataFrame.from_records(records)
    first = [name for name in _FIRST if name in out]
    return out[[*first, *(c for c in out.columns if c not in first)]]


def warn_unknown(table: pd.DataFrame, what: str, *, stacklevel: int) -> None:
    """Say where no value could be had, and why."""
    unknown = table[table["value"].isna()]
    if unknown.empty:
        return
    keys = [name for name in _FIRST if name in table]
    said = []
    for row in unknown.drop_duplicates(keys).itertuples():
        horizon = f", horizon {row.horizon:g}" if "horizon" in keys else ""
        said.append(f"{row.model}, {row.estimate}, {row.split}{horizon}: {row.note}")
    more = f" (and {len(said) - _SHOWN} more)" if len(said) > _SHOWN else ""
    warnings.warn(
        f"{what}: some figures are not known. {'; '.join(said[:_SHOWN])}{more}.",
        RadiogenomicsWarning,
        stacklevel=stacklevel + 1,
    )
