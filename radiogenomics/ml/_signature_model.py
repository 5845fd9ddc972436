"""A signature computed for new patients from values as they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from radiogenomics import _keys as keys
from radiogenomics._errors import Fault, InputError
from radiogenomics._types import FloatArray
from radiogenomics.ml._model_table import level_column, numeric_column, warn_outside
from radiogenomics.schemas.signature_model import SignatureDocument, SignatureTerm

_SHOWN = 3


@dataclass(frozen=True)
class SignatureModel:
    """A signature; data only, nothing is executed.

    ``rg.io.read_model`` reads it from what ``rg.io.write_model`` wrote of ``rg.get.signature_model``.

    Attributes
    ----------
    document
        Everything it is made of.
    """

    document: SignatureDocument

    @property
    def terms(self) -> list[str]:
        """Columns that :meth:`predict` needs: features as measured, and columns of the clinical table."""
        return list(dict.fromkeys(_column(self.document, term) for term in self.document.terms))

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Score, group and probability of patients, from values as measured.

        Parameters
        ----------
        table
            A row per patient, with a column for each of :attr:`terms`; others are not read. Features come as they
            were measured (unscaled), with the settings and units of the first cohort.

        Returns
        -------
        pandas.DataFrame
            ``patient_id`` (the index of `table`), ``score``, ``group`` (``high`` or ``low``), ``horizon`` (NaN of a
            binary outcome) and ``probability`` of the positive class, or of the event by the horizon (NaN of a
            survival signature without horizons). A row per patient and horizon.

        Raises
        ------
        InputError
            Missing columns or values, and unknown levels, all at once; a signature whose transforms are no straight
            lines of single features, such as ComBat (`rg.tl.apply_signature` computes it).

        Warns
        -----
        RadiogenomicsWarning
            Values outside the range of the training patients.
        """
        _refuse_bent(self.document)
        score = self.document.intercept + self._effects(table)
        cutoff = np.inf if self.document.cutoff is None else self.document.cutoff
        head = pd.DataFrame({
            keys.PATIENT: table.index.astype(str), "score": score, "group": np.where(score >= cutoff, "high", "low"),
        })  # fmt: skip
        if self.document.kind == "binary":
            return head.assign(horizon=np.nan, probability=expit(score))
        if not self.document.horizons:
            return head.assign(horizon=np.nan, probability=np.nan)
        with np.errstate(over="ignore"):
            relative = np.exp(np.minimum(score, 700.0))
        parts = [
            head.assign(horizon=horizon, probability=1.0 - np.power(baseline, relative) if baseline > 0 else 1.0)
            for horizon, baseline in zip(self.document.horizons, self.document.baseline_survival, strict=True)
        ]
        return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)

    def _effects(self, table: pd.DataFrame) -> FloatArray:
        faults: list[Fault] = []
        measured = [_measured(table, _column(self.document, term), term, faults) for term in self.document.terms]
        if faults:
            raise InputError("table", list(dict.fromkeys(faults)))
        numbers = [term for term in self.document.terms if not term.level]
        warn_outside(table, [(_column(self.document, t), t.low, t.high) for t in numbers], stacklevel=3)
        effects = np.zeros(len(table))
        for term, values in zip(self.document.terms, measured, strict=True):
            assert values is not None
            assert term.zero is not None
            assert term.per_unit is not None
            effects += term.coefficient * ((values - term.zero) * term.per_unit)
        return effects


def _measured(table: pd.DataFrame, name: str, term: SignatureTerm, faults: list[Fault]) -> FloatArray | None:
    if not term.level:
        return numeric_column(table, name, faults)
    levels: Sequence[str] = term.levels or (term.level,)
    names = level_column(table, name, levels, faults)
    return None if names is None else np.asarray((names == term.level).to_numpy(dtype=np.float64))


def _column(document: SignatureDocument, term: SignatureTerm) -> str:
    """Column of a table: the feature, or ``modality:feature`` where two modalities of the signature share it."""
    if term.level:
        return term.feature
    shared = {other.source for other in document.terms if other.feature == term.feature}
    return term.name if len(shared) > 1 else term.feature


def _refuse_bent(document: SignatureDocument) -> None:
    bent = [term.name for term in document.terms if term.zero is None]
    if bent:
        shown = ", ".join(map(repr, bent[:_SHOWN])) + (f" and {len(bent) - _SHOWN} more" if len(bent) > _SHOWN else "")
        hint = "rg.tl.apply_signature applies them as they were fitted; it needs the first cohort."
        found = f"transforms that are no straight line of the feature alone ({shown})"
        raise InputError("model", Fault(found, "a signature that is computed from measured values", hint=hint))
