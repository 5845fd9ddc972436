"""What each step left behind, under ``<output>/.radiogenomics/<step>/``, and whether it still holds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogenomics._cohort import own_columns
from radiogenomics.study._files import whole_file, write_text

if TYPE_CHECKING:
    import pandas as pd
    from mudata import MuData

STATE_FOLDER = ".radiogenomics"
HASHES = "hashes.json"
_COHORT = "cohort.h5mu"
_RESULTS = "results.h5"
_UNS, _OBS = "uns", "obs"


@dataclass
class StepState:
    """Record of a step that was done.

    Attributes
    ----------
    fingerprint
        Hash of its settings, the package's version and code, its input files and everything before it.
    parts
        Hash of each part of the fingerprint, so that it can be told what has changed.
    seeds
        Seeds that it drew with, by part of the step, or by its own name.
    skipped
        What could not be done because the data cannot answer: ``{"what": ..., "reason": ...}``.
    failures
        Cases that failed: ``{"patient_id", "sequence", "reason"}``.
    left_out
        Patients left out, by result, each with the reason.
    outputs
        Files it wrote outside its state folder, relative to the output folder.
    """

    step: str
    fingerprint: str
    seconds: float
    version: str
    parts: dict[str, str] = field(default_factory=dict)
    seeds: dict[str, int] = field(default_factory=dict)
    skipped: list[dict[str, str]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left_out: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)


class StepCache:
    """State folders of one output folder."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.root = output / STATE_FOLDER

    def folder(self, step: str) -> Path:
        """State folder of a step, made if need be."""
        path = self.root / step
        path.mkdir(parents=True, exist_ok=True)
        return path

    def state(self, step: str) -> StepState | None:
        """What is known of the last time the step was done; ``None`` if nothing or not readable."""
        path = self.root / step / "state.json"
        if not path.is_file():
            return None
        try:
            return StepState(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):  # written by another version: the step is done again
            return None

    def valid(self, step: str, fingerprint: str) -> StepState | None:
        """The step's state if it was done with this fingerprint and its outputs are still there."""
        state = self.state(step)
        if state is None or state.fingerprint != fingerprint:
            return None
        return state if all((self.output / name).is_file() for name in state.outputs) else None

    def forget(self) -> None:
        """Remove what every step left, so that all of them are done anew; finished cases are forgotten with them."""
        for folder in self.root.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)

    def begin(self, step: str) -> None:
        """Forget the old state before the step is redone: a killed step is never taken for a finished one."""
        (self.folder(step) / "state.json").unlink(missing_ok=True)

    def finish(self, state: StepState) -> None:
        """Record a finished step; written last, after everything it left."""
        write_text(self.folder(state.step) / "state.json", json.dumps(asdict(state), indent=1))

    def save_cohort(self, step: str, mdata: MuData) -> None:
        """Keep the cohort as the step left it."""
        from radiogenomics import io

        # The suffix decides the format, so the partial file keeps it.
        with whole_file(self.folder(step) / _COHORT) as part:
            io.write_cohort(mdata, part)

    def load_cohort(self, step: str) -> MuData:
        """The cohort as the step left it."""
        from radiogenomics import io

        return io.read_cohort(self.folder(step) / _COHORT)

    def save_results(self, step: str, results: Mapping[str, Any], columns: pd.DataFrame) -> None:
        """Keep the joint results that a step added to ``mdata.uns``, and its columns of ``mdata.obs``."""
        import anndata
        import h5py

        with whole_file(self.folder(step) / _RESULTS) as part, h5py.File(part, "w") as file:
            file.create_group(_UNS)
            for key, value in results.items():
                anndata.io.write_elem(file[_UNS], key, value)
            if columns.shape[1]:
                anndata.io.write_elem(file, _OBS, columns)

    def load_results(self, step: str) -> tuple[dict[str, Any], pd.DataFrame | None]:
        """Joint results and columns that a step added."""
        import anndata
        import h5py

        with own_columns(), h5py.File(self.folder(step) / _RESULTS, "r") as file:
            results = {key: anndata.io.read_elem(file[_UNS][key]) for key in file[_UNS]}
            return results, anndata.io.read_elem(file[_OBS]) if _OBS in file else None
