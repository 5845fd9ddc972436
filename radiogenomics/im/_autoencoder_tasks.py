"""The networks of an autoencoder model: who teaches each of them, and who is left out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics.im._autoencoder_plan import PatientLabels, deal

FINAL = "final"


@dataclass(frozen=True)
class Task:
    """One network.

    Attributes
    ----------
    learn
        Patients it may learn from, those who tell when to stop among them.
    judge
        Patients left out of it who are in the others' training; none of the final network.
    repeat, fold, inner
        -1 where it has none.
    """

    name: str
    learn: tuple[str, ...]
    judge: tuple[str, ...]
    repeat: int = -1
    fold: int = -1
    inner: int = -1


def held_out_patients(test: float | Sequence[str] | None, everyone: list[str], rng: np.random.Generator) -> list[str]:
    """Patients held out of everything: a share of them, or those named."""
    if test is None:
        return []
    if isinstance(test, int | float):
        if not 0 < test < 1:
            raise InputError("test", Fault(str(test), "a share between 0 and 1, or the ids of patients"))
        return sorted(str(p) for p in rng.choice(everyone, max(1, round(test * len(everyone))), replace=False))
    unknown = [p for p in map(str, test) if p not in everyone]
    if unknown:
        raise InputError("test", Fault(f"{', '.join(unknown[:5])}", "patients of the manifest"))
    return sorted(set(map(str, test)))


def fold_table(
    folds: int | pd.DataFrame, repeats: int, learners: list[str], labels: PatientLabels | None, rng: np.random.Generator
) -> pd.DataFrame:
    """Fold in which each patient is left out: ``repeat``, ``fold``, ``patient_id``, dealt or as given.

    Raises
    ------
    InputError
        If a table lacks columns, or does not leave every patient out once in every repeat.
    """
    if isinstance(folds, int):
        return deal(learners, folds, repeats, labels, rng)
    lacking = [c for c in ("repeat", "fold", PATIENT) if c not in folds]
    if lacking:
        raise InputError("folds", Fault(f"no column {', '.join(lacking)}", "columns repeat, fold and patient_id"))
    given = folds[["repeat", "fold", PATIENT]].astype({"repeat": int, "fold": int, PATIENT: str})
    given = given[given[PATIENT].isin(learners)].sort_values(["repeat", "fold"], kind="stable").reset_index(drop=True)
    faults = []
    found = sorted(int(r) for r in given["repeat"].unique())
    if given.empty or found != list(range(len(found))):
        faults.append(Fault(f"repeats {found}", "0, 1, 2 ...", column="repeat"))
    for repeat, rows in given.groupby("repeat"):
        numbers = sorted(int(f) for f in rows["fold"].unique())
        if numbers != list(range(len(numbers))) or len(numbers) < 2:
            faults.append(Fault(f"folds {numbers} in repeat {repeat}", "two or more, counted from 0", column="fold"))
        counts = rows[PATIENT].value_counts().reindex(learners, fill_value=0)
        for patient, count in counts[counts != 1].head(5).items():
            faults.append(Fault(f"{patient} in {count} folds of repeat {repeat}", "one", column=PATIENT,
                                hint="Every patient who is not held out is in one fold of every repeat."))  # fmt: skip
    if faults:
        raise InputError("folds", faults)
    return given


def tasks_of(
    learners: list[str], dealt: pd.DataFrame, inner: int, labels: PatientLabels | None, rng: np.random.Generator
) -> list[Task]:
    """The final network, one for each fold, and those within the folds of the first repeat."""
    tasks = [Task(FINAL, tuple(learners), ())]
    places = dealt[["repeat", "fold"]].drop_duplicates().sort_values(["repeat", "fold"])
    for repeat, fold in places.itertuples(index=False, name=None):
        rows = dealt[(dealt["repeat"] == repeat) & (dealt["fold"] == fold)]
        out = tuple(rows[PATIENT])
        rest = [p for p in learners if p not in set(out)]
        name = f"repeat{repeat}_fold{fold}"
        tasks.append(Task(name, tuple(rest), out, int(repeat), int(fold)))
        if inner and repeat == 0:
            within = deal(rest, inner, 1, labels, rng)
            for j in range(inner):
                left = tuple(within.loc[within["fold"] == j, PATIENT])
                taught = tuple(p for p in rest if p not in set(left))
                tasks.append(Task(f"{name}_inner{j}", taught, left, int(repeat), int(fold), j))
    return tasks
