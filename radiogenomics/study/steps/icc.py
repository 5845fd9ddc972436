"""Features that repeat between readings of the same patients."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import frame_of, patients_of, training_patients
from radiogenomics._keys import PATIENT, RADIOMICS
from radiogenomics.schemas.steps import ExtractSettings, IccDesign, PerturbedSettings
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._inputs import image_paths
from radiogenomics.study._reread import reread_rows
from radiogenomics.study._step import Context, Step
from radiogenomics.study.steps._failures import case_failures
from radiogenomics.study.steps.clean import scale

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData


def run(context: Context) -> None:
    """Extract the re-read patients' features from each reading, drop those that do not repeat, scale the others.

    What is harmonised afterwards is scaled after that.
    """
    from radiogenomics import pp

    designs = {name: _readings(context, name, design) for name, design in context.settings.designs.items()}
    pp.filter_icc(context.mdata, designs, modality=RADIOMICS, **context.settings.filter_settings())
    steps = context.file.steps
    cleaning = (steps.clean or {}).get(RADIOMICS)
    if cleaning is not None and RADIOMICS not in (steps.harmonise or {}):
        scale(context.mdata, RADIOMICS, cleaning)


def _readings(context: Context, name: str, design: IccDesign) -> list[AnnData]:
    if design.perturbed is not None:
        return _perturbed(context, name, design.perturbed)
    reads = reread_rows(context.images(), _extract(context), design)
    return [_features(context, rows, f"{name}, {design.column} {value}") for value, rows in reads]


def _extract(context: Context) -> ExtractSettings:
    if context.file.steps.extract is None:
        raise RuntimeError("step icc without step extract")
    return context.file.steps.extract


def _features(context: Context, rows: pd.DataFrame, what: str) -> AnnData:
    """Features of one reading; cases that step extract finished are read from where it keeps them."""
    from radiogenomics import im

    sequences = tuple(dict.fromkeys(context.mdata.mod[RADIOMICS].var["sequence"].astype(str)))
    settings = _extract(context).radiomics().model_copy(update={"sequences": sequences})
    cases = context.folder.parent / "extract" / "cases"
    features = im.extract_radiomics(rows, settings=settings, n_jobs=context.n_jobs, cache_dir=cases)
    failed = case_failures(frame_of(features.uns, "failures"))
    context.failures += [{**row, "reason": f"{what}: {row['reason']}"} for row in failed]
    return features


def _perturbed(context: Context, name: str, settings: PerturbedSettings) -> list[AnnData]:
    """The masks of step extract and made-up ones, of some training patients; the new masks are not kept."""
    from radiogenomics import im
    from radiogenomics.im._check import chosen_rows

    extract, seed = _extract(context), context.seed(name)
    adata = context.mdata.mod[RADIOMICS]
    patients = np.sort(patients_of(adata)[training_patients(context.mdata, adata)].to_numpy(dtype=str))
    if settings.n_patients is not None and settings.n_patients < len(patients):
        patients = np.random.default_rng(seed).choice(patients, settings.n_patients, replace=False)
    rows = chosen_rows(context.images(), extract.radiomics(), **extract.read())
    rows = rows[rows[PATIENT].isin(patients)].drop(columns=["row", "reader", "reading", "visit"], errors="ignore")
    folder = context.folder / "perturbed"
    made = im.perturb_masks(rows, folder, rng=seed, n_jobs=context.n_jobs, **settings.changes())
    failed = case_failures(made.attrs["failures"])
    context.failures += [{**row, "reason": f"{name}: {row['reason']}"} for row in failed]
    readers = list(dict.fromkeys(made["reader"]))
    out = [_features(context, made[made["reader"] == reader], f"{name}, {reader}") for reader in readers]
    shutil.rmtree(folder)
    return out


def _inputs(file: StudyFile) -> list[Path]:
    return image_paths(file) if file.steps.preprocess is None else []


def _reads(file: StudyFile) -> list[object]:
    cleaning = (file.steps.clean or {}).get(RADIOMICS)
    scaling = None if cleaning is None or RADIOMICS in (file.steps.harmonise or {}) else cleaning.scaling(RADIOMICS)
    return [file.data.images, file.steps.extract, scaling]


ICC = Step("icc", run, "cohort", inputs=_inputs, needs=("preprocess",), reads=_reads)
