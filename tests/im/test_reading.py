"""From DICOM to features: the same as from NIfTI; grids compared; masks resampled only when asked to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics import im, io
from radiogenomics._cohort import frame_of
from radiogenomics._errors import InputError, RadiogenomicsWarning

sitk = pytest.importorskip("SimpleITK")
FAST = {"feature_classes": ["shape", "firstorder", "glcm"], "bin_count": 16}
PLACE = {"spacing": (0.9, 0.8, 2.0), "origin": (3.0, -7.0, 11.0)}


def case(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z, y, x = np.indices((14, 30, 32))
    ball = ((z - 7) / 4) ** 2 + ((y - 14) / 9) ** 2 + ((x - 16) / 8) ** 2 <= 1
    return rng.normal(100, 10, ball.shape) + 40 * ball, ball


def to_file(values: np.ndarray, path: Path, spacing: Any = PLACE["spacing"], origin: Any = PLACE["origin"]) -> str:
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    sitk.WriteImage(image, str(path))
    return str(path)


def features(rows: list[dict[str, Any]], **how: Any) -> Any:
    return im.extract_radiomics(pd.DataFrame(rows), settings=FAST, **how)


def test_the_same_features_from_every_format(dicom: Any, tmp_path: Path) -> None:
    values, mask = case()
    stored = io.read_image(dicom.write_series(tmp_path / "dicom", values, **PLACE))
    values = sitk.GetArrayFromImage(stored)
    contours = [dicom.to_mm(c, PLACE["spacing"], PLACE["origin"]) for c in dicom.outlines(mask)]
    dicom.write_rtstruct(tmp_path / "rs.dcm", {"body": contours[:1], "GTV": contours})
    dicom.write_seg(tmp_path / "seg.dcm", {"other": mask, "tumour": mask}, **PLACE)
    rows = [{"image": to_file(values, tmp_path / f"a.{e}"), "mask": to_file(mask.astype("u1"), tmp_path / f"m.{e}")}
            for e in ("nii.gz", "nrrd", "mha", "mhd", "nhdr")]  # fmt: skip
    rows += [{"image": str(tmp_path / "dicom"), "mask": str(tmp_path / "rs.dcm"), "roi": "gtv", "series": "t1"},
             {"image": str(tmp_path / "dicom"), "mask": str(tmp_path / "seg.dcm"), "label": 2, "intensity": "stored"},
             {"image": rows[0]["image"], "mask": str(tmp_path / "rs.dcm"), "roi": "GTV"},
             {"image": str(tmp_path / "dicom"), "mask": rows[1]["mask"]}]  # fmt: skip
    found = features([{"patient_id": f"P{i}", "sequence": "T1", **row} for i, row in enumerate(rows)])
    assert frame_of(found.uns, "failures").empty
    assert found.n_obs == 9
    np.testing.assert_allclose(found.X, np.repeat(found.X[:1], 9, axis=0), rtol=1e-6)  # NIfTI has spacings in 32 bits


def test_a_changed_data_file_or_choice_is_not_taken_from_the_cache(dicom: Any, tmp_path: Path) -> None:
    values, mask = case()
    row = {"patient_id": "P", "sequence": "T1", "image": to_file(values, tmp_path / "a.mhd")}
    row["mask"] = str(dicom.write_seg(tmp_path / "seg.dcm", {"a": mask, "b": np.roll(mask, 3, 2)}, **PLACE))
    how = {"cache_dir": tmp_path / "cache"}
    first = features([{**row, "roi": "a"}], **how).X
    assert not np.allclose(features([{**row, "roi": "b"}], **how).X, first)
    to_file(values * 2, tmp_path / "a.mhd")
    assert not np.allclose(features([{**row, "roi": "a"}], **how).X, first)
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_suv_by_sequence_or_row(dicom: Any, tmp_path: Path) -> None:
    values, mask = case()
    dicom.write_series(tmp_path / "pet", values * 100, **PLACE, **dicom.pet(DecayCorrection="ADMIN"))
    marked = to_file(mask.astype("u1"), tmp_path / "m.nrrd")
    row = {"patient_id": "P", "sequence": "PET", "image": str(tmp_path / "pet"), "mask": marked}
    mean = "PET_original_firstorder_Mean"
    plain, suv = (features([{**row, "intensity": i}])[:, mean].X[0, 0] for i in ("stored", "suv"))
    assert suv == pytest.approx(plain * 70_000 / 370e6, rel=1e-6)


def test_mask_on_another_grid(tmp_path: Path) -> None:
    values, mask = case()
    image = to_file(values, tmp_path / "a.nii.gz")
    fine = np.repeat(np.repeat(mask.astype("u1"), 2, axis=2), 2, axis=1)[:, :, 2:]
    spacing = np.array(PLACE["spacing"]) / [2, 2, 1]
    origin = np.array(PLACE["origin"]) + np.array([1.5, -0.5, 0]) * spacing
    other = to_file(fine, tmp_path / "m.nii.gz", spacing.tolist(), origin.tolist())
    row = {"patient_id": "P", "sequence": "T1", "image": image, "mask": other}
    with pytest.raises(InputError, match=r"check: .*mask size .*resample_mask=True"):
        features([row])
    same = features([{**row, "mask": to_file(mask.astype("u1"), tmp_path / "own.nii.gz")}])
    assert "mask_shift_mm" not in frame_of(same.uns, "cases")
    for found in (features([row], resample_mask=True), features([{**row, "resample_mask": True}])):
        np.testing.assert_array_equal(found.X, same.X)
        facts = frame_of(found.uns, "cases").iloc[0]
        assert facts["mask_volume_change_percent"] == pytest.approx(0, abs=1e-4)
        assert facts["mask_shift_mm"] == pytest.approx(0, abs=1e-4)


def test_how_far_a_resampled_mask_moved(tmp_path: Path) -> None:
    values, mask = case()
    image = to_file(values, tmp_path / "a.nii.gz")
    coarse = mask[::7].astype("u1")
    other = to_file(coarse, tmp_path / "m.nii.gz", (0.9, 0.8, 14.0))
    row = {"patient_id": "P", "sequence": "T1", "image": image, "mask": other, "resample_mask": True}
    # Slice 7 of the mask, 14 mm thick, becomes the image's slices 4 to 10, those whose middle lies within 7 mm.
    facts = frame_of(features([row]).uns, "cases").iloc[0]
    assert facts["mask_volume_change_percent"] == pytest.approx(0, abs=15)
    cut = to_file(coarse[:, :, 16:], tmp_path / "cut.nii.gz", (0.9, 0.8, 14.0), (3.0 - 1.2, -7.0, 11.0))
    with pytest.warns(RadiogenomicsWarning, match=r"changed the volume of 1 mask\(s\) by more than 10 %, at most -1"):
        facts = frame_of(features([{**row, "mask": cut}]).uns, "cases").iloc[0]
    assert facts["mask_shift_mm"] > 0.1
    away = to_file(coarse, tmp_path / "away.nii.gz", (0.9, 0.8, 14.0), (500.0, 0.0, 0.0))
    with pytest.raises(InputError, match="a mask that lies off the image"):
        features([{**row, "mask": away}])


def test_preprocess_reads_what_extract_reads(dicom: Any, tmp_path: Path) -> None:
    values, mask = case()
    pet = {"description": "pet", **dicom.pet()}
    dicom.write_series(tmp_path / "d", values, **PLACE)
    dicom.write_series(tmp_path / "d", values * 90, series="1.2.3", **PLACE, **pet)
    dicom.write_seg(tmp_path / "seg.dcm", {"tumour": mask, "other": ~mask}, **PLACE)
    row = {"patient_id": "P", "image": str(tmp_path / "d"), "mask": str(tmp_path / "seg.dcm"), "roi": "tumour"}
    rows = pd.DataFrame([{**row, "sequence": "T1", "series": "t1", "intensity": None},
                         {**row, "sequence": "PET", "series": "pet", "intensity": "suv"}])  # fmt: skip
    prepared = im.preprocess(rows, tmp_path / "out")
    assert set(prepared.columns) == {"patient_id", "sequence", "image", "mask"}
    np.testing.assert_allclose(
        im.extract_radiomics(prepared, settings=FAST).X, im.extract_radiomics(rows, settings=FAST).X, rtol=1e-5
    )


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("intensity", "SUV", "'stored' or 'suv'"),
        ("label", 1.5, "whole number|integer"),
        ("resample_mask", "maybe", "true or false"),
    ],
)
def test_cells_of_a_table_are_checked(tmp_path: Path, column: str, value: Any, said: str) -> None:
    row = {"patient_id": "P", "sequence": "T1", "image": "a.nii", "mask": "m.nii", column: value}
    with pytest.raises(InputError, match=f"column '{column}'.*({said})"):
        features([row])


@pytest.mark.slow
def test_round_trip_of_real_volumes(dicom: Any, real_data: Path, tmp_path: Path) -> None:
    """A sarcoma's NIfTI written as DICOM series, RTSTRUCT and SEG: the same voxels, mask and features."""
    table = io.read_manifest(real_data / "sts_mri" / "manifest.csv")
    row = table[(table["patient_id"] == "STS_001") & (table["sequence"] == "T1")].iloc[0]
    image, mask = io.read_image(row["image"]), io.read_mask(row["mask"])
    values, marked = sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(mask) > 0
    place = {"spacing": image.GetSpacing(), "origin": image.GetOrigin(),
             "axes": np.array(image.GetDirection()).reshape(3, 3)}  # fmt: skip
    dicom.write_series(tmp_path / "d", values, **place)
    read = sitk.GetArrayFromImage(io.read_image(tmp_path / "d"))
    np.testing.assert_allclose(read, values, atol=0.51 * np.ptp(values) / 65535, rtol=1e-6)
    contours = [dicom.to_mm(c, *place.values()) for c in dicom.outlines(marked)]
    dicom.write_rtstruct(tmp_path / "rs.dcm", {"GTV": contours})
    dicom.write_seg(tmp_path / "seg.dcm", {"GTV": marked}, **place)
    seg = sitk.GetArrayFromImage(io.read_mask(tmp_path / "seg.dcm", image=tmp_path / "d"))
    np.testing.assert_array_equal(seg, marked)
    drawn = sitk.GetArrayFromImage(io.read_mask(tmp_path / "rs.dcm", image=tmp_path / "d")) > 0
    assert 2 * (drawn & marked).sum() / (drawn.sum() + marked.sum()) > 0.999
    rows = [{"image": row["image"], "mask": row["mask"]}]
    rows += [{"image": str(tmp_path / "d"), "mask": str(tmp_path / f)} for f in ("rs.dcm", "seg.dcm")]
    found = features([{"patient_id": f"P{i}", "sequence": "T1", **r} for i, r in enumerate(rows)]).to_df()
    np.testing.assert_array_equal(found.iloc[1], found.iloc[2])
    shape = found.filter(like="shape")
    np.testing.assert_allclose(shape.iloc[1], shape.iloc[0], rtol=1e-5)
    np.testing.assert_allclose(found.iloc[1], found.iloc[0], rtol=5e-3)
