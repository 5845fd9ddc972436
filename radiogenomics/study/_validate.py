"""Everything that can be known to be wrong before anything is computed, in one message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radiogenomics._errors import InputError
from radiogenomics._types import StrPath
from radiogenomics.schemas.radiomics import radiomics_settings
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._check import Collector, collect_faults, image_rows
from radiogenomics.study._inputs import needs_masks
from radiogenomics.study._load import Study, checked


@dataclass(frozen=True)
class Validation:
    """What was found.

    Attributes
    ----------
    study
        The study; ``None`` if its file cannot be read as one.
    error
        All faults of the study file and of the tables, in one message.
    cases
        A line per case that would fail; empty if there is none.
    warnings
        What is no fault and should be known.
    """

    study: Study | None
    error: InputError | None
    cases: str
    warnings: tuple[str, ...]


def validate(path_or_recipe: StrPath, overrides: Mapping[str, Any] | None = None, *, n_jobs: int | None) -> Validation:
    """Check a study file, every table it names and every image and mask.

    Where only the steps of the study file are at fault, its data are checked all the same.
    """
    collect = Collector()
    study, error = checked(path_or_recipe, overrides)
    if error is not None:
        collect.add(error)
    if study is None:
        return Validation(None, collect.error(), "", ())
    warnings = collect_faults(study.file, collect)
    return Validation(study, collect.error(), failing_cases(study.file, n_jobs), tuple(warnings))


def failing_cases(file: StudyFile, n_jobs: int | None) -> str:
    """Every case whose image or mask cannot be used, a line each; nothing where the manifest itself is at fault."""
    from radiogenomics.im._case import told
    from radiogenomics.im._check import unusable_cases

    if file.data.images is None or not needs_masks(file):
        return ""
    try:
        rows = image_rows(file, file.data.images)
    except InputError:  # a fault of the manifest, which is told with those of the tables
        return ""
    settings = radiomics_settings(None) if file.steps.extract is None else file.steps.extract.radiomics()
    failed = unusable_cases(rows, settings, n_jobs=n_jobs)
    if failed.empty:
        return ""
    lines = told(failed.itertuples(index=False, name=None), at_most=len(failed))
    end = "A run goes on without these cases." if len(failed) < len(rows) else "No case is left to run."
    return f"{len(failed)} of {len(rows)} cases would fail:\n{lines}\n{end}"
