"""What a run says on standard error while it goes."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from radiogenomics._errors import Fault, InputError, one_line

if TYPE_CHECKING:
    from rich.console import Console

    from radiogenomics.study._run import StepReport

_LONGEST = 200


def jobs_or_cores(jobs: int | None) -> int:
    """Workers asked for, by default one per core this process may use."""
    if jobs is not None:
        if jobs == 0 or jobs < -1:
            raise InputError("--jobs", Fault(str(jobs), "a number of workers, or -1 for one per core"))
        return jobs
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def tell(text: str, *, err: bool = False) -> None:
    """Print sentences; in a terminal, lines break between words and stay indented."""
    if (sys.stderr if err else sys.stdout).isatty():
        text = "\n".join(_wrapped(line, shutil.get_terminal_size().columns) for line in text.split("\n"))
    typer.echo(text, err=err)


def _wrapped(line: str, columns: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    lines = textwrap.wrap(
        line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
    return "\n".join(lines)


class StepPrinter:
    """Prints a line per step, what it skipped, and its warnings."""

    def __init__(self, quiet: bool, verbose: bool) -> None:
        if quiet and verbose:
            raise InputError("options", Fault("--quiet and --verbose", "one of them"))
        self.quiet, self.verbose = quiet, verbose
        self._names: list[str] = []
        self._console: Console | None = None

    def expect(self, names: Sequence[str]) -> None:
        """Steps to come, so that each is told with its place among them."""
        self._names = list(names)

    def _place(self, name: str) -> str:
        return f"[{self._names.index(name) + 1}/{len(self._names)}] " if name in self._names else ""

    def say(self, text: str) -> None:
        """Print a line unless quiet."""
        if self.quiet:
            return
        from rich.console import Console
        from rich.padding import Padding
        from rich.text import Text

        if self._console is None:
            self._console = Console(stderr=True, highlight=False)
        if self._console.is_terminal:  # lines break between words and stay indented
            indent = len(text) - len(text.lstrip())
            self._console.print(Padding(Text(text.strip()), (0, 0, 0, indent), expand=False))
        else:
            self._console.print(text, markup=False, soft_wrap=True)

    def __call__(self, name: str, report: StepReport | None) -> None:
        """A step begins (no report) or has ended."""
        if report is None:
            self.say(f"{self._place(name)}{name} ...")
            return
        became = "unchanged" if report.status == "cached" else f"done in {report.seconds:.1f} s"
        self.say(f"{self._place(name)}{name}: {became}")
        for text in report.skipped:
            self.say(f"  skipped {text}")
        for row in report.failures:
            self.say(f"  failed: {row['patient_id']} {row['sequence']}: {one_line(row['reason'])}")
        # A second run rests on the first one's results, so what is to be known of them is said again.
        if not self.quiet:
            for text in report.warnings:
                self.say(f"  warning: {text if self.verbose or len(text) <= _LONGEST else text[:_LONGEST] + ' ...'}")
