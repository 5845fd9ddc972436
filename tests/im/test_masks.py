"""Rings, cleaned, perturbed and transferred masks, shuffled voxels: geometry, volumes, seeds, failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics import im, io, pl
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.im._distance import dice, surface_distance
from radiogenomics.im._itk import quiet_single_thread
from radiogenomics.im._peritumoral_masks import ring_of
from radiogenomics.im._perturb_masks import perturbed
from radiogenomics.im._register import register_rigid

sitk = pytest.importorskip("SimpleITK")
Write = Callable[..., dict[str, Any]]
TURNED = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)


def values_of(path: str) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(path))


def sphere(radius: float, spacing: tuple[float, float, float], extent: float = 60.0):
    """Mask of a sphere centred in a cube of ``extent`` mm."""
    size = [round(extent / s) for s in spacing]
    z, y, x = np.meshgrid(*[(np.arange(n) - (n - 1) / 2) * s for n, s in zip(size[::-1], spacing[::-1], strict=True)],
                          indexing="ij")  # fmt: skip
    mask = sitk.GetImageFromArray((x**2 + y**2 + z**2 <= radius**2).astype(np.uint8))
    mask.SetSpacing(spacing)
    return mask


def volume(mask) -> float:
    return float((sitk.GetArrayFromImage(mask) != 0).sum() * np.prod(mask.GetSpacing()))


def ball_volume(radius: float) -> float:
    return 4 / 3 * np.pi * radius**3


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.7, 0.7, 3.0), (1.0, 1.0, 4.0)])
@pytest.mark.parametrize(("inner", "outer"), [(0.0, 5.0), (3.0, 10.0), (-3.0, 3.0)])
def test_ring_has_the_volume_of_the_spherical_shell(
    spacing: tuple[float, float, float], inner: float, outer: float
) -> None:
    mask = sphere(15.0, spacing)
    ring, cut_off = ring_of(mask, mask, inner, outer, within="image")
    expected = ball_volume(15 + outer) - ball_volume(15 + inner)
    assert volume(ring) == pytest.approx(expected, rel=0.02 if spacing[2] == 1 else 0.07)
    assert cut_off == 0


def test_surface_lies_half_way_between_voxels_inside_and_out() -> None:
    values = np.zeros((9, 9, 13), dtype=np.uint8)
    values[:, :, 3:10] = 1
    mask = sitk.GetImageFromArray(values)
    mask.SetSpacing((2.0, 50.0, 50.0))
    found = surface_distance(mask, 20)[4, 4]
    np.testing.assert_allclose(found, [5, 3, 1, -1, -3, -5, -7, -5, -3, -1, 1, 3, 5], atol=0.01)


def test_ring_is_cut_at_the_image_and_at_the_body() -> None:
    mask = sphere(10.0, (1.0, 1.0, 1.0), extent=24)
    ring, cut_off = ring_of(mask, mask, 0, 6, within="image")
    whole, _ = ring_of(*[sphere(10.0, (1.0, 1.0, 1.0), extent=40)] * 2, 0, 6, within="image")
    assert cut_off == pytest.approx(1 - volume(ring) / volume(whole), abs=1e-9)
    assert 0.1 < cut_off < 0.6
    image = sitk.GetImageFromArray(np.full((24, 24, 24), 100.0, dtype=np.float32))
    image[:, 0:12, :] = 0.0
    half, more = ring_of(image, mask, 0, 6, within="body")
    assert not sitk.GetArrayFromImage(half)[:, :12].any()
    assert volume(half) == pytest.approx(volume(ring) / 2, rel=0.01)
    assert more > cut_off
    with pytest.raises(DegenerateInputError, match="no voxel 50 to 60 mm"):
        ring_of(mask, mask, 50, 60, within="image")


def test_masks_keep_the_image_s_geometry_to_the_bit(write_case: Write, tmp_path: Path) -> None:
    row = write_case("P1", spacing=(0.7012345, 0.7012345, 3.3))
    for name in ("image", "mask"):
        turned = sitk.ReadImage(row[name])
        turned.SetDirection(TURNED)
        turned.SetOrigin((-81.123456, 13.7, -204.3333))
        sitk.WriteImage(turned, row[name])
    table = pd.DataFrame([row])
    image = sitk.ReadImage(row["image"])
    made = [im.peritumoral_masks(table, tmp_path / "a"), im.clean_masks(table, tmp_path / "b"),
            im.perturb_masks(table, tmp_path / "c", include_original=False)]  # fmt: skip
    for new in made:
        mask = sitk.ReadImage(new["mask"][0])
        assert mask.GetSize() == image.GetSize()
        assert (mask.GetSpacing(), mask.GetOrigin()) == (image.GetSpacing(), image.GetOrigin())
        # ITK brings directions to length 1 whenever it reads a file, which may turn the last bit.
        np.testing.assert_allclose(mask.GetDirection(), image.GetDirection(), rtol=0, atol=2e-16)


def test_rings_of_a_manifest_stand_beside_the_tumours(cohort: pd.DataFrame, tmp_path: Path) -> None:
    ring = im.peritumoral_masks(cohort, tmp_path / "ring", outer=3, sequence_suffix="-ring")
    assert ring["sequence"].unique().tolist() == ["T1-ring"]
    assert ring["reader"].unique().tolist() == ["ring 0 to 3 mm"]
    again = io.read_manifest(tmp_path / "ring" / "manifest.csv")
    assert again["mask"].map(lambda p: Path(p).resolve()).tolist() == [Path(p) for p in ring["mask"]]
    assert again.attrs["preprocessing"]["masks"][0]["outer"] == 3
    both = pd.concat([cohort, ring], ignore_index=True)
    features = im.extract_radiomics(both, settings={"feature_classes": ["shape", "firstorder"]})
    assert {"T1", "T1-ring"} == set(features.var["sequence"])
    assert features.n_obs == 3
    assert not (values_of(ring["mask"][0]).astype(bool) & values_of(cohort["mask"][0]).astype(bool)).any()
    with pytest.raises(InputError, match="inner below outer"):
        im.peritumoral_masks(cohort, tmp_path / "x", inner=5, outer=5)
    with pytest.raises(InputError, match="'image' or 'body'"):
        im.peritumoral_masks(cohort, tmp_path / "x", within="skin")  # type: ignore[arg-type]


def test_cleaning_keeps_the_largest_part_and_fills_holes(write_case: Write, tmp_path: Path) -> None:
    mask = np.zeros((20, 24, 26), dtype=np.uint8)
    mask[4:12, 4:12, 4:12] = 1
    mask[7, 7, 7:9] = 0
    mask[15:17, 15:17, 15:17] = 1
    table = pd.DataFrame([write_case("P1", mask=mask)])
    new = im.clean_masks(table, tmp_path / "both")
    told = new.attrs["cases"][0]
    assert (told["components"], told["holes"]) == (2, 2)
    assert told["volume_before_ml"] == pytest.approx((512 - 2 + 8) / 1000)
    assert told["volume_ml"] == pytest.approx(0.512)
    assert values_of(new["mask"][0]).sum() == 512
    kept = im.clean_masks(table, tmp_path / "holes", largest_component=False)
    assert values_of(kept["mask"][0]).sum() == 520
    with pytest.raises(InputError, match="nothing to do"):
        im.clean_masks(table, tmp_path / "x", largest_component=False, fill_holes=False)


def settings(**changes: Any) -> dict[str, Any]:
    return {"contour": 0.0, "smoothness": 5.0, "margin": [0.0, 0.0], "translation": 0.0, "rotation": 0.0, **changes}


@pytest.mark.parametrize("margin", [-3.0, 2.0, 4.0])
def test_a_margin_grows_and_shrinks_a_sphere_by_so_many_mm(margin: float) -> None:
    new, _ = perturbed(sphere(15.0, (1.0, 1.0, 2.0)), settings(margin=[margin, margin]), np.random.default_rng(0))
    assert volume(new) == pytest.approx(ball_volume(15 + margin), rel=0.03)


def test_a_translation_moves_the_region_and_keeps_its_volume() -> None:
    mask = sphere(12.0, (1.0, 1.0, 2.0))
    new, told = perturbed(mask, settings(translation=3.0), np.random.default_rng(3))
    places = [np.argwhere(sitk.GetArrayFromImage(m) > 0).mean(axis=0) * [2, 1, 1] for m in (mask, new)]
    assert np.linalg.norm(places[1] - places[0]) == pytest.approx(told["shift_mm"], abs=0.3)
    assert volume(new) == pytest.approx(volume(mask), rel=0.03)


def test_a_rotation_turns_about_the_centre() -> None:
    mask = sitk.Image(60, 60, 20, sitk.sitkUInt8)
    mask[20:40, 28:32, 8:12] = 1
    new, told = perturbed(mask, settings(rotation=20.0), np.random.default_rng(1))
    assert told["turn_degrees"] > 5
    places = [np.argwhere(sitk.GetArrayFromImage(m) > 0).mean(axis=0) for m in (mask, new)]
    np.testing.assert_allclose(places[0], places[1], atol=0.6)
    assert volume(new) == pytest.approx(volume(mask), rel=0.15)
    assert told["dice"] < 0.9


def test_a_contour_wanders_by_about_its_standard_deviation() -> None:
    mask = sphere(18.0, (1.0, 1.0, 1.0))
    found = []
    for seed in range(6):
        _, told = perturbed(mask, settings(contour=1.5), np.random.default_rng(seed))
        found.append(told["surface_distance_mm"])
        assert 0.75 < told["dice"] < 0.98
    # The mean absolute value of a normal variable of standard deviation 1.5 is 1.2; voxels add half of theirs.
    assert np.mean(found) == pytest.approx(1.2, abs=0.45)


def test_perturbed_masks_are_readers_and_depend_on_nothing_but_seed_and_case(
    cohort: pd.DataFrame, tmp_path: Path
) -> None:
    new = im.perturb_masks(cohort, tmp_path / "a", n_readers=2, rng=7)
    assert new["reader"].tolist() == ["original", "perturbed-1", "perturbed-2"] * 3
    alone = im.perturb_masks(cohort[1:2], tmp_path / "b", n_readers=3, rng=7, n_jobs=2)
    pd.testing.assert_index_equal(new.index, pd.RangeIndex(9))
    for name in ("perturbed-1", "perturbed-2"):
        ours = [t[(t["patient_id"] == "P2") & (t["reader"] == name)]["mask"].iloc[0] for t in (new, alone)]
        np.testing.assert_array_equal(*map(values_of, ours))
    other = im.perturb_masks(cohort[1:2], tmp_path / "c", rng=8)
    assert not np.array_equal(values_of(other["mask"][1]), values_of(new["mask"][4]))
    features = im.extract_radiomics(new, settings={"feature_classes": ["firstorder"]}, reader="all")
    assert features.n_obs == 9
    assert all(0.6 < c["dice"] < 1 for c in new.attrs["cases"])


def test_perturbing_says_all_that_is_wrong(cohort: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        im.perturb_masks(cohort, tmp_path, n_readers=0, contour=-1, margin=(2, 1))
    assert all(f"column '{name}'" in str(caught.value) for name in ("n_readers", "contour", "margin"))
    with pytest.raises(InputError, match="nothing to change"):
        im.perturb_masks(cohort, tmp_path, contour=0, translation=0, rotation=0)
    with pytest.raises(InputError, match=r"(?s)all 3 cases failed.*nothing left of the region"):
        im.perturb_masks(cohort, tmp_path, margin=-30)


def test_shuffling_keeps_everything_but_the_order(cohort: pd.DataFrame, tmp_path: Path) -> None:
    new = im.shuffle_voxels(cohort, tmp_path / "a", rng=3)
    first = sitk.ReadImage(new["image"][0])
    place = sitk.Resample(sitk.ReadImage(cohort["image"][0]), first, sitk.Transform(), sitk.sitkNearestNeighbor)
    before, after = sitk.GetArrayFromImage(place), sitk.GetArrayFromImage(first)
    inside = values_of(new["mask"][0]) > 0
    assert inside.sum() == values_of(cohort["mask"][0]).sum()
    np.testing.assert_array_equal(before[~inside], after[~inside])
    np.testing.assert_array_equal(np.sort(before[inside]), np.sort(after[inside]))
    assert (before[inside] != after[inside]).mean() > 0.9
    same = im.shuffle_voxels(cohort[:1], tmp_path / "b", rng=3, n_jobs=2)
    np.testing.assert_array_equal(values_of(same["image"][0]), after)
    wanted = {"feature_classes": ["shape", "firstorder", "glcm"], "bin_width": 10}
    own, shuffled = (im.extract_radiomics(m, settings=wanted) for m in (cohort, new))
    assert own.var_names.equals(shuffled.var_names)
    kept = own.var["feature_class"].isin(["shape", "firstorder"]).to_numpy()
    np.testing.assert_allclose(own.X[:, kept], shuffled.X[:, kept], rtol=1e-6)
    assert not np.allclose(own.X[:, ~kept], shuffled.X[:, ~kept], rtol=0.05)
    assert own.obs["tumour_volume_ml"].tolist() == shuffled.obs["tumour_volume_ml"].tolist()


def test_shuffled_voxels_are_those_the_features_see(write_case: Write, tmp_path: Path) -> None:
    table = pd.DataFrame([write_case("P1", spacing=(1.5, 1.5, 3.0)), write_case("P2", seed=4, spacing=(1.5, 1.5, 3.0))])
    wanted = {"feature_classes": ["glcm", "firstorder"], "spacing": (1, 1, 3), "bin_width": 10,
              "image_types": ["original", "wavelet"]}  # fmt: skip
    new = im.shuffle_voxels(table, tmp_path / "a", settings=wanted)
    assert sitk.ReadImage(new["image"][0]).GetSpacing() == (1, 1, 3)
    own, shuffled = (im.extract_radiomics(m, settings=wanted) for m in (table, new))
    first = own.var["feature_class"].eq("firstorder").to_numpy() & own.var["image_type"].eq("original").to_numpy()
    np.testing.assert_allclose(own.X[:, first], shuffled.X[:, first], rtol=1e-5)
    # No texture is left: neighbours are as unlike as any two voxels.
    assert np.abs(shuffled[:, "T1_original_glcm_Correlation"].X).max() < 0.1
    assert own[:, "T1_original_glcm_Correlation"].X.min() > 0.2
    with pytest.raises(InputError, match="done twice"):
        im.shuffle_voxels(table, tmp_path / "x", settings={"normalize": True})


def two_sequences(write_case: Write) -> pd.DataFrame:
    """T1, and the same on a coarser grid as PET."""
    rows = []
    for patient, seed in (("P1", 1), ("P2", 2)):
        row = write_case(patient, "T1", seed=seed)
        rows.append(row)
        coarse = {"patient_id": patient, "sequence": "PET"}
        for name in ("image", "mask"):
            source = sitk.ReadImage(row[name])
            grid = sitk.Image(13, 12, 10, source.GetPixelID())
            grid.SetSpacing((2.0, 2.0, 2.0))
            grid.SetOrigin([o + 0.5 for o in source.GetOrigin()])
            how = sitk.sitkLinear if name == "image" else sitk.sitkNearestNeighbor
            path = Path(row[name]).with_name(f"{patient}_PET_{name}.nii.gz")
            sitk.WriteImage(sitk.Resample(source, grid, sitk.Transform(), how, 0.0), str(path))
            coarse[name] = str(path)
        rows.append(coarse)
    return pd.DataFrame(rows)


def test_masks_go_from_one_grid_to_another(write_case: Write, tmp_path: Path) -> None:
    table = two_sequences(write_case)
    for source, target in (("T1", "PET"), ("PET", "T1")):
        new = im.transfer_masks(table, tmp_path / source, source=source, target=target)
        assert new["sequence"].unique().tolist() == [target]
        assert new["reader"].unique().tolist() == [f"from {source}"]
        for row, told in zip(new.to_dict("records"), new.attrs["cases"], strict=True):
            mask, image = sitk.ReadImage(row["mask"]), sitk.ReadImage(row["image"])
            assert (mask.GetSize(), mask.GetOrigin(), mask.GetSpacing()) == (
                image.GetSize(), image.GetOrigin(), image.GetSpacing(),
            )  # fmt: skip
            assert told["volume_ml"] == pytest.approx(told["volume_source_ml"], rel=0.2)
            assert told["dice_own_before"] == told["dice_own_after"] > 0.85
            assert told["cut_off_share"] == 0
    assert io.read_manifest(tmp_path / "T1" / "manifest.csv")["reader"].tolist() == ["from T1", "from T1"]


def test_patients_without_the_target_are_named(write_case: Write, tmp_path: Path) -> None:
    table = two_sequences(write_case).iloc[:3]
    new = im.transfer_masks(table, tmp_path / "a", source="T1", target="PET")
    assert new["patient_id"].tolist() == ["P1"]
    assert [f["message"] for f in new.attrs["failures"]] == ["patient P2 has no image of PET"]
    with pytest.raises(InputError) as caught:
        im.transfer_masks(table, tmp_path / "x", source="T3", target="PET", registration="affine")  # type: ignore[arg-type]
    assert "'T3'; expected a sequence of the manifest: T1, PET" in str(caught.value)
    assert "affine" in str(caught.value)


def textured(shift: tuple[float, float, float] = (0.0, 0.0, 0.0)):
    """Smooth blobs on a grid of 2 mm, moved by ``shift`` mm."""
    z, y, x = np.meshgrid(*[np.arange(32.0) * 2] * 3, indexing="ij")
    rng = np.random.default_rng(4)
    values = np.zeros(x.shape)
    for centre, height in zip(rng.uniform(10, 52, (12, 3)), rng.uniform(30, 100, 12), strict=True):
        cx, cy, cz = centre + shift
        values += height * np.exp(-((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2) / 72)
    image = sitk.GetImageFromArray(values.astype(np.float32))
    image.SetSpacing((2.0, 2.0, 2.0))
    return image


def test_registration_finds_a_known_shift_between_unlike_contrasts() -> None:
    shift = (4.0, -3.0, 2.0)
    moving = 200 - 1.5 * textured(shift)
    with quiet_single_thread():
        found, again = (register_rigid(textured(), moving, seed=3) for _ in range(2))
    assert found.improved
    np.testing.assert_allclose(np.subtract(found.transform.TransformPoint((31, 31, 31)), 31), shift, atol=0.5)
    assert again.transform.GetParameters() == found.transform.GetParameters()


def test_registration_brings_masks_home_and_is_drawn(tmp_path: Path) -> None:
    shift = (4.0, -3.0, 2.0)
    still, moved = textured(), textured(shift)
    rows = []
    for sequence, image in (("T1", moved), ("T2", 300 - 2 * still)):
        mask = sitk.Cast((moved if sequence == "T1" else still) > 60, sitk.sitkUInt8)
        for kind, volume_ in (("image", image), ("mask", mask)):
            sitk.WriteImage(volume_, str(tmp_path / f"{sequence}_{kind}.nii.gz"))
        rows.append({"patient_id": "P1", "sequence": sequence, "image": str(tmp_path / f"{sequence}_image.nii.gz"),
                     "mask": str(tmp_path / f"{sequence}_mask.nii.gz")})  # fmt: skip
    table = pd.DataFrame(rows)
    new = im.transfer_masks(table, tmp_path / "out", source="T1", target="T2", registration="rigid")
    told = new.attrs["cases"][0]
    assert told["registered"]
    assert told["shift_mm"] == pytest.approx(np.linalg.norm(shift), abs=0.7)
    assert told["dice_own_before"] < 0.7 < 0.9 < told["dice_own_after"]
    assert told["mutual_information_after"] > told["mutual_information_before"]
    ax = pl.mask_transfer(tmp_path / "out", own=table)
    assert "After registration, 5." in "".join(t.get_text() for t in ax.texts)
    assert len(ax.collections) == 4
    with pytest.raises(InputError, match=r"no manifest\.csv"):
        pl.mask_transfer(tmp_path)
    far = sitk.ReadImage(rows[0]["mask"])
    far.SetOrigin((500.0, 0.0, 0.0))
    sitk.WriteImage(far, rows[0]["mask"])
    image = sitk.ReadImage(rows[0]["image"])
    image.SetOrigin((500.0, 0.0, 0.0))
    sitk.WriteImage(image, rows[0]["image"])
    with pytest.raises(InputError, match="a region off the image"):
        im.transfer_masks(table, tmp_path / "far", source="T1", target="T2")


def test_far_moves_are_warned_of() -> None:
    from radiogenomics.im._transfer_masks import _warn_of_moves

    with pytest.warns(RadiogenomicsWarning, match=r"1 of 2 images by more than 10 mm \(P1 12 mm\)"):
        _warn_of_moves([{"patient_id": "P1", "shift_mm": 12.0}, {"patient_id": "P2", "shift_mm": 3.0}])


def test_failures_and_record_are_written(cohort: pd.DataFrame, tmp_path: Path) -> None:
    Path(cohort["image"][1]).write_bytes(b"broken")
    new = im.clean_masks(cohort, tmp_path / "a")
    assert new["patient_id"].tolist() == ["P1", "P3"]
    assert pd.read_csv(tmp_path / "a" / "failures.csv")["patient_id"].tolist() == ["P2"]
    assert pd.read_csv(tmp_path / "a" / "cases.csv")["components"].tolist() == [1, 1]
    told = json.loads((tmp_path / "a" / "manifest.preprocessing.json").read_text())
    assert told["masks"] == [{"made_by": "clean_masks", "largest_component": True, "fill_holes": True}]
    ring = im.peritumoral_masks(tmp_path / "a" / "manifest.csv", tmp_path / "b")
    assert [m["made_by"] for m in ring.attrs["preprocessing"]["masks"]] == ["clean_masks", "peritumoral_masks"]


def test_dice() -> None:
    a, b = np.array([1, 1, 0, 0], dtype=bool), np.array([0, 1, 1, 0], dtype=bool)
    assert dice(a, b) == 0.5
    assert np.isnan(dice(a & False, b & False))
