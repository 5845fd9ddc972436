"""What all transforms share: raw kept, the pipeline recorded, training patients teach; then each by itself."""

import json

import anndata
import numpy as np
import pandas as pd
import pytest
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import frame_of, pipeline_of, raw_features
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.get._unscaled import unscaled_features
from radiogenomics.ml import build_pipeline

N = 30


def cohort(*, split: bool = True, counts: bool = False) -> MuData:
    rng = np.random.default_rng(0)
    ids = [f"P{i:02}" for i in range(N)]
    clinical = pd.DataFrame({"days": rng.integers(1, 99, N), "dead": [1, 0] * (N // 2)}, index=ids)
    x = rng.normal(5, 2, size=(N, 6))
    x[::3, 0] = np.inf
    x[1, 1] = np.nan
    x[:, 2] = 1
    radiomics = pd.DataFrame(x, index=ids, columns=[f"f{i}" for i in range(6)])
    modalities = {"radiomics": radiomics.iloc[:-3]}
    if counts:
        raw = rng.poisson(50, size=(N, 8))
        rna = anndata.AnnData(np.log2(raw + 1.0), obs=pd.DataFrame(index=ids))
        rna.layers["counts"] = raw
        modalities["rna"] = rna
    return rg.io.assemble_cohort(
        clinical,
        outcomes={"os": {"kind": "survival", "time": "days", "event": "dead", "unit": "days"}},
        split={"internal": 0.3} if split else None,
        **modalities,
    )


def test_raw_stays_and_the_recorded_pipeline_gives_x_again() -> None:
    mdata = cohort()
    before = mdata["radiomics"].X.copy()
    rg.pp.clean_features(mdata, modality="radiomics")
    rg.pp.impute(mdata, modality="radiomics")
    rg.pp.scale(mdata, modality="radiomics")
    adata = mdata["radiomics"]
    assert list(adata.var_names) == ["f1", "f3", "f4", "f5"]
    np.testing.assert_array_equal(adata.raw.X, before)
    raw = raw_features(mdata, "radiomics")
    assert raw.shape == (N - 3, 6)
    training = (mdata.obs["split"] == "training").loc[raw.index].to_numpy()
    assert 0 < training.sum() < len(training)
    pipeline = build_pipeline(pipeline_of(mdata, "radiomics")).fit(raw[training])
    np.testing.assert_array_equal(pipeline.transform(raw), adata.X)
    np.testing.assert_allclose(adata.X[training].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(adata.X[training].std(axis=0), 1)
    assert mdata.n_vars == 4
    reasons = frame_of(adata.uns["cleaning"], "features").set_index("feature")["reason"]
    assert reasons["f0"] == "too many missing"
    assert reasons["f2"] == "constant"
    filled = frame_of(adata.uns["imputation"], "patients")
    assert filled["patient_id"].tolist() == ["P01"]
    first_two = json.dumps(json.loads(pipeline_of(mdata, "radiomics"))[:2])
    expected = build_pipeline(first_two).fit(raw[training]).transform(raw)
    np.testing.assert_allclose(unscaled_features(mdata, "radiomics"), expected)
    assert list(unscaled_features(mdata, "radiomics").columns) == list(adata.var_names)


def test_test_patients_teach_nothing() -> None:
    mdata, changed = cohort(), cohort()
    test = (mdata.obs["split"] != "training").loc[mdata["radiomics"].obs_names].to_numpy()
    changed["radiomics"].X[np.ix_(test, [1, 3, 4, 5])] += 1e6
    for data in (mdata, changed):
        rg.pp.clean_features(data, modality="radiomics")
        rg.pp.impute(data, modality="radiomics", strategy="knn")
        rg.pp.scale(data, modality="radiomics", method="minmax")
    np.testing.assert_array_equal(mdata["radiomics"].X[~test], changed["radiomics"].X[~test])
    assert (changed["radiomics"].X[test].max(axis=0) > 1e3).all()


def test_without_a_split_all_patients_teach_and_an_anndata_works() -> None:
    mdata = cohort(split=False)
    adata = mdata["radiomics"].copy()
    for data, modality in ((mdata, "radiomics"), (adata, None)):
        rg.pp.clean_features(data, modality=modality)
        rg.pp.scale(data, modality=modality)
    np.testing.assert_array_equal(adata.X, mdata["radiomics"].X)
    np.testing.assert_allclose(np.nanmean(adata.X, axis=0), 0, atol=1e-12)
    assert adata.raw.shape == (N - 3, 6)


def test_other_things_stay() -> None:
    mdata = cohort()
    mdata["radiomics"].obs["groups"] = "A"
    mdata["radiomics"].uns["x"] = 1
    obs = mdata.obs.copy()
    rg.pp.clean_features(mdata, modality="radiomics")
    pd.testing.assert_frame_equal(mdata.obs, obs)
    assert "groups" in mdata["radiomics"].obs
    assert mdata["radiomics"].uns["x"] == 1


def test_a_failure_writes_nothing() -> None:
    mdata = cohort()
    before = mdata["radiomics"].X.copy()
    with pytest.raises(InputError, match="clean_features"):
        rg.pp.scale(mdata, modality="radiomics")
    np.testing.assert_array_equal(mdata["radiomics"].X, before)
    assert mdata["radiomics"].raw is None
    assert "pipeline" not in mdata["radiomics"].uns
    mdata["radiomics"].X[:] = 0
    with pytest.raises(DegenerateInputError, match="no feature is left of 6"):
        rg.pp.clean_features(mdata, modality="radiomics")
    assert mdata["radiomics"].n_vars == 6


def test_modality_is_asked_for() -> None:
    with pytest.raises(InputError, match="modality="):
        rg.pp.scale(cohort())
    with pytest.raises(InputError, match="'radiomics'"):
        rg.pp.scale(cohort(), modality="radiomic")
    with pytest.raises(InputError, match="leave out"):
        rg.pp.scale(cohort()["radiomics"], modality="radiomics")


def test_no_training_patient_with_the_modality() -> None:
    mdata = cohort()
    mdata.obs["split"] = pd.Categorical(["external"] * (N - 3), categories=["training", "internal", "external"])
    with pytest.raises(DegenerateInputError, match="training part"):
        rg.pp.clean_features(mdata, modality="radiomics")


def test_warnings_name_patients_and_features() -> None:
    mdata = cohort(split=False)
    mdata["radiomics"].X[4, 2:] = np.nan
    mdata["radiomics"].X[:, 0] = 3
    with pytest.warns(RadiogenomicsWarning, match=r"more than half.*1 patient\(s\) were filled in \(P04\)"):
        rg.pp.impute(mdata, modality="radiomics")
    with pytest.warns(RadiogenomicsWarning, match=r"2 feature\(s\) without spread became 0 \(f0, f2\)"):
        rg.pp.scale(mdata, modality="radiomics")


@pytest.mark.parametrize("method", ["log_cpm", "size_factors"])
def test_counts_start_the_pipeline(method: str) -> None:
    mdata = cohort(counts=True)
    counts = mdata["rna"].layers["counts"].copy()
    rg.pp.normalize_counts(mdata, modality="rna", method=method)
    rg.pp.scale(mdata, modality="rna")
    raw = raw_features(mdata, "rna")
    np.testing.assert_array_equal(raw, counts)
    np.testing.assert_array_equal(mdata["rna"].layers["counts"], counts)
    training = (mdata.obs["split"] == "training").loc[raw.index].to_numpy()
    refitted = build_pipeline(pipeline_of(mdata, "rna")).fit(raw[training]).transform(raw)
    np.testing.assert_array_equal(refitted, mdata["rna"].X)
    unscaled = unscaled_features(mdata, "rna")
    factors = frame_of(mdata["rna"].uns["normalization"], "patients")["size_factor"].to_numpy()
    np.testing.assert_allclose(unscaled, np.log2(counts / factors[:, None] + 1))
    with pytest.raises(InputError, match=r"already transformed \(CountNormalizer, FeatureScaler\)"):
        rg.pp.normalize_counts(mdata, modality="rna")
    with pytest.raises(InputError, match="no layers"):
        rg.pp.normalize_counts(mdata, modality="radiomics")
