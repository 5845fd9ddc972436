"""Whether the files of a study are as it says, before anything is computed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from radiogenomics._cohort import unknown_name
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._gmt import parse_gmt
from radiogenomics._keys import GROUPS
from radiogenomics.schemas.study import ImageSource, StudyFile
from radiogenomics.study._check_checklists import check_answers
from radiogenomics.study._check_deep import deep_faults
from radiogenomics.study._check_groups import cluster_faults
from radiogenomics.study._check_harmonise import harmonise_faults
from radiogenomics.study._check_icc import icc_faults
from radiogenomics.study._check_models import model_columns
from radiogenomics.study._check_quality import quality_faults
from radiogenomics.study._inputs import gene_set_paths, needs_masks, read_faulty_clinical, read_tables, study_rows
from radiogenomics.study._words import in_study_words

if TYPE_CHECKING:
    import pandas as pd
    from mudata import MuData

T = TypeVar("T")


class InputErrors(InputError):
    """The faults of several files, each with its own message."""

    def __init__(self, errors: Iterable[InputError]) -> None:
        self.errors = tuple(errors)
        super().__init__("input", "\n".join([f"{len(self.errors)} inputs are at fault:", *map(str, self.errors)]))
        self.faults = tuple(fault for error in self.errors for fault in error.faults)


class Collector:
    """Goes on after an error, so that the user hears of all of them at once."""

    def __init__(self) -> None:
        self.errors: list[InputError] = []

    def attempt(self, read: Callable[[], T]) -> T | None:
        """What ``read`` returns, or ``None`` when the input is at fault."""
        try:
            return read()
        except InputError as error:
            self.add(error)
            return None

    def add(self, error: InputError) -> None:
        """Keep an error; the faults of one file stand together, each once."""
        for i, known in enumerate(self.errors):
            if known.where == error.where and known.faults and error.faults:
                both = dict.fromkeys([*known.faults, *error.faults])
                self.errors[i] = InputError(known.where, sorted(both, key=lambda fault: fault.row or 0))
                return
        self.errors.append(error)

    def error(self) -> InputError | None:
        """All errors as one, in the words of the study file."""
        if not self.errors:
            return None
        return in_study_words(self.errors[0] if len(self.errors) == 1 else InputErrors(self.errors))


def check_files(file: StudyFile) -> list[str]:
    """Read every table and the manifest; compare ids, outcome columns and the columns that steps name.

    Returns
    -------
    What the user should know although it is no fault.

    Raises
    ------
    InputError
        With the faults of every file.
    """
    collect = Collector()
    told = collect_faults(file, collect)
    error = collect.error()
    if error is not None:
        raise error
    return told


def collect_faults(file: StudyFile, collect: Collector) -> list[str]:
    """Faults of every file go to ``collect``; returns the warnings."""
    clinical, clinical_faults = _clinical(file, collect)
    modalities: dict[str, Any] = {}
    for name in file.data.tables():
        read = collect.attempt(lambda name=name: read_tables(file, only=name)[name])  # type: ignore[misc]
        if read is not None:
            modalities[name] = read
    images = file.data.images
    if images is not None:
        imaged = collect.attempt(lambda: _imaged(file, images))
        if imaged is not None:
            modalities |= dict.fromkeys(file.computed(), imaged)
    for error in deep_faults(file):
        collect.add(error)
    collect.attempt(lambda: check_answers(file))
    for path in gene_set_paths(file):
        collect.attempt(lambda path=path: parse_gmt(path))  # type: ignore[misc]
    if clinical is None:
        return []
    collect.attempt(lambda: _columns(file, clinical))
    whole = bool(modalities) and set(modalities) == set(file.modalities())
    if clinical_faults or not whole:
        collect.attempt(lambda: _parts(file, clinical))
        return []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RadiogenomicsWarning)
        mdata = collect.attempt(lambda: _cohort(file, clinical, modalities))
    if mdata is not None:
        collect.attempt(lambda: _groups(file, mdata))
    return [str(w.message) for w in caught if issubclass(w.category, RadiogenomicsWarning)]


def _clinical(file: StudyFile, collect: Collector) -> tuple[pd.DataFrame | None, bool]:
    """The clinical table without what is at fault in it, and whether something is."""
    read = collect.attempt(lambda: read_faulty_clinical(file))
    if read is None:
        return None, True
    table, faults = read
    if not faults:
        return table, False
    collect.add(InputError(file.data.clinical.path, faults))
    return table[~table.index.duplicated() & (table.index != "")], True


def _parts(file: StudyFile, clinical: pd.DataFrame) -> None:
    """What can be said of the outcomes while other parts of the cohort are at fault."""
    from radiogenomics.io._outcomes import register_outcomes

    register_outcomes(clinical, _outcomes(file))


def _outcomes(file: StudyFile) -> dict[str, dict[str, Any]]:
    return {name: outcome.model_dump(exclude_none=True) for name, outcome in file.data.outcomes.items()}


def _cohort(file: StudyFile, clinical: pd.DataFrame, modalities: dict[str, Any]) -> MuData:
    from radiogenomics import io

    split = None if file.data.split is None else file.data.split.model_dump(exclude_none=True)
    return io.assemble_cohort(clinical, outcomes=_outcomes(file), split=split, **modalities)


def _groups(file: StudyFile, mdata: MuData) -> None:
    faults = [
        *quality_faults(file, mdata),
        *cluster_faults(file, mdata),
        *harmonise_faults(file, mdata),
        *icc_faults(file, mdata),
    ]
    faults += _covariate_faults(file, mdata)
    if faults:
        raise InputError("steps", faults)


def _covariate_faults(file: StudyFile, mdata: MuData) -> list[Fault]:
    """Covariates of step correlate that are features (``rna:MDM2``) which a table does not have."""
    faults = []
    for name in [] if file.steps.correlate is None else file.steps.correlate.covariates:
        modality, sign, feature = name.partition(":")
        if not sign or name in mdata.obs or feature == GROUPS:
            continue
        key = "steps.correlate.covariates"
        extracted = modality in file.computed()
        if modality not in mdata.mod:
            near = unknown_name("modality", modality, list(mdata.mod)).faults[0]
        elif not extracted and feature not in mdata.mod[modality].var_names:  # what extraction gives is not known yet
            near = unknown_name(f"feature of {modality}", feature, mdata.mod[modality].var_names).faults[0]
        else:
            continue
        faults.append(Fault(f"{name!r}", near.expected, key=key, hint=near.hint))
    return faults


def _imaged(file: StudyFile, images: ImageSource) -> pd.DataFrame:
    """A stand-in for the features to come: one row per patient with images."""
    import pandas as pd

    rows = image_rows(file, images)
    ids = pd.Index(rows["patient_id"].astype(str).unique())
    return pd.DataFrame({"feature": range(len(ids))}, index=ids, dtype=float)


def named_columns(file: StudyFile) -> list[tuple[str, str]]:
    """Clinical columns that steps name, each with its key in the study file."""
    steps = file.steps
    asked: list[tuple[str, str]] = []
    if steps.quality is not None and steps.quality.sex is not None:
        asked.append(("steps.quality.sex", steps.quality.sex))
    for modality, harmonise in (steps.harmonise or {}).items():
        asked.append((f"steps.harmonise.{modality}.batch", harmonise.batch))
        for part in ("covariates", "compare"):
            asked += [(f"steps.harmonise.{modality}.{part}", name) for name in getattr(harmonise, part)]
    for model, encoder in (steps.autoencoder or {}).items():
        if encoder.label is not None and encoder.label not in file.data.outcomes:
            asked.append((f"steps.autoencoder.{model}.label", encoder.label))
    if steps.associate is not None:
        asked += [("steps.associate.variables", name) for name in steps.associate.variables]
    if steps.correlate is not None:
        asked += [("steps.correlate.covariates", name) for name in steps.correlate.covariates]
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
        strata = steps.combined_cindex.strata
        asked += [("steps.combined_cindex.strata", name) for name in [strata] if name is not None]
    if steps.expression is not None:
        asked += [("steps.expression.covariates", name) for name in steps.expression.covariates]
    return asked + model_columns(file)


def _columns(file: StudyFile, clinical: pd.DataFrame) -> None:
    """Clinical columns that steps name exist."""
    faults = []
    for key, name in named_columns(file):
        # Group columns ("rna:groups") come only with the groups; the steps themselves refuse unknown ones.
        if name == file.data.clinical.id:
            faults.append(
                Fault(f"{name!r}, the column of the patient ids", "a column that says something of them", key=key)
            )
        elif name not in clinical.columns and ":" not in name:
            others = file.modalities() if key.endswith(".features") else []
            near = unknown_name("column", name, [*others, *clinical.columns]).faults[0]
            faults.append(
                Fault(near.found, f"a column of {Path(file.data.clinical.path).name}", key=key, hint=near.hint)
            )
    if faults:
        raise InputError("columns of the clinical table", faults)


def image_rows(file: StudyFile, images: ImageSource) -> pd.DataFrame:
    """Rows of the manifest that the study takes features from; all of them where it does not say."""
    from radiogenomics.im._check import chosen_rows
    from radiogenomics.im._manifest_rows import choose_reads

    rows = study_rows(images, masks=needs_masks(file))
    segment, extract = file.steps.segment, file.steps.extract
    if segment is not None and segment.model_folder is not None:
        once = [c for c in ("patient_id", "sequence", "image", "visit") if c in rows]
        return rows.drop_duplicates(once).reset_index(drop=True).assign(row=lambda t: t["patient_id"])
    if segment is not None:
        return choose_reads(rows, segment.reader, segment.reading, segment.visit)
    if extract is None:
        return rows.assign(row=rows["patient_id"])
    return chosen_rows(rows, extract.radiomics(), **extract.read())
