"""Automatic masks against a reader's; yardsticks; re-cropped volumes; corrections; features of both masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics import im
from radiogenomics._errors import InputError
from radiogenomics.im._recrop import changed
from radiogenomics.im._yardstick_masks import ellipsoid

sitk = pytest.importorskip("SimpleITK")
Write = Callable[..., dict[str, Any]]
SPACING = (1.0, 1.0, 3.0)


def tumour(radius: float, shift: int = 0, size: tuple[int, int, int] = (12, 22, 24)) -> np.ndarray:
    z, y, x = np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in size], indexing="ij")
    return ((3 * z) ** 2 + y**2 + (x - shift) ** 2 <= radius**2).astype(np.uint8)


@pytest.fixture
def manifests(write_case: Write, tmp_path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reference masks of five patients, and automatic ones of three: equal, shifted by 2 mm, too small."""
    reference, automatic = [], []
    rng = np.random.default_rng(0)
    for i, (radius, shift, own) in enumerate([(6, 0, 6), (7, 2, 7), (8, 0, 5), (6, None, None), (7, None, None)]):
        truth = tumour(radius)
        values = (rng.normal(100, 10, truth.shape) + 60 * truth).astype(np.float32)
        row = write_case(f"P{i}", values=values, mask=truth, spacing=SPACING)
        reference.append(row | {"reader": "A"})
        if own is not None:
            image = sitk.GetImageFromArray(tumour(own, shift))
            image.CopyInformation(sitk.ReadImage(row["image"]))
            path = tmp_path / f"P{i}_automatic.nrrd"
            sitk.WriteImage(image, str(path))
            automatic.append(row | {"mask": str(path), "reader": "automatic"})
    made = pd.DataFrame(automatic)
    made.attrs["failures"] = [
        {
            "patient_id": "P3",
            "sequence": "T1",
            "step": "segment",
            "error": "DegenerateInputError",
            "message": "found no tumour",
        }
    ]
    made.attrs["quality"] = [
        {"patient_id": f"P{i}", "sequence": "T1", "fold_dice": q, "entropy": 1 - q, "flag": ""}
        for i, q in enumerate((0.9, 0.8, 0.5))
    ]
    return made, pd.DataFrame(reference)


def test_cases_and_their_summary(manifests: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = im.evaluate_masks(*manifests, n_resamples=200)
    cases = found.cases.set_index("patient_id")
    assert cases.loc["P0", ["dice", "hd95_mm", "surface_distance_mm", "volume_difference_percent"]].tolist() == [
        1,
        0,
        0,
        0,
    ]
    assert cases.loc["P1", "hd95_mm"] == pytest.approx(2.0)
    assert cases.loc["P1", "volume_difference_percent"] == pytest.approx(0)
    n_own, n_truth = tumour(5).sum(), tumour(8).sum()
    assert cases.loc["P2", "dice"] == pytest.approx(2 * n_own / (n_own + n_truth))
    assert cases.loc["P2", "volume_ml"] == pytest.approx(n_own * 3 / 1000)
    assert cases.loc["P2", "volume_difference_percent"] == pytest.approx(100 * (n_own / n_truth - 1))
    assert (cases.loc["P3", "dice"], cases.loc["P3", "status"]) == (0, "nothing found")
    assert "P4" not in cases.index
    assert found.left_out.to_numpy().tolist() == [["P4", "T1", "no automatic mask"]]
    summary = found.summary.set_index("measure")
    assert summary.loc["dice", "mean"] == pytest.approx(cases["dice"].mean())  # the patient not found counts
    assert (summary.loc["dice", "n"], summary.loc["hd95_mm", "n"]) == (4, 3)
    assert summary.loc["dice", "lower"] < summary.loc["dice", "mean"] < summary.loc["dice", "upper"]
    volumes = cases.loc[["P0", "P1", "P2"]]
    bias = (volumes["volume_ml"] - volumes["reference_volume_ml"]).mean()
    assert found.volumes["bias_ml"].item() == pytest.approx(bias)
    assert cases.loc["P1", "fold_dice"] == 0.8
    again = im.evaluate_masks(*manifests, n_resamples=200)
    pd.testing.assert_frame_equal(found.summary, again.summary)


def test_a_written_manifest_brings_its_failures(manifests: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path) -> None:
    automatic, reference = manifests
    folder = tmp_path / "out"
    folder.mkdir()
    automatic.to_csv(folder / "manifest.csv", index=False)
    pd.DataFrame(automatic.attrs["failures"]).to_csv(folder / "failures.csv", index=False)
    found = im.evaluate_masks(folder / "manifest.csv", reference, n_resamples=100)
    assert found.cases.set_index("patient_id").loc["P3", "status"] == "nothing found"


def test_masks_that_cannot_be_compared_are_named(manifests: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path) -> None:
    automatic, reference = manifests
    other = sitk.GetImageFromArray(tumour(6, size=(10, 20, 20)))
    sitk.WriteImage(other, str(tmp_path / "other.nrrd"))
    automatic.loc[0, "mask"] = str(tmp_path / "other.nrrd")
    found = im.evaluate_masks(automatic, reference, n_resamples=100).cases.set_index("patient_id")
    assert found.loc["P0", "status"] == "not compared"
    assert "automatic mask" in found.loc["P0", "message"]
    automatic.attrs = {}
    with pytest.raises(InputError, match="no image that the reference has too"):
        im.evaluate_masks(automatic.assign(patient_id=["X", "Y", "Z"]), reference)
    with pytest.raises(InputError, match="one of the reference: T1"):
        im.evaluate_masks(automatic.assign(sequence="T2"), reference)


def test_nothing_found_is_not_nothing_read(manifests: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path) -> None:
    automatic, reference = manifests
    empty = sitk.ReadImage(automatic["mask"][2]) * 0
    sitk.WriteImage(empty, str(tmp_path / "empty.nrrd"))
    automatic.loc[2, "mask"] = str(tmp_path / "empty.nrrd")
    automatic.attrs["failures"] = [
        {"patient_id": "P3", "sequence": "T1", "step": "read", "error": "InputError", "message": "truncated"}
    ]
    found = im.evaluate_masks(automatic, reference, n_resamples=100)
    cases = found.cases.set_index("patient_id")
    assert (cases.loc["P2", "status"], cases.loc["P2", "dice"]) == ("nothing found", 0)
    assert "P3" not in cases.index
    assert dict(found.left_out[["patient_id", "reason"]].to_numpy())["P3"] == "no automatic mask (read: truncated)"
    assert found.summary["n_failed"].eq(1).all()


def test_quality_that_ranks_the_masks(write_case: Write, tmp_path: Path) -> None:
    rows, made, quality = [], [], []
    for i in range(8):
        row = write_case(f"P{i}", mask=tumour(8), values=np.ones((12, 22, 24), np.float32), spacing=SPACING)
        image = sitk.GetImageFromArray(tumour(8, shift=i))
        image.CopyInformation(sitk.ReadImage(row["image"]))
        sitk.WriteImage(image, str(tmp_path / f"a{i}.nrrd"))
        rows.append(row)
        made.append(row | {"mask": str(tmp_path / f"a{i}.nrrd")})
        quality.append({"patient_id": f"P{i}", "sequence": "T1", "fold_dice": 1 - i / 10, "entropy": i / 10})
    automatic = pd.DataFrame(made)
    automatic.attrs["quality"] = quality
    found = im.evaluate_masks(automatic, pd.DataFrame(rows), n_resamples=100).quality.set_index("quantity")
    assert found.loc["fold_dice", "rho"] == pytest.approx(1)
    assert found.loc["entropy", "rho"] == pytest.approx(-1)
    assert found.loc["entropy", "n"] == 8


def test_ellipsoid_by_hand() -> None:
    assert ellipsoid((3, 3, 3), (1, 1, 1)).sum() == 19  # all but the corners, whose centres lie at 3 x (2/3)^2 > 1
    assert ellipsoid((5, 1, 1), (1, 9, 9)).ravel().tolist() == [True] * 5
    assert ellipsoid((5, 1, 1), (0.6, 9, 9)).ravel().tolist() == [False, True, True, True, False]


def test_yardsticks_learn_from_other_folds(manifests: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path) -> None:
    reference = manifests[1]
    folds = pd.DataFrame({"patient_id": [f"P{i}" for i in range(5)], "fold": [0, 0, 1, 1, 1]})
    made = im.yardstick_masks(reference, folds, tmp_path / "e")
    shares = pd.DataFrame(made.attrs["cases"]).set_index("patient_id")["share_x"]
    own = [np.ptp(np.nonzero(tumour(r))[2]) + 1 for r in (6, 7, 8, 6, 7)]
    assert shares["P0"] == pytest.approx(np.mean(own[2:]) / 24)
    assert shares["P3"] == pytest.approx(np.mean(own[:2]) / 24)
    assert set(made["reader"]) == {"ellipsoid"}
    plain = im.evaluate_masks(made, reference, n_resamples=100).cases["dice"]
    inside = im.yardstick_masks(reference, folds, tmp_path / "o", kind="otsu")
    assert {c["side"] for c in inside.attrs["cases"]} == {"bright"}
    better = im.evaluate_masks(inside, reference, n_resamples=100).cases["dice"]
    assert better[0] == better[3] == 1  # smaller than their ellipsoids, which have bright and dark voxels
    assert plain[0] < 1
    assert plain[3] < 1
    with pytest.raises(InputError, match="1 patient"):
        im.yardstick_masks(reference, folds.iloc[1:], tmp_path / "f")
    with pytest.raises(InputError, match="two or more"):
        im.yardstick_masks(reference, folds.assign(fold=0), tmp_path / "f")


def test_recropped_volumes_keep_the_tumour_in_its_place(
    manifests: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    reference = manifests[1]
    second = reference.assign(reader="B")
    both = pd.concat([reference, second], ignore_index=True)
    made = im.recrop(both, tmp_path / "r", rng=3)
    assert len(made) == 10
    assert (made["image"].iloc[:5].to_numpy() == made["image"].iloc[5:].to_numpy()).all()
    sizes = set()
    for before, after in zip(both.to_dict("records"), made.to_dict("records"), strict=True):
        old, new = (sitk.ReadImage(r["mask"]) for r in (before, after))
        image = sitk.ReadImage(after["image"])
        assert image.GetSize() == new.GetSize()
        sizes.add(new.GetSize())
        a, b = sitk.GetArrayFromImage(old), sitk.GetArrayFromImage(new)
        assert a.sum() == b.sum()
        place = [int(v) for v in np.argwhere(a)[0][::-1]], [int(v) for v in np.argwhere(b)[0][::-1]]
        np.testing.assert_allclose(
            old.TransformIndexToPhysicalPoint(place[0]), new.TransformIndexToPhysicalPoint(place[1]), atol=1e-4
        )
    assert len(sizes) > 1
    pd.testing.assert_frame_equal(
        pd.DataFrame(im.recrop(reference, tmp_path / "again", rng=3).attrs["cases"]), pd.DataFrame(made.attrs["cases"])
    )
    with pytest.raises(InputError, match="cut"):
        im.recrop(reference, tmp_path / "x", cut=2)


def test_changed_by_hand() -> None:
    image = sitk.GetImageFromArray(np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    found = changed(image, {"x": (-1, 2), "y": (0, 0), "z": (1, 0)}, -5)
    values = sitk.GetArrayFromImage(found)
    assert values.shape == (3, 3, 5)
    assert values[1, 0].tolist() == [1, 2, 3, -5, -5]
    assert (values[0] == -5).all()
    assert found.TransformIndexToPhysicalPoint((0, 0, 1)) == (1.0, 0.0, 0.0)


def test_corrections_are_another_reader(manifests: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path) -> None:
    automatic, reference = manifests
    folder = tmp_path / "corrected"
    folder.mkdir()
    sitk.WriteImage(sitk.ReadImage(reference["mask"][1]), str(folder / "P1_automatic.nii.gz"))
    made = im.add_corrections(automatic, folder)
    assert made["reader"].tolist() == ["automatic"] * 3 + ["corrected"]
    found = im.evaluate_masks(made[made["reader"] == "corrected"], reference, n_resamples=50)
    assert found.cases["dice"].tolist() == [1.0]
    complete = im.add_corrections(automatic, {"P1": reference["mask"][1]}, complete=True)
    own = complete[complete["reader"] == "corrected"]
    assert own["patient_id"].tolist() == ["P0", "P1", "P2"]
    assert own["corrected"].tolist() == [False, True, False]
    sitk.WriteImage(sitk.ReadImage(reference["mask"][1]), str(folder / "who.nii.gz"))
    with pytest.raises(InputError, match=r"who.nii.gz, the name of 0 masks"):
        im.add_corrections(automatic, folder)
    with pytest.raises(InputError, match="another name"):
        im.add_corrections(automatic, {"P1": reference["mask"][1]}, reader="automatic")
    other = sitk.GetImageFromArray(tumour(6, size=(10, 20, 20)))
    sitk.WriteImage(other, str(tmp_path / "other.nrrd"))
    with pytest.raises(InputError, match="P1"):
        im.add_corrections(automatic, {"P1": tmp_path / "other.nrrd"})


def test_features_of_both_masks(manifests: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    automatic, reference = manifests
    found = im.mask_reproducibility(
        automatic, reference, settings={"feature_classes": ["firstorder", "shape"], "image_types": ["original"]}
    )
    features = found.features.set_index("name")
    assert found.settings["n_patients"] == 3
    assert features["n"].eq(3).all()
    one, two = found.readings
    volume = next(c for c in one if c.endswith("MeshVolume"))
    assert two.loc["P2", volume] < one.loc["P2", volume]
    assert two.loc["P0", volume] == one.loc["P0", volume]
    assert found.classes["n_features"].sum() == len(features)
    assert set(found.left_out["patient_id"]) == {"P3", "P4"}
    equal = im.mask_reproducibility(reference, reference, settings={"feature_classes": ["firstorder"]})
    known = equal.features["icc"].dropna()
    assert (known == 1).all()
    assert len(known) > 10
