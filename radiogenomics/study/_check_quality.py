"""Whether step quality can read the clinical sex, told from the clinical table alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics import _keys as keys
from radiogenomics._errors import Fault, InputError, UnknownNameError
from radiogenomics.schemas.study import StudyFile

if TYPE_CHECKING:
    from mudata import MuData


def quality_faults(file: StudyFile, mdata: MuData) -> list[Fault]:
    """Values of the column of sex that mean neither male nor female, and codes without a column."""
    from radiogenomics.tl._rna_sex import clinical_sex

    settings = file.steps.quality
    if settings is None or keys.RNA not in mdata.mod:
        return []
    try:
        clinical_sex(mdata, mdata.mod[keys.RNA], settings.sex, settings.sex_codes, {})
    except UnknownNameError:  # a column that does not exist is told with those of all steps
        return []
    except InputError as error:
        key = "steps.quality.sex"
        return [Fault(f.found, f.expected, column=settings.sex, hint=f.hint, key=key) for f in error.faults]
    return []
