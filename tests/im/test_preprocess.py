"""rg.im.preprocess: files, manifest, steps, failures, and going on after a stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics import im, io
from radiogenomics._errors import InputError
from radiogenomics.im import _prepare

sitk = pytest.importorskip("SimpleITK")
Write = Callable[..., dict[str, Any]]


def values_of(path: str) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(path))


def test_without_steps_images_are_copied(cohort: pd.DataFrame, tmp_path: Path) -> None:
    new = im.preprocess(cohort, tmp_path / "out")
    assert new["patient_id"].tolist() == ["P1", "P2", "P3"]
    for old_row, new_row in zip(cohort.to_dict("records"), new.to_dict("records"), strict=True):
        np.testing.assert_array_equal(values_of(new_row["image"]), values_of(old_row["image"]))
        np.testing.assert_array_equal(values_of(new_row["mask"]), values_of(old_row["mask"]))
    written = pd.read_csv(tmp_path / "out" / "manifest.csv")
    assert written["image"].tolist() == [f"images/P{i}_T1.nii.gz" for i in (1, 2, 3)]
    assert written["mask"].tolist() == [f"images/P{i}_T1_mask.nii.gz" for i in (1, 2, 3)]
    assert pd.read_csv(tmp_path / "out" / "failures.csv").empty
    assert new.attrs["failures"] == []


def test_manifest_file_reads_back(cohort: pd.DataFrame, tmp_path: Path) -> None:
    new = im.preprocess(cohort, tmp_path / "out", spacing=(2, 2, 2))
    again = io.read_manifest(tmp_path / "out" / "manifest.csv")
    assert again["image"].tolist() == new["image"].tolist()
    assert again["mask"].tolist() == new["mask"].tolist()
    assert im.preprocess(tmp_path / "out" / "manifest.csv", tmp_path / "twice").shape == new.shape


def test_features_remember_how_their_volumes_were_made(cohort: pd.DataFrame, tmp_path: Path) -> None:
    new = im.preprocess(
        cohort, tmp_path / "out", spacing=(2, 2, None), bias_correction={"shrink": 2, "iterations": [20, 20]},
        remove_outliers=3, normalization="zscore",
    )  # fmt: skip
    small = {"feature_classes": ["shape"], "min_voxels": 2}
    by_table = im.extract_radiomics(new, settings=small)
    by_file = im.extract_radiomics(tmp_path / "out" / "manifest.csv", settings=small)
    told = json.loads(by_table.uns["preprocessing"])
    assert told == json.loads(by_file.uns["preprocessing"])
    assert told["settings"] == {
        "resample_mask": False, "spacing": [2, 2, None], "bias_correction": True, "clip_percentiles": None,
        "remove_outliers": 3,
        "normalization": "zscore", "reference": None, "normalize_within": "foreground", "interpolator": "bspline",
        "mask_interpolator": "linear", "n4_shrink": 2, "n4_iterations": [20, 20], "n4_convergence": 0.001,
    }  # fmt: skip
    assert [case["patient_id"] for case in told["cases"]] == ["P1", "P2", "P3"]
    needed = {"n4_field_low", "n4_field_high", "clip_low", "clip_high", "clipped_share", "zscore_mean", "zscore_sd"}
    assert all(needed | {"spacing_before_x"} <= set(case) for case in told["cases"])
    assert "SimpleITK" in told["versions"]
    assert "preprocessing" not in im.extract_radiomics(cohort, settings=small).uns


def test_spacing_and_zscore(cohort: pd.DataFrame, tmp_path: Path) -> None:
    new = im.preprocess(cohort, tmp_path / "out", spacing=(2, 1, 4), normalization="zscore", normalize_within="image")
    for row in new.to_dict("records"):
        image, mask = sitk.ReadImage(row["image"]), sitk.ReadImage(row["mask"])
        assert image.GetSpacing() == mask.GetSpacing() == (2, 1, 4)
        assert image.GetSize() == mask.GetSize() == (13, 24, 5)
        assert sitk.GetArrayFromImage(image).mean() == pytest.approx(0, abs=1e-5)
        assert sitk.GetArrayFromImage(image).std() == pytest.approx(1, abs=1e-5)


def scaled_cohort(write_case: Write) -> pd.DataFrame:
    """Two sequences; each patient's scanner has a gain of its own."""
    rng = np.random.default_rng(0)
    rows = []
    for sequence in ("T1", "T2"):
        for i, gain in enumerate((1.0, 2.0, 3.0)):
            values = rng.gamma(9, 20, (20, 24, 26)) * gain * (10 if sequence == "T2" else 1)
            rows.append(write_case(f"P{i}", sequence, values=values.astype(np.float32)))
    return pd.DataFrame(rows)


def percentiles(path: str) -> np.ndarray:
    return np.percentile(values_of(path), [5, 25, 50, 75, 95])


def test_histograms_are_matched_per_sequence_to_the_cohort(write_case: Write, tmp_path: Path) -> None:
    table = scaled_cohort(write_case)
    new = im.preprocess(table, tmp_path / "out", normalization="histogram", normalize_within="image")
    for sequence in ("T1", "T2"):
        before = np.array([percentiles(p) for p in table.loc[table["sequence"] == sequence, "image"]])
        after = np.array([percentiles(p) for p in new.loc[new["sequence"] == sequence, "image"]])
        assert before.std(axis=0).max() > 0.3 * before.mean()
        np.testing.assert_allclose(after, np.tile(before.mean(axis=0), (3, 1)), rtol=2e-3)


def test_histograms_are_matched_to_a_reference(write_case: Write, tmp_path: Path) -> None:
    table = scaled_cohort(write_case)
    t1, t2 = table["image"][0], table["image"][4]
    new = im.preprocess(
        table, tmp_path / "out", normalization="histogram", normalize_within="image", reference={"T1": t1, "T2": t2}
    )
    for row in new.to_dict("records"):
        np.testing.assert_allclose(
            percentiles(row["image"]), percentiles(t1 if row["sequence"] == "T1" else t2), rtol=2e-3
        )
    with pytest.raises(InputError, match="images for T1; expected one for each of T1, T2"):
        im.preprocess(table, tmp_path / "out", normalization="histogram", reference={"T1": t1})


def test_bias_correction_is_applied(write_case: Write, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = np.zeros((16, 24, 24))
    values[2:14, 3:21, 3:21] = rng.normal(400, 5, (12, 18, 18))
    values *= np.exp(np.linspace(-0.4, 0.4, 24))
    mask = (values > 0).astype(np.uint8)
    tumour = np.zeros_like(mask)
    tumour[6:10, 8:16, 8:16] = 1
    row = write_case(values=values.astype(np.float32), mask=tumour)
    new = im.preprocess(pd.DataFrame([row]), tmp_path / "out", bias_correction=True)
    corrected = values_of(new["image"][0])[mask > 0]
    assert corrected.std() / corrected.mean() < 0.5 * values[mask > 0].std() / values[mask > 0].mean()


def test_two_readers_share_the_image(write_case: Write, tmp_path: Path) -> None:
    first = write_case("P1", reader="Dr A")
    second = {**write_case("P1", reader="B", seed=1), "image": first["image"]}
    new = im.preprocess(pd.DataFrame([first, second]), tmp_path / "out", spacing=(2, 2, 2))
    assert new["image"].nunique() == 1
    assert new["mask"].nunique() == 2
    assert new["reader"].tolist() == ["Dr A", "B"]


def test_names_unfit_for_files_are_changed_but_stay_apart(write_case: Write, tmp_path: Path) -> None:
    one, two = write_case("P1"), write_case("P2")
    table = pd.DataFrame([one, two]).assign(patient_id=["a/../b", "a b"], sequence="CE T1/late")
    new = im.preprocess(table, tmp_path / "out")
    assert new["image"].nunique() == 2
    assert all(Path(p).parent == tmp_path / "out" / "images" for p in new["image"])
    assert new["patient_id"].tolist() == ["a/../b", "a b"]


def test_failing_cases_are_named_and_the_rest_goes_on(cohort: pd.DataFrame, tmp_path: Path) -> None:
    table = cohort.assign(label=[None, 1, 5])
    Path(table["image"][0]).unlink()
    new = im.preprocess(table, tmp_path / "out", normalization="histogram", spacing=(2, 2, 2))
    assert new["patient_id"].tolist() == ["P2"]
    assert "label" not in new
    failures = pd.read_csv(tmp_path / "out" / "failures.csv")
    assert failures["patient_id"].tolist() == ["P1", "P3"]
    assert failures["step"].tolist() == ["read", "read"]
    assert "no such file" in failures["message"][0]
    assert "no label 5" in failures["message"][1]
    assert new.attrs["failures"] == failures.to_dict("records")
    assert pd.read_csv(tmp_path / "out" / "manifest.csv")["patient_id"].tolist() == ["P2"]


def test_one_reader_s_bad_mask_does_not_stop_the_other(write_case: Write, tmp_path: Path) -> None:
    good = write_case("P1", reader="A")
    bad = {**write_case("P1", reader="B", mask=np.zeros((20, 24, 26), dtype=np.uint8)), "image": good["image"]}
    new = im.preprocess(pd.DataFrame([good, bad]), tmp_path / "out")
    assert new["reader"].tolist() == ["A"]
    assert "without any marked voxel" in new.attrs["failures"][0]["message"]


def test_a_region_lost_in_resampling_is_named(write_case: Write, tmp_path: Path) -> None:
    mask = np.zeros((20, 24, 26), dtype=np.uint8)
    mask[10, 1:3, 1:3] = 1
    with pytest.raises(InputError, match=r"(?s)all 1 cases failed:.*no marked voxel"):
        im.preprocess(pd.DataFrame([write_case(mask=mask)]), tmp_path / "out", spacing=(20, 20, 20))


@pytest.mark.parametrize("normalization", [None, "histogram"])
def test_finished_images_are_kept_and_changed_ones_made_again(
    cohort: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, normalization: Any
) -> None:
    first = im.preprocess(cohort, tmp_path / "out", spacing=(2, 2, 2), normalization=normalization)
    before = {p: Path(p).stat().st_mtime_ns for p in [*first["image"], *first["mask"]]}
    read: list[str] = []
    whole, image = _prepare.read_volume, _prepare.read_image
    monkeypatch.setattr(_prepare, "read_volume", lambda path, **how: (read.append(str(path)), whole(path, **how))[1])
    monkeypatch.setattr(_prepare, "read_image", lambda path: (read.append(str(path)), image(path))[1])
    again = im.preprocess(cohort, tmp_path / "out", spacing=(2, 2, 2), normalization=normalization)
    pd.testing.assert_frame_equal(first, again)
    assert read == []
    assert {p: Path(p).stat().st_mtime_ns for p in before} == before

    Path(first["image"][0]).write_bytes(b"damaged")
    im.preprocess(cohort, tmp_path / "out", spacing=(2, 2, 2), normalization=normalization)
    assert len(read) == 1
    read.clear()
    im.preprocess(cohort, tmp_path / "out", spacing=(3, 2, 2), normalization=normalization)
    assert len(read) == (6 if normalization else 3)


def test_workers_change_nothing(cohort: pd.DataFrame, tmp_path: Path) -> None:
    one = im.preprocess(cohort, tmp_path / "one", spacing=(2, 2, 2), normalization="zscore")
    two = im.preprocess(cohort, tmp_path / "two", spacing=(2, 2, 2), normalization="zscore", n_jobs=2)
    for a, b in zip(one["image"], two["image"], strict=True):
        np.testing.assert_array_equal(values_of(a), values_of(b))


def test_in_plane_isotropic_and_kept_axes(cohort: pd.DataFrame, tmp_path: Path, write_case: Write) -> None:
    table = pd.DataFrame([write_case("P9", spacing=(0.5, 0.5, 3.0))])
    plane = im.preprocess(table, tmp_path / "plane", spacing=(1, 1, None))
    assert sitk.ReadImage(plane["image"][0]).GetSpacing() == (1, 1, 3)
    cube = im.preprocess(table, tmp_path / "cube", spacing=(1, 1, 1))
    assert sitk.ReadImage(cube["mask"][0]).GetSpacing() == (1, 1, 1)
    kept = im.preprocess(table, tmp_path / "kept", spacing=(None, None, None))
    np.testing.assert_array_equal(values_of(kept["image"][0]), values_of(table["image"][0]))


def test_landmarks_come_from_the_training_patients_alone(write_case: Write, tmp_path: Path) -> None:
    table = scaled_cohort(write_case)
    table = table[table["sequence"] == "T1"].reset_index(drop=True)
    learn = {"normalization": "nyul", "normalize_within": "image", "learn_from": ["P0", "P1"]}
    first = im.preprocess(table, tmp_path / "one", **learn)
    standard = json.loads((tmp_path / "one" / "standard.json").read_text())["sequences"]["T1"]
    assert standard["patients"] == ["P0", "P1"]
    assert (standard["values"][0], standard["values"][-1]) == (0, 100)
    assert first.attrs["preprocessing"]["settings"]["standard"]["T1"]["patients"] == 2
    # The patient set apart may be anything: the images of the others stay bit for bit what they were.
    changed = np.random.default_rng(5).exponential(900, (20, 24, 26)).astype(np.float32)
    other = pd.concat([table[:2], pd.DataFrame([write_case("P2", "T1", values=changed)])], ignore_index=True)
    second = im.preprocess(other, tmp_path / "two", **learn)
    for i in (0, 1):
        np.testing.assert_array_equal(values_of(first["image"][i]), values_of(second["image"][i]))
    everyone = im.preprocess(other, tmp_path / "three", **(learn | {"learn_from": None}))
    assert not np.array_equal(values_of(everyone["image"][0]), values_of(second["image"][0]))
    # What was learned can be applied to new patients.
    alone = im.preprocess(
        other[2:], tmp_path / "new", normalization="nyul", normalize_within="image",
        reference=tmp_path / "two" / "standard.json",
    )  # fmt: skip
    np.testing.assert_array_equal(values_of(alone["image"][0]), values_of(second["image"][2]))


def test_learn_from_and_standard_are_checked(cohort: pd.DataFrame, tmp_path: Path) -> None:
    im.preprocess(cohort, tmp_path / "out", normalization="nyul")
    standard = tmp_path / "out" / "standard.json"
    with pytest.raises(InputError, match="normalization 'nyul'; expected 'histogram'"):
        im.preprocess(cohort, tmp_path / "x", normalization="histogram", reference=standard)
    with pytest.raises(InputError, match=r"sequences T1; expected 'T2' among them"):
        im.preprocess(cohort.assign(sequence="T2"), tmp_path / "x", normalization="nyul", reference=standard)
    standard.write_text("{}")
    with pytest.raises(InputError, match=r"no standard .*what rg.im.preprocess wrote"):
        im.preprocess(cohort, tmp_path / "x", normalization="nyul", reference=standard)
    with pytest.raises(InputError, match=r"1 patient\(s\) P7"):
        im.preprocess(cohort, tmp_path / "x", normalization="nyul", learn_from=["P1", "P7"])
    with pytest.raises(InputError, match="normalization 'zscore'; expected"):
        im.preprocess(cohort, tmp_path / "x", normalization="zscore", learn_from=["P1"])


def test_reference_region(cohort: pd.DataFrame, tmp_path: Path) -> None:
    region = sitk.Image(26, 24, 20, sitk.sitkUInt8)
    region.CopyInformation(sitk.ReadImage(cohort["image"][0]))
    region[0:4, 0:4, 0:4] = 1
    sitk.WriteImage(region, str(tmp_path / "fat.nii.gz"))
    table = cohort.assign(reference_region=[str(tmp_path / "fat.nii.gz")] * 2 + [None])
    table.to_csv(tmp_path / "manifest.csv", index=False)
    assert io.read_manifest(tmp_path / "manifest.csv")["reference_region"].isna().tolist() == [False, False, True]
    new = im.preprocess(tmp_path / "manifest.csv", tmp_path / "out", normalization="zscore",
                        normalize_within="reference_region")  # fmt: skip
    assert new["patient_id"].tolist() == ["P1", "P2"]
    assert "reference_region" not in new
    assert "no reference region" in new.attrs["failures"][0]["message"]
    inside = values_of(new["image"][0])[0:4, 0:4, 0:4]
    assert inside.mean() == pytest.approx(0, abs=1e-5)
    assert inside.std() == pytest.approx(1, abs=1e-5)
    with pytest.raises(InputError, match="whose reference region is not known"):
        im.preprocess(table, tmp_path / "x", normalization="nyul", normalize_within="reference_region",
                      reference=cohort["image"][0])  # fmt: skip


def test_arguments_at_fault_are_all_named(cohort: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        im.preprocess(cohort, tmp_path, normalization="nyl", spacing=(1, 1), interpolator="cubic")  # type: ignore[arg-type]
    assert all(word in str(caught.value) for word in ("nyl", "three numbers", "cubic"))
    with pytest.raises(InputError, match="a reference only for normalization histogram"):
        im.preprocess(cohort, tmp_path, reference="x.nii")
    with pytest.raises(InputError, match="'T9'; expected sequences of the manifest: T1"):
        im.preprocess(cohort, tmp_path, sequences=["T9"])
    with pytest.raises(InputError, match="column 'mask'"):
        im.preprocess(cohort.drop(columns="mask"), tmp_path)
