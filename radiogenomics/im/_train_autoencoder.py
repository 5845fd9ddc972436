"""Autoencoders of tumour slices, trained and cross-validated by patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import ValidationError

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._random import generator, spawn_seeds
from radiogenomics._types import RNG, StrPath
from radiogenomics.im._autoencoder_plan import PatientLabels, deal, labels_of, set_aside
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.im._slices import Slices, prepare_slices
from radiogenomics.im._yardsticks import mean_slice, principal_components, squared_errors
from radiogenomics.schemas.deep import AutoencoderSettings, SliceSettings
from radiogenomics.schemas.messages import faults_of

KIND = "autoencoder"
FINAL = "final"


@dataclass(frozen=True)
class Task:
    """One network: who teaches it, and who is left out of it."""

    name: str
    learn: tuple[str, ...]
    judge: tuple[str, ...]
    repeat: int = -1
    fold: int = -1
    inner: int = -1


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
    held_out = _test_patients(test, everyone, random)
    learners = [p for p in everyone if p not in set(held_out)]
    labels = None if label is None else labels_of(label, learners)
    dealt = _folds(folds, repeats, learners, labels, random)
    tasks = _tasks(learners, dealt, inner_folds, labels, random)
    out = Path(out_dir)
    found: dict[str, Any] = {}
    curves, errors, failures = [], [], []
    for sequence, seed in zip(dict.fromkeys(table["sequence"]), spawn_seeds(random, table["sequence"].nunique()),
                              strict=True):  # fmt: skip
        cases = cases_of(table[table["sequence"] == sequence])
        own = prepare_slices(cases, cut, measured=learners, n_jobs=n_jobs, cache_dir=cache_dir)
        done = _train_sequence(sequence, own, tasks, labels, how, out / sequence, seed, device)
        curves += done["curves"]
        errors += done["errors"]
        failures.append(own.failures)
        found[sequence] = {"slices": own.settings.model_dump(mode="json"), "weights": done["weights"]}
    from radiogenomics.nn._store import write_description

    dealt.to_csv(out / "folds.csv", index=False)
    pd.DataFrame(curves).to_csv(out / "learning_curves.csv", index=False)
    pd.DataFrame(errors).to_csv(out / "errors.csv", index=False)
    pd.concat(failures).to_csv(out / "failures.csv", index=False)
    write_description(
        out,
        {
            "kind": KIND, "settings": how.model_dump(mode="json"), "sequences": found, "test": held_out,
            "folds": dealt.to_dict("list"), "inner_folds": inner_folds, "tasks": [vars(t) for t in tasks],
            "label": None if labels is None else labels.about(), "reader": reader, "reading": reading,
            "versions": {name: version(name) for name in ("radiogenomics", "torch", "monai", "lightning")},
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


def _test_patients(test: float | Sequence[str] | None, everyone: list[str], rng: np.random.Generator) -> list[str]:
    if test is None:
        return []
    if isinstance(test, int | float):
        if not 0 < test < 1:
            raise InputError("test", Fault(str(test), "a share between 0 and 1, or the ids of patients"))
        return sorted(str(p) for p in rng.choice(everyone, max(1, round(test * len(everyone))), replace=False))
    unknown = [p for p in map(str, test) if p not in everyone]
    if unknown:
        raise InputError("test", Fault(f"{', '.join(unknown[:5])}", "patients of the manifest"))
    return sorted(map(str, test))


def _folds(
    folds: int | pd.DataFrame, repeats: int, learners: list[str], labels: PatientLabels | None, rng: np.random.Generator
) -> pd.DataFrame:
    if isinstance(folds, int):
        return deal(learners, folds, repeats, labels, rng)
    lacking = [c for c in ("repeat", "fold", PATIENT) if c not in folds]
    if lacking:
        raise InputError("folds", Fault(f"no column {', '.join(lacking)}", "columns repeat, fold and patient_id"))
    given = folds[["repeat", "fold", PATIENT]].astype({"repeat": int, "fold": int, PATIENT: str})
    given = given[given[PATIENT].isin(learners)].reset_index(drop=True)
    unplaced = [p for p in learners if p not in set(given[PATIENT])]
    if unplaced:
        raise InputError("folds", Fault(f"no fold for {', '.join(unplaced[:5])}", "every patient who is not held out"))
    return given


def _tasks(
    learners: list[str], dealt: pd.DataFrame, inner: int, labels: PatientLabels | None, rng: np.random.Generator
) -> list[Task]:
    tasks = [Task(FINAL, tuple(learners), ())]
    places = dealt[["repeat", "fold"]].drop_duplicates().sort_values(["repeat", "fold"])
    for repeat, fold in places.itertuples(index=False, name=None):
        rows = dealt[(dealt["repeat"] == repeat) & (dealt["fold"] == fold)]
        out = tuple(rows[PATIENT])
        rest = tuple(p for p in learners if p not in set(out))
        name = f"repeat{repeat}_fold{fold}"
        tasks.append(Task(name, rest, out, repeat, fold))
        if inner and repeat == 0:
            within = deal(rest, inner, 1, labels, rng)
            for j in range(inner):
                left = tuple(within.loc[within["fold"] == j, PATIENT])
                taught = tuple(p for p in rest if p not in set(left))
                tasks.append(Task(f"{name}_inner{j}", taught, left, repeat, fold, j))
    return tasks


def _train_sequence(
    sequence: str, own: Slices, tasks: Sequence[Task], labels: PatientLabels | None, how: AutoencoderSettings,
    folder: Path, seed: int, device: str,
) -> dict[str, Any]:  # fmt: skip
    from radiogenomics.nn._encode import reconstruct
    from radiogenomics.nn._module import Labels
    from radiogenomics.nn._store import write_weights
    from radiogenomics.nn._train import device_of, train_autoencoder

    images = own.inputs()
    ids, codes = np.unique(own.table[PATIENT].to_numpy(dtype=str), return_inverse=True)
    sliced = set(ids)
    known = None
    if labels is not None:
        known = Labels(labels.kind, labels.of(ids)[codes], labels.outputs)  # type: ignore[arg-type]
    out: dict[str, Any] = {"weights": {}, "curves": [], "errors": []}
    for task, own_seed in zip(tasks, spawn_seeds(seed, len(tasks)), strict=True):
        taught = [p for p in task.learn if p in sliced]
        judges = set_aside(taught, how.validation_share, np.random.default_rng(own_seed))
        validation = np.isin(ids, judges)[codes]
        training = np.isin(ids, taught)[codes] & ~validation
        done = train_autoencoder(
            images, codes, training, validation, how, labels=known, folder=folder / task.name, seed=own_seed,
            device=device, description=f"{how.model.upper()} {sequence} {task.name.replace('_', ' ')}",
        )  # fmt: skip
        out["weights"][task.name] = write_weights(done.network, folder / task.name)
        out["curves"] += [{"sequence": sequence, "network": task.name, **row} for row in done.history]
        if task.fold >= 0 and task.inner < 0:
            left = np.isin(own.table[PATIENT].to_numpy(dtype=str), task.judge)
            wanted = images[:, 0]
            given = {
                how.model: (reconstruct(done.network, images[left], device=device_of(device)), how.latent_dim),
                "pca": principal_components(wanted[~left & (training | validation)], wanted[left], how.latent_dim),
                "mean_slice": (mean_slice(wanted[training | validation], int(left.sum())), 0),
            }
            for name, (reconstructed, size) in given.items():
                whole, inside = squared_errors(wanted[left], reconstructed, own.masks[left])
                by = pd.DataFrame({"p": own.table[PATIENT].to_numpy()[left], "w": whole, "i": inside}).groupby("p")
                out["errors"] += [
                    {"sequence": sequence, "model": name, "dimensions": size, "repeat": task.repeat, "fold": task.fold,
                     PATIENT: p, "mse": row["w"], "mse_tumour": row["i"]}
                    for p, row in by.mean().iterrows()
                ]  # fmt: skip
    return out
