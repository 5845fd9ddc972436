"""Step segment: what is refused beforehand, a model trained on the study's own masks, and one applied without any."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from radiogenomics._errors import InputError
from radiogenomics.study._load import load
from radiogenomics.study._run import run

pytest.importorskip("SimpleITK")
sys.path.insert(0, str(Path(__file__).parents[1] / "im"))

TORCH = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("lightning") is not None
needs_torch = pytest.mark.skipif(not TORCH, reason="torch (extra 'deep') is not installed")

pytestmark = pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")


def text(**segment: Any) -> dict[str, Any]:
    return {
        "name": "balls",
        "data": {
            "clinical": {"path": "clinical.csv"},
            "outcomes": {"os": {"kind": "survival", "time": "days", "event": "event", "unit": "days"}},
            "images": {"manifest": "manifest.csv", "sequences": ["T1"]},
        },
        "steps": {"check": {"images": False}, "segment": segment, "extract": {"preset": "crombe"},
                  "report": {}},
        "output": "results",
        "rng": 0,
    }  # fmt: skip


def write(folder: Path, content: dict[str, Any], name: str = "study.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight balls, their manifests with and without masks, and the clinical table."""
    from segmenting import write_balls

    folder = tmp_path_factory.mktemp("study")
    rows = write_balls(folder)
    rows.to_csv(folder / "manifest.csv", index=False)
    rows.drop(columns="mask").to_csv(folder / "images.csv", index=False)
    rng = np.random.default_rng(0)
    pd.DataFrame({"patient_id": rows["patient_id"], "days": rng.integers(50, 900, 8), "event": [0, 1] * 4}).to_csv(
        folder / "clinical.csv", index=False
    )
    return folder


def tiny() -> dict[str, Any]:
    from segmenting import TINY

    return dict(TINY)


@pytest.mark.parametrize(
    ("segment", "steps", "message"),
    [
        ({"model_folder": "m", "folds": 3}, {}, "of a training, left out beside model_folder"),
        ({"settings": {"model": "segresnet"}}, {}, "steps.segment.model says it"),
        ({"settings": {"stepz": 3}}, {}, "stepz"),
        ({"sequences": ["T2"]}, {}, "sequence 'T2'"),
        ({}, {"extract": {"preset": "crombe", "reader": "reader1"}}, "reader 'reader1' beside step 'segment'"),
        ({}, {"extract": False}, "step 'segment' without 'extract'"),
    ],
)
def test_what_does_not_fit_is_refused(
    folder: Path, tmp_path: Path, segment: dict[str, Any], steps: dict[str, Any], message: str
) -> None:
    content = text(**segment)
    content["steps"] |= steps
    with pytest.raises(InputError, match=message):
        load(write(tmp_path, content))


def test_presets_reach_the_step(tmp_path: Path) -> None:
    step = load(write(tmp_path, text(model="vnet_coarse_to_fine", settings={"preset": "reduced"}))).file.steps.segment
    assert step is not None
    assert step.settings is not None
    assert step.settings.coarse is not None
    assert step.settings.width == 8
    assert step.settings.coarse.spacing == (5.0, 5.0, 5.0)


@needs_torch
def test_train_extract_report_and_then_apply(folder: Path) -> None:
    path = write(folder, text(settings=tiny(), folds=2))
    first = run(path, n_jobs=1)
    output = folder / "results"
    assert (output / "report.html").exists()
    masks = pd.read_csv(output / "tables/segmentation.csv")
    assert list(masks["patient_id"]) == [f"P{i}" for i in range(8)]
    assert set(masks["estimate"]) == {"out_of_fold"}
    assert masks["dice"].between(0, 1).all()
    features = pd.read_csv(next((output / "tables").glob("*radiomics*.csv")))
    assert len(features) > 0
    models = list(output.rglob("model.json"))
    assert len(models) == 1
    again = run(path, n_jobs=1)
    assert {r.name: r.status for r in again.steps}["segment"] == "cached"
    del first

    content = text(model_folder=str(models[0].parent))
    content["data"]["images"]["manifest"] = "images.csv"
    content["output"] = "applied"
    run(write(folder, content, "apply.yaml"), n_jobs=1)
    applied = pd.read_csv(folder / "applied/tables/segmentation.csv")
    assert np.allclose(applied["volume_ml"], masks["volume_ml"])
