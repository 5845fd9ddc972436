"""``train segmenter`` and ``segment``: what they write and print, and their exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

for _name in ("torch", "monai", "lightning", "SimpleITK"):
    pytest.importorskip(_name, reason=f"needs {_name}")
sys.path.insert(0, str(Path(__file__).parents[1] / "im"))

from radiogenomics.cli import app  # noqa: E402

runner = CliRunner()


def invoke(*args: Any) -> Any:
    return runner.invoke(app, [str(a) for a in args])


def test_train_and_segment(tmp_path: Path) -> None:
    from segmenting import TINY, write_balls, write_volume

    rows = write_balls(tmp_path / "images")
    rows.to_csv(tmp_path / "manifest.csv", index=False)
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump({k: v for k, v in TINY.items() if k != "preset"}))
    done = invoke("train", "segmenter", tmp_path / "manifest.csv", "-o", tmp_path / "model", "--preset", "reduced",
                  "--settings", tmp_path / "tiny.yaml", "--folds", 2, "--jobs", 1)  # fmt: skip
    missed = len(pd.read_csv(tmp_path / "model/failures.csv"))
    assert done.exit_code == (3 if missed else 0), done.output
    assert "mean Dice of images left out" in done.output

    broken = tmp_path / "nan.nrrd"
    write_volume(np.full((14, 20, 24), np.nan, dtype=np.float32), broken)
    new = pd.DataFrame([{"patient_id": "new", "sequence": "T1", "image": rows["image"][6]},
                        {"patient_id": "broken", "sequence": "T1", "image": str(broken)}])  # fmt: skip
    new.to_csv(tmp_path / "new.csv", index=False)
    out = invoke("segment", tmp_path / "new.csv", tmp_path / "model", "-o", tmp_path / "out", "--jobs", 1)
    assert out.exit_code == 3, out.output
    assert "failed: broken T1" in out.output
    assert "1 masks" in out.output
    assert list(pd.read_csv(tmp_path / "out/manifest.csv")["patient_id"]) == ["new"]
    assert list(pd.read_csv(tmp_path / "out/quality.csv")["n_networks"]) == [2]


def test_input_at_fault(tmp_path: Path) -> None:
    from segmenting import write_balls

    write_balls(tmp_path / "images", 1).to_csv(tmp_path / "manifest.csv", index=False)
    one = invoke("train", "segmenter", tmp_path / "manifest.csv", "-o", tmp_path / "model")
    assert one.exit_code == 2
    assert "5 for 1 patients" in one.output
    none = invoke("segment", tmp_path / "manifest.csv", tmp_path / "nothing", "-o", tmp_path / "out")
    assert none.exit_code == 2
    assert "no model.json" in none.output
