"""The log of a run: ``<output>/logs/<time>.log``, a line per event, in the order of events."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from radiogenomics._errors import RadiogenomicsError
from radiogenomics.study._provenance import versions

if TYPE_CHECKING:
    from radiogenomics.study._run import StepReport

FOLDER = "logs"


class RunLog:
    """Written line by line, so that a killed run leaves what it came to."""

    def __init__(self, output: Path) -> None:
        folder = output / FOLDER
        folder.mkdir(exist_ok=True)
        self.path = _new_file(folder)

    def begin(self, study: str, source: str, n_jobs: int | None) -> None:
        """Who runs what, with what."""
        self.line(f"study {study} ({source}), process {os.getpid()}, {n_jobs or 'default'} worker(s)")
        self.line(f"command: {' '.join(sys.argv)}")
        self.line(f"{platform.platform()}, " + ", ".join(f"{k} {v}" for k, v in versions().items()))

    def step(self, name: str, report: StepReport | None) -> None:
        """A step begins (no report) or has ended."""
        if report is None:
            self.line(f"{name}: begins")
            return
        self.line(f"{name}: unchanged" if report.status == "cached" else f"{name}: done in {report.seconds:.1f} s")
        for text in report.skipped:
            self.line(f"{name}: skipped {text}")
        for row in report.failures:
            self.line(f"{name}: failed {row['patient_id']} {row['sequence']}: {row['reason']}")
        for text in report.warnings:
            self.line(f"{name}: warning: {text}")

    def stopped(self, status: str, error: BaseException) -> None:
        """Why the run ended early; what is no message for the user comes with its traceback."""
        self.line(status)
        if isinstance(error, Exception) and not isinstance(error, RadiogenomicsError):
            self.line("".join(traceback.format_exception(error)))

    def line(self, text: str) -> None:
        """Append one event; further lines of it are indented."""
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{now}  {text.rstrip()}\n".replace("\n", "\n" + " " * 21).rstrip(" "))


def _new_file(folder: Path) -> Path:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    path, n = folder / f"{now}.log", 1
    while path.exists():
        n += 1
        path = folder / f"{now}-{n}.log"
    path.touch()
    return path
