"""Which cases of a manifest cannot be used as their files are, before anything is computed on them."""

from __future__ import annotations

import pandas as pd

from radiogenomics._keys import PATIENT
from radiogenomics._progress import parallel_map
from radiogenomics._types import StrPath
from radiogenomics.im._case import check_case
from radiogenomics.im._manifest_rows import cases_of, choose_reads, manifest_frame
from radiogenomics.schemas.radiomics import RadiomicsSettings


def chosen_rows(
    manifest: StrPath | pd.DataFrame,
    settings: RadiomicsSettings,
    reader: str | None,
    reading: str | int | None,
    visit: str | int | None = None,
) -> pd.DataFrame:
    """Rows of the manifest that features would be taken from.

    Raises
    ------
    InputError
        If a sequence, reader, reading or visit does not exist, or a patient has several and none is chosen.
    """
    return choose_reads(manifest_frame(manifest, settings.sequences), reader, reading, visit)


def unusable_cases(rows: pd.DataFrame, settings: RadiomicsSettings, *, n_jobs: int | None) -> pd.DataFrame:
    """Cases that would fail: every image and mask is read, every voxel looked at.

    Returns
    -------
    ``patient_id``, ``sequence``, ``step`` (``read`` or ``check``), ``message``.
    """
    cases = cases_of(rows)
    found = parallel_map(
        check_case, [(case, settings.min_voxels) for case in cases], n_jobs=n_jobs, description="Reading images"
    )
    failed = [
        (case.patient_id, case.sequence, failure.step, failure.message)
        for case, failure in zip(cases, found, strict=True)
        if failure is not None
    ]
    return pd.DataFrame(failed, columns=[PATIENT, "sequence", "step", "message"], dtype=object)
