"""Check declared outcomes against the clinical table and register them."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._outcome_values import doubtful_unit, is_positive, same_code
from radiogenomics.schemas.messages import faults_of
from radiogenomics.schemas.outcomes import OUTCOMES, BinaryOutcome, CompetingOutcome, SurvivalOutcome

_SAYS_EVENT = re.compile(r"(dead|died|deceas|death|yes|true|event|relaps|recur|progress|metasta)", re.IGNORECASE)


def register_outcomes(
    clinical: pd.DataFrame, declared: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Clinical table with the columns that outcomes need, and what goes into ``uns["outcomes"]``.

    Raises
    ------
    InputError
        With every fault of every outcome at once: columns that do not exist, negative times, codes that were not
        declared, each with its patient and (where the table was read from a file) its row.
    """
    if not declared:
        raise InputError(
            "outcomes",
            Fault(
                "none",
                "at least one outcome",
                hint="For example {'os': {'kind': 'survival', 'time': 'os_days', 'event': 'os_event', 'unit': 'days'}}",
            ),
        )
    try:
        outcomes = OUTCOMES.validate_python(dict(declared))
    except ValidationError as error:
        raise InputError("outcomes", faults_of(error)) from error
    table = _Clinical(clinical)
    registered: dict[str, dict[str, Any]] = {}
    for order, (name, outcome) in enumerate(outcomes.items()):
        if isinstance(outcome, SurvivalOutcome):
            entry = _survival(table, name, outcome)
        elif isinstance(outcome, CompetingOutcome):
            entry = _competing(table, outcome)
        else:
            entry = _binary(table, outcome)
        registered[name] = {**entry, "order": order}
    if table.faults:
        raise InputError(table.where, table.faults)
    _warn_of_units(table.frame, registered)
    return table.frame, registered


def _warn_of_units(frame: pd.DataFrame, registered: Mapping[str, Mapping[str, Any]]) -> None:
    """Say which outcomes have no unit, or times that can hardly be in it."""
    for name, entry in registered.items():
        if entry["kind"] == "binary":
            continue
        said = doubtful_unit(name, entry["time"], frame[entry["time"]], entry["unit"])
        if said is not None:
            warnings.warn(said, RadiogenomicsWarning, stacklevel=4)


def refuse_without_events(obs: pd.DataFrame, registered: Mapping[str, Mapping[str, Any]], patients: str) -> None:
    """Refuse an outcome that nobody among the kept patients has, or everybody."""
    for name, outcome in registered.items():
        if outcome["kind"] == "binary":
            said_yes = is_positive(obs[outcome["column"]], outcome["positive"])
            n_yes, n_known = int((said_yes == 1).sum()), int(said_yes.notna().sum())
            if n_yes in (0, n_known):
                raise DegenerateInputError(
                    f"outcome {name!r}",
                    Fault(
                        f"{n_yes} positive of {n_known} {patients}",
                        "patients with and without it",
                        column=outcome["column"],
                    ),
                )
            continue
        event, time = obs[outcome["event"]].astype(float), obs[outcome["time"]].astype(float)
        n_events = int(((event > 0) & time.notna()).sum())
        if n_events == 0:
            raise DegenerateInputError(
                f"outcome {name!r}",
                Fault(
                    f"no event among {int((event.notna() & time.notna()).sum())} {patients} with follow-up",
                    "at least one",
                    column=outcome["event"],
                    hint="Check the codes: 1 means event, unless codes= says otherwise",
                ),
            )


class _Clinical:
    """The table under check and the faults found so far."""

    def __init__(self, clinical: pd.DataFrame) -> None:
        self.frame = clinical.copy()
        self.where = str(clinical.attrs.get("file", "clinical"))
        self.rows: Mapping[str, int] = clinical.attrs.get("rows", {})
        self.faults: list[Fault] = []

    def has(self, *columns: str) -> bool:
        missing = [name for name in dict.fromkeys(columns) if name not in self.frame]
        for name in missing:
            self.faults.extend(unknown_name("column", name, self.frame.columns).faults)
        return not missing

    def fault(self, column: str, wrong: pd.Series, expected: str, hint: str = "") -> None:
        """One fault per patient where ``wrong``."""
        for patient in wrong.index[wrong.to_numpy(dtype=bool)]:
            value: Any = self.frame.at[patient, column]
            shown = (
                f"{value:g}" if isinstance(value, float) else repr(value.item() if hasattr(value, "item") else value)
            )
            self.add(Fault(f"{shown} for patient {patient!r}", expected, self.rows.get(patient), column, hint))

    def add(self, fault: Fault) -> None:
        if fault not in self.faults:  # two outcomes may share a column
            self.faults.append(fault)

    def times(self, column: str) -> None:
        values = self.frame[column]
        numbers = pd.to_numeric(values, errors="coerce")
        self.fault(column, numbers.isna() & values.notna(), "a number, 0 or more")
        self.fault(column, (numbers < 0) | np.isinf(numbers.astype(float)), "a time, 0 or more")
        self.frame[column] = numbers.astype(float) if numbers.isna().any() else numbers


def _survival(table: _Clinical, name: str, outcome: SurvivalOutcome) -> dict[str, Any]:
    if not table.has(outcome.time, outcome.event):
        return {}
    table.times(outcome.time)
    codes = outcome.codes or {0: 0, 1: 1}
    said = ", ".join(f"{code!r} ({'event' if meaning else 'censored'})" for code, meaning in codes.items())
    coded = table.frame[outcome.event].map(
        lambda value: next((float(meaning) for code, meaning in codes.items() if same_code(value, code)), -1.0),
        na_action="ignore",
    ).astype(float)  # fmt: skip
    table.fault(outcome.event, coded == -1, f"one of the codes {said}", _event_hint(table, outcome))
    column = outcome.event
    if outcome.codes is not None or not pd.api.types.is_numeric_dtype(table.frame[column]):
        column = f"{name}:event"
        table.frame[column] = coded if coded.isna().any() else coded.astype(np.int64)
    return {"kind": "survival", "time": outcome.time, "event": column, "unit": outcome.unit}


def _event_hint(table: _Clinical, outcome: SurvivalOutcome) -> str:
    """What the values of an event column that is no event column suggest."""
    if outcome.codes is not None:
        return ""
    events = table.frame[outcome.event].dropna()
    times = set(pd.unique(table.frame[outcome.time].dropna()).tolist())
    found = sorted(map(str, pd.unique(events)))
    if times and times <= {0, 1} and len(found) > 2:
        return f"time {outcome.time!r} and event {outcome.event!r} look swapped"
    if len(found) == 2:
        event = next((value for value in found if _SAYS_EVENT.match(value)), found[1])
        pairs = ", ".join(f"{value}: {int(value == event)}" for value in found)
        return f"Say what the values mean, for example codes={{{pairs}}} if {event} is the event"
    return ""


def _competing(table: _Clinical, outcome: CompetingOutcome) -> dict[str, Any]:
    if not table.has(outcome.time, outcome.event):
        return {}
    table.times(outcome.time)
    said = ", ".join(["0 (censored)", *(f"{code} ({cause})" for cause, code in outcome.causes.items())])
    values = table.frame[outcome.event]
    numbers = pd.to_numeric(values, errors="coerce")
    table.fault(
        outcome.event, values.notna() & ~numbers.isin([0, *outcome.causes.values()]), f"one of the codes {said}"
    )
    table.frame[outcome.event] = numbers
    return {
        "kind": "competing", "time": outcome.time, "event": outcome.event,
        "causes": json.dumps(outcome.causes), "unit": outcome.unit,
    }  # fmt: skip


def _binary(table: _Clinical, outcome: BinaryOutcome) -> dict[str, Any]:
    if not table.has(outcome.column):
        return {}
    values = table.frame[outcome.column]
    if not (is_positive(values, outcome.positive) == 1).any():
        found = [str(v) for v in pd.unique(values.dropna())[:8]]
        table.add(
            Fault(
                f"no patient with {outcome.positive!r}",
                f"one of the values there: {', '.join(found) or 'none'}",
                column=outcome.column,
            )
        )
    return {"kind": "binary", "column": outcome.column, "positive": outcome.positive}
