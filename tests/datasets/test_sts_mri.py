"""Where the sarcoma cohort is, or where to get it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from radiogenomics import datasets, io
from radiogenomics._errors import InputError


def test_absent_cohort_says_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RADIOGENOMICS_DATA", raising=False)
    with pytest.raises(InputError, match=r"RADIOGENOMICS_DATA is not set.*10\.7937/K9/TCIA\.2015\.7GO2GSKS"):
        datasets.sts_mri()
    (tmp_path / "manifest.csv").touch()
    with pytest.raises(InputError, match=r"found no clinical\.csv.*Cancer Imaging Archive"):
        datasets.sts_mri(tmp_path)
    monkeypatch.setenv("RADIOGENOMICS_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"no manifest\.csv and no clinical\.csv"):
        datasets.sts_mri()


def test_given_folder_is_used(tmp_path: Path) -> None:
    for name in ("manifest.csv", "clinical.csv"):
        (tmp_path / name).touch()
    files = datasets.sts_mri(tmp_path)
    assert files == (tmp_path / "manifest.csv", tmp_path / "clinical.csv")
    assert files.manifest.name == "manifest.csv"


def test_cohort_is_what_is_promised(real_data: Path) -> None:
    files = datasets.sts_mri()
    manifest = io.read_manifest(files.manifest)
    assert manifest["sequence"].value_counts().to_dict() == {"PET": 51, "T1": 49}
    assert len(pd.read_csv(files.clinical)) == 51
