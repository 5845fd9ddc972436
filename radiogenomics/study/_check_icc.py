"""Whether the readings of step icc exist and are of enough patients, told from the manifest alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._cohort import modality_of, patients_of, training_patients
from radiogenomics._errors import Fault, InputError
from radiogenomics._keys import PATIENT, RADIOMICS
from radiogenomics.schemas.study import StudyFile
from radiogenomics.study._inputs import study_rows
from radiogenomics.study._reread import reread_rows

if TYPE_CHECKING:
    from mudata import MuData

#: Patients below which nothing is known of a feature.
FEWEST = 3


def icc_faults(file: StudyFile, mdata: MuData) -> list[Fault]:
    """Readers, readings and visits that do not exist; designs of too few patients, by sequence."""
    step, images, extract = file.steps.icc, file.data.images, file.steps.extract
    if step is None or images is None or extract is None or RADIOMICS not in mdata.mod:
        return []
    adata = modality_of(mdata, RADIOMICS)
    training = set(patients_of(adata)[training_patients(mdata, adata)])
    apart = set(patients_of(mdata)) - training
    faults = []
    for name, design in step.designs.items():
        key = f"steps.icc.designs.{name}"
        if design.column is None:
            if len(training) < FEWEST:
                faults.append(Fault(f"{len(training)} training patients", f"{FEWEST} or more", key=key))
            continue
        try:
            first = reread_rows(study_rows(images), extract, design)[0][1]
        except InputError as error:
            told = error.faults or (Fault(str(error), "readings that can be compared"),)
            faults += [Fault(f.found, f.expected, hint=f.hint, key=key) for f in told]
            continue
        used = first[~first[PATIENT].isin(apart)]
        every = extract.sequences or tuple(dict.fromkeys(study_rows(images)["sequence"]))
        for sequence in every:
            n = used.loc[used["sequence"] == sequence, PATIENT].nunique()
            if n < FEWEST:
                hint = "Name the sequences that were read again in steps.extract.sequences" if len(used) else ""
                found = f"{n} patient(s) who may teach with all readings of {sequence}"
                faults.append(Fault(found, f"{FEWEST} or more", key=key, hint=hint))
    return faults
