"""Validation: every fault of every file, and every case that would fail, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import yaml
from typer.testing import CliRunner

from radiogenomics.cli import app

runner = CliRunner()


def invoke(*args: str) -> Any:
    return runner.invoke(app, list(args))


def write_image(path: Path, values: np.ndarray, origin: tuple[float, float, float] = (0, 0, 0)) -> None:
    image = sitk.GetImageFromArray(values)
    image.SetOrigin(origin)
    sitk.WriteImage(image, str(path))


def image_study(folder: Path) -> Path:
    """Ten cases: two sound ones, then one of each way a case can be unusable."""
    rng = np.random.default_rng(0)
    shape = (8, 12, 12)
    box = np.zeros(shape, np.uint8)
    box[2:6, 3:9, 3:9] = 1
    rows = []
    for i, kind in enumerate(
        ["sound", "sound", "cropped", "shifted", "empty", "labels", "nan", "constant", "one voxel", "no image"]
    ):
        values = rng.normal(100, 20, shape).astype(np.float32)
        mask, origin = box.copy(), (0.0, 0.0, 0.0)
        if kind == "cropped":
            mask = mask[:-1]
        elif kind == "shifted":
            origin = (5.0, 0.0, 0.0)
        elif kind == "empty":
            mask[:] = 0
        elif kind == "labels":
            mask[4] *= 2
        elif kind == "nan":
            values[0, 0, 0] = np.nan
        elif kind == "constant":
            values[:] = 7
        elif kind == "one voxel":
            mask[:] = 0
            mask[4, 4, 4] = 1
        write_image(folder / f"{i}_image.nii.gz", values)
        write_image(folder / f"{i}_mask.nii.gz", mask, origin)
        if kind == "no image":
            (folder / f"{i}_image.nii.gz").write_text("not an image", encoding="utf-8")
        rows.append((f"P{i}", "T1", f"{i}_image.nii.gz", f"{i}_mask.nii.gz"))
    pd.DataFrame(rows, columns=["patient_id", "sequence", "image", "mask"]).to_csv(folder / "manifest.csv", index=False)
    pd.DataFrame(
        {"patient_id": [f"P{i}" for i in range(10)], "days": np.arange(10, 110, 10), "event": [0, 1] * 5}
    ).to_csv(folder / "clinical.csv", index=False)
    study = {
        "name": "images",
        "data": {
            "clinical": {"path": "clinical.csv"},
            "outcomes": {"os": {"kind": "survival", "time": "days", "event": "event", "unit": "days"}},
            "images": {"manifest": "manifest.csv"},
        },
        "steps": {"extract": {}, "clean": {"radiomics": {}}},
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    return path


CASES = {
    "P2": "mask size", "P3": "mask origin", "P4": "without any marked voxel", "P5": "labels 1", "P6": "NaN",
    "P7": "the same intensity 7", "P8": "a region of 1 voxel", "P9": "gzip",
}  # fmt: skip


def test_every_case_that_would_fail_is_listed_at_once(tmp_path: Path) -> None:
    result = invoke("validate", str(image_study(tmp_path)), "--jobs", "1")
    assert result.exit_code == 3, result.output
    assert "8 of 10 cases would fail" in result.stderr
    assert "goes on without these cases" in result.stderr
    for patient, text in CASES.items():
        assert any(f"{patient} T1" in line and text in line for line in result.stderr.splitlines()), patient
    assert "P0 T1" not in result.stderr


def test_faults_of_tables_and_cases_come_together(tmp_path: Path) -> None:
    study = image_study(tmp_path)
    result = invoke("validate", str(study), "--jobs", "1", "--set", "data.outcomes.os.time=dais")
    assert result.exit_code == 2
    assert "'days'" in result.stderr
    assert "P2 T1" in result.stderr


def test_a_stopped_run_has_told_which_cases_failed(tmp_path: Path) -> None:
    study = image_study(tmp_path)
    content = yaml.safe_load(study.read_text(encoding="utf-8"))
    content["steps"]["cluster"] = {"radiomics": {"n_clusters": 2, "n_resamples": 10}}
    content["steps"]["clean"]["radiomics"]["max_missing"] = 0.0
    study.write_text(yaml.safe_dump(content), encoding="utf-8")
    result = invoke("run", str(study), "--jobs", "1", "--set", "steps.associate.variables=[nothing]")
    assert result.exit_code == 2  # the check refuses the column before anything is computed
    result = invoke("run", str(study), "--jobs", "1")
    for patient, text in CASES.items():
        assert any(f"failed: {patient} T1" in line and text in line for line in result.stderr.splitlines()), patient
    assert "only 2 of 2 patients have radiomics features to form groups from, because 8 case(s) failed" in result.stderr
    table = pd.read_csv(tmp_path / "results" / "tables" / "failures.csv")
    assert table["patient_id"].tolist() == list(CASES)
    assert not table["reason"].str.contains("\n").any()


def change_clinical(study: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = study.parent / "clinical.csv"
    change(pd.read_csv(path)).to_csv(path, index=False)


def test_faults_of_every_file_come_in_one_round(study: Path) -> None:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        table = table.astype({"mfs_days": object, "age_years": object, "mfs_event": object})
        table.loc[0, "mfs_days"] = "ten"
        table.loc[1, "mfs_days"] = -3
        table.loc[2, "mfs_event"] = 7
        table.loc[3, "age_years"] = "old"
        return table

    change_clinical(study, spoil)
    (study.parent / "sets.gmt").write_text("ONE\n", encoding="utf-8")
    changes = ["--set", "data.outcomes.os={kind: survival, time: os_days, event: mfs_event}"]
    changes += ["--set", "steps.survival.adjust=[agee]", "--set", "steps.cluster.rnaa={}"]
    result = invoke("validate", str(study), *changes)
    assert result.exit_code == 2
    for text in ("'ten'", "-3 for patient 'P001'", "7 for patient 'P002'", "'old'", "'os_days'", "sets.gmt", "'rnaa'",
                 "data.clinical.text"):  # fmt: skip
        assert text in result.stderr, text


def test_faults_of_the_data_are_told_beside_unknown_keys(study: Path) -> None:
    change_clinical(study, lambda table: table.assign(mfs_days=-table["mfs_days"]))
    result = invoke("validate", str(study), "--set", "steps.survial={}")
    assert result.exit_code == 2
    assert "Did you mean 'survival'?" in result.stderr
    assert "expected a time, 0 or more" in result.stderr
    assert "and 50 more like these in column 'mfs_days'" in result.stderr


def test_too_many_groups_are_a_fault_before_anything_is_computed(study: Path) -> None:
    result = invoke("validate", str(study), "--set", "steps.cluster.rna.n_clusters=200")
    assert result.exit_code == 2
    assert "steps.cluster.rna.n_clusters: found 200; expected at most 42 for 54 patients" in result.stderr


def test_a_modality_that_is_not_there_is_named_in_cluster(study: Path) -> None:
    result = invoke("validate", str(study), "--set", "steps.cluster.ct={}")
    assert result.exit_code == 2, result.output
    assert "steps.cluster.ct: found modality 'ct'; expected one of " in result.stderr


def test_features_as_covariates_of_the_map_are_looked_up(study: Path) -> None:
    asked = "steps.correlate={x: radiomics, y: rna, covariates: ['rna:GENE1', 'rna:GENEX', 'ct:volume']}"
    result = invoke("validate", str(study), "--set", asked)
    assert result.exit_code == 2, result.output
    assert "steps.correlate.covariates: found 'rna:GENEX'" in result.stderr
    assert "steps.correlate.covariates: found 'ct:volume'; expected one of " in result.stderr
    assert "'rna:GENE1'" not in result.stderr


def test_clustering_features_on_unlike_scales_is_a_fault_in_words_of_the_file(study: Path) -> None:
    path = study.parent / "radiomics.csv"
    pd.read_csv(path).assign(f0=lambda t: t["f0"] * 1e9).to_csv(path, index=False)
    assert invoke("validate", str(study)).exit_code == 0
    result = invoke("validate", str(study), "--set", "steps.clean=false")
    assert result.exit_code == 2
    assert "steps.cluster.radiomics: found standard deviations" in result.stderr
    assert "Add 'clean: {radiomics: {}}' to steps" in result.stderr
    assert "rg.pp" not in result.stderr


def test_patients_without_a_clinical_row_are_told(study: Path) -> None:
    change_clinical(
        study,
        lambda table: table.assign(
            patient_id=[*table["patient_id"][:40], *table["patient_id"][40:50].str.lower(), *"abcdefghij"]
        ),
    )
    result = invoke("validate", str(study))
    assert result.exit_code == 0, result.stderr
    assert "20 of 60 patients with radiomics and 14 of 54 patients with RNA have no clinical row" in result.stderr
    assert "'P040' looks like 'p040'" in result.stderr
    few = [part for name in ("associate", "survival", "combined_cindex", "expression", "enrichment", "cluster", "clean")
           for part in ("--set", f"steps.{name}=false")]  # fmt: skip
    ran = invoke("run", str(study), "--jobs", "1", "--set", "steps.report={}", *few)
    assert ran.exit_code == 0, ran.output
    assert ran.stderr.count("have no clinical row") == 1
    page = (study.parent / "results" / "report.html").read_text(encoding="utf-8")
    assert "20 patients have no clinical row" in page
    assert "Everyone in the files" not in page
    again = invoke("run", str(study), "--jobs", "1", "--set", "steps.report={}", *few)
    assert "have no clinical row" in again.stderr


def test_a_recipe_without_rna_skips_what_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radiogenomics.study._without_deep.find_spec", lambda name: None)  # wherever torch is
    image_study(tmp_path)
    given = ["--manifest", str(tmp_path / "manifest.csv"), "--clinical", str(tmp_path / "clinical.csv")]
    given += ["--set", "data.outcomes.mfs={kind: survival, time: days, event: event}", "--jobs", "1"]
    given += ["--set", "steps.associate={}", "--set", "steps.survival={}"]  # this cohort lacks the recipe's columns
    result = invoke("validate", "crombe", *given)
    assert result.exit_code == 3, result.stderr
    assert "skipped step expression: the recipe was given no RNA" in result.stderr
    assert "skipped step enrichment" in result.stderr
    assert "Steps: check, preprocess, extract, assemble, clean, cluster" in result.stdout
    asked = invoke("validate", "crombe", *given, "--gene-sets", "h.gmt")
    assert asked.exit_code == 2
    assert "--counts FILE" in asked.stderr


def test_codes_of_events_and_swapped_columns_are_suggested(study: Path) -> None:
    change_clinical(study, lambda table: table.assign(mfs_event=table["mfs_event"] + 1))
    result = invoke("validate", str(study))
    assert result.exit_code == 2
    assert "for example codes: {1: 0, 2: 1} if 2 is the event" in result.stderr
    change_clinical(study, lambda table: table.assign(mfs_event=table["mfs_event"] - 1))
    swapped = ["--set", "data.outcomes.mfs.time=mfs_event", "--set", "data.outcomes.mfs.event=mfs_days"]
    result = invoke("validate", str(study), *swapped)
    assert "time 'mfs_event' and event 'mfs_days' look swapped" in result.stderr
    assert len(result.stderr.splitlines()) < 15


def test_the_id_column_is_no_variable(study: Path) -> None:
    result = invoke("validate", str(study), "--set", "steps.survival.adjust=[patient_id]")
    assert result.exit_code == 2
    assert "steps.survival.adjust: found 'patient_id', the column of the patient ids" in result.stderr


def test_a_preset_and_a_column_have_near_names(tmp_path: Path) -> None:
    study = str(image_study(tmp_path))
    assert "did you mean 'crombe'?" in invoke("validate", study, "--set", "steps.extract.preset=cromb").stderr
    result = invoke("validate", study, "--jobs", "1", "--set", "data.outcomes.os.time=day")
    assert "Did you mean 'days'?" in result.stderr


def test_the_column_of_sex_is_looked_at(study: Path) -> None:
    def said(**quality: Any) -> str:
        text = yaml.safe_load(study.read_text(encoding="utf-8"))
        text["steps"]["quality"] = quality
        study.write_text(yaml.safe_dump(text), encoding="utf-8")
        return " ".join(invoke("validate", str(study)).output.split())

    assert "steps.quality.sex: found 'sexx'" in said(sex="sexx")
    assert "column 'grade', steps.quality.sex: found values 'high', 'low'" in said(sex="grade")
