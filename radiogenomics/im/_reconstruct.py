"""Slices beside what an autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._cohort import check_key, modality_of, to_uns
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._types import FloatArray, StrPath
from radiogenomics.im._autoencoder_folder import AutoencoderModel, read_model
from radiogenomics.im._autoencoder_tasks import Task
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.im._slices import Slices, prepare_slices
from radiogenomics.im._yardsticks import squared_errors

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def reconstruct(
    data: Cohort,
    manifest: StrPath | pd.DataFrame,
    model_dir: StrPath,
    *,
    modality: str | None = None,
    sequence: str | None = None,
    patients: Sequence[str] | None = None,
    reader: str | None = None,
    reading: str | int | None = None,
    device: str = "auto",
    n_jobs: int | None = None,
    cache_dir: StrPath | None = None,
    key_added: str = "reconstructions",
) -> None:
    """Keep each patient's largest slice and its reconstruction, for `rg.pl.reconstructions` and `rg.pl.latent_order`.

    Patients in the folds of the training are reconstructed by the network of the first repeat that never saw them,
    all others by the final one.

    Parameters
    ----------
    data
        Cohort or features of :func:`encode`.
    manifest
        The images of its patients.
    model_dir
        Folder of the model.
    modality
        Where the features are, in a cohort.
    sequence
        Of the model; by default its first.
    patients
        Whose slices; by default all of the features'.
    reader, reading
        Which masks, as of :func:`extract_radiomics`.
    device
        ``"auto"`` (CUDA where it is), ``"cpu"`` or ``"cuda"``.
    n_jobs
        Workers that cut slices.
    cache_dir
        Folder that keeps the slices of each case.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``uns[key_added]`` of the modality: ``images``, ``reconstructions`` (n, size, size) in [0, 1],
    ``masks`` (n, size, size), ``table`` (``patient_id``, ``network``, ``mse``, ``mse_tumour``, ``area_mm2``,
    ``field_of_view_mm`` of each slice, in the same order) and ``settings``.

    Raises
    ------
    InputError
        If the model has no such sequence, or the manifest none of the patients.
    """
    model = read_model(model_dir, needed_for="rg.im.reconstruct")
    adata = modality_of(data, modality)
    check_key(adata, key_added)
    wanted = list(map(str, adata.obs_names if patients is None else patients))
    name = sequence_of(model, sequence)
    table = choose_reads(manifest_frame(manifest, [name]), reader, reading)
    table = table[table["row"].isin(wanted)]
    if table.empty:
        raise InputError("patients", Fault(f"none of {', '.join(wanted[:5])} in the manifest", "its patients"))
    slices = prepare_slices(cases_of(table), model.slices[name], n_jobs=n_jobs, cache_dir=cache_dir)
    slices = _largest(slices)
    found, networks = _through(model, name, slices, device)
    shown = slices.inputs()[:, 0]
    whole, inside = squared_errors(shown, found, slices.masks)
    rows = slices.table[["row", "area_mm2", "field_of_view_mm"]].rename(columns={"row": PATIENT})
    rows = rows.assign(network=networks, mse=whole, mse_tumour=inside)
    adata.uns[key_added] = to_uns(
        images=shown.astype(np.float32), reconstructions=found.astype(np.float32), masks=slices.masks, table=rows,
        settings={"model": model.settings.model, "sequence": name, "mask": model.slices[name].mask},
    )  # fmt: skip


def sequence_of(model: AutoencoderModel, sequence: str | None) -> str:
    """The sequence asked for, or the first of the model."""
    known = list(model.slices)
    if sequence is not None and sequence not in known:
        raise InputError("sequence", Fault(repr(sequence), f"one of the model's: {', '.join(known)}"))
    return sequence or known[0]


def _largest(slices: Slices) -> Slices:
    """The slice with most tumour of each row."""
    first = slices.table.groupby("row", sort=False)["area_mm2"].idxmax().to_numpy()
    return slices.take(first)


def _through(model: AutoencoderModel, sequence: str, slices: Slices, device: str) -> tuple[FloatArray, list[str]]:
    from radiogenomics.nn._device import device_of
    from radiogenomics.nn._encode import reconstruct as through

    patients = slices.table[PATIENT].to_numpy(dtype=str)
    out_by: dict[str, Task] = {p: task for task in model.folds(0) for p in task.judge}
    own = [out_by.get(p, model.final) for p in patients]
    inputs: Any = slices.inputs()
    found = np.empty_like(inputs[:, 0])
    for task in dict.fromkeys(own):
        rows = np.array([t is task for t in own])
        found[rows] = through(model.network(sequence, task), inputs[rows], device=device_of(device))
    if not np.isfinite(found).all():
        raise DegenerateInputError(str(model.folder), Fault("reconstructions that are no numbers", "a trained network"))
    return found, [t.name for t in own]
