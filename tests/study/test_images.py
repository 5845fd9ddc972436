"""From simulated volumes to the report, as the demo does; twelve real patients."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
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
    assert (
        "resampled to 2 x 2 x 4 mm (images by B-spline, masks by linear interpolation, kept where at least half" in page
    )
    again = rg.study.run(simulated.study, n_jobs=1, overrides=few)
    assert again.exit_code == 3
    assert again.failures.equals(result.failures)


def test_the_control_is_shuffled_compared_and_no_source_of_groups(tmp_path: Path) -> None:
    simulated = rg.datasets.simulate_cohort(
        tmp_path, n_patients=12, n_sequenced=12, n_reread=2, n_genes=200, sequences=("T1",), shape=(24, 24, 8)
    )
    (simulated.folder / "images" / "SIM-003" / "T1.nii.gz").write_bytes(b"broken")
    study = yaml.safe_load(simulated.study.read_text(encoding="utf-8"))
    read = {name: study["steps"]["extract"][name] for name in ("reader", "reading")}
    study["steps"] = {
        "preprocess": study["steps"]["preprocess"], "normalise": study["steps"]["normalise"],
        "extract": {"feature_classes": ["shape", "firstorder", "glcm"], "control": "shuffled"}
        | read,
        "clean": {"radiomics": {"scale": True}, "rna": {}}, "integrate": {"method": "concat", "n_clusters": 2},
        "correlate": {"n_permutations": 0, "control": "radiomics_shuffled"}, "report": {},
    }  # fmt: skip
    simulated.study.write_text(yaml.safe_dump(study), encoding="utf-8")
    result = rg.study.run(simulated.study, n_jobs=1)
    assert result.exit_code == 3
    assert result.failures["patient_id"].tolist() == ["SIM-003"]  # once, not for the control too
    cohort = rg.io.read_cohort(result.output / "cohort.h5mu")
    own, control = cohort.mod["radiomics"], cohort.mod["radiomics_shuffled"]
    raw, other = own.raw.to_adata().to_df(), control.to_df()
    assert raw.columns.tolist() == other.columns.tolist()
    texture = own.raw.var["feature_class"].eq("glcm").to_numpy() if "feature_class" in own.raw.var else None
    texture = raw.columns.str.contains("_glcm_") if texture is None else texture
    other = other.loc[raw.index]
    np.testing.assert_allclose(other.loc[:, ~texture], raw.loc[:, ~texture], rtol=1e-5, atol=1e-9)
    apart = (other["T1_original_glcm_Correlation"] - raw["T1_original_glcm_Correlation"]).abs()
    assert (apart > 0.01).all()
    assert set(cohort.uns["integrated"]["sources"].iloc[:, 0].astype(str)) == {"radiomics", "rna"}
    table = cohort.uns["correlation"]["control"].set_index("family")
    assert table.loc["shape", "largest_r"] == pytest.approx(table.loc["shape", "largest_r_control"], abs=1e-6)
    checked = cohort.uns["image_check"].set_index("patient_id")["remarks"]
    assert len(checked) == 12
    assert checked["SIM-003"].startswith("cannot be used")
    assert not (result.output / ".radiogenomics" / "extract" / "shuffled").exists()
    assert result.report is not None
    page = result.report.read_text(encoding="utf-8")
    assert 'id="figure-contact_sheet_t1"' in page
    assert "12 images of 12 patients were looked at" in page
    assert "With the control radiomics_shuffled in place of the features" in page
    assert (result.output / "figures" / "contact_sheet_t1.svg").is_file()

    off = rg.study.run(simulated.study, n_jobs=1, overrides={"steps.check": {"images": False}})
    assert off.report is not None
    assert 'id="images"' not in off.report.read_text(encoding="utf-8")
    assert {s.name: s.status for s in off.steps}["extract"] == "cached"


def test_a_changed_reference_region_is_seen(tmp_path: Path) -> None:
    simulated = rg.datasets.simulate_cohort(
        tmp_path, n_patients=12, n_sequenced=0, n_reread=0, sequences=("T1",), shape=(24, 24, 8)
    )
    manifest = pd.read_csv(simulated.folder / "manifest.csv")
    manifest["reference_region"] = [f"region_{i}.nii.gz" for i in range(len(manifest))]

    def write(end: int) -> None:
        for image, region in zip(manifest["image"], manifest["reference_region"], strict=True):
            like = sitk.ReadImage(str(simulated.folder / image))
            values = np.zeros(like.GetSize()[::-1], dtype=np.uint8)
            values[:, :end, :end] = 1
            marked = sitk.GetImageFromArray(values)
            marked.CopyInformation(like)
            sitk.WriteImage(marked, str(simulated.folder / region))

    write(10)
    manifest.to_csv(simulated.folder / "manifest.csv", index=False)
    study = yaml.safe_load(simulated.study.read_text(encoding="utf-8"))
    study["steps"] = {
        "check": {"images": False},
        "preprocess": {"normalization": "zscore", "normalize_within": "reference_region"},
        "extract": {"feature_classes": ["firstorder"]},
    }
    study["data"] = {name: value for name, value in study["data"].items() if name != "rna"}
    simulated.study.write_text(yaml.safe_dump(study), encoding="utf-8")
    rg.study.run(simulated.study, n_jobs=1)
    before = rg.io.read_cohort(simulated.folder / "results" / "cohort.h5mu").mod["radiomics"].to_df()
    write(16)
    again = rg.study.run(simulated.study, n_jobs=1)
    assert {s.name: s.status for s in again.steps}["preprocess"] == "run"
    after = rg.io.read_cohort(simulated.folder / "results" / "cohort.h5mu").mod["radiomics"].to_df()
    assert (before["T1_original_firstorder_Mean"] != after["T1_original_firstorder_Mean"]).all()


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
