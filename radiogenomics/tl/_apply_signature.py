"""A signature of one cohort, applied to the patients of another."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    is_multimodal,
    left_out_table,
    modality_of,
    outcome_of,
    patient_columns,
    patients_of,
    raw_features,
    result_of,
    settings_of,
    to_uns,
)
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics._random import seed_of
from radiogenomics._types import RNG, BoolArray, IntArray
from radiogenomics.ml._pipeline import columns_needed
from radiogenomics.tl._feature_sets import FeatureSet, Modality, feature_set
from radiogenomics.tl._predictions import HELD_OUT
from radiogenomics.tl._selectors import checked_select
from radiogenomics.tl._signature_columns import check_columns, write_columns
from radiogenomics.tl._signature_fit import FittedSignature, Task, fit_signature
from radiogenomics.tl._signature_model import pipeline_digests
from radiogenomics.tl._signature_performance import performance_table
from radiogenomics.tl._signature_scale import is_straight, measured, scale_table, warn_of_scale
from radiogenomics.tl._signature_tables import prediction_rows
from radiogenomics.tl._target import Target, target_of
from radiogenomics.tl._variables import variable

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_PART = keys.SPLITS[2]


def apply_signature(
    data: Cohort,
    source: Cohort,
    *,
    key: str = "signature",
    outcome: str | None = None,
    rng: RNG = 0,
    key_added: str | None = None,
) -> None:
    """Score the patients of another cohort by a signature, with the transforms and the cut-off of its own patients.

    Nothing is learned from `data`: the signature is fitted again on the training patients of `source`, from the values
    as they came, and applied to the values of `data` as they came.

    Parameters
    ----------
    data
        Cohort whose patients are scored; it needs the features of the signature in modalities of the same names.
    source
        Cohort on which `rg.tl.signature` was run.
    key
        Name of the signature in `source`.
    outcome
        Outcome of `data` by which the scores are judged; by default the one of the signature's name, and none if it is
        not registered in `data`.
    rng
        Seed or generator of the resamples behind the interval of a c-index.
    key_added
        Name under which the result is stored in `data`; by default `key`.

    Returns
    -------
    ``None``. Sets ``data.obs[key_added]``, ``data.obs[key_added + "_group"]`` and ``data.uns[key_added]`` as
    :func:`radiogenomics.tl.signature` does, with ``predictions``, ``risks`` and ``performance`` (all ``held_out``, of
    the part ``external``), ``model``, ``settings`` and ``left_out``.

    Raises
    ------
    InputError
        A modality, feature or clinical column of the signature that `data` lacks; missing values; an outcome of another
        kind; a `source` that has changed since; patients who trained the signature (the same name and values).

    Warns
    -----
    RadiogenomicsWarning
        If values of a feature lie far outside those the signature was fitted on, as another unit would make them; if
        all patients have the same outcome, so that their scores cannot be judged.
    """
    key_added = key if key_added is None else key_added
    check_key(data, key_added, column=True)
    check_columns(data, key_added)
    stored = result_of(source, key, made_by="signature")
    settings = settings_of(stored)
    task, training = task_of(source, key, stored, settings)
    fitted = fit_signature(task, training, int(settings["seed"]))
    _refuse_changed(key, fitted, settings_of(stored, "model"))
    other = _same_features(data, task.features, fitted, task.impute)
    rows = np.flatnonzero(other.complete)
    if not rows.size:
        counted = ", ".join(f"{reason}: {int(who.sum())}" for reason, who in other.lacks.items() if who.any())
        raise DegenerateInputError("data", f"no patient has all features of the signature ({counted})")
    used = np.flatnonzero(fitted.coef)
    columns = [fitted.chain.columns[j] for j in used]
    _refuse_trained(task.features, training, other, rows)
    if columns:
        scales = scale_table(fitted.chain, task.features, training).iloc[used].reset_index(drop=True)
        warn_of_scale(scales, measured(other, columns, rows), f"{len(rows)} patients", stacklevel=2)
    score = fitted.score(other, rows)
    predictions, risks = prediction_rows(
        other.patients[rows].to_numpy(dtype=object), model=key_added, part=_PART, estimate=HELD_OUT, repeat=0, fold=-1,
        score=score, probability=fitted.probability(score), risk=fitted.risk(score), horizons=task.horizons,
        cutoff=fitted.cutoff, threshold=fitted.threshold,
    )  # fmt: skip
    parts: dict[str, Any] = {"predictions": predictions}
    if task.horizons:
        parts["risks"] = risks
    target = _target(data, outcome, task.target)
    if target is not None:
        known = set(other.patients[target.known])
        judged = predictions[predictions[keys.PATIENT].isin(known)]
        parts["performance"] = performance_table(judged, target, other.patients, rng=rng)
    reasons = {
        str(p): "; ".join(reason for reason, who in other.lacks.items() if who[i])
        for i, p in enumerate(other.patients)
        if not other.complete[i]
    }
    data.uns[key_added] = to_uns(
        **parts,
        model=settings_of(stored, "model"),
        settings={**settings, "outcome": settings["outcome"] if target is None else target.name, "applied": True,
                  "rng": seed_of(rng)},
        left_out=left_out_table(reasons),
    )  # fmt: skip
    write_columns(data, key_added, predictions)


def task_of(source: Cohort, key: str, stored: dict[str, Any], settings: dict[str, Any]) -> tuple[Task, IntArray]:
    """What the signature was fitted with, and on whom."""
    if "seed" not in settings or settings.get("applied"):
        hint = "Give the cohort on which rg.tl.signature was run."
        raise InputError("source", Fault(f"{key!r}, which was not fitted there", "a signature", hint=hint))
    target = target_of(source, settings["outcome"])
    own = feature_set(source, settings["features"], impute=settings["impute"])
    patients = patients_of(source)
    training = patients.get_indexer(settings_of(stored, "model")["patients"])
    if (training < 0).any() or settings["pipelines"] != pipeline_digests(own):
        raise _changed(key)
    penalty = {"l1_ratio": settings["l1_ratio"], "rule": settings["rule"], "folds": settings["inner_folds"]}
    select = checked_select(settings["select"], target)
    task = Task(key, own, target, select, penalty, settings["cut"], tuple(settings["horizons"]), settings["impute"])
    return task, np.asarray(training, dtype=np.int64)


def _refuse_trained(own: FeatureSet, training: IntArray, other: FeatureSet, rows: IntArray) -> None:
    """Refuse patients who trained the signature: of them its figures are apparent, not held out."""
    at = pd.Index(own.patients[training]).get_indexer(other.patients[rows])
    same = at >= 0
    for was, now in zip(own.modalities, other.modalities, strict=True):
        same &= (np.isclose(was.values[training[at]], now.values[rows]) | np.isnan(now.values[rows])).all(axis=1)
    for before, after in zip(own.clinical, other.clinical, strict=True):
        there, here = before.values.iloc[training[at]].to_numpy(), after.values.iloc[rows].to_numpy()
        same &= (there == here) | pd.isna(here)
    if same.any():
        found = f"{int(same.sum())} patient(s) who trained the signature ({other.patients[rows][same][0]} ...)"
        hint = "Leave them out; rg.get.signature(source) has their out-of-fold predictions."
        raise InputError("data", Fault(found, "patients whom it has not seen", hint=hint))


def _refuse_changed(key: str, fitted: FittedSignature, model: dict[str, Any]) -> None:
    """The fit must be the one whose figures are stored."""
    was = {term["name"]: term["coefficient"] for term in model["terms"]}
    now = {name: fitted.coef[j] for j, name in enumerate(fitted.chain.names) if fitted.coef[j] != 0}
    if set(was) != set(now) or any(not np.isclose(was[name], now[name], rtol=1e-6, atol=1e-12) for name in was):
        raise _changed(key)


def _changed(key: str) -> InputError:
    return InputError(
        "source",
        f"features, transforms or outcome have changed since signature {key!r} was made; run rg.tl.signature again",
    )


def _same_features(data: Cohort, own: FeatureSet, fitted: FittedSignature, impute: str | None) -> FeatureSet:
    """The features of the signature in another cohort, in the places they had in the first; faults all at once."""
    faults: list[Fault] = []
    columns = [fitted.chain.columns[j] for j in np.flatnonzero(fitted.coef)]
    modalities = []
    for m in own.modalities:
        name = m.name.partition("@")[0]
        if is_multimodal(data) and name not in data.mod:
            faults.append(Fault(f"modalities {', '.join(map(str, data.mod))}", f"{name!r}, which the signature reads"))
            continue
        modalities.append(_modality(data, m, name, [c.feature for c in columns if c.source == m.name], faults))
    for v in own.clinical:
        if v.name not in data.obs:
            faults.append(Fault("no such column in data.obs", f"{v.name!r}, which the signature reads"))
    if faults:
        raise InputError("data", faults)
    clinical = tuple(variable(data, v.name) for v in own.clinical)
    _check_kinds(own, clinical)
    lacks: dict[str, BoolArray] = {
        f"no {m.name} data": np.asarray(np.isnan(m.values).all(axis=1), dtype=bool) for m in modalities
    }
    if impute is None:
        lacks |= {f"no {v.name}": ~v.known for v in clinical}
    patients = patients_of(data)
    complete = ~np.any(list(lacks.values()), axis=0) if lacks else np.ones(len(patients), dtype=bool)
    made = FeatureSet(own.items, tuple(modalities), clinical, patients, np.asarray(complete, dtype=bool), lacks)
    _warn_levels(made, own, np.flatnonzero(made.complete))
    return made


def _modality(data: Cohort, m: Modality, name: str, used: list[str], faults: list[Fault]) -> Modality:
    own = name if is_multimodal(data) else None
    raw = raw_features(data, own)
    # Transforms that mix features need all they were fitted on; the others only those of the signature.
    needed = used if is_straight(m.pipeline) else m.features
    missing = [f for f in needed if f not in raw.columns]
    if missing:
        shown = ", ".join(repr(f) for f in missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        hint = "Extract or measure them with the settings of the first cohort."
        faults.append(
            Fault(f"{name!r} without {shown}", f"the {len(needed)} features that the signature needs", hint=hint)
        )
    patients = patients_of(data)
    obs = patient_columns(data, own, columns_needed(m.pipeline)).reindex(patients)
    values = raw.reindex(index=patients, columns=list(m.features)).to_numpy(dtype=float)
    values[~patients.isin(patients_of(modality_of(data, own)))] = np.nan
    return Modality(m.name, values, m.features, m.wanted, obs, m.pipeline)


def _check_kinds(own: FeatureSet, clinical: tuple[Any, ...]) -> None:
    faults = [
        Fault(f"{v.name!r}, {v.kind}", f"{was.kind}, as in the first cohort")
        for was, v in zip(own.clinical, clinical, strict=True)
        if was.kind != v.kind
    ]
    if faults:
        raise InputError("data", faults)


def _warn_levels(made: FeatureSet, own: FeatureSet, rows: IntArray) -> None:
    for was, v in zip(own.clinical, made.clinical, strict=True):
        if was.levels is None:
            continue
        new = sorted(set(v.values.iloc[rows].dropna()) - set(was.levels))
        if new:
            warnings.warn(
                f"{v.name!r}: {', '.join(map(repr, new))} did not occur in the first cohort (there: "
                f"{', '.join(map(repr, was.levels))}); they count as the reference level. Write the levels alike.",
                RadiogenomicsWarning,
                stacklevel=4,
            )


def _target(data: Cohort, outcome: str | None, first: Target) -> Target | None:
    """The outcome by which scores are judged; none where it is not registered and was not asked for."""
    if outcome is None and first.name not in data.uns.get(keys.OUTCOMES, {}):
        return None
    name, _ = outcome_of(data, outcome or first.name, kinds=(first.kind,))
    try:
        return target_of(data, name)
    except DegenerateInputError as error:
        if outcome is not None:
            raise
        warnings.warn(f"scores are not judged: {error}", RadiogenomicsWarning, stacklevel=3)
        return None
