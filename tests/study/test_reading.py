"""A study reads DICOM as its data block says: SUV by sequence, masks taken to the image's grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import radiogenomics as rg
from radiogenomics._cohort import frame_of
from radiogenomics._errors import InputError
from radiogenomics.cli import app

sitk = pytest.importorskip("SimpleITK")
DATA = """name: x
data:
  clinical: {path: clinical.csv, id: patient_id}
  outcomes: {os: {kind: survival, time: days, event: event, unit: days}}
  images: {manifest: manifest.csv, suv: [PET], resample_mask: true}
steps:
  extract: {feature_classes: [firstorder, shape]}
"""


@pytest.fixture
def study(dicom: Any, tmp_path: Path) -> Path:
    z, y, x = np.indices((8, 14, 14))
    ball = (z - 4) ** 2 + (y - 7) ** 2 + (x - 7) ** 2 <= 9
    rows = []
    for i in range(4):
        values = np.random.default_rng(i).normal(9000, 500, ball.shape)
        dicom.write_series(tmp_path / f"{i}", values, **dicom.pet(DecayCorrection="ADMIN"))
        # Ten voxels of the image and no more: a mask on a grid of its own.
        dicom.write_seg(tmp_path / f"seg{i}.dcm", {"GTV": ball[:, 2:12, 2:12]}, origin=(2.1, 2.1, 0))
        rows.append({"patient_id": f"P{i}", "sequence": "PET", "image": f"{i}", "mask": f"seg{i}.dcm"})
    pd.DataFrame(rows).to_csv(tmp_path / "manifest.csv", index=False)
    clinical = {"patient_id": [f"P{i}" for i in range(4)], "days": [100, 200, 300, 400], "event": [1, 0, 1, 1]}
    pd.DataFrame(clinical).to_csv(tmp_path / "clinical.csv", index=False)
    (tmp_path / "study.yaml").write_text(DATA)
    return tmp_path / "study.yaml"


def validated(study: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["validate", str(study)])
    return done.exit_code, " ".join(done.output.split())


def test_run_and_validate_read_the_same(study: Path) -> None:
    assert validated(study)[0] == 0
    result = rg.study.run(study, n_jobs=1)
    assert result.exit_code == 0
    radiomics = rg.io.read_cohort(result.output / "cohort.h5mu").mod["radiomics"]
    mean = radiomics[:, "PET_original_firstorder_Mean"].X.ravel()
    np.testing.assert_allclose(mean, 9000 * 70_000 / 370e6, rtol=0.03)
    assert (frame_of(radiomics.uns, "cases")["mask_shift_mm"] > 0).all()


def test_what_the_study_does_not_ask_for_is_not_done(study: Path) -> None:
    study.write_text(DATA.replace(", resample_mask: true", ""))
    code, failing = validated(study)
    assert code == 3
    assert "4 of 4 cases would fail" in failing
    assert "mask size (10, 10, 7); expected the image's (14, 14, 8)" in failing
    study.write_text(DATA.replace("suv: [PET]", "suv: [PT]"))
    with pytest.raises(InputError, match=r"data\.images\.suv.*'PT'.*PET"):
        rg.study.run(study, n_jobs=1)
