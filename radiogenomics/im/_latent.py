"""Latent features of slices: by the final network, out of fold, and as each outer fold sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from radiogenomics._errors import DegenerateInputError, Fault
from radiogenomics._keys import PATIENT
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.core.procrustes import procrustes
from radiogenomics.im._autoencoder_folder import AutoencoderModel
from radiogenomics.im._autoencoder_tasks import Task
from radiogenomics.im._slices import Slices
from radiogenomics.schemas.deep import Pooling

STATISTICS: dict[Pooling, tuple[str, ...]] = {"mean": ("mean",), "mean_sd": ("mean", "sd"), "max": ("max",)}
ALIGNMENT = ["sequence", "network", "onto", "n_slices", "explained"]


@dataclass
class Encoder:
    """Networks of one sequence over the slices of one manifest; each network is run once.

    Parameters
    ----------
    model, sequence
        Whose networks.
    slices
        Slices cut as the model's own.
    device
        ``"cpu"`` or ``"cuda"``.
    """

    model: AutoencoderModel
    sequence: str
    slices: Slices
    device: str
    alignment: list[dict[str, object]] = field(default_factory=list)
    _latent: dict[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.patients = self.slices.table[PATIENT].to_numpy(dtype=str)
        self._inputs = self.slices.inputs()

    def of(self, task: Task) -> FloatArray:
        """(n_slices, latent_dim) by one network."""
        from radiogenomics.nn._encode import encode

        if task.name not in self._latent:
            network = self.model.network(self.sequence, task)
            self._latent[task.name] = encode(network, self._inputs, device=self.device).astype(float)
        return self._latent[task.name]

    def out_of_fold(self) -> FloatArray:
        """By the final network, but patients of the folds by the networks that never saw them, in the final's terms.

        The map is fitted on the slices of each fold's training patients; over repeats the mean is taken.
        """
        final = self.of(self.model.final)
        total, count = np.zeros_like(final), np.zeros(len(final))
        for task in self.model.folds():
            left = self.rows(task.judge)
            if left.any():
                total[left] += self.aligned(task, self.model.final, left)
                count[left] += 1
        seen = count > 0
        out = final.copy()
        out[seen] = total[seen] / count[seen, None]
        return out

    def view(self, fold: Task) -> FloatArray:
        """As the patients outside a fold allow: training patients by the inner networks that never saw them, in the
        terms of the fold's network; all others by the fold's network.
        """
        out = self.of(fold).copy()
        for inner in self.model.within(fold):
            left = self.rows(inner.judge)
            if left.any():
                out[left] = self.aligned(inner, fold, left)
        return out

    def aligned(self, source: Task, target: Task, rows: BoolArray) -> FloatArray:
        """Slices through one network in the terms of another, learned from the patients that taught the first."""
        learned = self.rows(source.learn)
        if int(learned.sum()) < 2:
            raise DegenerateInputError(
                "manifest",
                Fault(f"{int(learned.sum())} {self.sequence} slices of the patients that taught {source.name}",
                      "those of the training, by which the networks are brought together",
                      hint="Give the manifest of the training, or estimate='final' for new patients."),
            )  # fmt: skip
        turn = procrustes(self.of(source)[learned], self.of(target)[learned])
        known = {(row["network"], row["onto"]) for row in self.alignment}
        if (source.name, target.name) not in known:
            self.alignment.append({
                "sequence": self.sequence, "network": source.name, "onto": target.name,
                "n_slices": int(learned.sum()), "explained": turn.explained,
            })  # fmt: skip
        return turn(self.of(source)[rows])

    def rows(self, patients: tuple[str, ...]) -> BoolArray:
        """Slices of some patients."""
        return np.asarray(np.isin(self.patients, patients), dtype=bool)


def pooled(latent: FloatArray, rows: pd.Series, names: list[str], pooling: Pooling) -> FloatArray:
    """Slices (n, d) to rows (len(names), d or 2 d): mean, mean and standard deviation, or maximum; NaN without slices.

    The standard deviation is that of the patient's own slices (divisor n), 0 of a single one.
    """
    grouped = pd.DataFrame(latent).groupby(rows.to_numpy(dtype=object))
    made = {"mean": grouped.mean, "sd": lambda: grouped.std(ddof=0), "max": grouped.max}
    parts = [made[name]().reindex(names).to_numpy(dtype=float) for name in STATISTICS[pooling]]
    return np.hstack(parts)


def feature_table(sequence: str, model: AutoencoderModel, pooling: Pooling) -> pd.DataFrame:
    """``var`` of a sequence's features, in the order of :func:`pooled`."""
    kind = model.settings.model
    rows = [
        (f"{sequence}_{kind}_{i + 1:03d}" + ("" if statistic == "mean" else f"_{statistic}"),
         kind, sequence, i + 1, statistic)
        for statistic in STATISTICS[pooling]
        for i in range(model.settings.latent_dim)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["name", "model", "sequence", "dimension", "statistic"]).set_index("name")
