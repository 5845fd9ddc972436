"""Whether step harmonise can tell batches from covariates, told from the clinical table alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radiogenomics._cohort import modality_of, training_patients
from radiogenomics._errors import Fault, InputError, UnknownNameError
from radiogenomics.schemas.study import StudyFile

if TYPE_CHECKING:
    from mudata import MuData


def harmonise_faults(file: StudyFile, mdata: MuData) -> list[Fault]:
    """Batches of one patient, without training patients or confounded with a covariate; outcomes as covariates."""
    faults = []
    for modality, settings in (file.steps.harmonise or {}).items():
        try:
            _attempt(mdata, modality, settings.combat_settings())
        except UnknownNameError:  # columns that do not exist are told with those of all steps
            continue
        except InputError as error:
            key = f"steps.harmonise.{modality}"
            told = error.faults or (Fault(str(error), "batches that can be harmonised"),)
            faults += [Fault(f.found, f.expected, column=f.column, hint=f.hint, key=key) for f in told]
    return faults


def _attempt(mdata: MuData, modality: str, settings: dict[str, object]) -> None:
    """Harmonise features that say nothing: what is refused then is refused because of the columns."""
    from radiogenomics.ml import ComBat
    from radiogenomics.ml._pipeline import given_columns
    from radiogenomics.pp._combat import check_columns, known_columns

    columns = {name: settings.pop(name) for name in ("batch", "covariates", "categorical")}
    check_columns(mdata, columns, "combat")
    obs = known_columns(mdata, modality, columns)
    training = training_patients(mdata, modality_of(mdata, modality))
    values = np.random.default_rng(0).normal(size=(len(obs), 4))
    estimator = ComBat(reference_batch=settings.pop("reference"), **settings)  # type: ignore[arg-type]
    estimator.fit(values[training], **given_columns(columns, obs[training]))
    estimator.transform(values, **given_columns(columns, obs))
