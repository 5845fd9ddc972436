"""Features that a network learned: which network saw whom, and what a model in a training fold may read of them.

A network that was taught by labels (HSCAE) knows those of its training patients. Its features therefore go into an
outcome model by *views*: in outer fold k nobody's features come from a network that learned from fold k's patients.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import modality_of, patients_of, raw_features
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray, IntArray
from radiogenomics.tl._target import Target, deal_folds

if TYPE_CHECKING:
    from anndata import AnnData

    from radiogenomics._types import Cohort

ENCODER = "encoder"
VIEWS = "views"
FOLDS = "folds"
#: Estimates of features: by a network that had not seen the patient, and by one that learned from his label.
OUT_OF_FOLD, APPARENT = "out_of_fold", "apparent"
#: Of a patient who is in no fold, because no network of the cross-validation learned from him.
NO_FOLD = -1


@dataclass(frozen=True)
class Encoder:
    """The network behind a modality, for the patients of the cohort in their order.

    Attributes
    ----------
    supervised
        Whether labels of patients taught it.
    fold
        (n,) fold that leaves the patient out; -1 of those who taught no network, or are not known to it.
    apparent
        (n,) patients whose features come from a network that learned from their label.
    views
        (n, p) features in each outer fold; none if the network was trained without inner folds.
    """

    modality: str
    model: str
    supervised: bool
    fold: IntArray
    apparent: BoolArray
    views: tuple[FloatArray, ...]


def encoder_of(data: Cohort, modality: str | None, name: str, *, views: bool = True) -> Encoder | None:
    """The network behind a modality, ``None`` for features that were not learned.

    Features without a record of their network, such as a table that was read, are taken for those of a network that
    labels taught if their ``estimate`` says so of any patient. ``views=False`` leaves the views unread.

    Raises
    ------
    InputError
        If views lack patients or features of the modality.
    """
    adata = modality_of(data, modality)
    about = _about(adata)
    if about is None:
        return None
    everyone, own = patients_of(data), patients_of(adata)
    folds = pd.Series(NO_FOLD, index=everyone, dtype=np.int64)
    apparent = np.zeros(len(everyone), dtype=bool)
    if about["supervised"]:
        learned = {str(p) for p in about.get(APPARENT, [])}
        if "estimate" in adata.obs:
            learned |= set(own[adata.obs["estimate"].astype(str) == APPARENT])
        apparent = np.asarray(everyone.isin(learned), dtype=bool)
    n_views = sum(str(key).startswith("view_") for key in adata.obsm)
    table = adata.uns.get(VIEWS) if n_views else adata.uns.get(FOLDS)
    if table is not None:
        dealt = pd.DataFrame(table)
        if "repeat" in dealt:
            dealt = dealt[dealt["repeat"].astype(int) == 0]
        dealt = dealt[dealt[keys.PATIENT].astype(str).isin(everyone)]
        folds.loc[pd.Index(dealt[keys.PATIENT].astype(str))] = dealt["fold"].astype(int).to_numpy()
    read = tuple(_view(data, adata, modality, name, k) for k in range(n_views if views else 0))
    own_folds = folds.to_numpy().astype(np.int64)
    return Encoder(name, str(about["model"]), bool(about["supervised"]), own_folds, apparent, read)


def _about(adata: AnnData) -> dict[str, Any] | None:
    stored = adata.uns.get(ENCODER)
    if stored is None:
        standing = set(adata.obs["estimate"].astype(str)) if "estimate" in adata.obs else set()
        return {"model": "a network without a record", "supervised": True} if APPARENT in standing else None
    return dict(json.loads(stored) if isinstance(stored, str) else stored)


def _view(data: Cohort, adata: AnnData, modality: str | None, name: str, k: int) -> FloatArray:
    """Features of fold ``k`` in the order of the cohort's patients and of the features as they came."""
    view, raw = adata.obsm[f"view_{k}"], raw_features(data, modality)
    lacking = [str(c) for c in raw.columns if c not in view.columns]
    if lacking:
        found = f"view {k} of modality {name!r} without {len(lacking)} of its features ({', '.join(lacking[:3])})"
        raise InputError("features", Fault(found, "all of them", hint="Encode the patients again by rg.im.encode."))
    return np.asarray(view[list(raw.columns)].reindex(patients_of(data)), dtype=float)


def outer_folds(
    encoders: Sequence[Encoder], target: Target, training: IntArray, others: IntArray, folds: int | None,
    repeats: int | None, *, usual: tuple[int, int], inner: int | None = None, rng: np.random.Generator,
) -> IntArray:  # fmt: skip
    """(repeats, len(training)) folds that judge a model: those of the encoder if it has views, else dealt anew.

    Parameters
    ----------
    encoders
        Those of all modalities that the models read.
    training, others
        Positions of the patients who are cross-validated, and of those of other parts of the split.
    folds, repeats
        As the user gave them; ``None``: those of the encoder, or `usual`.
    inner
        Folds within each training fold that follow, so that one message tells the limits of both.

    Raises
    ------
    InputError
        Features of a supervised network that learned from the patients' own labels; patients of another part of the
        split who taught it; folds or repeats, or two encoders, that contradict each other.
    DegenerateInputError
        A fold of the encoder without an event, or without one of the two classes.

    Warns
    -----
    RadiogenomicsWarning
        A supervised network without views.
    """
    own = list({e.modality.partition("@")[0]: e for e in encoders}.values())
    for encoder in own:
        refuse_apparent(encoder, training)
        if encoder.supervised:
            _refuse_taught(encoder, others)
    viewed = [e for e in own if e.views]
    for encoder in own:
        if encoder.supervised and not encoder.views:
            _warn_without_views(encoder)
    if not viewed:
        n_folds, n_repeats = (usual[i] if x is None else x for i, x in enumerate((folds, repeats)))
        return deal_folds(target, training, n_folds, n_repeats, rng=rng, inner=inner)
    dealt = _common_folds(viewed, training)
    n_folds = len(viewed[0].views)
    faults = []
    for argument, given, fixed in (("folds", folds, n_folds), ("repeats", repeats, 1)):
        if given is not None and given != fixed:
            whose = f"{viewed[0].modality!r}, whose encoder left out {n_folds} folds of patients once"
            hint = f"Leave {argument} out, or train the encoder on other folds (rg.im.train_autoencoder)."
            faults.append(Fault(f"{given} with {whose}", str(fixed), column=argument, hint=hint))
    if faults:
        raise InputError("features", faults)
    _refuse_unjudged(viewed[0], target, training, dealt, n_folds)
    return dealt[None]


def number_of_folds(encoders: Sequence[Encoder], folds: int | None, usual: int) -> int:
    """How many folds :func:`outer_folds` is going to give."""
    viewed = [len(e.views) for e in encoders if e.views]
    return viewed[0] if viewed else usual if folds is None else folds


def folds_of_views(encoder: Encoder, training: IntArray) -> IntArray:
    """(len(training),) outer fold of each patient by the encoder's views, for judgements that know no outcome.

    Raises
    ------
    InputError
        A training patient in no fold.
    """
    return _common_folds([encoder], training)


def refuse_apparent(encoder: Encoder, rows: IntArray) -> None:
    """Refuse features by which patients to learn from are known to the network that learned from their labels."""
    known = int(encoder.apparent[rows].sum())
    if known:
        raise InputError(
            "features",
            Fault(f"apparent features of {known} of {len(rows)} training patients in modality {encoder.modality!r}: "
                  f"their network ({encoder.model}) learned from their labels", "features out of fold",
                  hint="Encode with rg.im.encode(..., estimate='out_of_fold')."),
        )  # fmt: skip


def warn_apparent(data: Cohort, modality: str | None, patients: pd.Index) -> None:
    """Warn of groups formed by features that carry the patients' own labels."""
    encoder = encoder_of(data, modality, "data" if modality is None else modality)
    if encoder is None:
        return
    known = int(encoder.apparent[patients_of(data).get_indexer(patients)].sum())
    if known:
        warnings.warn(
            f"Modality {encoder.modality!r}: the features of {known} of {len(patients)} patients come from a network "
            f"({encoder.model}) that learned from their labels. Groups of them are apparent: they relate to the label, "
            "and to outcomes that go with it, by construction. Encode with rg.im.encode(..., estimate='out_of_fold').",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _refuse_taught(encoder: Encoder, others: IntArray) -> None:
    taught = int((encoder.fold[others] != NO_FOLD).sum())
    if taught:
        raise InputError(
            "features",
            Fault(f"{taught} internal or external patients whose labels taught the encoder of {encoder.modality!r}",
                  "patients whom no network has seen",
                  hint="Train the encoder with test= the patients outside the training part of the split."),
        )  # fmt: skip


def _warn_without_views(encoder: Encoder) -> None:
    warnings.warn(
        f"Modality {encoder.modality!r}: features out of fold of a supervised network ({encoder.model}) without views. "
        "The features of a training fold come from networks that learned from labels of its test patients, so the "
        "out-of-fold figures may be too high. Train the encoder with inner_folds= (2 or more) for figures without it.",
        RadiogenomicsWarning,
        stacklevel=4,
    )


def _common_folds(viewed: Sequence[Encoder], training: IntArray) -> IntArray:
    """Fold of each training patient, the same in all encoders."""
    first = viewed[0]
    for other in viewed[1:]:
        differ = int((first.fold[training] != other.fold[training]).sum())
        if differ or len(first.views) != len(other.views):
            raise InputError(
                "features",
                Fault(f"{differ} of {len(training)} patients in other folds of {first.modality!r} than of "
                      f"{other.modality!r}", "encoders trained on the same folds",
                      hint="Give folds.csv of the first as folds= to rg.im.train_autoencoder."),
            )  # fmt: skip
    dealt = first.fold[training]
    outside = int((dealt == NO_FOLD).sum())
    if outside:
        raise InputError(
            "features",
            Fault(f"{outside} of {len(training)} training patients in no fold of the encoder of {first.modality!r}",
                  "a fold for each of them",
                  hint="Patients held out of the encoder belong to the internal or external part of the split."),
        )  # fmt: skip
    return np.asarray(dealt, dtype=np.int64)


def _refuse_unjudged(encoder: Encoder, target: Target, training: IntArray, dealt: IntArray, n_folds: int) -> None:
    """Every fold of the encoder needs an event; of two classes, both."""
    event = target.event[training] == 1
    for k in range(n_folds):
        mine = event[dealt == k]
        lacks = "an event" if target.kind == "survival" else "a positive patient"
        if mine.any() and (target.kind == "survival" or not mine.all()):
            continue
        raised = DegenerateInputError if target.kind == "survival" else DegenerateGroupsError
        lacks = lacks if not mine.any() else "a negative patient"
        raise raised(
            f"outcome {target.name!r}",
            Fault(f"fold {k} of the encoder of {encoder.modality!r} without {lacks} ({len(mine)} patients)",
                  "one in each fold", hint="Train the encoder with fewer folds, or on folds dealt by this outcome."),
        )  # fmt: skip


def said_of(encoders: Sequence[Encoder]) -> dict[str, Any]:
    """What the settings of a result keep: per modality its network, and how its features reached the folds."""
    how = {True: "views of the outer folds", False: OUT_OF_FOLD}
    return {
        e.modality: {"model": e.model, "supervised": e.supervised, "features": how[bool(e.views)]} for e in encoders
    }
