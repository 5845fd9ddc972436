"""``run``, ``demo`` and ``validate``."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.cli._complete import study_names
from radiogenomics.cli._console import StepPrinter, jobs_or_cores, tell
from radiogenomics.cli._scheduler import Scheduler, on_scheduler

if TYPE_CHECKING:
    from radiogenomics.study._run import RunResult

SOME_FAILED = 3

StudyArgument = Annotated[
    str,
    typer.Argument(
        metavar="STUDY.yaml|RECIPE", help="A study file, or the name of a recipe.", autocompletion=study_names
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Any entry of the study file, e.g. data.outcomes.mfs.time=mfs_days."
    ),
]
Manifest = Annotated[Path | None, typer.Option(help="Manifest of images and masks (data.images.manifest).")]
Clinical = Annotated[Path | None, typer.Option(help="Clinical table (data.clinical.path).")]
Counts = Annotated[Path | None, typer.Option(help="Raw RNA-seq counts (data.rna).")]
Rna = Annotated[Path | None, typer.Option(help="Normalised expression: FPKM, TPM, RSEM (data.rna); no normalise step.")]
Radiomics = Annotated[Path | None, typer.Option(help="Ready radiomic features (data.radiomics.path).")]
Deep = Annotated[Path | None, typer.Option(help="Ready deep features (data.deep.path).")]
Weights = Annotated[
    Path | None, typer.Option(help="Weights of a residual network; its features are made (steps.transfer.weights).")
]
GeneSets = Annotated[
    list[Path] | None, typer.Option("--gene-sets", help="GMT file (steps.enrichment.gene_sets); may be repeated.")
]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", help="Workers; by default one per core.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors and the report's path.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print every step's warnings in full.")]


def run(
    study: StudyArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Output folder.", show_default=False)] = None,
    manifest: Manifest = None,
    clinical: Clinical = None,
    counts: Counts = None,
    rna: Rna = None,
    radiomics: Radiomics = None,
    deep: Deep = None,
    weights: Weights = None,
    gene_sets: GeneSets = None,
    set_: Set = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and what is kept of earlier runs; do nothing.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume/--fresh", help="Take what earlier runs left where it still holds, or do all anew."),
    ] = True,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run a study; a second run redoes only what changed, a stopped run goes on where it was."""
    printer = StepPrinter(quiet, verbose)
    changes = overrides(manifest, clinical, counts, rna, radiomics, deep, weights, gene_sets, set_)
    if dry_run:
        _foresee(study, changes, output, fresh=not resume)
        return
    _finish(_run(study, changes, output, jobs, scheduler, printer, fresh=not resume))


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the simulated data and the results.")
    ] = Path("demo"),
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    patients: Annotated[int, typer.Option(help="Patients to simulate.", min=12)] = 100,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Simulate a cohort and run the whole study on it."""
    from radiogenomics import datasets

    printer = StepPrinter(quiet, verbose)
    n_jobs = jobs_or_cores(jobs)
    printer.say(f"Simulating {patients} patients in {output} ...")
    simulated = datasets.simulate_cohort(
        output, n_patients=patients, n_sequenced=patients * 4 // 5, n_reread=patients // 5, n_jobs=n_jobs
    )
    learned = _tiny_autoencoder()
    if not learned:
        printer.say("Without torch: learned features are left out (pip install 'radiogenomics[deep]').")
    _finish(_run(str(simulated.study), learned, None, jobs, scheduler, printer))


def _tiny_autoencoder() -> dict[str, Any]:
    """What the demonstration adds to its study: an autoencoder that is trained in seconds, where it can be."""
    if any(find_spec(name) is None for name in ("torch", "monai", "lightning")):
        return {}
    network = {"latent_dim": 8, "widths": [8, 16, 32], "epochs": 12, "learning_rate": 0.01, "augmentation": False}
    return {
        "steps.autoencoder.hscae": {
            "label": "lung", "sequences": ["T1"], "slices": {"size": 32}, "settings": network, "folds": 2,
            "reader": "reader1", "reading": 1,
        },
        "steps.clean.hscae": {},
        "steps.cluster.hscae": {"method": "kmeans", "metric": "euclidean", "n_clusters": 2},
    }  # fmt: skip


def validate(
    study: StudyArgument,
    manifest: Manifest = None,
    clinical: Clinical = None,
    counts: Counts = None,
    rna: Rna = None,
    radiomics: Radiomics = None,
    deep: Deep = None,
    weights: Weights = None,
    gene_sets: GeneSets = None,
    set_: Set = None,
    jobs: Jobs = None,
) -> None:
    """Check a study file and everything it names, without computing; lists faults, and cases that would fail.

    Where the study file does not describe its data rightly, its own faults come first and the data's once it does.
    """
    from radiogenomics.study._validate import validate as check
    from radiogenomics.study.steps import planned

    changes = overrides(manifest, clinical, counts, rna, radiomics, deep, weights, gene_sets, set_)
    found = check(study, changes, n_jobs=jobs_or_cores(jobs))
    for text in found.warnings:
        tell(f"warning: {text}", err=True)
    if found.cases:
        typer.echo(found.cases, err=True)
    if found.error is not None:
        raise found.error
    if found.study is None:
        raise RuntimeError("a study without faults is read")
    for row in found.study.skipped:
        tell(f"skipped {row['what']}: {row['reason']}", err=True)
    names = ", ".join(step.name for step in planned(found.study.file))
    if found.cases:
        tell(f"{found.study.source}: no fault found in the tables. Steps: {names}.")
        raise typer.Exit(SOME_FAILED)
    tell(f"{found.study.source}: no fault found. Steps: {names}.")


def overrides(
    manifest: Path | None,
    clinical: Path | None,
    counts: Path | None,
    rna: Path | None,
    radiomics: Path | None,
    deep: Path | None,
    weights: Path | None,
    gene_sets: list[Path] | None,
    set_: list[str] | None,
) -> dict[str, Any]:
    """What the options say, by key of the study file; paths of options are relative to the working directory."""
    if counts is not None and rna is not None:
        raise InputError("options", Fault("--counts and --rna", "one of them"))
    if deep is not None and weights is not None:
        raise InputError("options", Fault("--deep and --weights", "one of them"))
    changes: dict[str, Any] = {}
    for key, path in (
        ("data.images.manifest", manifest),
        ("data.clinical.path", clinical),
        ("data.rna.path", counts or rna),
        ("data.radiomics.path", radiomics),
        ("data.deep.path", deep),
        ("steps.transfer.weights", weights),
    ):
        if path is not None:
            changes[key] = str(path.absolute())
    if counts is not None:
        changes["data.rna.kind"] = "counts"
    if rna is not None:
        changes |= {"data.rna.kind": "normalized", "steps.normalise": False}
    if gene_sets:
        changes["steps.enrichment.gene_sets"] = [str(path.absolute()) for path in gene_sets]
    return changes | dict(_assignment(text) for text in set_ or [])


def _assignment(text: str) -> tuple[str, Any]:
    import yaml

    key, sign, value = text.partition("=")
    if not sign or not key or not all(key.split(".")):
        raise InputError("--set", Fault(repr(text), "KEY=VALUE with a dotted key, e.g. steps.cluster.rna.n_clusters=3"))
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise InputError("--set", Fault(f"{value!r} as the value of {key}", "a value in YAML")) from error


def _run(
    source: str,
    changes: dict[str, Any],
    output: Path | None,
    jobs: int | None,
    scheduler: str | None,
    printer: StepPrinter,
    *,
    fresh: bool = False,
) -> RunResult:
    from radiogenomics import settings
    from radiogenomics.study._load import load
    from radiogenomics.study._run import run as run_study
    from radiogenomics.study.steps import planned

    if printer.quiet:
        settings.progress = False
    study = load(source, changes)
    printer.expect([step.name for step in planned(study.file)])
    with warnings.catch_warnings(), on_scheduler(scheduler, jobs=jobs):
        # They stand under their step, in the provenance and in the report.
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        return run_study(study, output=output, n_jobs=jobs_or_cores(jobs), listener=printer, fresh=fresh)


def _foresee(source: str, changes: dict[str, Any], output: Path | None, *, fresh: bool) -> None:
    from radiogenomics.study._foresee import foresee
    from radiogenomics.study._load import load

    study = load(source, changes)
    steps = foresee(study, output, fresh=fresh)
    width = max(len(step.name) for step in steps)
    for step in steps:
        last = "" if step.seconds is None else f" ({step.seconds:.1f} s the last time)"
        typer.echo(f"{step.name:{width}}  {'kept' if step.reused else f'to do: {step.reason}'}{last}")
    n = sum(step.reused for step in steps)
    where = Path(study.file.output if output is None else output).absolute()
    tell(f"{len(steps) - n} of {len(steps)} steps to do, {n} kept; output in {where}. Nothing was done.")


def _finish(result: RunResult) -> None:
    typer.echo(str(result.report if result.report is not None else result.output))
    if result.exit_code == SOME_FAILED:
        where = result.output / "tables" / "failures.csv"
        tell(f"{len(result.failures)} case(s) failed and were left out; reasons in {where}", err=True)
        raise typer.Exit(SOME_FAILED)
