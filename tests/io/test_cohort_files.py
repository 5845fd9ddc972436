import os
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import write_groups
from radiogenomics._errors import InputError
from radiogenomics.io import _cohort_files

#: The cohorts here have patients without a clinical row on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*no clinical row")


def cohort() -> MuData:
    rng = np.random.default_rng(0)
    ids = [f"{i:02}" for i in range(12)]
    clinical = pd.DataFrame(
        {
            "days": rng.integers(1, 900, 12),
            "dead": [1, 0] * 6,
            "whole_with_gap": [1.0, np.nan] * 6,
            "fraction": rng.normal(size=12),
            "text": ["a", None, "ü/b"] * 4,
            "empty": [None] * 12,
            "grade": pd.Categorical(["lo", "hi"] * 6, categories=["lo", "hi"], ordered=True),
        },
        index=ids,
    )
    radiomics = pd.DataFrame(rng.normal(size=(12, 5)), index=ids, columns=[f"original_glcm_F{i}" for i in range(5)])
    radiomics.iloc[0, 0] = np.inf
    radiomics.iloc[1, 1] = np.nan
    rna = anndata.AnnData(rng.normal(size=(9, 4)), obs=pd.DataFrame(index=[*ids[4:], "new"]))
    rna.layers["counts"] = rng.integers(0, 50, (9, 4))
    mdata = rg.io.assemble_cohort(
        clinical,
        outcomes={
            "os": {"kind": "survival", "time": "days", "event": "dead", "unit": "days"},
            "two": {"kind": "binary", "column": "text", "positive": "a"},
        },
        split={"internal": 0.25},
        radiomics=radiomics,
        rna=rna,
    )
    rg.pp.clean_features(mdata, modality="radiomics")
    rg.pp.impute(mdata, modality="radiomics")
    write_groups(mdata, "rna", "groups", pd.Series({"04": "A", "05": "B"}))
    return mdata


def assert_same_adata(a: anndata.AnnData, b: anndata.AnnData) -> None:
    np.testing.assert_array_equal(a.X, b.X)
    assert a.X.dtype == b.X.dtype
    pd.testing.assert_frame_equal(a.obs, b.obs)
    pd.testing.assert_frame_equal(a.var, b.var)
    assert set(a.layers) == set(b.layers)
    for name in a.layers:
        np.testing.assert_array_equal(a.layers[name], b.layers[name])
        assert a.layers[name].dtype == b.layers[name].dtype
    assert_same_uns(a.uns, b.uns)
    assert (a.raw is None) == (b.raw is None)
    if a.raw is not None:
        np.testing.assert_array_equal(a.raw.X, b.raw.X)
        pd.testing.assert_frame_equal(a.raw.var, b.raw.var)


def assert_same_uns(a: object, b: object) -> None:
    if isinstance(a, dict):
        assert isinstance(b, dict)
        assert set(a) == set(b)
        for name in a:
            assert_same_uns(a[name], b[name])
    elif isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
    else:
        assert a == b


@pytest.mark.parametrize("ending", [".h5mu", pytest.param(".zarr", marks=pytest.mark.slow)])
def test_what_is_written_reads_back_equal(tmp_path: Path, ending: str) -> None:
    mdata = cohort()
    path = tmp_path / f"cohort{ending}"
    rg.io.write_cohort(mdata, path)
    assert_same(mdata, rg.io.read_cohort(path))
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("ending", [".h5ad", ".zarr"])
def test_a_cohort_is_replaced(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"one{ending}"
    for value in (1, 2):
        adata = anndata.AnnData(np.full((2, 2), float(value)))
        rg.io.write_cohort(adata, path)
        assert rg.io.read_cohort(path).X.max() == value
    assert os.listdir(tmp_path) == [path.name]


def assert_same(mdata: MuData, back: object) -> None:
    assert isinstance(back, MuData)
    pd.testing.assert_frame_equal(mdata.obs, back.obs)
    assert list(mdata.mod) == list(back.mod)
    assert_same_uns(dict(mdata.uns), dict(back.uns))
    for name in mdata.mod:
        assert_same_adata(mdata[name], back[name])


@pytest.mark.parametrize("ending", [".h5ad", ".zarr"])
def test_one_modality(tmp_path: Path, ending: str) -> None:
    adata = cohort()["radiomics"]
    rg.io.write_cohort(adata, tmp_path / f"one{ending}")
    back = rg.io.read_cohort(tmp_path / f"one{ending}")
    assert isinstance(back, anndata.AnnData)
    assert_same_adata(adata, back)


def test_twice_is_the_same_as_once(tmp_path: Path) -> None:
    mdata = cohort()
    rg.io.write_cohort(mdata, tmp_path / "1.h5mu")
    first = rg.io.read_cohort(tmp_path / "1.h5mu")
    rg.pp.scale(first, modality="radiomics")
    rg.io.write_cohort(first, tmp_path / "2.h5mu")
    assert_same(first, rg.io.read_cohort(tmp_path / "2.h5mu"))


def test_a_later_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cohort.h5mu"
    monkeypatch.setattr(_cohort_files, "FORMAT_VERSION", 99)
    rg.io.write_cohort(cohort(), path)
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"found format version 99; expected 1 or earlier. Update radiogenomics"):
        rg.io.read_cohort(path)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "cohort.h5mu"
    mdata = cohort()
    rg.io.write_cohort(mdata, path)
    before = path.read_bytes()
    mdata.uns["unwritable"] = {"x": object()}
    with pytest.raises(Exception, match=r"unwritable|write"):
        rg.io.write_cohort(mdata, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["cohort.h5mu"]
    assert "radiogenomics_format" not in mdata.uns


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    mdata = cohort()
    with pytest.raises(InputError, match=r"the ending '.csv'; expected .h5mu or .zarr for a MuData"):
        rg.io.write_cohort(mdata, tmp_path / "cohort.csv")
    with pytest.raises(InputError, match=r".h5ad or .zarr for a AnnData|.h5ad or .zarr for an AnnData"):
        rg.io.write_cohort(mdata["rna"], tmp_path / "cohort.h5mu")
    with pytest.raises(InputError, match="a folder that exists"):
        rg.io.write_cohort(mdata, tmp_path / "no" / "cohort.h5mu")
    (tmp_path / "mine.zarr").mkdir()
    (tmp_path / "mine.zarr" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="a folder that is no cohort"):
        rg.io.write_cohort(mdata, tmp_path / "mine.zarr")
    if Path("/proc").is_dir():
        with pytest.raises(InputError, match="can be written to"):
            rg.io.write_cohort(mdata, "/proc/cohort.h5mu")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing there"):
        rg.io.read_cohort(tmp_path / "cohort.h5mu")
    (tmp_path / "cohort.h5mu").write_text("no")
    with pytest.raises(InputError, match="not a readable cohort"):
        rg.io.read_cohort(tmp_path / "cohort.h5mu")
    with h5py.File(tmp_path / "other.h5mu", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match="no table 'obs'"):
        rg.io.read_cohort(tmp_path / "other.h5mu")
    with pytest.raises(InputError, match="the ending"):
        rg.io.read_cohort(tmp_path)


@pytest.mark.parametrize("suffix", [".h5mu", ".zarr"])
def test_names_that_files_cannot_hold_are_refused_before_anything_is_written(tmp_path: Path, suffix: str) -> None:
    mdata = cohort()
    mdata.obs["T/N"] = 1.0
    mdata["rna"].obs["_index"] = 1.0
    mdata.uns["a"] = {"b/c": pd.DataFrame({"d/e": [1.0]})}
    target = tmp_path / f"c{suffix}"
    with pytest.raises(InputError, match=r"(?s)4 faults.*'T/N'.*Rename it, for example to 'T-N'") as caught:
        rg.io.write_cohort(mdata, target)
    for said in ("modality 'rna', column of obs '_index'", "'b/c'", "'d/e'"):
        assert said in str(caught.value)
    assert not target.exists()
