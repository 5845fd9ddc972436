"""Which patients teach which network: folds by patient, and the label each patient has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import FloatArray
from radiogenomics.core.stratified_folds import stratified_folds


@dataclass(frozen=True)
class PatientLabels:
    """What is known of patients.

    Attributes
    ----------
    kind
        ``"binary"``, ``"classes"`` or ``"survival"``.
    values
        (n_patients, 2) class or time, and event, by patient; NaN without a label.
    classes
        Names of the classes, in the order of their codes.
    """

    kind: Literal["binary", "classes", "survival"]
    values: pd.DataFrame
    classes: tuple[str, ...]

    @property
    def outputs(self) -> int:
        """Outputs of the head."""
        return len(self.classes) if self.kind == "classes" else 1

    def about(self) -> dict[str, Any]:
        """What is written of it beside the network."""
        known = list(self.values.index[self.values.iloc[:, 0].notna()])
        return {"kind": self.kind, "classes": list(self.classes), "outputs": self.outputs, "patients": known}

    def of(self, patients: Sequence[str]) -> FloatArray:
        """(n, 2) values of some patients."""
        return self.values.reindex(list(patients)).to_numpy(dtype=float)


def labels_of(label: pd.Series | pd.DataFrame, patients: Sequence[str]) -> PatientLabels:
    """Labels by patient (the index), of those who take part.

    Raises
    ------
    InputError
        If the index names none of the patients, or a table has no columns ``time`` and ``event``.
    DegenerateInputError
        If no patient has a label, all have the same, or there is no event.
    """
    where = "label"
    table = label.copy()
    table.index = table.index.map(str)
    twice = table.index[table.index.duplicated()]
    if len(twice):
        raise InputError(where, Fault(f"patient {twice[0]} twice", "a row per patient"))
    known = [p for p in patients if p in table.index]
    if not known:
        raise InputError(where, Fault(f"patients like {list(table.index[:3])}", f"patients like {list(patients)[:3]}"))
    own = table.reindex(list(patients))
    if isinstance(own, pd.DataFrame):
        return _survival(where, own)
    own = own.dropna()
    found = sorted(own.unique(), key=str)
    if len(found) < 2:
        raise DegenerateInputError(
            where,
            Fault(f"{'one class' if found else 'no label'} over {len(own)} labelled patients", "two classes or more",
                  hint="Train model='cae', which needs no label."),
        )  # fmt: skip
    codes = own.map({value: code for code, value in enumerate(found)}).astype(float)
    values = pd.DataFrame({"value": codes, "event": 1.0}).reindex(list(patients))
    return PatientLabels("binary" if len(found) == 2 else "classes", values, tuple(map(str, found)))


def _survival(where: str, table: pd.DataFrame) -> PatientLabels:
    if not {"time", "event"} <= set(table.columns):
        raise InputError(where, Fault(f"columns {list(table.columns)}", "columns time and event, or one column"))
    values = table[["time", "event"]].astype(float)
    values[values.isna().any(axis=1)] = np.nan
    if (values["time"] < 0).any() or not values["event"].dropna().isin([0, 1]).all():
        raise InputError(where, Fault("a negative time, or an event that is neither 0 nor 1", "follow-up"))
    if not (values["event"] == 1).any():
        raise DegenerateInputError(
            where, Fault("no event", "patients with an event", hint="Train model='cae', which needs no label.")
        )
    return PatientLabels("survival", values, ())


def deal(
    patients: Sequence[str], folds: int, repeats: int, labels: PatientLabels | None, rng: np.random.Generator
) -> pd.DataFrame:
    """Fold in which each patient is left out: ``repeat``, ``fold``, ``patient_id``.

    Raises
    ------
    InputError
        If there are fewer patients than folds, or fewer with an event, or of a class, than folds.
    """
    n = len(patients)
    if not 2 <= folds <= n:
        raise InputError("folds", Fault(f"{folds} for {n} patients", f"2 to {n}"))
    status = np.zeros(n)
    if labels is not None:
        values = labels.of(patients)
        status = np.nan_to_num(values[:, 1] if labels.kind == "survival" else values[:, 0])
        known = np.isfinite(values[:, 0])
        judged = values[known, 1] if labels.kind == "survival" else values[known, 0]
        fewest = int(np.unique(judged, return_counts=True)[1].min())
        if fewest < folds:
            found = f"{folds} folds, but only {fewest} labelled patients of a class or status"
            raise InputError("folds", Fault(found, f"at most {fewest} folds"))
    dealt = stratified_folds(status, folds, repeats, rng=rng)
    return pd.DataFrame(
        [(r, int(dealt[r, i]), p) for r in range(repeats) for i, p in enumerate(patients)],
        columns=["repeat", "fold", PATIENT],
    )


def set_aside(
    patients: Sequence[str], share: float, rng: np.random.Generator, at_least: int = 2, who: str = "train_autoencoder"
) -> list[str]:
    """Patients who tell when to stop: a share of those who would teach, at least so many."""
    n = max(at_least, round(share * len(patients)))
    if len(patients) - n < 2:
        raise DegenerateInputError(who, Fault(f"{len(patients)} patients to learn from", f"{n + 2} or more"))
    return sorted(str(p) for p in rng.choice(list(patients), n, replace=False))
