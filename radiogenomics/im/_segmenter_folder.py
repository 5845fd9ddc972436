"""A trained segmenter on disk: what it is, its tables, and its networks when they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT
from radiogenomics._optional import optional_import
from radiogenomics._types import StrPath
from radiogenomics.im._segment_images import Intensities
from radiogenomics.im._segmenter_plan import Plan
from radiogenomics.schemas.segmentation import SegmenterSettings

if TYPE_CHECKING:
    from radiogenomics.nn._segmentation_networks import SegmentationNetwork

KIND = "segmenter"
TABLES = ("folds", "learning_curves", "checkpoints", "cases", "failures")


@dataclass(frozen=True)
class Segmenter:
    """What a model folder holds.

    Attributes
    ----------
    settings
        Networks, training and what is done to masks.
    sequences
        Channels, in their order.
    plans
        Spacing and patch of each stage.
    intensities
        How they are normalised.
    folds
        Names of the networks, and the patients each had no part in who are in the others' training.
    learners
        Patients of the training, those who chose checkpoints among them.
    test
        Patients held out of everything.
    weights
        SHA-256 by fold and stage.
    """

    folder: Path
    settings: SegmenterSettings
    sequences: tuple[str, ...]
    plans: dict[str, Plan]
    intensities: Intensities
    folds: dict[str, tuple[str, ...]]
    learners: frozenset[str]
    test: tuple[str, ...]
    weights: dict[str, dict[str, str]]
    about: dict[str, Any]

    @property
    def network(self) -> Literal["segresnet", "vnet"]:
        """Kind of its networks."""
        return network_kind(self.settings)

    def fold_of(self, patient: str) -> str | None:
        """The fold that left a patient out; ``None`` if none did."""
        return next((name for name, patients in self.folds.items() if patient in patients), None)

    def load(self, fold: str, stage: str) -> SegmentationNetwork:
        """A network with its weights, in evaluation mode on the CPU.

        Raises
        ------
        InputError
            If there are none, or those of another architecture.
        """
        from radiogenomics.nn._segmentation_networks import blank_network
        from radiogenomics.nn._store import read_weights

        network = blank_network(self.network, self.settings.stages[stage], len(self.sequences))
        return read_weights(network, self.folder / fold / stage, self.weights[fold][stage])

    def table(self, name: str) -> pd.DataFrame:
        """One of ``folds``, ``learning_curves``, ``checkpoints``, ``cases``, ``failures``."""
        return pd.read_csv(self.folder / f"{name}.csv", dtype={PATIENT: str, "sequence": str, "message": str})


def network_kind(settings: SegmenterSettings) -> Literal["segresnet", "vnet"]:
    """Kind of the networks of a model."""
    return "segresnet" if settings.model == "segresnet" else "vnet"


def write_segmenter(model: Segmenter, about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write what the networks of a folder are; the description comes last and stands for a whole folder."""
    from radiogenomics.nn._store import write_description

    model.folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        tables[name].to_csv(model.folder / f"{name}.csv", index=False)
    versions = {name: version(name) for name in ("radiogenomics", "torch", "monai", "lightning", "SimpleITK")}
    write_description(model.folder, {
        "kind": KIND, "settings": model.settings.model_dump(mode="json"), "sequences": list(model.sequences),
        "plan": {name: asdict(p) for name, p in model.plans.items()}, "intensities": asdict(model.intensities),
        "folds": {name: list(patients) for name, patients in model.folds.items()},
        "learners": sorted(model.learners), "test": list(model.test), "weights": model.weights, **about,
        "versions": versions,
    })  # fmt: skip


def read_segmenter(folder: StrPath, *, needed_for: str) -> Segmenter:
    """Read what ``rg.im.train_segmenter`` wrote.

    Raises
    ------
    InputError
        If the folder holds no segmenter, or its description is not what was written.
    MissingDependencyError
        If torch or MONAI is not installed.
    """
    for name in ("torch", "monai"):
        optional_import(name, needed_for=needed_for)
    from radiogenomics.nn._store import read_description

    path = Path(folder).absolute()
    about = read_description(path, kind=KIND)
    try:
        kinds = about["intensities"]
        return Segmenter(
            path, SegmenterSettings.model_validate(about["settings"]), tuple(about["sequences"]),
            {name: Plan(tuple(p["spacing"]), tuple(p["patch"])) for name, p in about["plan"].items()},
            Intensities(tuple(kinds["kinds"]), tuple((float(a), float(b)) for a, b in kinds["ranges"])),
            {name: tuple(patients) for name, patients in about["folds"].items()},
            frozenset(about["learners"]), tuple(about["test"]),
            {fold: dict(stages) for fold, stages in about["weights"].items()}, about,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            str(path), Fault(f"a model that cannot be read ({error})", "the folder that rg.im.train_segmenter wrote")
        ) from error
