"""Only ``radiogenomics.nn`` knows torch, and everything else works where torch is not installed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import radiogenomics as rg

ROOT = Path(rg.__file__).parent
DEEP = {"torch", "monai", "lightning", "pytorch_lightning", "torchvision", "torchmetrics"}


def imported(path: Path) -> set[str]:
    """Packages that a file imports anywhere, in functions too, by statement or by name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("import_module", "__import__"):
            found |= {a.value.partition(".")[0] for a in node.args if isinstance(a, ast.Constant) and a.value}
    return found


def test_no_file_outside_nn_imports_torch() -> None:
    files = [p for p in ROOT.rglob("*.py") if p.relative_to(ROOT).parts[0] != "nn"]
    assert len(files) > 200
    guilty = {str(p.relative_to(ROOT)): sorted(imported(p) & DEEP) for p in files if imported(p) & DEEP}
    assert not guilty
    assert DEEP & set().union(*[imported(p) for p in (ROOT / "nn").glob("*.py")])


def test_the_walk_sees_what_it_looks_for(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("def f():\n    from torch.nn import functional\n    import lightning.pytorch as pl\n")
    assert imported(file) == {"torch", "lightning"}
    file.write_text("import importlib\nimportlib.import_module('monai.networks')\n")
    assert "monai" in imported(file)


START = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {deep!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Block())
"""

EVERY_NAME = """
import importlib
import radiogenomics as rg
for package in ("core", "datasets", "get", "im", "io", "ml", "pl", "pp", "report", "study", "tl"):
    module = importlib.import_module(f"radiogenomics.{package}")
    for name in module.__all__:
        getattr(module, name)
import radiogenomics.cli
assert not {"torch", "monai", "lightning"} & set(sys.modules)
"""

EVERY_CALL = """
import radiogenomics as rg
from radiogenomics._errors import MissingDependencyError
calls = {
    "train_autoencoder": lambda: rg.im.train_autoencoder("m.csv", out_dir="o"),
    "encode": lambda: rg.im.encode("m.csv", "o"),
    "extract_transfer": lambda: rg.im.extract_transfer("m.csv", weights="w.pth"),
    "grad_cam": lambda: rg.im.grad_cam("m.csv", "o"),
}
for name, call in calls.items():
    try:
        call()
    except MissingDependencyError as error:
        assert f"rg.im.{name} needs the package 'torch'" in str(error), error
        assert "pip install 'radiogenomics[deep]'" in str(error), error
    else:
        raise SystemExit(f"{name} did not ask for torch")
"""

A_STUDY = """
import warnings
from pathlib import Path
import radiogenomics as rg
rg.settings.progress = False
warnings.simplefilter("ignore")
made = rg.datasets.simulate_cohort("cohort", n_patients=24, n_sequenced=20, n_reread=4, n_jobs=1)
manifest = rg.io.read_manifest(next(Path("cohort").glob("manifest.csv")))
features = rg.im.extract_radiomics(manifest[:3], n_jobs=1)
assert features.n_obs
"""


def run(code: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START.format(deep=sorted(DEEP)) + code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_public_name_loads_without_torch(tmp_path: Path) -> None:
    run(EVERY_NAME, tmp_path)


def test_what_needs_torch_names_the_extra(tmp_path: Path) -> None:
    run(EVERY_CALL, tmp_path)


@pytest.mark.slow
def test_images_are_simulated_and_their_features_extracted_without_torch(tmp_path: Path) -> None:
    pytest.importorskip("radiomics")
    run(A_STUDY, tmp_path)
