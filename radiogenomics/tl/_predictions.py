"""Stored predictions of models, in one format for all that judge them.

``rg.tl.signature`` and ``rg.tl.compare_models`` store a table ``predictions`` with a row per patient, model, estimate
and repeat: ``patient_id``, ``model``, ``split``, ``estimate`` (``apparent``, ``out_of_fold``, ``held_out``),
``repeat``, ``fold``, ``score``, ``probability``, ``cutoff``, ``threshold``, ``group``. Those of survival outcomes also
store ``risks``: the probability of the event by each ``horizon``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import column_of, frame_of, patients_of, settings_of, split_of, unknown_name
from radiogenomics._errors import Fault, InputError

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

APPARENT, OUT_OF_FOLD, HELD_OUT, GIVEN = "apparent", "out_of_fold", "held_out", "given"
#: The honest estimates first: an apparent one never stands alone.
ESTIMATES = (OUT_OF_FOLD, HELD_OUT, APPARENT, GIVEN)
COLUMNS = (
    keys.PATIENT, "model", "split", "estimate", "repeat", "fold", "score", "probability", "cutoff", "threshold",
    "group",
)  # fmt: skip
RISK_COLUMNS = (keys.PATIENT, "model", "split", "estimate", "repeat", "fold", "horizon", "probability")


@dataclass(frozen=True)
class Predictions:
    """Predictions of one model for one part of the split, made in one way.

    Attributes
    ----------
    table
        Rows of :data:`COLUMNS` of this model, split and estimate; several per patient where folds were repeated.
    risks
        Rows of :data:`RISK_COLUMNS` alike; empty unless the model gives probabilities by a horizon.
    source
        Name under which they were stored, or the column of ``data.obs``.
    outcome
        Outcome the model was made for; ``None`` of a column.
    """

    model: str
    split: str
    estimate: str
    table: pd.DataFrame
    risks: pd.DataFrame
    source: str
    outcome: str | None

    @property
    def patients(self) -> list[str]:
        """Patients with a prediction, each once, in the order of the table."""
        return list(dict.fromkeys(self.table[keys.PATIENT]))

    def wide(self, column: str, patients: Sequence[str] | None = None) -> pd.DataFrame:
        """One column as (repeats, patients); ``fold`` gives the folds in which patients are judged together."""
        wanted = self.patients if patients is None else list(patients)
        table = self.table.pivot(index="repeat", columns=keys.PATIENT, values=column)
        return table.reindex(columns=wanted)


def predictions_of(
    data: Cohort, names: str | Sequence[str], *, models: Sequence[str] | None = None, kind: str | None = None
) -> list[Predictions]:
    """Predictions under `names`: results of ``rg.tl.signature`` or ``compare_models``, or columns of ``data.obs``.

    Parameters
    ----------
    data
        Cohort that holds them.
    names
        One or several. A column of numbers is a model of its own (estimate ``given``): values within [0, 1] are
        probabilities as well as scores, others (and zeros and ones alone) are scores only.
    models
        Which models; by default all but those that stand beside another in its result (a setting ``beside``).
    kind
        ``"binary"`` or ``"survival"``: what stored models must have been made for.

    Returns
    -------
    By name, model, part of the split (in its order) and estimate (honest ones first). Models of the same name in
    several results are named by their result.

    Raises
    ------
    UnknownNameError
        A name or model that does not exist.
    InputError
        A model of another kind of outcome, or a column that holds no numbers.
    """
    wanted = [names] if isinstance(names, str) else list(names)
    if not wanted:
        raise InputError("predictions", Fault("no name", "a stored result or a column of data.obs"))
    read = [part for name in dict.fromkeys(wanted) for part in _from(data, name, kind)]
    if models is None:
        read = [part for part in read if part.model not in _beside(data, part.source)]
    found = _told_apart(read)
    if models is None:
        return found
    known = list(dict.fromkeys(part.model for part in found))
    for model in models:
        if model not in known:
            raise unknown_name("models", model, known)
    return [part for model in models for part in found if part.model == model]


def signature_of(data: Cohort, name: str) -> str | None:
    """Key of the stored signature whose score or groups a column holds."""
    for key in (name, name.removesuffix("_group")):
        stored = data.uns.get(key)
        if isinstance(stored, Mapping) and "predictions" in stored and keys.SETTINGS in stored:
            return str(key)
    return None


def learned_here(data: Cohort, key: str) -> bool:
    """Whether patients of this cohort taught the signature, so that its scores are out of fold."""
    return bool((frame_of(data.uns[key], "predictions")["estimate"] == OUT_OF_FOLD).any())


def _from(data: Cohort, name: str, kind: str | None) -> list[Predictions]:
    stored = data.uns.get(name)
    if isinstance(stored, dict) and "predictions" in stored:
        return _stored(name, stored, kind)
    if name in data.obs:
        return _given(data, name)
    results = [key for key, value in data.uns.items() if isinstance(value, dict) and "predictions" in value]
    numbers = [str(c) for c in data.obs.columns if pd.api.types.is_numeric_dtype(data.obs[c])]
    raise unknown_name(
        "predictions (a result of rg.tl.signature or compare_models, or a column)", name, results + numbers
    )


def _beside(data: Cohort, source: str) -> list[str]:
    """Models of a result that are judged only where they are named: nobody asked for them by naming the result."""
    stored = data.uns.get(source)
    if not isinstance(stored, Mapping) or keys.SETTINGS not in stored:
        return []
    return [str(name) for name in settings_of(stored).get("beside", [])]


def _stored(name: str, stored: dict[str, Any], kind: str | None) -> list[Predictions]:
    settings = settings_of(stored)
    if kind is not None and settings["kind"] != kind:
        raise InputError(
            "predictions", Fault(f"{name!r}, made for the {settings['kind']} outcome {settings['outcome']!r}",
                                 f"models of a {kind} outcome")
        )  # fmt: skip
    table = frame_of(stored, "predictions")
    risks = frame_of(stored, "risks") if "risks" in stored else pd.DataFrame(columns=list(RISK_COLUMNS))
    by_risk = dict(tuple(risks.groupby(["model", "split", "estimate"], sort=False)))
    splits = ["all", *keys.SPLITS]
    blocks = dict(tuple(table.groupby(["model", "split", "estimate"], sort=False)))
    models = list(dict.fromkeys(table["model"]))
    found = [(str(model), str(split), str(estimate)) for model, split, estimate in blocks]
    order = sorted(found, key=lambda b: (models.index(b[0]), splits.index(b[1]), ESTIMATES.index(b[2])))
    return [
        Predictions(
            model, split, estimate, blocks[model, split, estimate].reset_index(drop=True),
            by_risk.get((model, split, estimate), risks.iloc[:0]).reset_index(drop=True), name, settings["outcome"],
        )
        for model, split, estimate in order
    ]  # fmt: skip


def _given(data: Cohort, name: str) -> list[Predictions]:
    column = column_of(data, name)
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise InputError("predictions", Fault(f"column {name!r} of type {column.dtype}", "scores or probabilities"))
    values = column.set_axis(patients_of(data)).astype(float)
    values = values[np.isfinite(values)]
    if values.empty:
        raise InputError("predictions", Fault(f"column {name!r} without a number", "scores or probabilities"))
    # Zeros and ones alone are a finding, which states no probability.
    probable = bool(values.between(0, 1).all() and not values.isin([0, 1]).all())
    split = split_of(data)
    parts = (
        pd.Series("all", index=values.index) if split is None else split.set_axis(patients_of(data)).loc[values.index]
    )
    table = pd.DataFrame({
        keys.PATIENT: values.index, "model": name, "split": parts.to_numpy(), "estimate": GIVEN, "repeat": 0,
        "fold": -1, "score": values.to_numpy(), "probability": values.to_numpy() if probable else np.nan,
        "cutoff": np.nan, "threshold": np.nan, "group": None,
    })  # fmt: skip
    none = pd.DataFrame(columns=list(RISK_COLUMNS))
    return [
        Predictions(name, part, GIVEN, table[table["split"] == part].reset_index(drop=True), none, name, None)
        for part in ("all", *keys.SPLITS)
        if (table["split"] == part).any()
    ]


def _told_apart(found: Sequence[Predictions]) -> list[Predictions]:
    """Models of the same name in several results take the name of their result."""
    sources: dict[str, set[str]] = {}
    models: dict[str, set[str]] = {}
    for part in found:
        sources.setdefault(part.model, set()).add(part.source)
        models.setdefault(part.source, set()).add(part.model)

    def name(part: Predictions) -> str:
        if len(sources[part.model]) == 1:
            return part.model
        return part.source if len(models[part.source]) == 1 else f"{part.source}: {part.model}"

    def named(part: Predictions) -> Predictions:
        own = name(part)
        if own == part.model:
            return part
        return replace(part, model=own, table=part.table.assign(model=own), risks=part.risks.assign(model=own))

    return [named(part) for part in found]
