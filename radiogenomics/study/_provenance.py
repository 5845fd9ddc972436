"""``provenance.json``: what went in, with which settings, versions and seeds, how long it took, what was left out."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._cache import StepState
from radiogenomics.study._files import write_text
from radiogenomics.study._hash import code_hash

PACKAGES = (
    "radiogenomics", "numpy", "scipy", "pandas", "anndata", "mudata", "scikit-learn", "numba", "statsmodels",
    "lifelines", "gseapy", "pydeseq2", "matplotlib", "SimpleITK", "pyradiomics-bhklab", "joblib", "pydantic",
)  # fmt: skip
"""Packages whose version is recorded, where they are installed."""


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that take part in the numbers."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # an optional package that is not installed took no part
            continue
    return found


def relative(path: Path | str, folder: Path) -> str:
    """The path as seen from ``folder`` where it lies inside, so that a study folder can move."""
    path = Path(path)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def plain_settings(value: Any, folder: Path) -> Any:
    """Settings as JSON data, paths inside the study's folder made relative."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: plain_settings(item, folder) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_settings(item, folder) for item in value]
    if isinstance(value, str) and os.path.isabs(value):
        return relative(value, folder)
    return value


class Provenance:
    """Grows while a study runs; written after every step, so that a stopped run leaves it too."""

    def __init__(self, path: Path, file: StudyFile, source: str, folder: Path) -> None:
        self._path = path
        self.content: dict[str, Any] = {
            "study": file.name,
            "source": source,
            "status": "running",
            "started": _now(),
            "finished": None,
            "exit_code": None,
            "settings": plain_settings(file.model_dump(mode="json", exclude={"output"}, exclude_none=True), folder),
            "rng": file.rng,
            "versions": versions(),
            "code": code_hash(),
            "platform": {"system": platform.platform(), "machine": platform.machine(), "cores": os.cpu_count()},
            "inputs": [],
            "steps": [],
            "left_out": {},
            "failures": [],
            "skipped": [],
        }

    def inputs(self, hashes: dict[str, str], folder: Path) -> None:
        """Record the input files with their hashes."""
        self.content["inputs"] = [{"file": relative(p, folder), "sha256": h} for p, h in sorted(hashes.items())]

    def step(self, state: StepState, settings: Any, *, cached: bool) -> None:
        """Record a step that was done now, or whose earlier result still holds."""
        apart = ("parts", "skipped", "failures", "left_out", "outputs")
        record = {k: v for k, v in asdict(state).items() if k not in apart}
        self.content["steps"].append({**record, "status": "cached" if cached else "run", "settings": settings})
        self.content["failures"] += [{"step": state.step, **row} for row in state.failures]
        self.content["skipped"] += [{"step": state.step, **row} for row in state.skipped]
        for result, patients in state.left_out.items():
            self.content["left_out"][result] = patients
        self.write()

    def finish(self, status: str, exit_code: int) -> None:
        """Record how the run ended."""
        self.content.update(status=status, exit_code=exit_code, finished=_now())
        self.write()

    def write(self) -> None:
        """Write the file in one go."""
        write_text(self._path, json.dumps(self.content, indent=2, default=str) + "\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
