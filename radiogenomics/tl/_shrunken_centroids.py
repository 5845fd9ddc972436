"""A classifier of patient groups by few genes, with its error in patients who took no part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    dense,
    group_order,
    groups_of,
    is_multimodal,
    left_out_table,
    modality_of,
    patient_columns,
    patients_of,
    raw_features,
    refuse_whole_cohort,
    split_of,
    to_uns,
    training_patients,
)
from radiogenomics._errors import DegenerateGroupsError, Fault, InputError
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG, FloatArray, IntArray
from radiogenomics.get._unscaled import steps_before_scaling
from radiogenomics.ml._pipeline import columns_needed
from radiogenomics.ml._shrunken_centroids import ShrunkenCentroids
from radiogenomics.tl._cindex_refit import is_learned, recipe_of, source_of
from radiogenomics.tl._combine_groups import made_by_scanpy, sources_of
from radiogenomics.tl._encoders import encoder_of, folds_of_views, said_of
from radiogenomics.tl._shrunken_folds import HeldOut, Task, fitted_values, held_out
from radiogenomics.tl._shrunken_tables import confusion_table, error_row, genes_table, order_table
from radiogenomics.tl._taught import Taught, columns_taught, features_taught, said

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def shrunken_centroids(
    data: Cohort,
    groupby: str,
    *,
    modality: str | None = None,
    threshold: float | Literal["cv"] = "cv",
    n_thresholds: int = 30,
    rule: Literal["min_error", "one_se"] = "min_error",
    priors: Literal["empirical", "uniform"] = "empirical",
    folds: int = 10,
    repeats: int = 5,
    rng: RNG = None,
    n_jobs: int | None = None,
    key_added: str = "shrunken_centroids",
) -> None:
    """Classifier of patient groups by nearest shrunken centroids (PAM) :cite:p:`Tibshirani2002`, with honest errors.

    The classifier learns from the training patients who have a group. How often it errs is told beside the apparent
    error by making everything again in training folds: transforms, threshold and classifier (``nested``), and, where
    :func:`radiogenomics.tl.consensus_cluster` made the groups from the same modality, the groups too (``remade``).

    Parameters
    ----------
    data
        Cohort; the values from before `rg.pp.scale` are used, because the method divides by deviations of its own.
    groupby
        Column of groups.
    modality
        Modality that tells the groups; required for a MuData.
    threshold, n_thresholds, rule
        As in :class:`radiogenomics.ml.ShrunkenCentroids`.
    priors
        ``"empirical"``: the groups' shares among the training patients; ``"uniform"``: all alike.
    folds, repeats
        Divisions into training folds behind ``nested`` and ``remade``. Of an autoencoder's features that come with
        views, the encoder's own folds, once: each fold sees them by networks that had not seen its patients.
    rng
        Seed or generator; the same seed gives the same result whatever `n_jobs` is.
    n_jobs
        Workers.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``errors`` (one row per estimate and part of the split: share of patients
    whose group is told wrongly, with Wilson's 95 % interval for as many patients; `what` says what was estimated),
    ``path`` (per threshold: genes left, error on the training patients and cross-validated), ``genes`` (per gene and
    group: `score`, the shrunken distance from the overall mean in standard deviations; `frequency`, the share of
    classifiers in training folds that used the gene), ``order`` (the threshold at which each gene leaves),
    ``predictions`` (per patient: group, predicted group, its probability, share of the repeats in which it was told
    wrongly), ``confusion``, ``settings`` and ``left_out``.

    Raises
    ------
    InputError
        Genes with missing values (named), arguments out of range.
    DegenerateGroupsError
        If there is one group, or a group of one patient.

    Notes
    -----
    ``remade`` estimates how often a classifier made without a patient, its groups included, disagrees with the group
    which the whole cohort's clustering gave that patient. Groups of a fold take the names of the given groups so that
    as many training patients as possible keep theirs (Hungarian method); their number is that of the whole cohort.
    ``assignment`` compares the same classifiers with the nearest centroid of the fold's own groups, and ``clustering``
    that nearest centroid with the given group: what is lost to the classifier, and what to unsteady groups.
    Intervals take repeats of one patient as one observation, and do not count that folds share training patients.
    """
    check_key(data, key_added)
    adata = modality_of(data, modality)
    if not isinstance(repeats, int | np.integer) or isinstance(repeats, bool) or repeats < 1:
        raise InputError("repeats", Fault(repr(repeats), "1 or more"))
    names, labels, left_out = _patients(data, groupby, modality)
    codes = np.array([names.index(g) if isinstance(g, str) else -1 for g in labels])
    training = training_patients(data, adata) & (codes >= 0)
    own = np.where(training, codes, -1)
    _check_sizes(groupby, names, own, folds)
    refuse_whole_cohort(data, modality, "shrunken_centroids")
    if keys.COUNTS in adata.layers and np.array_equal(dense(adata.X), dense(adata.layers[keys.COUNTS])):
        hint = "Normalise them first (rg.pp.normalize_counts)"
        raise InputError("data", Fault("raw counts in X", "log2 expression", hint=hint))
    raw, pipeline = raw_features(data, modality), steps_before_scaling(data, modality)
    obs = patient_columns(data, modality, columns_needed(pipeline))
    x, columns = fitted_values(raw, obs, pipeline, training)
    settings: dict[str, Any] = {"threshold": threshold, "n_thresholds": n_thresholds, "rule": rule, "priors": priors}
    fit_seed, nested_seed, remade_seed = spawn_seeds(generator(rng), 3)
    values = pd.DataFrame(x, index=raw.index, columns=raw.columns[columns])
    model = ShrunkenCentroids(**settings, random_state=fit_seed).fit(values[training], codes[training])
    made_here, reason = _made_here(data, groupby, modality)
    taught = _taught(data, groupby, modality)
    common: dict[str, Any] = {"folds": folds, "repeats": repeats, "n_jobs": n_jobs}
    encoder = encoder_of(data, modality, "data" if modality is None else modality)
    views: tuple[FloatArray, ...] = ()
    if encoder is not None and encoder.views:
        at = patients_of(data).get_indexer(raw.index)
        views, who = tuple(view[at] for view in encoder.views), np.flatnonzero(own >= 0)
        dealt = np.full(len(own), -1)
        dealt[who] = folds_of_views(encoder, at[who])
        common |= {"fold_of": dealt, "folds": len(views), "repeats": 1}
        folds, repeats = len(views), 1
    nested = held_out(Task(raw, obs, pipeline, own, settings, None, views), rng=nested_seed, **common)
    remade = None
    if made_here and source_of(data, groupby) is not None:
        task = Task(raw, obs, pipeline, own, settings, recipe_of(data, groupby), views)
        remade = held_out(task, rng=remade_seed, **common)
    symbols = _symbols(adata)
    predictions = _predictions(data, adata, names, codes, own, values, model, nested, remade)
    data.uns[key_added] = to_uns(
        errors=_errors(names, codes, own, model, predictions, nested, remade, made_here, _leaks(taught, bool(views))),
        path=_path(model),
        genes=genes_table(model, values.columns, names, symbols, (remade or nested).used),
        order=order_table(model, values.columns, symbols),
        predictions=predictions,
        confusion=confusion_table(names, own, predictions, nested, remade),
        settings={
            "groupby": groupby, "modality": modality, "groups": names, **settings, "folds": folds, "repeats": repeats,
            "threshold_used": model.threshold_, "n_genes": int(model.fit_.used(model.threshold_).sum()),
            "n_genes_measured": raw.shape[1], "n_genes_varying": len(columns),
            "n_patients": int(training.sum()), "offset": model.fit_.offset, "class_priors": model.fit_.priors,
            **said(taught, reason=reason, apparent=made_here, predicts=not views), "pipeline": pipeline,
            "encoders": {} if encoder is None else said_of([encoder]),
            "n_folds_without_a_group": (remade or nested).n_small, "rng": seed_of(rng),
        },
        left_out=left_out_table(left_out),
    )  # fmt: skip


def _taught(data: Cohort, groupby: str, modality: str | None) -> list[Taught]:
    """What labels taught the groups, and the features that tell them."""
    return list(dict.fromkeys([*columns_taught(data, [groupby]), *features_taught(data, modality)]))


def _leaks(taught: Sequence[Taught], viewed: bool) -> bool:
    """Whether labels of held-out patients reach the classifiers that tell their groups."""
    return any(one.apparent for one in taught) or (bool(taught) and not viewed)


def _patients(data: Cohort, groupby: str, modality: str | None) -> tuple[list[str], pd.Series, dict[str, str]]:
    """Names of the groups, the group of every patient of the modality, and why others of the cohort take no part."""
    labels, split = groups_of(data, groupby), split_of(data)
    measured = patients_of(modality_of(data, modality))
    left_out = {}
    for patient in patients_of(data):
        if patient not in measured:
            left_out[patient] = f"no {modality} data" if is_multimodal(data) else "no data"
        elif pd.isna(labels[patient]):
            left_out[patient] = f"no group in {groupby}"
        elif split is not None and split.set_axis(patients_of(data))[patient] == keys.NO_PART:
            left_out[patient] = "in no part of the split"
    present = set(labels.dropna())
    return [g for g in group_order(data, groupby) if g in present], labels.reindex(measured), left_out


def _check_sizes(groupby: str, names: list[str], own: IntArray, folds: int) -> None:
    sizes = np.bincount(own[own >= 0], minlength=len(names))
    n = int(sizes.sum())
    if (sizes > 0).sum() < 2:
        raise DegenerateGroupsError(
            f"groupby {groupby!r}", Fault(f"one group over {n} training patients with data", "at least two groups")
        )
    few = [f"{g!r} ({s})" for g, s in zip(names, sizes, strict=True) if s < 2]
    if few:
        hint = "Leave the group out (set its label to missing), or merge it with another."
        found = f"groups of fewer than two training patients with data: {', '.join(few)}"
        raise DegenerateGroupsError(f"groupby {groupby!r}", Fault(found, "two or more in each", hint=hint))
    if not isinstance(folds, int | np.integer) or isinstance(folds, bool) or not 2 <= folds <= n:
        raise InputError("folds", Fault(repr(folds), f"2 to {n}, the training patients"))


def _made_here(data: Cohort, groupby: str, modality: str | None) -> tuple[bool, str]:
    """Whether the groups came from the modality that now tells them, as far as the cohort records it."""
    own = [
        s for s in sources_of(data, groupby)
        if is_learned(data, s) and (modality is None or s.partition(":")[0] == modality)
    ]  # fmt: skip
    if not own and made_by_scanpy(data, groupby):
        return True, (
            f"scanpy made the groups in {groupby} from the genes that tell them, so a low error is expected; they stay "
            "in every fold"
        )
    if not own and not any(is_learned(data, s) for s in sources_of(data, groupby)):
        return False, f"nothing recorded says that the groups in {groupby} were made from the genes that tell them"
    if not own:
        return False, f"the groups in {groupby} were not made from the genes that tell them"
    text = f"the groups in {' and '.join(own)} were made from the genes that tell them, so a low error is expected"
    if source_of(data, groupby) is None:
        return True, f"{text}; {groupby} was not made by consensus clustering alone, so its groups stay in every fold"
    return True, text


def _symbols(adata: Any) -> pd.Series:
    genes = pd.Index(adata.var_names.astype(str))
    if "symbol" not in adata.var:
        return pd.Series(genes, index=genes)
    symbols: pd.Series = adata.var["symbol"].astype(object).replace("", np.nan).set_axis(genes)
    return symbols


def _path(model: ShrunkenCentroids) -> pd.DataFrame:
    blank: FloatArray = np.full(len(model.thresholds_), np.nan)
    return pd.DataFrame(
        {
            "threshold": model.thresholds_,
            "n_genes": model.n_genes_,
            "training_error": model.training_error_,
            "cv_error": blank if model.cv_error_ is None else model.cv_error_,
            "cv_error_se": blank if model.cv_error_se_ is None else model.cv_error_se_,
            "chosen": model.thresholds_ == model.threshold_,
        }
    )


def _predictions(
    data: Cohort, adata: Any, names: list[str], codes: IntArray, own: IntArray, values: pd.DataFrame,
    model: ShrunkenCentroids, nested: HeldOut, remade: HeldOut | None,
) -> pd.DataFrame:  # fmt: skip
    """One row per patient of the modality; other parts of the split than training are predicted by the model."""
    split = split_of(data)
    part = "all" if split is None else split.set_axis(patients_of(data)).reindex(patients_of(adata)).to_numpy()
    probability = model.predict_proba(values)
    told = probability.argmax(axis=1)
    table = pd.DataFrame(
        {
            keys.PATIENT: patients_of(adata).to_numpy(dtype=object),
            "split": part,
            "group": [names[c] if c >= 0 else None for c in codes],
            "predicted": [names[model.classes_[k]] for k in told],
            "probability": probability.max(axis=1),
        }
    )
    for name, held in (("nested", nested), ("remade", remade)):
        if held is not None:
            wrong = (held.predicted != own).mean(axis=0)
            table[f"error_{name}"] = np.where(own >= 0, wrong, np.nan)
    return table


def _errors(
    names: list[str], codes: IntArray, own: IntArray, model: ShrunkenCentroids, predictions: pd.DataFrame,
    nested: HeldOut, remade: HeldOut | None, made_here: bool, leaks: bool,
) -> pd.DataFrame:  # fmt: skip
    """One row per estimate, the least honest first."""
    rows, learn = [], own >= 0
    part = "all" if (predictions["split"] == "all").all() else keys.SPLITS[0]
    truth = own[learn]
    told = np.array([names.index(g) for g in predictions["predicted"]])
    largest = np.bincount(truth).argmax()
    stays = "; the groups stay, which the held-out patients took part in forming" if made_here else ""
    rows.append(error_row("majority", part, truth != largest, False, "everyone told to be of the largest group"))
    rows.append(error_row("apparent", part, (told != codes)[learn], True,
                          "training patients told by the classifier that learned from them"))  # fmt: skip
    if model.cv_predicted_ is not None:
        rows.append(error_row("cross_validated", part, model.cv_predicted_ != truth, True,
                              "at the chosen threshold, which was chosen for it" + stays))  # fmt: skip
    rows.append(error_row("nested", part, _share_wrong(nested.predicted, own, learn), made_here or leaks,
                          "transforms, threshold and classifier made without the patient" + stays))  # fmt: skip
    if remade is not None:
        rows.append(error_row("remade", part, _share_wrong(remade.predicted, own, learn), leaks,
                              "groups, transforms, threshold and classifier made without the patient, against the "
                              "group by the clustering of everyone"))  # fmt: skip
        between = (remade.predicted != remade.assigned)[:, learn].mean(axis=0)
        rows.append(error_row("assignment", part, between, leaks,
                              "the same classifiers, against the nearest centroid of the groups made without the "
                              "patient"))  # fmt: skip
        rows.append(error_row("clustering", part, _share_wrong(remade.assigned, own, learn), leaks,
                              "that nearest centroid, against the group by the clustering of everyone"))  # fmt: skip
    for split in keys.SPLITS[1:]:
        there = (predictions["split"] == split).to_numpy() & (codes >= 0)
        if there.any():
            what = "the classifier of the training patients, against the group of the patient"
            rows.append(error_row("model", split, (told != codes)[there], False, what))
    return pd.DataFrame(rows)


def _share_wrong(predicted: IntArray, own: IntArray, learn: Any) -> FloatArray:
    return np.asarray((predicted != own)[:, learn].mean(axis=0))
