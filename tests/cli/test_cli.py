"""The command line: what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import radiogenomics as rg
from radiogenomics.cli import app
from radiogenomics.cli._study import overrides

runner = CliRunner()


def invoke(*args: str) -> Any:
    return runner.invoke(app, list(args))


def set_options(changes: dict[str, Any]) -> list[str]:
    return [part for key, value in changes.items() for part in ("--set", f"{key}={json.dumps(value)}")]


#: Enough for the command line; the steps themselves are tested with the study.
ONLY_CLUSTERS = set_options(
    {f"steps.{name}": False for name in ("survival", "combined_cindex", "expression", "enrichment")}
)


def test_python_dash_m() -> None:
    done = subprocess.run([sys.executable, "-m", "radiogenomics", "--version"], capture_output=True, text=True)
    assert done.stdout.startswith("radiogenomics ")


def test_version() -> None:
    result = invoke("--version")
    assert (result.exit_code, result.stdout.strip()) == (0, f"radiogenomics {rg.__version__}")


@pytest.mark.parametrize("command", ["run", "demo", "validate", "extract", "report", "recipes", "schema"])
def test_help_of_every_command(command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_run_prints_the_output_and_then_nothing_is_redone(study: Path) -> None:
    result = invoke("run", str(study), "--jobs", "1", *ONLY_CLUSTERS)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(study.parent / "results")
    assert "cluster: done in" in result.stderr
    again = invoke("run", str(study), "--jobs", "1", *ONLY_CLUSTERS)
    assert "cluster: unchanged" in again.stderr
    assert "done in" not in again.stderr
    quiet = invoke("run", str(study), "--quiet", "--jobs", "1", *ONLY_CLUSTERS)
    assert (quiet.exit_code, quiet.stderr) == (0, "")


def test_faults_leave_with_code_2_and_one_message(study: Path) -> None:
    content = yaml.safe_load(study.read_text(encoding="utf-8"))
    content["steps"]["surival"] = {}
    content["steps"]["cluster"]["rna"]["n_cluster"] = 2
    study.write_text(yaml.safe_dump(content), encoding="utf-8")
    result = invoke("run", str(study))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {study}: 2 faults:")
    assert "Did you mean 'survival'?" in result.stderr
    assert "Did you mean 'n_clusters'" in result.stderr
    assert not (study.parent / "results").exists()


def test_validate_lists_the_faults_of_all_files(study: Path) -> None:
    good = invoke("validate", str(study))
    assert (good.exit_code, good.stderr) == (0, "")
    assert "no fault found. Steps: check, assemble, clean, cluster" in good.stdout
    (study.parent / "rna.csv").unlink()
    clinical = pd.read_csv(study.parent / "clinical.csv")
    clinical.loc[1, "patient_id"] = clinical.loc[0, "patient_id"]
    clinical.to_csv(study.parent / "clinical.csv", index=False)
    bad = invoke("validate", str(study), "--set", "steps.associate.variables=[grad]")
    assert bad.exit_code == 2
    for text in ("rna.csv", "clinical.csv", "P000"):
        assert text in bad.stderr, text
    assert not (study.parent / "results").exists()


def test_overrides_of_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    changes = overrides(
        Path("m.csv"),
        Path("c.csv"),
        None,
        Path("r.csv"),
        None,
        Path("d.csv"),
        None,
        [Path("h.gmt")],
        ["data.outcomes.mfs.time=months", "rng=3"],
    )
    assert changes == {
        "data.images.manifest": str(tmp_path / "m.csv"),
        "data.clinical.path": str(tmp_path / "c.csv"),
        "data.rna.path": str(tmp_path / "r.csv"),
        "data.deep.path": str(tmp_path / "d.csv"),
        "data.rna.kind": "normalized",
        "steps.normalise": False,
        "steps.enrichment.gene_sets": [str(tmp_path / "h.gmt")],
        "data.outcomes.mfs.time": "months",
        "rng": 3,
    }


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["run", "nowhere.yaml"], "no file 'nowhere.yaml'"),
        (["run", "crombe"], "--clinical FILE"),
        (["run", "krombe"], "Did you mean 'crombe'?"),
        (["run", "liang", "--deep", "a", "--weights", "b"], "found --deep and --weights; expected one of them"),
        (["run", "crombe", "--counts", "a", "--rna", "b"], "found --counts and --rna; expected one of them"),
        (["run", "crombe", "--set", "rng"], "expected KEY=VALUE"),
        (["run", "crombe", "--set", "rng=[1"], "a value in YAML"),
        (["recipes", "show", "cromb"], "Did you mean 'crombe'?"),
        (["recipes", "list"], "found 'list'"),
        (["schema", "studi"], "Did you mean 'study'?"),
        (["extract", "m.csv", "--output", "x.xls"], "ends in .csv or .h5ad"),
        (["extract", "nowhere.csv", "--output", "x.csv"], "nowhere.csv"),
        (["report", "nowhere.h5mu", "--output", "x"], "nowhere.h5mu"),
    ],
)
def test_bad_arguments(args: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke(*args)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("Error: ")
    assert text in result.stderr


def test_recipes() -> None:
    listed = invoke("recipes")
    assert listed.exit_code == 0
    assert listed.stdout.startswith("crombe: ")
    shown = invoke("recipes", "show", "crombe")
    assert yaml.safe_load(shown.stdout)["name"] == "crombe"


def test_schemas(tmp_path: Path) -> None:
    assert "study" in invoke("schema").stdout.split()
    printed = json.loads(invoke("schema", "study").stdout)
    assert {"const": False} in printed["$defs"]["Steps"]["properties"]["cluster"]["anyOf"]
    assert {"const": False} in printed["$defs"]["Steps"]["properties"]["segment"]["anyOf"]
    written = invoke("schema", "--write", str(tmp_path / "schemas"))
    assert written.exit_code == 0
    assert json.loads((tmp_path / "schemas" / "study.schema.json").read_text(encoding="utf-8")) == printed


def make_images(folder: Path, n: int = 3) -> Path:
    """``n`` small cases; the mask of the last is empty."""
    import SimpleITK as sitk

    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        values = rng.normal(100, 20, (8, 12, 12)).astype(np.float32)
        mask = np.zeros(values.shape, np.uint8)
        if i < n - 1:
            mask[2:6, 3:9, 3:9] = 1
        for name, array in (("image", values), ("mask", mask)):
            sitk.WriteImage(sitk.GetImageFromArray(array), str(folder / f"{i}_{name}.nii.gz"))
        rows.append((f"P{i:03d}", "T1", f"{i}_image.nii.gz", f"{i}_mask.nii.gz"))
    path = folder / "manifest.csv"
    pd.DataFrame(rows, columns=["patient_id", "sequence", "image", "mask"]).to_csv(path, index=False)
    return path


@pytest.mark.slow
def test_extract_leaves_with_code_3_when_some_cases_failed(tmp_path: Path) -> None:
    manifest = make_images(tmp_path)
    result = invoke("extract", str(manifest), "--output", str(tmp_path / "features.csv"), "--jobs", "1")
    assert result.exit_code == 3, result.output
    assert "failed: P002 T1: " in result.stderr
    table = pd.read_csv(tmp_path / "features.csv", index_col="patient_id")
    assert list(table.index) == ["P000", "P001"]
    failures = pd.read_csv(tmp_path / "features_failures.csv")
    assert failures["patient_id"].tolist() == ["P002"]
    assert failures["error"].notna().all()


@pytest.mark.slow
def test_extract_takes_settings_from_a_file(tmp_path: Path) -> None:
    manifest, file, out = make_images(tmp_path), tmp_path / "settings.yaml", tmp_path / "x.csv"
    for text in ("feature_classes: [shape]\n", "extract:\n  feature_classes: [shape]\n"):
        file.write_text(text, encoding="utf-8")
        result = invoke("extract", str(manifest), "-o", str(out), "--settings", str(file), "--jobs", "1")
        assert result.exit_code == 3, result.output
        assert pd.read_csv(out, index_col=0).shape == (2, 14)
    for text, said in (
        ("bin_cuont: 3\n", "bin_cuont"), ("- 3\n", "found a list"), ("bin_count: 3\nbin_count: 4\n", "bin_count"),
        ("bin_count: 3\nbin_width: 4\n", "bin_width or bin_count"), ("a: [\n", "YAML"),
    ):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        result = invoke("extract", str(manifest), "-o", str(out), "--settings", str(file))
        assert result.exit_code == 2, text
        assert said in result.stderr, result.stderr
    file.write_text("preset: yan\n", encoding="utf-8")
    both = invoke("extract", str(manifest), "-o", str(out), "--settings", str(file), "--preset", "zhu")
    assert both.exit_code == 2
    assert "one of them" in both.stderr


@pytest.mark.slow
def test_failed_cases_of_a_study_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    make_images(tmp_path, n=5)
    ids = [f"P{i:03d}" for i in range(5)]
    pd.DataFrame({"patient_id": ids, "days": [10, 20, 30, 40, 50], "event": 1}).to_csv(
        tmp_path / "clinical.csv", index=False
    )
    study = {
        "name": "images",
        "data": {
            "clinical": {"path": "clinical.csv"},
            "outcomes": {"os": {"kind": "survival", "time": "days", "event": "event", "unit": "days"}},
            "images": {"manifest": "manifest.csv"},
        },
        "steps": {"preprocess": {"normalization": "zscore"}, "extract": {}, "clean": {"radiomics": {}}},
    }
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    for _ in range(2):  # the second run knows of it too
        result = invoke("run", str(path), "--jobs", "1")
        assert result.exit_code == 3, result.output
        assert "1 case(s) failed and were left out" in result.stderr
    failures = pd.read_csv(tmp_path / "results" / "tables" / "failures.csv")
    assert failures["patient_id"].tolist() == ["P004"]
    told = json.loads((tmp_path / "results" / "provenance.json").read_text(encoding="utf-8"))
    assert (told["exit_code"], told["status"]) == (3, "done, some cases failed")
    assert len([entry for entry in told["inputs"] if entry["file"].endswith(".nii.gz")]) == 10
    cohort = rg.io.read_cohort(tmp_path / "results" / "cohort.h5mu")
    assert cohort.mod["radiomics"].n_obs == 4


def command(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from radiogenomics.cli import main; sys.argv[0] = 'radiogenomics'; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *args], cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


@pytest.mark.slow
def test_exit_codes_of_the_real_command(study: Path) -> None:
    fault = command("run", "study.yaml", "--set", "steps.nothing={}", cwd=study.parent)
    assert (fault.returncode, fault.stdout) == (2, "")
    assert "Traceback" not in fault.stderr
    assert "steps.nothing" in fault.stderr
    usage = command("run", cwd=study.parent)
    assert usage.returncode == 2
    done = command("run", "study.yaml", "--quiet", *ONLY_CLUSTERS, cwd=study.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.strip()) == study.parent / "results"


def test_an_unexpected_error_shows_its_traceback(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("radiogenomics.io._assemble.assemble_cohort", broken)
    result = invoke("run", str(study), "--quiet")
    assert result.exit_code == 1
    assert isinstance(result.exception, ZeroDivisionError)


def test_interrupted_runs_say_how_to_go_on(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("radiogenomics.io._assemble.assemble_cohort", stop)
    result = invoke("run", str(study), "--quiet")
    assert result.exit_code == 130
    assert "run the same command again to go on" in result.stderr


def test_help_answers_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from radiogenomics.cli import main\n"
        "sys.argv = ['radiogenomics', '--help']\n"
        "try: main()\n"
        "except SystemExit as e: assert e.code in (0, None)\n"
        "heavy = {'pandas', 'anndata', 'mudata', 'scipy', 'matplotlib', 'sklearn', 'numba'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr


def test_import_is_fast_and_light(tmp_path: Path) -> None:
    code = (
        "import sys, time; t = time.perf_counter(); import radiogenomics as rg; seconds = time.perf_counter() - t\n"
        "names = {'scanpy', 'gseapy', 'lifelines', 'pydeseq2', 'matplotlib.pyplot', 'monai', 'torch'}\n"
        "assert not names & set(sys.modules), names & set(sys.modules)\n"
        "import radiogenomics.study, radiogenomics.tl, radiogenomics.pl, radiogenomics.io, radiogenomics.report\n"
        "names = {'scanpy', 'gseapy', 'lifelines', 'pydeseq2', 'matplotlib.pyplot', 'monai', 'torch'}\n"
        "assert not names & set(sys.modules), names & set(sys.modules)\n"
        "print(seconds)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=environment,
        )
        for _ in range(2)  # the first may still have to write byte code
    ]
    assert all(d.returncode == 0 for d in done), done[0].stderr
    assert min(float(d.stdout) for d in done) < 1.5
