"""Feature sets of models: modalities (whole, or some of their sequences) and columns of the clinical table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    is_multimodal,
    modality_of,
    patient_columns,
    patients_of,
    pipeline_of,
    raw_features,
    refuse_whole_cohort,
    split_of,
    training_rows,
    unknown_name,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.ml._pipeline import columns_needed
from radiogenomics.tl._cindex_refit import is_learned
from radiogenomics.tl._encoders import Encoder, encoder_of
from radiogenomics.tl._leaks import warn_of_leaks
from radiogenomics.tl._predictions import learned_here, signature_of
from radiogenomics.tl._target import Target
from radiogenomics.tl._variables import Variable, check_names, refuse_follow_up, refuse_identifier, variable

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort

#: Modality of an AnnData, which has no name of its own.
ONLY = "data"


@dataclass(frozen=True)
class Modality:
    """Features of one modality as they came, for all patients of the cohort.

    Attributes
    ----------
    values
        (n, p) as they came; NaN in the rows of patients who lack the modality.
    features
        (p,) names.
    wanted
        (p,) which of them the set takes, after the transforms, which are fitted on all.
    obs
        Columns of the patients that the transforms read.
    pipeline
        Recorded transforms, as JSON text for :func:`radiogenomics.ml.build_pipeline`.
    encoder
        The network that learned the features; none of measured ones.
    """

    name: str
    values: FloatArray
    features: tuple[str, ...]
    wanted: BoolArray
    obs: pd.DataFrame
    pipeline: str
    encoder: Encoder | None = None


@dataclass(frozen=True)
class FeatureSet:
    """What a model may learn from.

    Attributes
    ----------
    items
        As the user named them.
    modalities, clinical
        Where the features come from.
    patients
        (n,) all patients of the cohort; rows of a set are positions in it.
    complete
        (n,) patients with every modality and (unless these are imputed) every clinical column.
    lacks
        Reason -> the patients it concerns.
    """

    items: tuple[str, ...]
    modalities: tuple[Modality, ...]
    clinical: tuple[Variable, ...]
    patients: pd.Index
    complete: BoolArray
    lacks: dict[str, BoolArray]

    @property
    def encoders(self) -> list[Encoder]:
        """Networks behind the modalities."""
        return [m.encoder for m in self.modalities if m.encoder is not None]

    def in_fold(self, fold: int) -> FeatureSet:
        """The set as a model that is judged on this outer fold may see it; -1 for the model of all training patients.

        Learned features then come from networks that had not seen the fold's patients (their view of the fold).
        """
        if fold < 0 or not any(e.views for e in self.encoders):
            return self
        modalities = tuple(
            replace(m, values=m.encoder.views[fold]) if m.encoder is not None and m.encoder.views else m
            for m in self.modalities
        )
        return replace(self, modalities=modalities)


def feature_set(data: Cohort, items: str | Sequence[str], *, impute: str | None = None) -> FeatureSet:
    """Read a feature set from a cohort.

    Parameters
    ----------
    data
        Cohort.
    items
        Modalities (``"radiomics"``), modalities of some sequences (``"radiomics@T1"``, ``"radiomics@T1+T2"``), columns
        of ``data.obs``. An AnnData is the modality ``"data"``.
    impute
        Whether missing clinical values are filled (then nobody is left out for them).

    Raises
    ------
    UnknownNameError
        A name that is neither, or a sequence that no feature has.
    InputError
        Outcomes among the features, groups or scores made from the features of the whole cohort, or a modality with a
        transform that training folds cannot repeat.
    """
    names = [items] if isinstance(items, str) else list(items)
    if not names:
        raise InputError("features", Fault("none", "a modality or a column of data.obs"))
    check_names("features", names)
    modalities: list[Modality] = []
    clinical: list[Variable] = []
    for name in names:
        modality, at, given = name.partition("@")
        if _is_modality(data, modality):
            modalities.append(_modality(data, modality, _sequences(name, given) if at else []))
        elif name in data.obs:
            clinical.append(_clinical(data, name))
        else:
            raise unknown_name("features", name, [*_modality_names(data), *map(str, data.obs.columns)])
    _refuse_twice(modalities)
    patients = patients_of(data)
    lacks: dict[str, BoolArray] = {
        f"no {m.name} data": np.asarray(np.isnan(m.values).all(axis=1), dtype=bool) for m in modalities
    }
    if impute is None:
        lacks |= {f"no {v.name}": ~v.known for v in clinical}
    complete = np.ones(len(patients), dtype=bool)
    for missing in lacks.values():
        complete &= ~missing
    return FeatureSet(tuple(names), tuple(modalities), tuple(clinical), patients, complete, lacks)


def rows_of(
    data: Cohort, features: FeatureSet | Sequence[FeatureSet], target: Target
) -> tuple[IntArray, dict[str, str]]:
    """Patients (positions) with an outcome, a part of the split and all features of all sets; why others are left out.

    Raises
    ------
    DegenerateInputError
        If nobody is left.
    """
    sets = [features] if isinstance(features, FeatureSet) else list(features)
    lacks: dict[str, BoolArray] = {f"no outcome {target.name}": ~target.known}
    for one in sets:
        lacks |= one.lacks
    split = split_of(data)
    if split is not None:
        lacks["in no part of the split"] = (split == keys.NO_PART).to_numpy()
    out = np.any(list(lacks.values()), axis=0)
    if out.all():
        counted = ", ".join(f"{reason}: {int(who.sum())}" for reason, who in lacks.items() if who.any())
        raise DegenerateInputError("features", f"no patient of {len(out)} has an outcome and all features ({counted})")
    reasons = {
        str(patient): "; ".join(reason for reason, who in lacks.items() if who[i])
        for i, patient in enumerate(patients_of(data))
        if out[i]
    }
    return np.flatnonzero(~out), reasons


def refuse_outcome(data: Cohort, features: FeatureSet, target: Target) -> None:
    """Refuse the columns of an outcome among the features: they hold what is to be predicted."""
    names = [v.name for v in features.clinical]
    refuse_follow_up(data, "features", names)
    own = [name for name in names if name in target.columns]
    if own:
        found = Fault(f"{own[0]!r}, the column of outcome {target.name!r}", "columns known before the outcome")
        raise InputError("features", found)
    warn_of_leaks(features.clinical, target, training_rows(data) & target.known, stacklevel=3)


def _modality_names(data: Cohort) -> list[str]:
    return list(map(str, data.mod)) if is_multimodal(data) else [ONLY]


def _is_modality(data: Cohort, name: str) -> bool:
    return name in _modality_names(data) and not (not is_multimodal(data) and name in data.obs)


def _modality(data: Cohort, name: str, sequences: list[str]) -> Modality:
    own = name if is_multimodal(data) else None
    adata = modality_of(data, own)
    refuse_whole_cohort(data, own, "features")
    raw = raw_features(data, own)
    pipeline = pipeline_of(data, own)
    obs = patient_columns(data, own, columns_needed(pipeline)).reindex(patients_of(data))
    wanted = _of_sequences(name, adata, raw.columns, sequences)
    values = raw.reindex(patients_of(data)).to_numpy(dtype=float)
    label = f"{name}@{'+'.join(sequences)}" if sequences else name
    return Modality(label, values, tuple(raw.columns), wanted, obs, pipeline, encoder_of(data, own, name))


def _sequences(name: str, given: str) -> list[str]:
    """The sequences named after ``@``, each once."""
    sequences = given.split("+")
    if "" in sequences or len(set(sequences)) < len(sequences):
        raise InputError("features", Fault(repr(name), "sequences after '@', joined by '+', each once"))
    return sequences


def _of_sequences(name: str, adata: AnnData, features: pd.Index, sequences: list[str]) -> BoolArray:
    """Which features are of those sequences; all without any."""
    if not sequences:
        return np.ones(len(features), dtype=bool)
    var = (adata if adata.raw is None else adata.raw).var
    if "sequence" not in var:
        raise InputError("features", Fault(f"{name!r} without a column 'sequence' in var", "sequences of its features"))
    own = var["sequence"].astype(str).to_numpy()
    for sequence in sequences:
        if sequence not in own:
            raise unknown_name(f"features: sequence of {name}", sequence, sorted(set(own)))
    return np.isin(own, sequences)


def _clinical(data: Cohort, name: str) -> Variable:
    if is_learned(data, name):
        raise InputError(
            "features",
            Fault(f"{name!r}, groups formed from the features of all training patients",
                  "a modality or a clinical column",
                  hint="Training folds would have to form them again; name the modality itself"),
        )  # fmt: skip
    key = signature_of(data, name)
    if key is not None and learned_here(data, key):
        hint = "Name its features themselves, or give the score to rg.tl.nomogram, which makes the signature again."
        found = f"{name!r}, of signature {key!r}, which knows the outcomes of the patients judged in other folds"
        raise InputError("features", Fault(found, "a modality or a clinical column", hint=hint))
    made = variable(data, name)
    if made.levels is not None:
        refuse_identifier(f"features: {name!r}", made.values.nunique(), int(made.known.sum()))
    return made


def _refuse_twice(modalities: Sequence[Modality]) -> None:
    """One modality may be named once; its sequences are joined by '+'."""
    plain = [m.name.partition("@")[0] for m in modalities]
    twice = sorted({name for name in plain if plain.count(name) > 1})
    if twice:
        hint = f"Several sequences are joined: {twice[0] + '@T1+T2'!r}"
        raise InputError("features", Fault(f"{twice[0]!r} named more than once", "once each", hint=hint))
