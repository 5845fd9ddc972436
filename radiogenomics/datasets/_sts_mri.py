"""MRI of soft-tissue sarcoma with follow-up: where its files are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from radiogenomics._errors import Fault, InputError
from radiogenomics._types import StrPath

_VARIABLE = "RADIOGENOMICS_DATA"


class StsMri(NamedTuple):
    """Paths of the two tables; the manifest's image paths are relative to it."""

    manifest: Path
    clinical: Path


def sts_mri(folder: StrPath | None = None) -> StsMri:
    """Soft-tissue sarcoma: T1-weighted MRI, FDG-PET, tumour masks and follow-up :cite:p:`Vallieres2015`.

    51 patients with a tumour of the extremities (49 with T1, 51 with PET); metastasis-free, progression-free and
    overall survival in days. The volumes are not part of this package: they come from the collection
    Soft-tissue-Sarcoma of The Cancer Imaging Archive (doi:10.7937/K9/TCIA.2015.7GO2GSKS), in the NIfTI version of the
    Image Biomarker Standardisation Initiative (https://github.com/theibsi/data_sets), CC BY 3.0. Cite Vallieres et
    al., Phys Med Biol 2015;60:5471.

    Parameters
    ----------
    folder
        Folder that holds ``manifest.csv`` and ``clinical.csv``; by default ``sts_mri`` in the folder that the
        environment variable ``RADIOGENOMICS_DATA`` names.

    Returns
    -------
    ``manifest`` and ``clinical``, the paths of the two tables.

    Raises
    ------
    InputError
        If they are not there; the message says where they come from.
    """
    source = (
        "Get the collection Soft-tissue-Sarcoma from The Cancer Imaging Archive (doi:10.7937/K9/TCIA.2015.7GO2GSKS; "
        "NIfTI version: https://github.com/theibsi/data_sets), put manifest.csv and clinical.csv beside the images, "
        f"and give that folder, or set {_VARIABLE} to the folder above 'sts_mri'"
    )
    if folder is None:
        root = os.environ.get(_VARIABLE)
        if not root:
            raise InputError(
                "sts_mri", Fault(f"no folder, and {_VARIABLE} is not set", "where the data lie", hint=source)
            )
        folder = Path(root) / "sts_mri"
    files = StsMri(Path(folder) / "manifest.csv", Path(folder) / "clinical.csv")
    missing = [f.name for f in files if not f.is_file()]
    if missing:
        raise InputError(
            str(folder), Fault(f"no {' and no '.join(missing)}", "manifest.csv and clinical.csv", hint=source)
        )
    return files
