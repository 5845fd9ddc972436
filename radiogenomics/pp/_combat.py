"""Take the effect of batches out of a modality."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    dense,
    group_name,
    modality_of,
    patient_columns,
    pipeline_of,
    settings_of,
    training_patients,
)
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.ml._combat import ComBat
from radiogenomics.ml._pipeline import columns_of, given_columns
from radiogenomics.pp._apply import Fitted, learn, write_transform
from radiogenomics.pp._combat_seq import BEFORE, harmonise_counts

if TYPE_CHECKING:
    from radiogenomics._types import Cohort, FloatArray

METHODS = ("combat", "combat_seq")
_MOST_LOG2 = 40.0


def combat(
    data: Cohort,
    *,
    modality: str | None = None,
    batch: str,
    covariates: Sequence[str] = (),
    categorical: Sequence[str] = (),
    method: str = "combat",
    parametric: bool = True,
    mean_only: bool = False,
    reference: str | None = None,
    unseen: str = "error",
    key_added: str = "combat",
) -> None:
    """Harmonise scanners, centres or sequencing runs by ComBat :cite:p:`Johnson2007,Zhang2020`.

    Learned on the training patients alone, and again on those of each training fold where groups are remade inside
    folds. Radiomic features go through it before they are scaled, expression after it was brought to the log2 scale.
    `rg.tl.batch_effect` compares before and after.

    Parameters
    ----------
    data
        Cohort; with a split, its training patients alone teach.
    modality
        Required for a MuData.
    batch
        Column of ``data.obs`` (or of the modality's own) with the batch of each patient.
    covariates
        Columns whose effects are kept, such as age or grade; known for test patients too. An outcome is refused: to
        keep its effect, test patients' outcomes would be read before they are predicted. A covariate that goes with the
        batches almost entirely is warned about: what it makes of the features is exaggerated :cite:p:`Nygaard2016`.
    categorical
        Which covariates are categories although they are numbers.
    method
        ``combat``, on features and log2 expression; or ``combat_seq``, on raw counts before they are normalised. That
        one needs the package inmoose, learns from all patients at once and is therefore refused with a split; groups
        made afterwards cannot be remade inside folds.
    parametric
        Normal and inverse gamma priors; otherwise the effects on the other features are the prior. Not for
        ``combat_seq``.
    mean_only
        Remove offsets, leave variances. As in sva, offsets are then shrunken as if each batch had one patient: what all
        features share goes, what is peculiar to one of them goes in part. Not for ``combat_seq``.
    reference
        Batch to which the others are brought; its values stay.
    unseen
        Patients of a batch without training patients: ``error``, ``reference`` (left as they are) or ``transductive``
        (effect estimated from their own features); see :class:`rg.ml.ComBat`. Not for ``combat_seq``.
    key_added
        Name under which the report is stored.

    Returns
    -------
    ``None``. Replaces the modality's ``X`` (``layers["counts"]`` for ``combat_seq``, with the counts as they came in
    ``layers["counts_before_combat"]``). Sets ``uns[key_added]`` of the modality: ``batches`` (``batch``, ``n``,
    ``n_training``, ``estimated_from``; over the features the mean offset in pooled standard deviations, its root mean
    square, and the geometric mean of the variances, 1 for none), ``features`` (``feature``, ``adjusted``; those without
    spread in a batch are left as they are) and ``settings``.

    Raises
    ------
    InputError
        If a batch or covariate is missing for a patient, a patient stands there twice, a covariate is an outcome, the
        features were harmonised for that batch already, or a batch has no training patients and `unseen` is ``error``.
    DegenerateInputError
        If a covariate is confounded with the batches (named), or a batch has one patient.

    Warns
    -----
    RadiogenomicsWarning
        If a covariate goes with the batches almost entirely, or every value is a whole number, like raw counts.
    """
    columns: dict[str, Any] = {
        "batch": batch, "covariates": _names(covariates), "categorical": _names(categorical)
    }  # fmt: skip
    check_columns(data, columns, method)
    settings = {"method": method, **columns, "reference": reference}
    _refuse_twice(data, modality)
    _refuse_harmonised(data, modality, batch)
    obs = known_columns(data, modality, columns)
    if method == "combat_seq":
        if (parametric, mean_only, unseen) != (True, False, "error"):
            raise InputError("method", "combat_seq takes neither parametric nor mean_only nor unseen")
        harmonise_counts(data, modality, obs, columns, reference, key_added, settings)
        return
    _refuse_counts(data, modality)
    estimator = ComBat(parametric=parametric, mean_only=mean_only, reference_batch=reference, unseen=unseen)
    _warn_of_counts(dense(modality_of(data, modality).X))
    fitted = learn(data, modality, estimator, columns=columns)
    training = training_patients(data, modality_of(data, modality))
    features = pd.DataFrame({"feature": fitted.source.columns, "adjusted": estimator.adjusted_})
    settings |= {
        **estimator.get_params(deep=False), "n_training": fitted.n_training,
        "n_adjusted": int(estimator.adjusted_.sum()), "n_features": len(features),
    }  # fmt: skip
    _warn_of_close(estimator, obs.loc[training, batch])
    report = {"batches": _batches(fitted, obs, training), "features": features, "settings": settings}
    write_transform(data, modality, fitted, results={key_added: report})


def _refuse_harmonised(data: Cohort, modality: str | None, batch: str) -> None:
    """Refuse to take out a batch again; another batch (the scanner after the centre) may follow."""
    adata = modality_of(data, modality)
    done = [step["columns"]["batch"] for step in json.loads(pipeline_of(data, modality)) if "columns" in step]
    if BEFORE in adata.layers:
        done += [settings_of(found)["batch"] for found in adata.uns.values() if _is_combat_seq(found)]
    if batch in done:
        raise InputError("data", f"it was harmonised for {batch!r} already; start from the features as they came")


def _is_combat_seq(found: Any) -> bool:
    return (
        isinstance(found, Mapping)
        and {"batches", "features", "settings"} <= set(found)
        and settings_of(found).get("method") == "combat_seq"
    )


def _warn_of_close(estimator: ComBat, batch: pd.Series) -> None:
    for name, share in estimator.design_.nearly_confounded(batch.astype(object).map(group_name).to_numpy()).items():
        warnings.warn(
            f"the batches explain {100 * share:.0f} % of {name!r}: few patients tell the two apart, and harmonising "
            f"with it kept exaggerates the differences by {name!r}. Do not test them on these features; compare within "
            "batches",
            RadiogenomicsWarning,
            stacklevel=3,
        )


def _names(given: Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def check_columns(data: Cohort, columns: dict[str, Any], method: str) -> None:
    """Refuse a method that does not exist, a covariate that is the batch, and the columns of an outcome."""
    if method not in METHODS:
        raise InputError("method", Fault(repr(method), f"one of {', '.join(METHODS)}"))
    stray = [name for name in columns["categorical"] if name not in columns["covariates"]]
    if stray:
        raise InputError("categorical", Fault(f"{stray}", f"names among the covariates {columns['covariates']}"))
    if columns["batch"] in columns["covariates"]:
        raise InputError("covariates", Fault(f"{columns['batch']!r}, the batch itself", "other columns"))
    for name, outcome in data.uns.get(keys.OUTCOMES, {}).items():
        for column in columns_of(columns):
            if column in {str(outcome[part]) for part in ("time", "event", "column") if part in outcome}:
                raise InputError(
                    "batch" if column == columns["batch"] else "covariates",
                    Fault(
                        f"{column!r}, of the outcome {name!r}",
                        "columns that are known before the outcome",
                        hint="To keep the effect of an outcome, that of the patients to predict would be read: every "
                        "prediction made from these features would have seen its answer",
                    ),
                )


def known_columns(data: Cohort, modality: str | None, columns: dict[str, Any]) -> pd.DataFrame:
    """The columns by patient; everyone who lacks one is named at once."""
    obs = patient_columns(data, modality, columns_of(columns))
    faults = []
    for name in obs:
        without = obs.index[obs[name].isna()]
        if len(without):
            shown = ", ".join(without[:5]) + (" ..." if len(without) > 5 else "")
            hint = "Give them a value, or leave those patients out of the modality"
            found = f"{len(without)} patient(s) without a value ({shown})"
            faults.append(Fault(found, f"the {'batch' if name == columns['batch'] else 'covariate'} of every patient",
                                column=str(name), hint=hint))  # fmt: skip
    if faults:
        raise InputError("data", faults)
    return obs


def _refuse_counts(data: Cohort, modality: str | None) -> None:
    adata = modality_of(data, modality)
    if keys.COUNTS in adata.layers and np.array_equal(dense(adata.X), dense(adata.layers[keys.COUNTS])):
        raise InputError(
            "data",
            Fault(
                "raw counts",
                "log2 expression",
                hint="Normalise them first (rg.pp.normalize_counts), or harmonise the counts with method='combat_seq'",
            ),
        )


def _refuse_twice(data: Cohort, modality: str | None) -> None:
    names = modality_of(data, modality).obs_names
    twice = list(dict.fromkeys(names[names.duplicated()].astype(str)))
    if twice:
        shown = ", ".join(twice[:5]) + (" ..." if len(twice) > 5 else "")
        raise InputError("data", Fault(f"{len(twice)} patient(s) more than once ({shown})", "every patient once"))


def _warn_of_counts(values: FloatArray) -> None:
    """Counts of an AnnData that does not say that they are some."""
    if values.size and np.nanmax(values) > _MOST_LOG2 and np.nanmin(values) >= 0:
        known = values[np.isfinite(values)]
        if np.array_equal(known, np.rint(known)):
            warnings.warn(
                "every value is a whole number of 0 or more, like raw counts, whose batch effects multiply; set "
                "layers['counts'] and normalise them first (rg.pp.normalize_counts), or harmonise them with "
                "method='combat_seq'",
                RadiogenomicsWarning,
                stacklevel=3,
            )


def _batches(fitted: Fitted, obs: pd.DataFrame, training: Any) -> pd.DataFrame:
    """What was taken out of each batch, and from whom it was learned."""
    estimator = fitted.estimator
    assert isinstance(estimator, ComBat)
    assert fitted.columns is not None
    found = estimator.batch_effects(fitted.source, **given_columns(fitted.columns, obs))
    labels = obs[fitted.columns["batch"]].astype(object)
    rows = []
    for name, effect in found.items():
        own = labels.astype(str).isin([name]) | (labels == name)
        if name == estimator.fit_.reference:
            source = "reference: left as it is"
        elif name in estimator.fit_.batches:
            source = "training patients"
        else:
            source = "own patients (transductive)" if effect is not None else "not estimated: left as it is"
        used = estimator.adjusted_
        gamma = np.zeros(1) if effect is None else effect.gamma[used]
        delta = np.ones(1) if effect is None else effect.delta[used]
        rows.append(
            {
                "batch": name, "n": int(own.sum()), "n_training": int((own & training).sum()), "estimated_from": source,
                "offset": float(gamma.mean()), "offset_rms": float(np.sqrt((gamma**2).mean())),
                "variance": float(np.exp(np.log(delta).mean())),
            }
        )  # fmt: skip
    return pd.DataFrame(rows).sort_values("batch", ignore_index=True)
