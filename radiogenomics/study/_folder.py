"""The output folder of a run as it is found, be it finished, stopped or foreign."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath

PROVENANCE, COHORT = "provenance.json", "cohort.h5mu"
_GO_ON = "'radiogenomics run' with the same study file goes on from there."


@dataclass(frozen=True)
class RunFolder:
    """What a run left.

    Attributes
    ----------
    provenance
        Its ``provenance.json``; empty if there is none or it cannot be read.
    note
        Why it is not whole, as a sentence; empty of a finished run.
    """

    path: Path
    provenance: dict[str, Any]
    note: str

    @property
    def done(self) -> bool:
        """Whether the run came to its end."""
        return not self.note

    def tables(self, folder: str) -> dict[str, Path]:
        """CSV files of ``tables`` or ``figures`` by name."""
        return {path.name: path for path in sorted((self.path / folder).glob("*.csv"))}


def read_folder(path: StrPath) -> RunFolder:
    """Look into an output folder.

    Raises
    ------
    InputError
        If there is no such folder, or no run has written to it.
    """
    folder = Path(path)
    if not folder.is_dir():
        found = f"{str(path)!r}, which is " + ("no folder" if folder.exists() else "not there")
        raise InputError("run", Fault(found, "the output folder of a run"))
    file = folder / PROVENANCE
    if not file.is_file():
        if not any((folder / name).exists() for name in (COHORT, "tables", ".radiogenomics")):
            hint = "A study file names its output folder; relative paths are taken from the study file."
            raise InputError("run", Fault(f"{str(path)!r}, which no run has written to", "the output folder of a run",
                                          hint=hint))  # fmt: skip
        return RunFolder(folder, {}, f"{path}: no {PROVENANCE}, the run stopped before its first step ended. {_GO_ON}")
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict):
        return RunFolder(folder, {}, f"{path}: {PROVENANCE} cannot be read. {_GO_ON}")
    status = str(told.get("status", "unknown"))
    if status.startswith("done"):
        return RunFolder(folder, told, "")
    reached = [str(step.get("step")) for step in told.get("steps", []) if isinstance(step, dict)]
    last = f"; the last finished step is {reached[-1]}" if reached else "; no step is finished"
    said = "the run is at work or was killed" if status == "running" else f"the run was {status.splitlines()[0]}"
    return RunFolder(folder, told, f"{path}: {said}{last}. {_GO_ON}")


def cohort_in(path: StrPath) -> Path:
    """The cohort of an output folder.

    Raises
    ------
    InputError
        If the run did not come as far as to write it: says how to go on.
    """
    run = read_folder(path)
    if not (run.path / COHORT).is_file():
        raise InputError(str(path), f"no {COHORT}, which a run writes near its end.\n{run.note or _GO_ON}")
    return run.path / COHORT
