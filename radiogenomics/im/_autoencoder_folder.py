"""A trained autoencoder on disk: what it is, its tables, and its networks when they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._types import StrPath
from radiogenomics.im._autoencoder_tasks import Task
from radiogenomics.schemas.deep import AutoencoderSettings, SliceSettings

if TYPE_CHECKING:
    from radiogenomics.nn._architecture import CAE

KIND = "autoencoder"
TABLES = ("folds", "failures", "learning_curves", "errors")


@dataclass(frozen=True)
class AutoencoderModel:
    """What a model folder holds.

    Attributes
    ----------
    settings
        Architecture and training.
    slices
        How slices are cut, by sequence.
    tasks
        The networks, the final one first; every sequence has them all.
    test
        Patients held out of everything.
    labelled
        Patients whose label taught; none of model ``"cae"``.
    tables
        ``folds``, ``failures``, ``learning_curves``, ``errors``.
    about
        The description as it was written.
    """

    folder: Path
    settings: AutoencoderSettings
    slices: dict[str, SliceSettings]
    tasks: tuple[Task, ...]
    test: tuple[str, ...]
    labelled: frozenset[str]
    tables: dict[str, pd.DataFrame]
    about: dict[str, Any]

    @property
    def supervised(self) -> bool:
        """Whether it learned from labels."""
        return self.settings.model == "hscae"

    @property
    def final(self) -> Task:
        """The network that learned from all but the test patients."""
        return self.tasks[0]

    def folds(self, repeat: int | None = None) -> list[Task]:
        """Networks that leave out a fold, of all repeats or of one."""
        return [t for t in self.tasks if t.fold >= 0 and t.inner < 0 and repeat in (None, t.repeat)]

    def within(self, fold: Task) -> list[Task]:
        """Networks of the folds within a fold's training patients."""
        return [t for t in self.tasks if t.inner >= 0 and (t.repeat, t.fold) == (fold.repeat, fold.fold)]

    def network(self, sequence: str, task: Task) -> CAE:
        """A network with its weights, in evaluation mode on the CPU."""
        from radiogenomics.nn._store import read_weights
        from radiogenomics.nn._train import blank_network

        cut, label = self.slices[sequence], self.about["label"]
        network = blank_network(
            self.settings, 2 if cut.mask == "channel" else 1, cut.size, None if label is None else label["outputs"]
        )
        read_weights(
            network, self.folder / sequence / task.name, self.about["sequences"][sequence]["weights"][task.name]
        )
        return network


def write_model(folder: Path, about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write what the networks of a folder are."""
    from radiogenomics.nn._store import write_description

    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        tables[name].to_csv(folder / f"{name}.csv", index=False)
    versions = {name: version(name) for name in ("radiogenomics", "torch", "monai", "lightning")}
    write_description(folder, {"kind": KIND, **about, "versions": versions})


def read_model(folder: StrPath, *, needed_for: str) -> AutoencoderModel:
    """Read what ``rg.im.train_autoencoder`` wrote.

    Raises
    ------
    InputError
        If the folder holds no autoencoder, or its description is not what was written.
    MissingDependencyError
        If torch is not installed.
    """
    optional_import("torch", needed_for=needed_for)
    from radiogenomics.nn._store import read_description

    path = Path(folder)
    about = read_description(path, kind=KIND)
    try:
        return AutoencoderModel(
            path,
            AutoencoderSettings.model_validate(about["settings"]),
            {name: SliceSettings.model_validate(own["slices"]) for name, own in about["sequences"].items()},
            tuple(Task(**{**task, "learn": tuple(task["learn"]), "judge": tuple(task["judge"])})
                  for task in about["tasks"]),
            tuple(about["test"]),
            frozenset([] if about["label"] is None else about["label"]["patients"]),
            {name: _table(path / f"{name}.csv") for name in TABLES},
            about,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise InputError(
            str(path), Fault(f"a model that cannot be read ({error})", "the folder that rg.im.train_autoencoder wrote")
        ) from error


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={PATIENT: str, "sequence": str, "message": str}, keep_default_na=True)
