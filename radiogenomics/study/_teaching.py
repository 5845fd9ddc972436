"""Who may teach what is learned from images before the cohort is there."""

from __future__ import annotations

import warnings

import pandas as pd

from radiogenomics._errors import RadiogenomicsWarning
from radiogenomics._keys import PATIENT, SPLITS
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._inputs import read_clinical, read_tables


def training_with_images(file: StudyFile, images: pd.DataFrame) -> list[str]:
    """Patients with images in the training part of the split that the cohort will have; all without a split."""
    from radiogenomics.io._assemble import parts_before_assembly

    imaged = pd.Index(images[PATIENT].astype(str).unique())
    if file.data.split is None:
        return list(imaged)
    patients = imaged
    with warnings.catch_warnings():  # step assemble says it again
        warnings.simplefilter("ignore", RadiogenomicsWarning)
        for table in read_tables(file).values():
            patients = patients.union(table.obs_names.astype(str))
        parts = parts_before_assembly(
            read_clinical(file),
            patients,
            outcomes={name: outcome.model_dump(exclude_none=True) for name, outcome in file.data.outcomes.items()},
            split=file.data.split.model_dump(exclude_none=True),
        )
    training = parts.index[parts == SPLITS[0]]
    return [patient for patient in imaged if patient in training]
