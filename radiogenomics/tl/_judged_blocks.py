"""Predictions beside what happened: one model, part of the split and way of predicting at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import outcome_of, patients_of
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.tl._predictions import GIVEN, OUT_OF_FOLD, Predictions

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_LEARNING = ("all", keys.SPLITS[0])


@dataclass(frozen=True)
class Block:
    """Predictions of patients whose outcome is known.

    Attributes
    ----------
    rows
        (n,) positions of the patients in the cohort.
    folds
        (repeats, n): patients of one fold are compared with each other; 0 everywhere unless out of fold.
    score, probability, threshold, cutoff
        (repeats, n); a probability is NaN where the model gives none.
    """

    model: str
    split: str
    estimate: str
    patients: tuple[str, ...]
    rows: IntArray
    folds: IntArray
    score: FloatArray
    probability: FloatArray
    threshold: FloatArray
    cutoff: FloatArray

    @property
    def name(self) -> dict[str, str]:
        """First columns of every table."""
        return {"split": self.split, "model": self.model, "estimate": self.estimate}

    @property
    def learning(self) -> bool:
        """Whether models and thresholds may be learned from these patients."""
        return self.split in _LEARNING

    @property
    def cross_validated(self) -> bool:
        """Whether the predictions come from several folds."""
        return self.estimate == OUT_OF_FOLD

    @property
    def probable(self) -> bool:
        """Whether every prediction is a probability as well."""
        return bool(np.isfinite(self.probability).all())

    @property
    def scale(self) -> str:
        """What thresholds cut: probabilities where there are any."""
        return "probability" if self.probable else "score"

    @property
    def values(self) -> FloatArray:
        """(repeats, n) what thresholds cut."""
        return self.probability if self.probable else self.score

    def of(self, wanted: Sequence[str]) -> Block:
        """The same for some of the patients, in that order."""
        at = pd.Index(self.patients).get_indexer(pd.Index(wanted))
        return Block(
            self.model, self.split, self.estimate, tuple(wanted), self.rows[at], self.folds[:, at], self.score[:, at],
            self.probability[:, at], self.threshold[:, at], self.cutoff[:, at],
        )  # fmt: skip


def judged_outcome(
    data: Cohort, parts: Sequence[Predictions], outcome: str | None, *, kinds: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """Name and declaration of the outcome to judge by: the one asked for, else that of the models, else the first.

    Raises
    ------
    InputError
        If none is asked for and models were made for different ones, or for one of another kind; if a column of the
        outcome is given as its prediction.
    """
    if outcome is None:
        own = sorted({part.outcome for part in parts if part.outcome is not None})
        if len(own) > 1:
            raise InputError(
                "outcome", Fault(f"models of {', '.join(map(repr, own))}", "outcome= to judge them all by")
            )
        outcome = own[0] if own else None
    name, declared = outcome_of(data, outcome, kinds=kinds)
    columns = {declared.get(part) for part in ("column", "time", "event")}
    known = [part.source for part in parts if part.estimate == GIVEN and part.source in columns]
    if known:
        found = f"{known[0]!r}, a column of the outcome {name!r} itself"
        raise InputError("predictions", Fault(found, "what was predicted without it"))
    return name, declared


def blocks_of(data: Cohort, parts: Sequence[Predictions], known: BoolArray) -> list[Block]:
    """Predictions of the patients ``known``; those of a part without any are left away.

    Raises
    ------
    InputError
        Probabilities outside [0, 1], missing scores, or patients without a prediction in one of the repeats.
    """
    position = pd.Series(np.arange(data.n_obs), index=patients_of(data))
    faults: list[Fault] = []
    blocks = [_block(part, position, known, faults) for part in parts]
    if faults:
        raise InputError("predictions", faults)
    found = [block for block in blocks if block is not None]
    if not found:
        raise InputError("predictions", Fault("no patient with a prediction and the outcome", "at least one"))
    return found


def _block(part: Predictions, position: pd.Series, known: BoolArray, faults: list[Fault]) -> Block | None:
    table = part.table
    who = f"model {part.model!r}, {part.estimate}, {part.split}"
    strangers = [p for p in part.patients if p not in position.index]
    if strangers:
        found = f"{len(strangers)} patients who are not in the cohort, such as {strangers[0]!r}"
        faults.append(Fault(found, "its patients", column=who, hint="Make the predictions again on this cohort."))
        return None
    odd = table[table["probability"].notna() & ~table["probability"].between(0, 1)]
    for patient, value in zip(odd[keys.PATIENT], odd["probability"], strict=True):
        faults.append(Fault(f"{value:g} for patient {patient!r}", "a probability in [0, 1]", column=who))
    wanted = [p for p in part.patients if known[position[p]]]
    if not wanted:
        return None

    def column(name: str) -> FloatArray:
        return np.asarray(part.wide(name, wanted).to_numpy(dtype=float))

    score, folds = column("score"), column("fold")
    if not np.isfinite(score).all():
        bad = np.asarray(wanted, dtype=object)[~np.isfinite(score).all(axis=0)]
        found = f"no finite score in some repeat for {len(bad)} patients, such as {bad[0]!r}"
        faults.append(Fault(found, "one per repeat", column=who))
        return None
    together = np.zeros(score.shape) if part.estimate != OUT_OF_FOLD else folds
    return Block(
        part.model, part.split, part.estimate, tuple(wanted), position[wanted].to_numpy(dtype=np.int64),
        together.astype(np.int64), score, column("probability"), column("threshold"), column("cutoff"),
    )  # fmt: skip


def why_not_judged(data: Cohort, parts: Sequence[Predictions], known: BoolArray, outcome: str) -> dict[str, str]:
    """Reason for every patient of the cohort whom no model, or not every model, was judged on."""
    models = dict.fromkeys(part.model for part in parts)
    predicted = {m: {p for part in parts if part.model == m for p in part.patients} for m in models}
    reasons = {}
    for i, patient in enumerate(map(str, patients_of(data))):
        without = [m for m in models if patient not in predicted[m]]
        if not known[i]:
            reasons[patient] = f"no {outcome}"
        elif len(without) == len(models):
            reasons[patient] = "no prediction"
        elif without:
            reasons[patient] = f"no prediction by {', '.join(without)}"
    return reasons
