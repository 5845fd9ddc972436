"""``train autoencoder``, ``encode`` and ``transfer``: what they write and print, and their exit codes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from radiogenomics._errors import InputError
from radiogenomics.cli import app

runner = CliRunner()


def invoke(*args: Any) -> Any:
    return runner.invoke(app, [str(a) for a in args])


def loaded(name: str, *path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1].joinpath(*path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the images of 12 patients, ``manifest.csv`` and ``clinical.csv``."""
    sitk = pytest.importorskip("SimpleITK")
    folder = tmp_path_factory.mktemp("cohort")
    z, y, x = np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in (10, 24, 24)], indexing="ij")
    rows = []
    for i in range(12):
        inside = z**2 + y**2 + x**2 <= (4 + 0.3 * i) ** 2
        values = np.random.default_rng(i).normal(100, 10, inside.shape) + inside * (60 + 30 * (i % 2) * np.sin(x))
        paths = {"image": folder / f"{i}.nii.gz", "mask": folder / f"{i}_mask.nii.gz"}
        for array, path in ((values.astype(np.float32), paths["image"]), (inside.astype(np.uint8), paths["mask"])):
            sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
        rows.append({"patient_id": f"P{i:02d}", "sequence": "T1", "image": paths["image"].name,
                     "mask": paths["mask"].name})  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "manifest.csv", index=False)
    ids = [row["patient_id"] for row in rows]
    clinical = pd.DataFrame({"patient_id": ids, "relapse": ["no", "yes"] * 6, "days": range(10, 130, 10)})
    clinical["event"] = 1
    clinical.to_csv(folder / "clinical.csv", index=False)
    (folder / "tiny.yaml").write_text(
        "epochs: 2\nlatent_dim: 4\nwidths: [4, 8]\nbatch_size: 8\nslices: {size: 16, choice: largest}\n"
    )
    return folder


@pytest.fixture(scope="module")
def model(cohort: Path) -> Path:
    pytest.importorskip("torch")
    done = invoke("train", "autoencoder", cohort / "manifest.csv", "--out", cohort / "model", "--model", "hscae",
                  "--clinical", cohort / "clinical.csv", "--label", "relapse", "--settings", cohort / "tiny.yaml",
                  "--folds", 2, "--device", "cpu", "--jobs", 1)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(cohort / "model")
    assert "T1 hscae: mean squared error of patients left out" in done.stderr
    assert "T1 pca: mean" in done.stderr
    return cohort / "model"


def test_trained_model_encodes(cohort: Path, model: Path) -> None:
    done = invoke("encode", cohort / "manifest.csv", model, "-o", cohort / "latent.csv", "--jobs", 1)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(cohort / "latent.csv", index_col="patient_id")
    assert table.shape == (12, 8)
    assert len(pd.read_csv(cohort / "latent_failures.csv")) == 0
    assert "12 patients, 8 features" in done.stdout


def test_maps_of_the_trained_model(cohort: Path, model: Path) -> None:
    import radiogenomics as rg

    found = rg.im.grad_cam(cohort / "manifest.csv", model, n_jobs=1, device="cpu")
    assert found.maps.shape == (12, 16, 16)
    assert set(found.table["network"]) == {"repeat0_fold0", "repeat0_fold1"}
    final = rg.im.grad_cam(cohort / "manifest.csv", model, n_jobs=1, device="cpu", out_of_fold=False, target="yes")
    assert set(final.table["network"]) == {"final"}
    assert np.isfinite(final.table["score"]).all()
    with pytest.raises(InputError, match="'no'; expected 'yes', which is what the score is of"):
        rg.im.grad_cam(cohort / "manifest.csv", model, target="no")
    with pytest.raises(InputError, match="layer: found 3; expected 1 to 2"):
        rg.im.grad_cam(cohort / "manifest.csv", model, layer=3)
    rg.pl.grad_cam(found)


def test_transfer_and_a_case_that_fails(cohort: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("monai")
    weights = tmp_path / "random18.pth"
    torch.save(loaded("plain_resnet", "nn", "test_resnet.py").random_state("resnet18"), weights)
    (tmp_path / "slices.yaml").write_text("size: 32\n")
    options = ["--weights", weights, "--backbone", "resnet18", "--settings", tmp_path / "slices.yaml", "--jobs", 1]
    done = invoke("transfer", cohort / "manifest.csv", "-o", tmp_path / "t.csv", *options)
    assert done.exit_code == 0, done.output
    assert "T1: removed " in done.stderr
    table = pd.read_csv(tmp_path / "t.csv", index_col="patient_id")
    assert len(table) == 12
    manifest = pd.read_csv(cohort / "manifest.csv").iloc[:3]
    for column in ("image", "mask"):
        manifest[column] = [str(cohort / name) for name in manifest[column]]
    (tmp_path / "broken.nii.gz").write_bytes(b"no image")
    manifest.loc[1, "image"] = str(tmp_path / "broken.nii.gz")
    manifest.to_csv(tmp_path / "manifest.csv", index=False)
    done = invoke("transfer", tmp_path / "manifest.csv", "-o", tmp_path / "u.h5ad", "--keep-constant", *options)
    assert done.exit_code == 3, done.output
    assert "failed: P01 T1" in done.stderr
    assert "2 patients, 512 features" in done.stdout


def test_faults_leave_with_code_2(cohort: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    done = invoke("transfer", cohort / "manifest.csv", "--weights", "none.pth", "-o", tmp_path / "t.csv")
    assert done.exit_code == 2
    assert "https://download.pytorch.org/models/resnet34-b627a593.pth" in done.stderr
    train = ["train", "autoencoder", cohort / "manifest.csv", "--out", tmp_path / "m", "--model", "hscae"]
    for options, message in (
        ([], "no label"),
        (["--label", "relapse"], "--label without --clinical"),
        (["--clinical", cohort / "clinical.csv"], "--label, or --time and --event"),
        (["--clinical", cohort / "clinical.csv", "--label", "relaps"], "'relapse'"),
    ):
        done = invoke(*train, *options)
        assert done.exit_code == 2, done.output
        assert message in done.stderr
    done = invoke("encode", cohort / "manifest.csv", tmp_path, "-o", tmp_path / "t.csv")
    assert (done.exit_code, "model.json" in done.stderr) == (2, True)
    done = invoke("transfer", cohort / "manifest.csv", "--weights", "none.pth", "-o", tmp_path / "t.txt")
    assert (done.exit_code, "ends in .csv or .h5ad" in done.stderr) == (2, True)


BLOCKED = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "monai", "lightning", "pytorch_lightning"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Block())
from typer.testing import CliRunner
from radiogenomics.cli import app
manifest, folder = sys.argv[1:]
for command in (
    ["transfer", manifest, "--weights", "w.pth", "-o", f"{folder}/t.csv"],
    ["encode", manifest, folder, "-o", f"{folder}/t.csv"],
    ["train", "autoencoder", manifest, "--out", f"{folder}/model"],
):
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2, done.output
    assert "pip install 'radiogenomics[deep]'" in done.stderr, done.output
"""


def test_without_torch_the_message_names_the_extra(cohort: Path, tmp_path: Path) -> None:
    arguments = [str(cohort / "manifest.csv"), str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", BLOCKED, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["train"], ["train", "autoencoder"], ["encode"], ["transfer"]])
def test_help(command: list[str]) -> None:
    done = invoke(*command, "--help")
    assert (done.exit_code, "Usage" in done.stdout) == (0, True)
