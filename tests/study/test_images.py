"""From simulated volumes to the report, as the demo does; twelve real patients."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pandas as pd
import pytest
import SimpleITK as sitk
import yaml

import radiogenomics as rg

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")]


def test_simulated_volumes_to_report(tmp_path: Path) -> None:
    simulated = rg.datasets.simulate_cohort(
        tmp_path, n_patients=14, n_sequenced=14, n_reread=2, n_genes=300, sequences=("T1",), shape=(24, 24, 8)
    )
    fast = {"steps.combined_cindex.repeats": 2, "steps.combined_cindex.bootstrap": 50, "steps.combined_cindex.folds": 2}
    result = rg.study.run(simulated.study, n_jobs=1, overrides=fast)
    assert [step.status for step in result.steps] == ["run"] * len(result.steps)
    assert result.exit_code == 0
    assert result.report is not None
    assert result.report.stat().st_size > 50_000
    cohort = rg.io.read_cohort(result.output / "cohort.h5mu")
    assert cohort.mod["radiomics"].n_obs == 14
    assert cohort.mod["rna"].n_vars == 300
    began = time.perf_counter()
    again = rg.study.run(simulated.study, n_jobs=1, overrides=fast)
    assert {step.status for step in again.steps} == {"cached"}
    assert time.perf_counter() - began < 10

    # One changed volume: its patient alone is preprocessed and extracted again.
    path = str(simulated.folder / "images" / "SIM-001" / "T1.nii.gz")
    image = sitk.Cast(sitk.ReadImage(path), sitk.sitkFloat32)
    sitk.WriteImage(sitk.Sqrt(sitk.Abs(image)), path)
    cases = simulated.folder / "results" / ".radiogenomics" / "extract" / "cases"
    before = {path.name for path in cases.glob("*.json")}
    rg.study.run(simulated.study, n_jobs=1, overrides=fast)
    assert len({path.name for path in cases.glob("*.json")} - before) == 1


def test_two_broken_cases_are_left_out_and_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "étude avec espaces"
    simulated = rg.datasets.simulate_cohort(
        folder, n_patients=12, n_sequenced=12, n_reread=0, n_genes=200, sequences=("T1",), shape=(24, 24, 8)
    )
    images = simulated.folder / "images"
    (images / "SIM-001" / "T1.nii.gz").write_bytes(b"broken")
    empty = str(images / "SIM-002" / "mask_reader1.nii.gz")
    sitk.WriteImage(sitk.ReadImage(empty) * 0, empty)
    few = {
        "steps.normalise": False, "steps.expression": False, "steps.enrichment": False,
        "steps.combined_cindex": False, "steps.cluster": {"radiomics": {"n_clusters": 2, "n_resamples": 20}},
        "steps.preprocess": {"spacing": [2, 2, 4], "normalization": "histogram"},
    }  # fmt: skip
    study = yaml.safe_load(simulated.study.read_text(encoding="utf-8"))
    del study["data"]["rna"], study["steps"]["clean"]["rna"]
    simulated.study.write_text(yaml.safe_dump(study), encoding="utf-8")
    result = rg.study.run(simulated.study, n_jobs=1, overrides=few)
    assert result.exit_code == 3
    assert result.failures["patient_id"].tolist() == ["SIM-001", "SIM-002"]
    assert result.report is not None
    page = result.report.read_text(encoding="utf-8")
    assert "2 cases failed (of SIM-001 and SIM-002); the others went on." in page
    assert page.index("2 cases failed") < page.index('id="cohort"')
    assert "resampled to 2 x 2 x 4 mm (images by B-spline, masks by nearest neighbour)" in page
    again = rg.study.run(simulated.study, n_jobs=1, overrides=few)
    assert again.exit_code == 3
    assert again.failures.equals(result.failures)


def test_twelve_sarcomas_from_volumes_to_report(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = real_data / "sts_mri"
    manifest = pd.read_csv(source / "manifest.csv")
    clinical = pd.read_csv(source / "clinical.csv")
    # The smallest volumes, six with metastases and six without.
    manifest = manifest[manifest["sequence"] == "T1"].set_index("patient_id")
    size = manifest["image"].map(lambda name: (source / name).stat().st_size).sort_values()
    events = clinical.set_index("patient_id")["mfs_event"].reindex(size.index)
    chosen = [*size.index[events == 1][:6], *size.index[events == 0][:6]]
    few = manifest.loc[chosen].reset_index()
    for name in ("image", "mask"):
        few[name] = few[name].map(lambda path: os.path.join(source, path))
    few.to_csv(tmp_path / "manifest.csv", index=False)
    study = Path(__file__).parents[2] / "vignettes" / "studies" / "sts_mri.yaml"
    assert yaml.safe_load(study.read_text(encoding="utf-8"))["name"] == "sts-mri"
    monkeypatch.setenv("RADIOGENOMICS_DATA", str(real_data))
    result = rg.study.run(
        study,
        output=tmp_path / "results",
        n_jobs=2,
        overrides={
            "data.images.manifest": str(tmp_path / "manifest.csv"),
            "steps.cluster.radiomics.n_clusters": 2,
            "steps.cluster.radiomics.n_resamples": 100,
            "steps.combined_cindex": {"folds": 3, "repeats": 2, "bootstrap": 50},
        },
    )
    assert result.exit_code == 0
    assert result.report is not None
    cohort = rg.io.read_cohort(result.output / "cohort.h5mu")
    assert cohort.mod["radiomics"].n_obs == 12
    assert int(cohort.obs["mfs_event"].sum()) == 6
    audit = rg.get.audit(cohort)
    assert int((~audit["kept"].astype(bool)).sum()) == 51 - 12
