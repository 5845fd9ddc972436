"""Run a study: its steps in order, each from its cache where nothing it rests on has changed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import radiogenomics
from radiogenomics._cohort import frame_of
from radiogenomics._errors import RadiogenomicsError, RadiogenomicsWarning
from radiogenomics._types import StrPath
from radiogenomics.study._cache import HASHES, STATE_FOLDER, StepCache, StepState
from radiogenomics.study._files import make_folder
from radiogenomics.study._fingerprints import Fingerprints, settings_of
from radiogenomics.study._hash import FileHashes
from radiogenomics.study._load import Study, load
from radiogenomics.study._lock import only_run
from radiogenomics.study._log import RunLog
from radiogenomics.study._memory import CohortMemory, new_results
from radiogenomics.study._provenance import Provenance, plain_settings
from radiogenomics.study._step import Context, Step
from radiogenomics.study._words import in_study_words
from radiogenomics.study.steps import planned
from radiogenomics.study.steps._failures import FAILURE_COLUMNS, FAILURES, write_failures


@dataclass(frozen=True)
class StepReport:
    """What became of one step: ``status`` is ``"run"`` or ``"cached"``."""

    name: str
    status: str
    seconds: float
    skipped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    failures: tuple[dict[str, str], ...] = ()

    @property
    def n_failures(self) -> int:
        """How many cases failed."""
        return len(self.failures)


@dataclass(frozen=True)
class RunResult:
    """Where a study's output stands.

    Attributes
    ----------
    output
        Folder with ``cohort.h5mu``, ``tables/``, ``figures/``, ``report.html`` and ``provenance.json``.
    report
        The report, if the study has that step.
    exit_code
        0, or 3 when some cases failed.
    steps
        What became of each step.
    failures
        Cases that failed (``step``, ``patient_id``, ``sequence``, ``reason``).
    """

    output: Path
    report: Path | None
    exit_code: int
    steps: tuple[StepReport, ...]
    failures: pd.DataFrame


Listener = Callable[[str, StepReport | None], None]


def run(
    study: Study | StrPath,
    *,
    output: StrPath | None = None,
    n_jobs: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    listener: Listener | None = None,
    fresh: bool = False,
) -> RunResult:
    """Do the steps of a study; a second run does only those that something has changed for.

    Parameters
    ----------
    study
        A study file, the name of a recipe, or what :func:`load` returned.
    output
        Output folder; by default that of the study file.
    n_jobs
        Workers; by default ``rg.settings.n_jobs``. Results do not depend on it.
    overrides
        Values by dotted key, as :func:`load` takes them; only for a file or a recipe.
    listener
        Called with a step's name and ``None`` when it begins, and with what became of it when it ends.
    fresh
        Forget what earlier runs left in the output folder and do every step anew.

    Returns
    -------
    RunResult
        The output folder, the report, the exit code, what became of each step, and the cases that failed.

    Raises
    ------
    InputError
        If the study or its files are at fault, or another run is at work in the output folder. Steps finished before
        are kept; the next run goes on after them.
    """
    if isinstance(study, Study):
        if overrides:
            raise TypeError("overrides belong to a file or recipe that is yet to be read; give them to load()")
    else:
        study = load(study, overrides)
    folder = make_folder(Path(study.file.output if output is None else output).absolute(), what="output")
    state = make_folder(folder / STATE_FOLDER, what="output")
    with only_run(state):
        if fresh:
            StepCache(folder).forget()
        return _Run(study, folder, n_jobs, listener or (lambda name, report: None)).all()


class _Run:
    def __init__(self, study: Study, output: Path, n_jobs: int | None, listener: Listener) -> None:
        self.study, self.file, self.output = study, study.file, output
        self.n_jobs, self._listener = n_jobs, listener
        self.log = RunLog(output)
        self.log.begin(self.file.name, study.source, n_jobs)
        self.steps = planned(self.file)
        self.cache = StepCache(output)
        self.memory = CohortMemory(self.cache)
        self.hashes = FileHashes(output / STATE_FOLDER / HASHES)
        self.fingerprints = Fingerprints(study, self.hashes)
        self.provenance = Provenance(output / "provenance.json", self.file, study.source, study.folder)
        self.provenance.content["skipped"] += study.skipped
        self.states: dict[str, StepState] = {}
        self.reports: list[StepReport] = []

    def all(self) -> RunResult:
        for step in self.steps:
            try:
                self._one(step)
            except BaseException as error:
                self._stopped(step, error)
                raise
        failures = self.provenance.content["failures"]
        exit_code = 3 if failures else 0
        status = "done, some cases failed" if failures else "done"
        self.provenance.finish(status, exit_code)
        self.log.line(status)
        report = self.output / "report.html"
        return RunResult(
            self.output,
            report if self.file.steps.report is not None else None,
            exit_code,
            tuple(self.reports),
            pd.DataFrame(failures, columns=FAILURE_COLUMNS),
        )

    def _stopped(self, step: Step, error: BaseException) -> None:
        known = isinstance(error, RadiogenomicsError)
        interrupted = isinstance(error, KeyboardInterrupt)
        reason = str(error) if known else type(error).__name__
        told = f"interrupted at step {step.name}" if interrupted else f"stopped at step {step.name}: {reason}"
        self.provenance.finish(told, 130 if interrupted else 2 if known else 1)
        self.log.stopped(told, error)
        failures = self.provenance.content["failures"]
        write_failures(self.output, failures)
        if isinstance(error, RadiogenomicsError):
            in_study_words(error)
            done = ", ".join(report.name for report in self.reports)
            kept = f"; kept: {done}" if done else ""
            error.add_note(f"The study stopped at step {step.name}{kept}. The next run goes on from there.")
            if failures:
                where = self.output / "tables" / FAILURES
                error.add_note(f"{len(failures)} case(s) failed before and were left out; reasons in {where}")

    def listener(self, name: str, report: StepReport | None) -> None:
        """Tell the log and whoever listens."""
        self.log.step(name, report)
        self._listener(name, report)

    def _one(self, step: Step) -> None:
        settings = plain_settings(settings_of(self.study, step), self.study.folder)
        print_, parts = self._fingerprint(step)
        state = self.cache.valid(step.name, print_)
        cached = state is not None
        if state is None:
            self.listener(step.name, None)
            state = self._do(step, print_, parts)
        elif step.kind == "cohort":
            self.memory.at(step.name)
        elif step.kind == "results":
            self.memory.add(step.name)
        self.states[step.name] = state
        self.provenance.step(state, settings, cached=cached)
        skipped = tuple(f"{row['what']}: {row['reason']}" for row in state.skipped)
        report = StepReport(
            step.name,
            "cached" if cached else "run",
            0.0 if cached else state.seconds,
            skipped,
            tuple(state.warnings),
            tuple(state.failures),
        )
        if state.failures:
            write_failures(self.output, self.provenance.content["failures"])
        self.reports.append(report)
        self.listener(step.name, report)

    def _fingerprint(self, step: Step) -> tuple[str, dict[str, str]]:
        found = self.fingerprints.of(step)
        self.provenance.inputs(self.fingerprints.inputs, self.study.folder)
        self.hashes.save()
        return found

    def _do(self, step: Step, print_: str, parts: dict[str, str]) -> StepState:
        self.cache.begin(step.name)
        context = Context(
            self.file, step.name, settings_of(self.study, step), self.cache.folder(step.name), self.output,
            self._manifest(step), self.n_jobs, self.provenance, self.states,
        )  # fmt: skip
        before: dict[str, Any] = {}
        known: list[str] = []
        if step.kind != "files" and self.memory.base is not None:
            context.mdata = self.memory.mdata()
            before, known = dict(context.mdata.uns), list(context.mdata.obs.columns)
        began = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            step.run(context)
        state = StepState(
            step.name,
            print_,
            round(time.perf_counter() - began, 3),
            radiogenomics.__version__,
            parts=parts,
            seeds=context.seeds,
            skipped=context.skipped,
            failures=context.failures,
            warnings=list(
                dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, RadiogenomicsWarning))
            ),
            outputs=[path.relative_to(self.output).as_posix() for path in context.outputs],
        )
        if step.kind == "cohort":
            self.cache.save_cohort(step.name, context.mdata)
            self.memory.at(step.name, context.mdata)
            state.left_out = _left_out(context.mdata)
        elif step.kind == "results":
            results = new_results(before, context.mdata.uns)
            self.cache.save_results(step.name, results, context.mdata.obs.drop(columns=known))
            state.left_out = _left_out_of(results, "")
        self.cache.finish(state)
        for w in caught:
            warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
        return state

    def _manifest(self, step: Step) -> Path | None:
        """The manifest a step reads: that of the preprocessed volumes, or of the new masks, once there are any."""
        if self.file.data.images is None:
            return None
        if step.name not in ("preprocess", "segment") and self.file.steps.segment is not None:
            return self.cache.folder("segment") / "manifest.csv"
        if step.name != "preprocess" and self.file.steps.preprocess is not None:
            return self.cache.folder("preprocess") / "manifest.csv"
        return Path(self.file.data.images.manifest)


def _left_out_of(results: Mapping[str, Any], prefix: str) -> dict[str, dict[str, str]]:
    out = {}
    for key, result in results.items():
        if isinstance(result, Mapping) and isinstance(result.get("left_out"), pd.DataFrame):
            table = frame_of(result, "left_out")
            out[prefix + key] = dict(zip(table["patient_id"], table["reason"], strict=True))
    return out


def _left_out(mdata: Any) -> dict[str, dict[str, str]]:
    """Left-out patients of the cohort itself (audit) and of every result of a modality."""
    out = _left_out_of(mdata.uns, "")
    for name, adata in mdata.mod.items():
        out |= _left_out_of(adata.uns, f"{name}:")
    audit = mdata.uns.get("audit")
    if isinstance(audit, pd.DataFrame):
        dropped = audit[~audit["kept"].astype(bool)]
        out["cohort"] = dict(zip(dropped["patient_id"].astype(str), dropped["reason"].astype(str), strict=True))
    return out
