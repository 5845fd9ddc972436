"""Autoencoders of tumour slices, trained and cross-validated by patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import ValidationError

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, StrPath
from radiogenomics.im._autoencoder_folder import write_model
from radiogenomics.im._autoencoder_plan import labels_of
from radiogenomics.im._autoencoder_sequence import train_sequence
from radiogenomics.im._autoencoder_tasks import fold_table, held_out_patients, tasks_of
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.im._slices import prepare_slices
from radiogenomics.schemas.deep import AutoencoderSettings, SliceSettings
from radiogenomics.schemas.messages import faults_of


def train_autoencoder(
    manifest: StrPath | pd.DataFrame,
    *,
    out_dir: StrPath,
    model: Literal["cae", "hscae"] = "cae",
    label: pd.Series | pd.DataFrame | None = None,
    test: float | Sequence[str] | None = None,
    sequences: Sequence[str] | None = None,
    slices: SliceSettings | Mapping[str, Any] | None = None,
    settings: AutoencoderSettings | Mapping[str, Any] | None = None,
    folds: int | pd.DataFrame = 5,
    repeats: int = 1,
    inner_folds: int = 0,
    reader: str | None = None,
    reading: str | int | None = None,
    rng: RNG = 0,
    device: str = "auto",
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
) -> Path:
    """Train a convolutional autoencoder (CAE), or a half-supervised one (HSCAE), on slices through the tumours.

    Each sequence has networks of its own: one for each fold, learned without the patients of the fold, and a final
    one learned from all but the test patients. Slices of a patient are never on both sides.

    Parameters
    ----------
    manifest
        File or table as :func:`radiogenomics.io.read_manifest` gives it.
    out_dir
        Folder of the model. A training that was stopped goes on from its last epoch when it is called again with the
        same arguments; a folder of another configuration is refused.
    model
        ``"cae"`` learns from the images alone; ``"hscae"`` also from the label of those who have one.
    label
        By patient (the index): a Series of classes, or a DataFrame with ``time`` and ``event``; missing for patients
        without a label, who count in the reconstruction only. For ``"hscae"``.
    test
        Patients held out of everything: a share, or their ids; by default none.
    sequences
        Sequences of the manifest; by default all.
    slices
        How slices are cut.
    settings
        Architecture and training; ``model`` above is not repeated in it.
    folds
        Number of folds, or a table with ``repeat``, ``fold`` and ``patient_id`` (those of an outcome model).
    repeats
        Divisions into folds.
    inner_folds
        Folds within the training patients of every fold (of the first repeat), so that a cross-validated outcome
        model can be given cross-fitted features of its training patients; 0 for none.
    reader, reading
        Which masks, as of :func:`extract_radiomics`.
    rng
        Seed or Generator. The same seed gives the same weights on the same device.
    device
        ``"auto"`` (CUDA where it is), ``"cpu"`` or ``"cuda"``. A GPU without enough memory gets smaller batches, with
        a warning.
    n_jobs
        Workers that cut slices.
    cache_dir
        Folder that keeps the slices of each case.

    Returns
    -------
    Path of the folder: ``model.json``, the weights of every network, ``folds.csv``, ``learning_curves.csv`` and
    ``errors.csv`` (mean squared error of the patients left out, of the intensity range squared, over all pixels and
    over those of the tumour; beside it those of the mean slice and of as many principal components).

    Raises
    ------
    InputError
        If arguments are at fault, or the folder holds another configuration.
    DegenerateInputError
        If all labels are missing or of one class, or too few patients are left to learn from.
    MissingDependencyError
        If torch, MONAI or Lightning (extra ``deep``) is not installed.
    """
    for name in ("torch", "monai", "lightning"):
        optional_import(name, needed_for="rg.im.train_autoencoder")
    how, cut = autoencoder_settings(settings, model), slice_settings(slices)
    _check(how, cut, label, inner_folds, repeats)
    random = generator(rng)
    table = choose_reads(manifest_frame(manifest, sequences), reader, reading)
    everyone = list(dict.fromkeys(table[PATIENT]))
    held_out = held_out_patients(test, everyone, random)
    learners = [p for p in everyone if p not in set(held_out)]
    labels = None if label is None else labels_of(label, learners)
    dealt = fold_table(folds, repeats, learners, labels, random)
    tasks = tasks_of(learners, dealt, inner_folds, labels, random)
    out, names = Path(out_dir), list(dict.fromkeys(table["sequence"]))
    trained, views, failures = {}, {}, []
    for sequence, seed in zip(names, spawn_seeds(random, len(names)), strict=True):
        cases = cases_of(table[table["sequence"] == sequence])
        own = prepare_slices(cases, cut, measured=learners, n_jobs=n_jobs, cache_dir=cache_dir)
        failures.append(own.failures)
        views[sequence] = own.settings.model_dump(mode="json")
        trained[sequence] = train_sequence(
            sequence, own, tasks, labels, how, folder=out / sequence, seed=seed, device=device
        )
    write_model(
        out,
        {
            "settings": how.model_dump(mode="json"), "test": held_out, "inner_folds": inner_folds,
            "sequences": {s: {"slices": views[s], "weights": trained[s].weights} for s in names},
            "tasks": [vars(t) for t in tasks], "label": None if labels is None else labels.about(),
            "reader": reader, "reading": reading,
        },
        {
            "folds": dealt, "failures": pd.concat(failures, ignore_index=True),
            "learning_curves": pd.DataFrame([row for s in names for row in trained[s].curves]),
            "errors": pd.DataFrame([row for s in names for row in trained[s].errors]),
        },
    )  # fmt: skip
    return out


def autoencoder_settings(settings: AutoencoderSettings | Mapping[str, Any] | None, model: str) -> AutoencoderSettings:
    """Settings of the network, with every fault at once."""
    given = settings.model_dump() if isinstance(settings, AutoencoderSettings) else dict(settings or {})
    if given.setdefault("model", model) != model and not isinstance(settings, AutoencoderSettings):
        raise InputError("settings", Fault(f"model {given['model']!r}", f"that of the argument model ({model!r})"))
    try:
        return AutoencoderSettings.model_validate({**given, "model": model})
    except ValidationError as error:
        raise InputError("settings", faults_of(error)) from None


def slice_settings(slices: SliceSettings | Mapping[str, Any] | None) -> SliceSettings:
    """Settings of the slices, with every fault at once."""
    if isinstance(slices, SliceSettings):
        return slices
    try:
        return SliceSettings.model_validate(dict(slices or {}))
    except ValidationError as error:
        raise InputError("slices", faults_of(error)) from None


def _check(
    how: AutoencoderSettings, cut: SliceSettings, label: pd.Series | pd.DataFrame | None, inner_folds: int, repeats: int
) -> None:
    faults = []
    try:
        how.check_size(cut.size)
    except ValueError as error:
        faults.append(Fault(str(error), "another size, or fewer widths", column="slices"))
    if how.model == "hscae" and label is None:
        faults.append(Fault("no label", "the label it learns from", column="label", hint="Or train model='cae'."))
    if how.model == "cae" and label is not None:
        faults.append(Fault("a label with model='cae'", "model='hscae', which learns from it", column="label"))
    if inner_folds == 1 or inner_folds < 0:
        faults.append(Fault(str(inner_folds), "0, or 2 and more", column="inner_folds"))
    if repeats < 1:
        faults.append(Fault(str(repeats), "1 or more", column="repeats"))
    if faults:
        raise InputError("train_autoencoder", faults)
