"""Steps autoencoder and transfer: what is refused beforehand, and a small study with two models."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from radiogenomics._errors import InputError
from radiogenomics.study._check import check_files
from radiogenomics.study._load import load
from radiogenomics.study._run import run

TORCH = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("lightning") is not None
needs_torch = pytest.mark.skipif(not TORCH, reason="torch (extra 'deep') is not installed")

TINY = {"latent_dim": 4, "widths": [4, 8], "epochs": 2, "patience": 2}


def spheres(folder: Path, n: int = 14) -> Path:
    """Images of spheres, their table of patients, and a study of two autoencoders."""
    import SimpleITK as sitk

    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(20)] * 3, indexing="ij")) - 9.5
    rows, clinical = [], []
    for i in range(n):
        radius = 4 + 3 * rng.random()
        inside = (grid**2).sum(axis=0) < radius**2
        image = sitk.GetImageFromArray((100 * inside + rng.normal(0, 5, inside.shape)).astype(np.float32))
        mask = sitk.GetImageFromArray(inside.astype(np.uint8))
        for name, made in (("image", image), ("mask", mask)):
            sitk.WriteImage(made, str(folder / f"{name}{i}.nii.gz"))
        rows.append(
            {"patient_id": f"P{i:02}", "sequence": "T1", "image": f"image{i}.nii.gz", "mask": f"mask{i}.nii.gz"}
        )
        clinical.append(
            {"patient_id": f"P{i:02}", "days": int(rng.integers(50, 900)), "event": i % 2, "large": int(radius > 5.5),
             "part": "external" if i >= n - 2 else "training"}
        )  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "manifest.csv", index=False)
    pd.DataFrame(clinical).to_csv(folder / "clinical.csv", index=False)
    return write(folder, text())


def text() -> dict[str, Any]:
    how = {"slices": {"size": 16}, "settings": TINY, "folds": 2}
    return {
        "name": "spheres",
        "data": {
            "clinical": {"path": "clinical.csv"},
            "outcomes": {
                "os": {"kind": "survival", "time": "days", "event": "event", "unit": "days"},
                "large": {"kind": "binary", "column": "large", "positive": 1},
            },
            "split": {"external": "part == 'external'"},
            "images": {"manifest": "manifest.csv"},
        },
        "steps": {
            "autoencoder": {"cae": how, "hscae": {"label": "os", **how}},
            "clean": {"cae": {}, "hscae": {}},
            "cluster": {"hscae": {"n_clusters": 2, "n_resamples": 20, "method": "kmeans", "metric": "euclidean"}},
        },
        "output": "out",
        "rng": 0,
    }


def write(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def faulty(folder: Path, change: Any) -> str:
    (folder / "weights.pth").touch()
    content = text()
    change(content)
    with pytest.raises(InputError) as caught:
        load(write(folder, content))
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["steps"]["autoencoder"].update(rna={}), "no other modality's name"),
        (lambda c: c["steps"]["autoencoder"].update({"a-b": {}}), "letters, digits and _"),
        (lambda c: c["steps"].update(transfer={"weights": "w.pth"}) or c["data"].update(deep={"path": "d.csv"}),
         "one source of deep features"),
        (lambda c: c["steps"]["autoencoder"]["cae"].update(settings={"model": "hscae"}), "a label makes it hscae"),
        (lambda c: c["steps"]["autoencoder"]["cae"].update(inner_folds=1), "inner_folds: 0, or 2 and more"),
        (lambda c: c["data"]["images"].update(sequences=["T1"]) or
         c["steps"]["autoencoder"]["cae"].update(sequences=["T2"]), "a sequence of data.images: T1"),
        (lambda c: c["steps"].update(clean={"hsae": {}}), "Did you mean 'hscae'"),
        (lambda c: c["data"].pop("images"), "step 'autoencoder', but no images"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_from_the_file(tmp_path: Path, change: Any, said: str) -> None:
    assert said in faulty(tmp_path, change)


def test_modalities_have_the_names_of_the_models(tmp_path: Path) -> None:
    file = load(write(tmp_path, text())).file
    assert file.modalities() == ["cae", "hscae"]
    assert file.computed() == ["cae", "hscae"]
    assert file.steps.autoencoder is not None
    assert [step.model for step in file.steps.autoencoder.values()] == ["cae", "hscae"]


def test_labels_weights_sizes_and_packages_are_checked_before(tmp_path: Path) -> None:
    spheres(tmp_path)
    content = text()
    content["steps"]["autoencoder"]["hscae"]["label"] = "larg"
    content["steps"]["autoencoder"]["cae"]["slices"] = {"size": 18}
    content["steps"]["transfer"] = {"weights": "none.pth"}
    with pytest.raises(InputError) as caught:
        check_files(load(write(tmp_path, content)).file)
    said = str(caught.value)
    assert "'larg'" in said
    assert "Did you mean 'large'" in said
    assert "weights in torchvision's format" in said
    assert "a multiple of 4" in said
    assert ("not installed" in said) == (not TORCH)


@needs_torch
@pytest.mark.slow
def test_two_models_are_trained_kept_and_grouped(tmp_path: Path) -> None:
    import radiogenomics as rg

    path = spheres(tmp_path)
    result = run(path, n_jobs=1)
    data = rg.io.read_cohort(result.output / "cohort.h5mu")
    assert list(data.mod) == ["cae", "hscae"]
    about = json.loads(data.mod["hscae"].uns["encoder"])
    assert about["supervised"]
    assert about["test"] == ["P12", "P13"]
    estimate = data.mod["hscae"].obs["estimate"].astype(str)
    assert set(estimate[:12]) == {"out_of_fold"}
    assert set(estimate[12:]) == {"unseen"}
    assert data.obs["hscae:groups"].notna().all()
    again = run(path, n_jobs=1)
    assert {step.name: step.status for step in again.steps}["autoencoder"] == "cached"
    weights = sorted((result.output / ".radiogenomics" / "autoencoder" / "models" / "cae").rglob("*.pt"))
    before = [file.stat().st_mtime_ns for file in weights]
    assert before
    content = text()
    content["steps"]["autoencoder"]["hscae"]["label"] = "large"
    third = run(write(tmp_path, content), n_jobs=1)
    assert {step.name: step.status for step in third.steps}["autoencoder"] == "run"
    assert [file.stat().st_mtime_ns for file in weights] == before, "what did not change is not trained again"


@needs_torch
@pytest.mark.slow
def test_a_stopped_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from radiogenomics import im

    spheres(tmp_path)
    content = text()
    del content["steps"]["autoencoder"]["hscae"], content["steps"]["cluster"], content["steps"]["clean"]["hscae"]
    path = write(tmp_path, content)
    encode = im.encode

    def killed(*arguments: Any, **settings: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(im, "encode", killed)
    with pytest.raises(KeyboardInterrupt):
        run(path, n_jobs=1)
    weights = sorted((tmp_path / "out" / ".radiogenomics" / "autoencoder" / "models" / "cae").rglob("*.pt"))
    before = [file.stat().st_mtime_ns for file in weights]
    assert before
    monkeypatch.setattr(im, "encode", encode)
    assert run(path, n_jobs=1).exit_code == 0
    assert [file.stat().st_mtime_ns for file in weights] == before


def given(folder: Path, **more: Any) -> dict[str, Any]:
    return {"data.images.manifest": str(folder / "manifest.csv"), "data.clinical.path": "clinical.csv",
            "data.rna.path": "rna.csv", "steps.enrichment.gene_sets": ["h.gmt"], **more}  # fmt: skip


def test_the_recipe_goes_on_without_its_autoencoders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radiogenomics.study._without_deep.find_spec", lambda name: None)
    study = load("crombe", given(tmp_path))
    assert study.file.modalities() == ["radiomics", "rna"]
    assert "torch, monai, lightning not installed" in study.skipped[0]["reason"]
    monkeypatch.setattr("radiogenomics.study._without_deep.find_spec", lambda name: name)
    whole = load("crombe", given(tmp_path))
    assert whole.file.modalities() == ["radiomics", "cae", "hscae", "rna"]
    assert not whole.skipped
    off = load("crombe", given(tmp_path, **{"steps.autoencoder": False}))
    assert off.file.modalities() == ["radiomics", "rna"]
    assert not off.skipped


@pytest.mark.parametrize("recipe", ["liang", "fusion"])
def test_weights_take_the_place_of_a_table_of_deep_features(tmp_path: Path, recipe: str) -> None:
    changes = {"data.images.manifest": "m.csv", "data.clinical.path": "c.csv", "steps.transfer.weights": "w.pth"}
    file = load(recipe, changes).file
    assert file.data.deep is None
    assert file.steps.transfer is not None
    assert (file.steps.transfer.reader, file.steps.transfer.reading) == ("reader1", 1)
    assert "deep" in file.modalities()


@needs_torch
@pytest.mark.slow
def test_features_of_given_weights_become_a_modality(tmp_path: Path) -> None:
    import torch

    import radiogenomics as rg
    from tests.im.test_extract_transfer import plain

    spheres(tmp_path)
    torch.save(plain.random_state("resnet18"), tmp_path / "weights.pth")
    content = text()
    content["steps"] = {
        "check": {"images": False},
        "transfer": {"weights": "weights.pth", "backbone": "resnet18", "slices": {"size": 32}},
        "clean": {"deep": {}},
    }
    result = run(write(tmp_path, content), n_jobs=1)
    deep = rg.io.read_cohort(result.output / "cohort.h5mu").mod["deep"]
    assert deep.n_obs == 14
    assert set(deep.var["sequence"].astype(str)) == {"T1"}
    assert "slices" in deep.uns


def test_the_study_says_which_groups_are_crossed(tmp_path: Path) -> None:
    def change(c: Any) -> None:
        c["steps"]["cluster"]["cae"] = {"n_clusters": 2}
        c["steps"]["combine"] = {"both": ["cae", "hscae"]}

    content = text()
    change(content)
    assert load(write(tmp_path, content)).file.steps.combine == {"both": ["cae", "hscae"]}
    assert "one that step cluster groups: hscae" in faulty(
        tmp_path, lambda c: c["steps"].update(combine={"both": ["cae", "hscae"]})
    )
    assert "no name of a modality or step" in faulty(
        tmp_path, lambda c: change(c) or c["steps"].update(combine={"cae": ["cae", "hscae"]})
    )
    assert "different modalities" in faulty(tmp_path, lambda c: c["steps"].update(combine={"both": ["cae", "cae"]}))
