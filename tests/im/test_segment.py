"""``rg.im.train_segmenter`` and ``rg.im.segment``: both models end to end, geometry, and input at fault."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

for _name in ("torch", "monai", "lightning"):
    pytest.importorskip(_name, reason=f"needs {_name} (pip install 'radiogenomics[deep]')")
sitk = pytest.importorskip("SimpleITK")

sys.path.insert(0, str(Path(__file__).parent))

from segmenting import TINY, TINY_STAGES, volume, write_balls, write_volume  # noqa: E402

import radiogenomics as rg  # noqa: E402
from radiogenomics._errors import InputError, RadiogenomicsWarning  # noqa: E402


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return write_balls(tmp_path_factory.mktemp("balls"))


@pytest.fixture(scope="module")
def model(balls: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SegResNet of two folds on patients 0 to 5; 6 and 7 were held out."""
    out = tmp_path_factory.mktemp("model")
    return rg.im.train_segmenter(balls, out_dir=out, settings=TINY, folds=2, test=["P6", "P7"], device="cpu", rng=1)


@pytest.fixture(scope="module")
def staged(balls: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("staged")
    return rg.im.train_segmenter(
        balls[:6], out_dir=out, model="vnet_coarse_to_fine", settings=TINY_STAGES, folds=2, device="cpu", rng=1
    )


def array(path: Any) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_what_a_training_leaves(model: Path) -> None:
    about = json.loads((model / "model.json").read_text())
    assert about["plan"] == {"main": {"spacing": [2.0, 2.0, 2.0], "patch": [16, 16, 16]}}
    assert about["test"] == ["P6", "P7"]
    folds = pd.read_csv(model / "folds.csv")
    assert sorted(folds["patient_id"]) == [f"P{i}" for i in range(6)]
    cases = pd.read_csv(model / "cases.csv").set_index("patient_id")
    for fold, rows in folds.groupby("fold"):
        assert set(cases.loc[rows["patient_id"], "network"]) == {f"fold{fold}"}
    assert set(cases.loc[["P6", "P7"], "network"]) == {"ensemble"}
    assert cases["dice"].mean() > 0.6
    assert cases["dice"].between(0, 1).all()
    checkpoints = pd.read_csv(model / "checkpoints.csv")
    assert list(checkpoints["step"]) == [12, 24, 36] * 2
    for _, rows in checkpoints.groupby("network"):
        assert rows["chosen"].sum() == 1
        assert rows.loc[rows["chosen"], "validation_dice"].item() == rows["validation_dice"].max()
    assert not (model / "prepared").exists()


def test_the_same_seed_gives_the_same_weights(balls: pd.DataFrame, model: Path, tmp_path: Path) -> None:
    again = rg.im.train_segmenter(
        balls, out_dir=tmp_path / "m", settings=TINY, folds=2, test=["P6", "P7"], device="cpu", rng=1
    )
    a, b = (json.loads((m / "model.json").read_text())["weights"] for m in (model, again))
    assert a == b


def test_new_patients_get_masks_on_the_grid_of_their_image(balls: pd.DataFrame, model: Path, tmp_path: Path) -> None:
    out = rg.im.segment(balls[6:].drop(columns="mask"), model, out_dir=tmp_path / "o", probabilities=True)
    assert list(out["reader"]) == ["automatic"] * 2
    for row, reference in zip(out.itertuples(), balls["mask"][6:], strict=True):
        image, mask = sitk.ReadImage(row.image), sitk.ReadImage(row.mask)
        probability = sitk.ReadImage(str(tmp_path / "o/probabilities" / Path(row.mask).name))
        for other in (mask, probability):
            for part in ("GetSize", "GetSpacing", "GetOrigin", "GetDirection"):
                assert getattr(image, part)() == getattr(other, part)()
        assert mask.GetPixelID() == sitk.sitkUInt8
        assert overlap(array(row.mask) > 0, array(reference) > 0) > 0.6
    quality = pd.read_csv(tmp_path / "o/quality.csv")
    assert list(quality["n_networks"]) == [2, 2]
    assert list(quality["estimate"]) == ["ensemble"] * 2
    voxel = np.prod(sitk.ReadImage(balls["image"][6]).GetSpacing()) / 1000
    assert quality["volume_ml"][0] == pytest.approx(array(out["mask"].iloc[0]).sum() * voxel)
    assert quality["fold_dice"].between(0.5, 1).all()
    assert quality["entropy"].between(0, 1).all()
    again = rg.io.read_manifest(tmp_path / "o/manifest.csv")
    assert list(again["mask"]) == list(out["mask"])
    features = rg.im.extract_radiomics(out, n_jobs=1)
    assert features.n_obs == 2


def test_patients_of_the_training_get_the_network_that_left_them_out(
    balls: pd.DataFrame, model: Path, tmp_path: Path
) -> None:
    out = rg.im.segment(balls[:6], model, out_dir=tmp_path / "o")
    quality = pd.DataFrame(out.attrs["quality"]).set_index("patient_id")
    assert set(quality["estimate"]) == {"out_of_fold"}
    assert quality["fold_dice"].isna().all()
    cases = pd.read_csv(model / "cases.csv").set_index("patient_id")
    for row, reference in zip(out.itertuples(), balls["mask"][:6], strict=True):
        found = overlap(array(row.mask) > 0, array(reference) > 0)
        assert found == pytest.approx(cases.loc[row.patient_id, "dice"], abs=1e-9)
    with pytest.warns(RadiogenomicsWarning, match="are apparent"):
        both = rg.im.segment(balls[:2], model, out_dir=tmp_path / "e", estimate="ensemble")
    assert [row["n_networks"] for row in both.attrs["quality"]] == [2, 2]


def test_coarse_to_fine_shows_both_stages(balls: pd.DataFrame, staged: Path, tmp_path: Path) -> None:
    assert set(pd.read_csv(staged / "checkpoints.csv")["stage"]) == {"coarse", "fine"}
    assert pd.read_csv(staged / "cases.csv")["dice"].mean() > 0.5
    out = rg.im.segment(balls[6:], staged, out_dir=tmp_path / "o", stages=True)
    boxes = pd.read_csv(tmp_path / "o/stages.csv")
    assert list(boxes["network"]) == ["fold0", "fold1"] * 2
    for row in out.itertuples():
        coarse = sitk.ReadImage(str(tmp_path / "o/stages" / f"{row.patient_id}_T1_coarse.mha"))
        assert coarse.GetSpacing() == pytest.approx((4, 4, 4))
        places = np.argwhere(array(row.mask) > 0)[:, ::-1]
        own = boxes[boxes["patient_id"] == row.patient_id]
        low = own[["x_start", "y_start", "z_start"]].min().to_numpy()
        high = own[["x_stop", "y_stop", "z_stop"]].max().to_numpy()
        assert (places >= low - 1).all()
        assert (places < high + 1).all()


def silenced(model: Path, out: Path, fold: str) -> Path:
    """A copy of a model of which one network finds nothing anywhere."""
    import hashlib

    import torch

    shutil.copytree(model, out)
    path = out / fold / "main/weights.pt"
    state = torch.load(path, weights_only=True)
    state["conv_final.2.conv.bias"] -= 100
    torch.save(state, path)
    about = json.loads((out / "model.json").read_text())
    about["weights"][fold]["main"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (out / "model.json").write_text(json.dumps(about))
    return out


def test_a_tumour_that_is_not_found_is_listed_and_has_no_mask(balls: pd.DataFrame, model: Path, tmp_path: Path) -> None:
    lost = list(json.loads((model / "model.json").read_text())["folds"]["fold0"])
    broken = silenced(model, tmp_path / "broken", "fold0")
    with pytest.warns(RadiogenomicsWarning, match=f"{len(lost)} case.s. have no mask"):
        out = rg.im.segment(balls[:6], broken, out_dir=tmp_path / "o")
    assert sorted(out["patient_id"]) == sorted(set(balls["patient_id"][:6]) - set(lost))
    failures = pd.read_csv(tmp_path / "o/failures.csv")
    assert sorted(failures["patient_id"]) == sorted(lost)
    assert failures["message"].str.contains("no foreground predicted").all()
    assert len(list((tmp_path / "o/masks").iterdir())) == len(out)
    with pytest.raises(InputError, match=f"all {len(lost)} cases failed"):
        rg.im.segment(balls[balls["patient_id"].isin(lost)], broken, out_dir=tmp_path / "p")


def test_images_smaller_than_the_patch_and_broken_ones(balls: pd.DataFrame, model: Path, tmp_path: Path) -> None:
    image, _ = volume(6)
    write_volume(image[3:11, 3:17, 4:20], tmp_path / "small.nrrd")
    image[0, 0, 0] = np.nan
    write_volume(image, tmp_path / "nan.nrrd")
    rows = pd.DataFrame({"patient_id": ["small", "nan"], "sequence": "T1",
                         "image": [str(tmp_path / "small.nrrd"), str(tmp_path / "nan.nrrd")]})  # fmt: skip
    with pytest.warns(RadiogenomicsWarning, match="nan T1, read"):
        out = rg.im.segment(rows, model, out_dir=tmp_path / "o")
    assert list(out["patient_id"]) == ["small"]
    assert out.attrs["quality"][0]["volume_ml"] > 1


def test_other_sequences_and_voxels_are_warned_of(balls: pd.DataFrame, model: Path, tmp_path: Path) -> None:
    other = balls[6:7].assign(sequence="T2")
    with pytest.raises(InputError, match="trained on T1"):
        rg.im.segment(other, model, out_dir=tmp_path / "o")
    with pytest.warns(RadiogenomicsWarning, match="not on T2"):
        rg.im.segment(other, model, out_dir=tmp_path / "o", sequences="T2")
    image = sitk.ReadImage(balls["image"][6])
    image.SetSpacing((2.1, 1.9, 6.9))
    sitk.WriteImage(image, str(tmp_path / "thick.nrrd"))
    thick = balls[6:7].assign(image=str(tmp_path / "thick.nrrd"))
    with pytest.warns(RadiogenomicsWarning, match="voxels unlike those of the training"):
        rg.im.segment(thick, model, out_dir=tmp_path / "o")


def test_weights_of_another_architecture_are_refused(
    balls: pd.DataFrame, model: Path, staged: Path, tmp_path: Path
) -> None:
    import hashlib

    mixed = tmp_path / "mixed"
    shutil.copytree(model, mixed)
    other = staged / "fold0/fine/weights.pt"
    shutil.copy(other, mixed / "fold0/main/weights.pt")
    with pytest.raises(InputError, match="other weights than those"):
        rg.im.segment(balls[6:], mixed, out_dir=tmp_path / "o")
    about = json.loads((mixed / "model.json").read_text())
    about["weights"]["fold0"]["main"] = hashlib.sha256(other.read_bytes()).hexdigest()
    (mixed / "model.json").write_text(json.dumps(about))
    with pytest.raises(InputError, match="weights of this architecture"):
        rg.im.segment(balls[6:], mixed, out_dir=tmp_path / "o")
    with pytest.raises(InputError, match="a folder with a trained segmenter"):
        rg.im.segment(balls[6:], tmp_path, out_dir=tmp_path / "o")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"folds": 9}, "9 for 8 patients"),
        ({"settings": "small"}, "preset"),
        ({"settings": {"stepz": 1}}, "stepz"),
        ({"settings": {"patch": [15, 16, 16]}}, "multiples of 8"),
        ({"settings": {"model": "vnet_coarse_to_fine"}}, "argument model"),
        ({"settings": {"coarse": {}}}, "with model vnet_coarse_to_fine"),
        ({"sequences": "T2"}, "'T2'"),
        ({"device": "tpu"}, "'auto', 'cpu' or 'cuda'"),
    ],
)
def test_arguments_at_fault(balls: pd.DataFrame, tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rg.im.train_segmenter(balls, out_dir=tmp_path, **arguments)


def test_one_patient_and_several_sequences_are_refused(balls: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="5 for 1 patients"):
        rg.im.train_segmenter(balls[:1], out_dir=tmp_path)
    both = pd.concat([balls, balls.assign(sequence="T2")])
    with pytest.raises(InputError, match="the one to segment"):
        rg.im.train_segmenter(both, out_dir=tmp_path)


def test_channels_and_patients_who_lack_one(balls: pd.DataFrame, tmp_path: Path) -> None:
    both = pd.concat([balls, balls[1:].assign(sequence="T2")])
    with pytest.warns(RadiogenomicsWarning, match="P0 T2, manifest: no image of T2"):
        folder = rg.im.train_segmenter(
            both, out_dir=tmp_path / "m", sequences=["T1", "T2"], settings={**TINY, "steps": 6}, folds=2, rng=0
        )
    assert list(pd.read_csv(folder / "failures.csv")["patient_id"])[:1] == ["P0"]
    assert "P0" not in set(pd.read_csv(folder / "cases.csv")["patient_id"])


def test_manifests_without_masks(balls: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    balls[["patient_id", "sequence", "image"]].to_csv(path, index=False)
    assert "mask" not in rg.io.read_manifest(path, masks=False)
    with pytest.raises(InputError, match="no column 'mask'"):
        rg.io.read_manifest(path)
    some = balls.assign(mask=balls["mask"].where(balls.index > 0, ""))
    some.to_csv(path, index=False)
    assert rg.io.read_manifest(path, masks=False)["mask"].isna().tolist() == [True] + [False] * 7
    with pytest.raises(InputError, match="no mask for 1 row"):
        rg.im.extract_radiomics(rg.io.read_manifest(path, masks=False))
