"""All networks of one sequence: trained, written, and judged on the patients they had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from radiogenomics._keys import PATIENT
from radiogenomics._random import spawn_seeds
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.im._autoencoder_plan import PatientLabels, set_aside
from radiogenomics.im._autoencoder_tasks import Task
from radiogenomics.im._slices import Slices
from radiogenomics.im._yardsticks import mean_slice, principal_components, squared_errors
from radiogenomics.schemas.deep import AutoencoderSettings


@dataclass
class Networks:
    """What the trainings of a sequence came to.

    Attributes
    ----------
    weights
        SHA-256 of each network's weights, by name.
    curves
        A row per network and epoch.
    errors
        A row per model (the autoencoder and its yardsticks), fold and patient left out.
    """

    weights: dict[str, str] = field(default_factory=dict)
    curves: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


def train_sequence(
    sequence: str, own: Slices, tasks: Sequence[Task], labels: PatientLabels | None, how: AutoencoderSettings, *,
    folder: Path, seed: int, device: str,
) -> Networks:  # fmt: skip
    """Train the networks of a sequence, each in a folder of its own."""
    from radiogenomics.nn._device import device_of
    from radiogenomics.nn._encode import reconstruct
    from radiogenomics.nn._module import Labels
    from radiogenomics.nn._train import train_autoencoder

    images = own.inputs()
    patients = own.table[PATIENT].to_numpy(dtype=str)
    ids, codes = np.unique(patients, return_inverse=True)
    known = None
    if labels is not None:
        known = Labels(labels.kind, labels.of(ids.tolist())[codes], labels.outputs)
    out = Networks()
    start, *seeds = spawn_seeds(seed, len(tasks) + 1)
    for task, own_seed in zip(tasks, seeds, strict=True):
        taught = [p for p in task.learn if p in set(ids)]
        judges = set_aside(taught, how.validation_share, np.random.default_rng(own_seed))
        validation = np.isin(patients, judges)
        training = np.isin(patients, taught) & ~validation
        done = train_autoencoder(
            # All networks start alike, which leaves less between their latent spaces to be turned.
            images, codes, training, validation, how, labels=known, folder=folder / task.name, seed=start,
            device=device, description=f"{how.model.upper()} {sequence} {task.name.replace('_', ' ')}",
        )  # fmt: skip
        out.weights[task.name] = done.sha256
        out.curves += [{"sequence": sequence, "network": task.name, **row} for row in done.history]
        left = np.isin(patients, task.judge)
        if task.fold >= 0 and task.inner < 0 and left.any():
            found = reconstruct(done.network, images[left], device=device_of(device))
            rows = _judged(own, images[:, 0], training | validation, left, how, found)
            out.errors += [{"sequence": sequence, "repeat": task.repeat, "fold": task.fold, **row} for row in rows]
    return out


def _judged(
    own: Slices, wanted: FloatArray, learned: BoolArray, left: BoolArray, how: AutoencoderSettings, found: FloatArray
) -> list[dict[str, Any]]:
    """Errors by patient of the autoencoder and of its yardsticks, which learn from the same slices."""
    components, used = principal_components(wanted[learned], wanted[left], how.latent_dim)
    given = {
        how.model: (found, how.latent_dim),
        "pca": (components, used),
        "mean_slice": (mean_slice(wanted[learned], int(left.sum())), 0),
    }
    rows: list[dict[str, Any]] = []
    for name, (reconstructed, size) in given.items():
        whole, inside = squared_errors(wanted[left], reconstructed, own.masks[left])
        by_patient = pd.DataFrame({"mse": whole, "mse_tumour": inside}).groupby(own.table[PATIENT].to_numpy()[left])
        means = by_patient.mean()
        rows += [
            {"model": name, "dimensions": size, PATIENT: patient, "mse": a, "mse_tumour": b}
            for patient, a, b in zip(means.index, means["mse"], means["mse_tumour"], strict=True)
        ]
    return rows
