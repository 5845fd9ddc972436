"""Whether the files of a study are as it says, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._gmt import parse_gmt
from radiogenomics.schemas.study import ImageSource, StudyFile
from radiogenomics.study._inputs import gene_set_paths, read_clinical, read_tables, selected_rows

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class InputErrors(InputError):
    """The faults of several files, each with its own message."""

    def __init__(self, errors: Iterable[InputError]) -> None:
        self.errors = tuple(errors)
        super().__init__("input", "\n".join([f"{len(self.errors)} inputs are at fault:", *map(str, self.errors)]))
        self.faults = tuple(fault for error in self.errors for fault in error.faults)


class _Collector:
    """Goes on after an error, so that the user hears of all of them at once."""

    def __init__(self) -> None:
        self.errors: list[InputError] = []

    def attempt(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except InputError as error:
            if not any(str(error) == str(known) for known in self.errors):
                self.errors.append(error)
            return None


def check_files(file: StudyFile) -> None:
    """Read every table and the manifest; compare ids, outcome columns and the columns that steps name.

    Raises
    ------
    InputError
        With the faults of every file.
    """
    from radiogenomics import io

    collect = _Collector()
    clinical = collect.attempt(lambda: read_clinical(file))
    modalities: dict[str, Any] = {}
    for name in file.data.tables():
        read = collect.attempt(lambda name=name: read_tables(file, only=name)[name])  # type: ignore[misc]
        if read is not None:
            modalities[name] = read
    images = file.data.images
    if images is not None:
        imaged = collect.attempt(lambda: _imaged(images))
        if imaged is not None and file.steps.extract is not None:
            modalities["radiomics"] = imaged
    for path in gene_set_paths(file):
        collect.attempt(lambda path=path: parse_gmt(path))  # type: ignore[misc]
    if clinical is not None:
        collect.attempt(lambda: _columns(file, clinical))
        if modalities and set(modalities) == set(file.modalities()):
            collect.attempt(
                lambda: io.assemble_cohort(
                    clinical,
                    outcomes={
                        name: outcome.model_dump(exclude_none=True) for name, outcome in file.data.outcomes.items()
                    },
                    split=None if file.data.split is None else file.data.split.model_dump(exclude_none=True),
                    **modalities,
                )
            )
    if len(collect.errors) == 1:
        raise collect.errors[0]
    if collect.errors:
        raise InputErrors(collect.errors)


def _imaged(images: ImageSource) -> pd.DataFrame:
    """A stand-in for the features to come: one row per patient with images."""
    import pandas as pd

    from radiogenomics import io

    rows = selected_rows(io.read_manifest(images.manifest), images)
    ids = pd.Index(rows["patient_id"].astype(str).unique())
    return pd.DataFrame({"feature": range(len(ids))}, index=ids, dtype=float)


def named_columns(file: StudyFile) -> list[tuple[str, str]]:
    """Clinical columns that steps name, each with its key in the study file."""
    steps = file.steps
    asked: list[tuple[str, str]] = []
    if steps.associate is not None:
        asked += [("steps.associate.variables", name) for name in steps.associate.variables]
    if steps.survival is not None:
        asked += [("steps.survival.adjust", name) for name in steps.survival.adjust]
        asked += [("steps.survival.strata", name) for name in [steps.survival.strata] if name is not None]
        asked += [("steps.survival.entry", name) for name in [steps.survival.entry] if name is not None]
        asked += [("steps.survival.columns", name) for name in (steps.survival.columns or {}).values()]
    if steps.stepwise is not None:
        asked += [("steps.stepwise.variables", name) for name in steps.stepwise.variables]
        asked += [("steps.stepwise.strata", name) for name in [steps.stepwise.strata] if name is not None]
        asked += [("steps.stepwise.entry", name) for name in [steps.stepwise.entry] if name is not None]
    if steps.combined_cindex is not None:
        asked += [("steps.combined_cindex.covariates", name) for name in steps.combined_cindex.covariates]
    return asked


def _columns(file: StudyFile, clinical: pd.DataFrame) -> None:
    """Clinical columns that steps name exist."""
    faults = []
    for key, name in named_columns(file):
        # Group columns ("rna:groups") come only with the groups; the steps themselves refuse unknown ones.
        if name not in clinical.columns and ":" not in name:
            near = unknown_name("column", name, clinical.columns).faults[0]
            faults.append(
                Fault(near.found, f"a column of {Path(file.data.clinical.path).name}", key=key, hint=near.hint)
            )
    if faults:
        raise InputError("columns of the clinical table", faults)
