"""Filtering and normalising counts, and the way to scanpy and back."""

import json

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import frame_of, pipeline_of, raw_features, settings_of
from radiogenomics._errors import InputError
from radiogenomics.ml import build_pipeline


def counts(n: int = 30, genes: int = 300) -> AnnData:
    rng = np.random.default_rng(2)
    mu = np.concatenate([rng.gamma(1, 300, genes - 60) + 10, np.full(60, 0.3)])
    x = rng.negative_binomial(8, 8 / (8 + mu * rng.gamma(6, 1 / 6, (n, 1))))
    x[n // 2 :, :20] *= 6
    data = AnnData(x.astype(float), obs=pd.DataFrame(index=[f"P{i}" for i in range(n)]))
    data.var_names = [f"G{j}" for j in range(genes)]
    data.layers["counts"] = x
    data.obs["group"] = pd.Categorical(["a"] * (n // 2) + ["b"] * (n - n // 2))
    return data


@pytest.mark.parametrize("method", ["log_cpm", "size_factors", "tmm"])
def test_filter_and_normalise_in_either_order(method: str) -> None:
    first, last = counts(), counts()
    rg.pp.filter_genes(first)
    assert first.n_vars < 260
    np.testing.assert_array_equal(first.raw.X, counts().X)
    rg.pp.normalize_counts(first, method=method)
    rg.pp.normalize_counts(last, method=method)
    rg.pp.filter_genes(last)
    np.testing.assert_allclose(first.X, last.X)
    refitted = build_pipeline(pipeline_of(first, None)).fit_transform(raw_features(first, None))
    np.testing.assert_allclose(refitted, first.X)
    assert settings_of(first.uns, "expression")["scale"] == "log2"
    genes = frame_of(first.uns["gene_filter"], "genes")
    assert genes["kept"].sum() == first.n_vars
    patients = frame_of(first.uns["normalization"], "patients")
    assert ("norm_factor" in patients) == (method == "tmm")


def test_vst_is_recorded() -> None:
    data = counts(12, 160)
    rg.pp.normalize_counts(data, method="vst")
    settings = settings_of(data.uns["normalization"])
    assert 0.05 < settings["trend"]["asymptotic"] < 0.3
    assert settings_of(data.uns, "expression")["x"] == "variance-stabilised counts (log2 scale)"
    with pytest.raises(InputError, match=r"1\.0 with vst"):
        rg.pp.normalize_counts(data, method="vst", pseudocount=1.0)


def test_normalising_again_starts_from_the_counts() -> None:
    once, twice = counts(), counts()
    rg.pp.normalize_counts(once, method="tmm")
    rg.pp.normalize_counts(twice, method="size_factors")
    rg.pp.normalize_counts(twice, method="tmm")
    np.testing.assert_array_equal(once.X, twice.X)
    np.testing.assert_array_equal(once.raw.X, twice.raw.X)
    assert len(json.loads(pipeline_of(twice, None))) == 1


def test_training_patients_alone_decide() -> None:
    data, training = counts(), counts()[:20].copy()
    data.obs["split"] = pd.Categorical(["training"] * 20 + ["external"] * 10)
    data.uns["split"] = {"column": "split"}
    data.layers["counts"][20:, -1] = 10_000
    for one in (data, training):
        rg.pp.filter_genes(one)
        rg.pp.normalize_counts(one, method="tmm")
    assert list(data.var_names) == list(training.var_names)
    np.testing.assert_allclose(data.X[:20], training.X)


def test_values_are_filtered_without_counts() -> None:
    data = counts()
    del data.layers["counts"]
    data.X = np.log2(data.X + 1)
    with pytest.raises(InputError, match=r"filter_by_expr.*no layers\['counts'\]"):
        rg.pp.filter_genes(data, method="filter_by_expr")
    expected = (data.X >= 1).mean(axis=0) >= 0.5
    rg.pp.filter_genes(data, min_share=0.5)
    assert data.n_vars == expected.sum()
    assert [s["estimator"] for s in json.loads(pipeline_of(data, None))] == ["GeneFilter"]
    with pytest.raises(InputError, match=r"no layers.*set layers\['counts'\] = X.copy\(\)"):
        rg.pp.normalize_counts(data)


def test_what_cannot_be_filtered() -> None:
    data = counts()
    with pytest.raises(InputError, match="'value', although layers"):
        rg.pp.filter_genes(data, method="value")
    with pytest.raises(InputError, match="one of filter_by_expr"):
        rg.pp.filter_genes(data, method="variance")
    rg.pp.filter_genes(data)
    with pytest.raises(InputError, match="filtered already"):
        rg.pp.filter_genes(data)
    scaled = counts()
    rg.pp.scale(scaled)
    with pytest.raises(InputError, match=r"already transformed \(FeatureScaler\)"):
        rg.pp.filter_genes(scaled)
    z = counts()
    del z.layers["counts"]
    z.uns["expression"] = json.dumps({"scale": "zscore"})
    with pytest.raises(InputError, match="z-scores do not say"):
        rg.pp.filter_genes(z)


def test_no_counts_at_all_are_named() -> None:
    data = counts()
    data.layers["counts"] = data.layers["counts"].astype(float)
    data.layers["counts"][1, 2], data.layers["counts"][3, 4] = -1, 2.5
    data.layers["counts"][7] = 0
    names = data.var_names.tolist()
    data.var_names = [*names[:-1], names[0]]
    with pytest.raises(InputError) as caught:
        rg.pp.normalize_counts(data)
    said = str(caught.value)
    assert "gene 'G0' more than once" in said
    assert "column 'G2': found 1 values that are negative, the first -1 of patient 'P1'" in said
    assert "column 'G4': found 1 values that are not whole, the first 2.5 of patient 'P3'" in said
    assert "no count at all for patient 'P7'" in said


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_there_and_back_with_scanpy() -> None:
    import scanpy as sc

    data = counts()
    sc.pp.calculate_qc_metrics(data, inplace=True, percent_top=None)
    sc.pp.filter_genes(data, min_cells=5)
    rg.tl.rna_quality(data)
    depth = rg.get.rna_quality(data)["depth"]
    np.testing.assert_allclose(depth, data.layers["counts"].sum(axis=1))
    rg.pp.filter_genes(data)
    rg.pp.normalize_counts(data, method="tmm")
    assert "total_counts" in data.obs
    sc.pp.pca(data, n_comps=5)
    assert data.obsm["X_pca"].shape == (30, 5)
    sc.tl.rank_genes_groups(data, "group", groups=["b"], reference="a", method="t-test", use_raw=False)
    top = sc.get.rank_genes_groups_df(data, "b").head(20)["names"]
    assert top.isin([f"G{j}" for j in range(20)]).mean() > 0.8
    rg.tl.differential_expression(data, "group", group="b", method="welch")
    ours = rg.get.differential_expression(data).sort_values("p_value").head(20)["gene"]
    assert len(set(ours) & set(top)) >= 18
    assert rg.get.rna_quality(data).shape[0] == 30
