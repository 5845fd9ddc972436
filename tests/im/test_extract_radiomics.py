"""rg.im.extract_radiomics: the table, its agreement with plain PyRadiomics, the cache, readers and failures."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from radiogenomics import im
from radiogenomics._cohort import frame_of, settings_of
from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics.im import _extract_radiomics
from radiogenomics.schemas.radiomics import radiomics_settings

sitk = pytest.importorskip("SimpleITK")
Write = Callable[..., dict[str, Any]]
FAST = {"feature_classes": ["shape", "firstorder"]}
EVERYTHING = {"image_types": ["original", "wavelet", "log"], "log_sigmas": [1, 2.5], "bin_count": 16}
AS_PYRADIOMICS = {**EVERYTHING, "ibsi": "pyradiomics"}


def plain_pyradiomics(
    image: str, mask: str, caplog: pytest.LogCaptureFixture, *, sigmas: tuple[float, ...] = (1.0, 2.5), **options: Any
) -> dict[str, float]:
    """Features by PyRadiomics' own extractor on whole files, as its manual has it."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    caplog.set_level(logging.CRITICAL, logger="radiomics")
    extractor = RadiomicsFeatureExtractor(additionalInfo=False, **options)
    extractor.enableImageTypeByName("Wavelet")
    extractor.enableImageTypeByName("LoG", customArgs={"sigma": list(sigmas)})
    return {k: float(v) for k, v in extractor.execute(image, mask).items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equals_plain_pyradiomics_on_the_whole_image(
    write_case: Write, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    row = write_case(seed=seed, spacing=(1.0, 0.9, 2.0))
    features = im.extract_radiomics(pd.DataFrame([row]), settings=AS_PYRADIOMICS)
    expected = plain_pyradiomics(row["image"], row["mask"], caplog, binCount=16)
    assert features.n_vars == len(expected) == 14 + 93 * 11
    found = pd.Series(features.X[0], index=features.var_names.str.removeprefix("T1_"))
    np.testing.assert_allclose(found[list(expected)], list(expected.values()), rtol=1e-6)


def test_equals_plain_pyradiomics_after_its_own_resampling(write_case: Write, caplog: pytest.LogCaptureFixture) -> None:
    row = write_case(spacing=(1.0, 0.9, 2.0))
    settings = {**AS_PYRADIOMICS, "spacing": (1, 1, 3), "bin_count": None, "bin_width": 5}
    features = im.extract_radiomics(pd.DataFrame([row]), settings=settings)
    expected = plain_pyradiomics(row["image"], row["mask"], caplog, binWidth=5, resampledPixelSpacing=[1, 1, 3])
    np.testing.assert_allclose(features[:, [f"T1_{k}" for k in expected]].X[0], list(expected.values()), rtol=1e-6)


def test_equals_plain_pyradiomics_normalised(write_case: Write, caplog: pytest.LogCaptureFixture) -> None:
    row = write_case()
    settings = {**AS_PYRADIOMICS, "normalize": True, "normalize_scale": 100, "remove_outliers": 2}
    features = im.extract_radiomics(pd.DataFrame([row]), settings=settings)
    expected = plain_pyradiomics(
        row["image"], row["mask"], caplog, binCount=16, normalize=True, normalizeScale=100, removeOutliers=2
    )
    np.testing.assert_allclose(features[:, [f"T1_{k}" for k in expected]].X[0], list(expected.values()), rtol=1e-6)


@pytest.mark.parametrize("mask_interpolator", ["linear", "nearest"])
def test_resampling_before_or_inside_gives_the_same(
    cohort: pd.DataFrame, tmp_path: Path, mask_interpolator: Literal["linear", "nearest"]
) -> None:
    prepared = im.preprocess(cohort, tmp_path / "out", spacing=(1, 1, 4), mask_interpolator=mask_interpolator)
    settings = {"preset": "crombe", "bin_count": 16, "mask_interpolator": mask_interpolator}
    before = im.extract_radiomics(prepared, settings={**settings, "spacing": None})
    inside = im.extract_radiomics(cohort, settings=settings)
    np.testing.assert_allclose(before.X, inside.X, rtol=1e-6)


def test_table(cohort: pd.DataFrame) -> None:
    features = im.extract_radiomics(cohort.assign(centre=["A", "B", "A"]), settings=EVERYTHING)
    assert features.obs_names.tolist() == features.obs["patient_id"].tolist() == ["P1", "P2", "P3"]
    assert features.obs["n_sequences"].tolist() == [1, 1, 1]
    assert features.obs["centre"].tolist() == ["A", "B", "A"]
    assert features.X.dtype == np.float64
    assert np.isfinite(features.X).all()
    assert features.var_names.is_unique
    assert "T1_original_firstorder_Mean" in features.var_names
    row = features.var.loc["T1_log-sigma-2-5-mm-3D_glcm_Contrast"]
    assert row.drop("ibsi_note").tolist() == [
        "T1", "tumour", "log-sigma-2.5-mm", "glcm", "Contrast", "ACUI", False,
    ]  # fmt: skip
    assert "filters are outside" in row["ibsi_note"]
    assert set(features.var["image_type"]) == {
        "original", "log-sigma-1-mm", "log-sigma-2.5-mm",
        *(f"wavelet-{a}{b}{c}" for a in "LH" for b in "LH" for c in "LH"),
    }  # fmt: skip
    assert features.var.loc[features.var["feature_class"] == "shape", "image_type"].eq("original").all()
    used = settings_of(features.uns, "extraction")
    assert used["settings"]["bin_count"] == 16
    assert {"radiogenomics", "pyradiomics-bhklab", "SimpleITK"} <= set(used["versions"])
    cases = frame_of(features.uns, "cases")
    volume = features[:, "T1_original_shape_VoxelVolume"].X[:, 0]
    np.testing.assert_allclose(cases["volume_mm3"], volume)
    mesh = features[:, "T1_original_shape_MeshVolume"].X[:, 0]
    np.testing.assert_allclose(mesh, volume, rtol=0.02)
    np.testing.assert_allclose(volume, 4 / 3 * np.pi * 6**3, rtol=0.03)
    assert frame_of(features.uns, "failures").empty


def test_table_can_be_written_and_read(cohort: pd.DataFrame, tmp_path: Path) -> None:
    import anndata

    features = im.extract_radiomics(cohort, settings=FAST)
    features.write_h5ad(tmp_path / "x.h5ad")
    again = anndata.read_h5ad(tmp_path / "x.h5ad")
    np.testing.assert_array_equal(again.X, features.X)
    pd.testing.assert_frame_equal(frame_of(again.uns, "cases"), frame_of(features.uns, "cases"))
    assert list(frame_of(again.uns, "failures").columns) == ["patient_id", "sequence", "step", "error", "message"]


def test_sequences_are_joined_into_one_row(write_case: Write) -> None:
    table = pd.DataFrame(
        [write_case("P1", "T1"), write_case("P1", "T2"), write_case("P2", "T2"), write_case("P3", "PET")]
    )
    features = im.extract_radiomics(table, settings={**FAST, "sequences": ["T2", "T1"]})
    assert features.obs_names.tolist() == ["P1", "P2"]
    assert features.obs["n_sequences"].tolist() == [2, 1]
    assert list(dict.fromkeys(features.var["sequence"])) == ["T2", "T1"]
    missing = features.to_df().isna()
    assert missing.loc["P2", features.var["sequence"] == "T1"].all()
    assert missing.to_numpy().sum() == features.n_vars // 2
    assert len(im.extract_radiomics(table, settings=FAST).obs) == 3
    with pytest.raises(InputError, match="'T7'"):
        im.extract_radiomics(table, settings={**FAST, "sequences": ["T7"]})


def test_workers_change_nothing(cohort: pd.DataFrame, capfd: pytest.CaptureFixture[str]) -> None:
    settings = {"preset": "crombe", "bin_count": 16, "image_types": ["original", "wavelet"]}
    one = im.extract_radiomics(cohort, settings=settings, n_jobs=1)
    two = im.extract_radiomics(cohort, settings=settings, n_jobs=2)
    np.testing.assert_array_equal(one.X, two.X)
    printed = capfd.readouterr()
    assert printed.out == printed.err == ""


def test_itk_threads_and_loggers_are_left_as_they_were(cohort: pd.DataFrame) -> None:
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads(), logging.getLogger("radiomics").level
    im.extract_radiomics(cohort.head(1), settings=FAST)
    assert (sitk.ProcessObject.GetGlobalDefaultNumberOfThreads(), logging.getLogger("radiomics").level) == before


# Bad input: each is a named failure, and the good case beside it is unharmed.

SHAPE = (20, 24, 26)


def other_geometry(row: dict[str, Any]) -> None:
    mask = sitk.ReadImage(row["mask"])
    mask.SetOrigin((0, 0, 0))
    sitk.WriteImage(mask, row["mask"])


def truncate(row: dict[str, Any]) -> None:
    data = Path(row["image"]).read_bytes()
    Path(row["image"]).write_bytes(data[: len(data) // 2])


def four_dimensional(row: dict[str, Any]) -> None:
    image = sitk.ReadImage(row["image"])
    sitk.WriteImage(sitk.JoinSeries([image, image]), row["image"])


def marked(*voxels: tuple[int, int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=np.uint8)
    for i, voxel in enumerate(voxels):
        mask[voxel] = i + 1 if len(voxels) == 2 else 1
    return mask


def nan_image() -> np.ndarray:
    values = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    values[0, 0, 0] = np.nan
    return values


BAD: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], object] | None, str, str, str]] = {
    "missing file": ({}, lambda r: Path(r["image"]).unlink(), "read", "InputError", "no such file"),
    "mask of another geometry": ({}, other_geometry, "check", "GeometryError", "mask origin (0, 0, 0)"),
    "empty mask": ({"mask": marked()}, None, "read", "DegenerateInputError", "without any marked voxel"),
    "several labels": ({"mask": marked((1, 2, 3), (4, 5, 6))}, None, "read", "InputError", "column 'label'"),
    "NaN image": ({"values": nan_image()}, None, "read", "InputError", "1 of 12480 voxels NaN"),
    "constant image": (
        {"values": np.full(SHAPE, 5, np.float32)}, None, "check", "DegenerateInputError", "same intensity 5",
    ),
    "4-D image": ({}, four_dimensional, "read", "InputError", "4 dimensions"),
    "one voxel": ({"mask": marked((1, 2, 3))}, None, "check", "DegenerateInputError", "a region of 1 voxel(s)"),
    "line of voxels": (
        {"mask": marked((1, 2, 3), (1, 2, 4), (1, 2, 5))}, None, "check", "DegenerateInputError", "a line of 3 voxels",
    ),
    "truncated gzip": ({}, truncate, "read", "InputError", "truncated"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_case_is_a_named_failure(write_case: Write, name: str) -> None:
    content, damage, step, error, message = BAD[name]
    good, bad = write_case("P1"), write_case("P2", **content)
    if damage is not None:
        damage(bad)
    features = im.extract_radiomics(pd.DataFrame([bad, good]), settings=FAST)
    assert features.obs_names.tolist() == ["P1"]
    assert np.isfinite(features.X).all()
    failure = frame_of(features.uns, "failures").to_dict("records")
    assert len(failure) == 1
    assert {k: failure[0][k] for k in ("patient_id", "sequence", "step", "error")} == {
        "patient_id": "P2", "sequence": "T1", "step": step, "error": error,
    }  # fmt: skip
    assert message in failure[0]["message"]


def test_if_every_case_fails_the_first_reason_is_said(write_case: Write) -> None:
    table = pd.DataFrame([write_case(p, mask=marked()) for p in ("P1", "P2")])
    with pytest.raises(InputError, match=r"(?s)all 2 cases failed:.*P1 T1, read: .*marked voxel.*P2 T1, read: "):
        im.extract_radiomics(table, settings=FAST)


def test_label_chooses_the_region(write_case: Write) -> None:
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[2:6, 2:6, 2:6], mask[10:13, 10:13, 10:13] = 1, 2
    table = pd.DataFrame([write_case("P1", mask=mask), write_case("P2", mask=mask)]).assign(label=[1, 2])
    features = im.extract_radiomics(table, settings=FAST)
    assert features[:, "T1_original_shape_VoxelVolume"].X[:, 0].tolist() == [64, 27]


def readers(write_case: Write) -> pd.DataFrame:
    rows = [write_case(p, reader=r, seed=s) for s, (p, r) in enumerate((p, r) for p in ("P1", "P2") for r in "AB")]
    return pd.DataFrame(rows)


def test_several_readers_need_a_choice(write_case: Write) -> None:
    table = readers(write_case)
    with pytest.raises(InputError, match=r"by reader A, B; expected one reader\. Choose reader='A', or reader='all'"):
        im.extract_radiomics(table, settings=FAST)
    chosen = im.extract_radiomics(table, settings=FAST, reader="B")
    assert chosen.obs_names.tolist() == ["P1", "P2"]
    assert chosen.obs["reader"].tolist() == ["B", "B"]
    assert settings_of(chosen.uns, "extraction")["reader"] == "B"
    both = im.extract_radiomics(table, settings=FAST, reader="all")
    assert both.obs_names.tolist() == ["P1|A", "P1|B", "P2|A", "P2|B"]
    assert both.obs["patient_id"].tolist() == ["P1", "P1", "P2", "P2"]
    np.testing.assert_array_equal(both[["P1|B", "P2|B"]].X, chosen.X)
    with pytest.raises(InputError, match="'C'; expected one of A, B"):
        im.extract_radiomics(table, settings=FAST, reader="C")


def test_readings_of_a_reader(write_case: Write) -> None:
    table = pd.DataFrame([write_case("P1", reader="A", reading=n, seed=n) for n in (1, 2)])
    with pytest.raises(InputError, match=r"Choose reading='1', or reading='all'"):
        im.extract_radiomics(table, settings=FAST, reader="A")
    assert im.extract_radiomics(table, settings=FAST, reading=2).obs["reading"].tolist() == ["2"]
    assert im.extract_radiomics(table, settings=FAST, reading="all").obs_names.tolist() == ["P1|1", "P1|2"]


def test_repeated_row_is_refused(write_case: Write) -> None:
    row = write_case()
    with pytest.raises(InputError, match="2 rows for patient P1, sequence T1"):
        im.extract_radiomics(pd.DataFrame([row, row]), settings=FAST)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Patients whose features are computed rather than read from the cache."""
    done: list[str] = []
    original = _extract_radiomics.extract_case

    def counting(case: Any, *args: Any) -> Any:
        if case.patient_id == "stop":
            raise KeyboardInterrupt
        done.append(case.patient_id)
        return original(case, *args)

    monkeypatch.setattr(_extract_radiomics, "extract_case", counting)
    return done


def test_cache_serves_the_same_files_and_settings_only(
    cohort: pd.DataFrame, tmp_path: Path, computed: list[str]
) -> None:
    cache = tmp_path / "cache"
    first = im.extract_radiomics(cohort, settings=FAST, cache_dir=cache)
    assert computed == ["P1", "P2", "P3"]
    computed.clear()
    Path(cohort["image"][0]).touch()
    again = im.extract_radiomics(cohort, settings=FAST, cache_dir=cache)
    assert computed == []
    np.testing.assert_array_equal(again.X, first.X)
    pd.testing.assert_frame_equal(frame_of(again.uns, "cases"), frame_of(first.uns, "cases"))

    im.extract_radiomics(cohort, settings={**FAST, "bin_count": 32}, cache_dir=cache)
    assert computed == ["P1", "P2", "P3"]
    computed.clear()
    sitk.WriteImage(sitk.ReadImage(cohort["image"][1]) + 1, cohort["image"][1])
    changed = im.extract_radiomics(cohort, settings=FAST, cache_dir=cache)
    assert computed == ["P2"]
    assert changed["P2", "T1_original_firstorder_Mean"].X[0, 0] == pytest.approx(
        first["P2", "T1_original_firstorder_Mean"].X[0, 0] + 1
    )


def test_stopped_run_goes_on(cohort: pd.DataFrame, tmp_path: Path, computed: list[str]) -> None:
    stopping = cohort.assign(patient_id=["P1", "P2", "stop"])
    with pytest.raises(KeyboardInterrupt):
        im.extract_radiomics(stopping, settings=FAST, cache_dir=tmp_path / "cache")
    assert computed == ["P1", "P2"]
    computed.clear()
    im.extract_radiomics(cohort, settings=FAST, cache_dir=tmp_path / "cache")
    assert computed == ["P3"]


@pytest.mark.parametrize("damage", ["cut", "value", "text", "other"])
def test_damaged_entry_is_computed_again_and_said(
    cohort: pd.DataFrame, tmp_path: Path, computed: list[str], damage: str
) -> None:
    cache = tmp_path / "cache"
    first = im.extract_radiomics(cohort, settings=FAST, cache_dir=cache)
    entries = sorted(cache.glob("*.json"))
    assert len(entries) == 3
    entry = entries[0]
    text = entry.read_text()
    outer = json.loads(text)
    entry.write_text(
        {
            "cut": text[: len(text) // 2],
            "value": json.dumps({**outer, "body": outer["body"].replace(".", ".1", 1)}),
            "text": "[]",
            "other": entries[1].read_text(),
        }[damage]
    )
    computed.clear()
    with pytest.warns(RadiogenomicsWarning, match=r"cache entry of P\d T1 .* is damaged .*; computed again"):
        again = im.extract_radiomics(cohort, settings=FAST, cache_dir=cache)
    assert len(computed) == 1
    np.testing.assert_array_equal(again.X, first.X)
    computed.clear()
    im.extract_radiomics(cohort, settings=FAST, cache_dir=cache)
    assert computed == []


def test_failures_are_not_cached(cohort: pd.DataFrame, tmp_path: Path) -> None:
    image = Path(cohort["image"][0])
    whole = image.read_bytes()
    image.write_bytes(gzip.compress(b"no image"))
    features = im.extract_radiomics(cohort, settings=FAST, cache_dir=tmp_path / "cache")
    assert features.obs_names.tolist() == ["P2", "P3"]
    image.write_bytes(whole)
    assert im.extract_radiomics(cohort, settings=FAST, cache_dir=tmp_path / "cache").n_obs == 3


def test_undefined_features_keep_their_columns_and_are_said(write_case: Write) -> None:
    thin = np.random.default_rng(0).normal(100, 10, (3, 24, 26)).astype(np.float32)
    mask = np.zeros(thin.shape, dtype=np.uint8)
    mask[:, 5:15, 5:15] = 1
    table = pd.DataFrame([write_case("P1"), write_case("P2", values=thin, mask=mask)])
    settings = {"image_types": ["original", "log"], "log_sigmas": [1], "feature_classes": ["firstorder"]}
    with pytest.warns(RadiogenomicsWarning, match=r"1 of 2 cases have features without a value, at most 18 of 36 \(P2"):
        features = im.extract_radiomics(table, settings=settings)
    missing = features.to_df().isna()
    assert not missing.loc["P1"].any()
    assert missing.columns[missing.loc["P2"]].str.contains("log-sigma").all()


def test_spacing_that_differs_is_warned_of(write_case: Write) -> None:
    table = pd.DataFrame([write_case("P1"), write_case("P2", spacing=(1.0, 1.0, 2.5))])
    with pytest.warns(RadiogenomicsWarning, match=r"T1: voxel spacing differs .*\(1 x 1 x 1-2\.5 mm\)"):
        im.extract_radiomics(table, settings=FAST)
    im.extract_radiomics(table, settings={**FAST, "spacing": (1, 1, 2)})


def test_settings_are_taken_in_every_form(cohort: pd.DataFrame) -> None:
    model = radiomics_settings({"preset": "crombe", "feature_classes": ["shape"]})
    one = im.extract_radiomics(cohort, settings=model)
    two = im.extract_radiomics(cohort, settings={"preset": "crombe", "feature_classes": ["shape"]})
    np.testing.assert_array_equal(one.X, two.X)
    assert one.n_vars == 7
    assert im.extract_radiomics(cohort.head(1), settings="crombe").n_vars == 58


@pytest.mark.slow
def test_real_tumours_equal_plain_pyradiomics(
    real_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from radiogenomics import datasets, io

    table = io.read_manifest(datasets.sts_mri().manifest)
    small = table[(table["sequence"] == "T1") & table["patient_id"].isin(["STS_002", "STS_025", "STS_042"])]
    prepared = im.preprocess(small, tmp_path / "out", spacing=(1, 1, 4))
    features = im.extract_radiomics(prepared, settings={**AS_PYRADIOMICS, "bin_count": 64})
    cases = frame_of(features.uns, "cases")
    np.testing.assert_allclose(features[:, "T1_original_shape_MeshVolume"].X[:, 0], cases["volume_mm3"], rtol=0.01)
    for i, row in enumerate(prepared.to_dict("records")):
        expected = plain_pyradiomics(row["image"], row["mask"], caplog, binCount=64)
        np.testing.assert_allclose(features[:, [f"T1_{k}" for k in expected]].X[i], list(expected.values()), rtol=1e-6)
