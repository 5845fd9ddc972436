"""Every method of differential expression: references, the null, covariates, scanpy, bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import stats

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, InputError, RadiogenomicsWarning

REFERENCE = Path(__file__).parents[1] / "reference" / "differential_expression"
COLUMNS = [
    "gene", "symbol", "mean_group", "mean_reference", "mean", "log2_fold_change", "se", "statistic", "p_value",
    "p_adjusted", "significant", "reason",
]  # fmt: skip


@pytest.fixture
def counted():
    counts = pd.read_csv(REFERENCE / "counts.csv.gz", index_col=0).T
    samples = pd.read_csv(REFERENCE / "samples.csv", index_col=0)
    log2 = np.log2(counts.div(counts.sum(axis=1), axis=0) * 1e6 + 1)
    adata = AnnData(log2.to_numpy(), obs=samples, var=pd.DataFrame(index=counts.columns))
    adata.layers["counts"] = counts.to_numpy()
    return adata


def _compare(adata, **settings):
    rg.tl.differential_expression(adata, "group", group="a", **settings)
    return rg.get.differential_expression(adata), settings_of(adata.uns["differential_expression"])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "covariates"), [("deseq2", []), ("deseq2_batch", ["batch"])])
def test_deseq2_beside_r(counted, name, covariates):
    expected = pd.read_csv(REFERENCE / f"{name}.csv.gz")
    table, settings = _compare(counted, method="deseq2", covariates=covariates, n_jobs=1)
    for ours, theirs in (("log2_fold_change", "log2_fold_change"), ("p_value", "p_value"), ("statistic", "statistic")):
        assert np.corrcoef(table[ours], expected[theirs])[0, 1] > 0.9999
    np.testing.assert_allclose(2 ** table["mean"] - 1, expected["base_mean"], rtol=1e-9)
    hits, theirs = table["p_adjusted"] < 0.05, expected["p_adjusted"] < 0.05
    assert (hits != theirs).sum() <= 0.005 * theirs.sum()
    assert settings["outliers_replaced"] >= 10
    assert settings["covariates"] == covariates


@pytest.mark.slow
def test_deseq2_says_which_genes_it_set_aside(counted):
    rng = np.random.default_rng(0)
    low = rng.poisson(0.05, (40, 800))
    low[:, 0] = 0
    counts = np.hstack([counted.layers["counts"][:, :200], low])
    adata = AnnData(counts.astype(float), obs=counted.obs, var=pd.DataFrame(index=[f"G{i}" for i in range(1000)]))
    with (
        pytest.warns(RadiogenomicsWarning, match="pydeseq2: .*did not converge"),
        pytest.warns(RadiogenomicsWarning, match=r"genes have no test: .*no count at all"),
    ):
        table, settings = _compare(adata, method="deseq2", n_jobs=1)
    assert table.loc[200, "reason"] == "no count at all"
    assert settings["independent_filtering"] == table["reason"].eq("mean count too low to be found different").sum() > 0
    aside = table["p_adjusted"].isna()
    assert (table.loc[aside, "reason"] != "").all()
    assert not table.loc[aside, "significant"].any()


@pytest.mark.slow
def test_deseq2_is_the_same_whatever_the_workers(counted):
    tables = [_compare(counted[:, :60].copy(), method="deseq2", n_jobs=n)[0] for n in (1, 2)]
    pd.testing.assert_frame_equal(*tables)


def test_limma_trend_through_the_cohort(counted):
    expected = pd.read_csv(REFERENCE / "limma_covariates.csv.gz")
    table, settings = _compare(counted, method="limma_trend", covariates=["batch", "age"])
    np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=1e-6)
    np.testing.assert_allclose(table["statistic"], expected["statistic"], rtol=1e-6, atol=1e-9)
    assert settings["prior_df"] == pytest.approx(expected["df_prior"].iloc[0])


@pytest.mark.parametrize("method", ["ttest", "welch", "wilcoxon", "limma_trend"])
def test_one_table_whatever_the_method(counted, method):
    adata = counted[:, :50].copy()
    adata.X[:, 7] = 3.0
    with pytest.warns(RadiogenomicsWarning, match="1 of 50 genes have no test: constant"):
        table, _ = _compare(adata, method=method)
    assert list(table) == COLUMNS
    assert np.isnan(table.loc[7, "p_value"])
    tested = table["p_value"].notna()
    np.testing.assert_allclose(
        table.loc[tested, "p_adjusted"], stats.false_discovery_control(table.loc[tested, "p_value"])
    )
    signs = np.sign(table["statistic"]) == np.sign(table["log2_fold_change"])
    assert signs[tested].mean() > 0.9


@pytest.mark.parametrize("method", ["ttest", "welch", "wilcoxon", "limma_trend"])
def test_size_under_the_null(method):
    rng = np.random.default_rng(3)
    spread = rng.gamma(4, 0.25, 5000)
    obs = pd.DataFrame({"group": ["a"] * 20 + ["b"] * 20}, index=[f"P{i}" for i in range(40)])
    adata = AnnData(rng.normal(6, spread, (40, 5000)), obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(5000)]))
    table, _ = _compare(adata, method=method)
    assert 0.035 <= (table["p_value"] < 0.05).mean() <= 0.065
    assert table["significant"].sum() <= 2


def test_a_covariate_takes_its_share_and_who_lacks_it_is_left_out(counted):
    adata = counted.copy()
    rng = np.random.default_rng(0)
    adata.obs["other"] = pd.Categorical(
        np.where(rng.random(40) < np.where(adata.obs["group"] == "a", 0.8, 0.2), "x", "y")
    )
    adata.obs.loc["S03", "other"] = np.nan
    adata.X = rng.normal(6, 1, adata.shape)
    adata.X[:, :100] += 2.0 * (adata.obs["other"] == "x").to_numpy()[:, None]
    plain, _ = _compare(adata, method="limma_trend")
    adjusted, settings = _compare(adata, method="limma_trend", covariates="other")
    assert plain["significant"][:100].sum() > 10
    assert adjusted["significant"].sum() == 0
    left = rg.get.differential_expression(adata, table="left_out")
    assert left.to_numpy().tolist() == [["S03", "no other"]]
    assert settings["n_group"] == 19


def test_covariates_that_cannot_be_are_refused(counted):
    for method in ("ttest", "welch", "wilcoxon"):
        with pytest.raises(InputError, match=r"\['batch'\] with method=.*limma_trend adjusts"):
            _compare(counted, method=method, covariates=["batch"])
    counted.obs["run"] = np.where(counted.obs["group"] == "a", "r1", "r2")
    for method in ("limma_trend", "deseq2"):
        with pytest.raises(DegenerateInputError, match="'run' tells who is in 'a'"):
            _compare(counted, method=method, covariates=["run"])
    counted.obs["twice"] = counted.obs["age"] * 2
    with pytest.raises(DegenerateInputError, match="cannot be told apart"):
        _compare(counted, method="limma_trend", covariates=["age", "twice"])
    with pytest.raises(InputError, match="the groups compared"):
        _compare(counted, method="limma_trend", covariates=["group"])
    assert "differential_expression" not in counted.uns


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x * 0.5, "not whole.*limma_trend"),
        (lambda x: x - 1, "negative"),
        (lambda x: np.where(np.arange(40)[:, None] == 3, 0, x), "no count at all for patient 'S04'"),
    ],
)
def test_counts_that_are_none(counted, change, message):
    counted.layers["counts"] = change(counted.layers["counts"])
    with pytest.raises(InputError, match=message):
        _compare(counted, method="deseq2")


def test_without_counts_the_matrix_must_hold_them(counted):
    del counted.layers["counts"]
    with pytest.raises(InputError, match=r"X, as there is no layers\['counts'\].*not whole"):
        _compare(counted, method="deseq2")


def test_counts_that_leave_no_size_factor(counted):
    counts = counted.layers["counts"][:, :40].copy()
    np.fill_diagonal(counts, 0)
    adata = AnnData(counts.astype(float), obs=counted.obs)
    with pytest.raises(DegenerateInputError, match="no size factor"):
        _compare(adata, method="deseq2")


def test_doubles_and_empty_samples(counted):
    doubled = counted.copy()
    doubled.var_names = ["G0001", "G0001", *counted.var_names[2:]]
    with pytest.raises(InputError, match=r"1 gene\(s\) more than once \(G0001\)"):
        _compare(doubled)
    doubled = counted.copy()
    doubled.obs_names = ["S02", *counted.obs_names[1:]]
    with pytest.raises(InputError, match=r"1 patient\(s\) more than once \(S02\)"):
        _compare(doubled)
    counted.X[5] = 0.0
    with pytest.raises(InputError, match=r"0 or nothing for all genes \(S06\)"):
        _compare(counted)


@pytest.mark.parametrize("method", ["ttest", "wilcoxon", "limma_trend", "deseq2"])
def test_a_group_of_one(counted, method):
    counted.obs["group"] = ["a"] + ["b"] * 39
    with pytest.raises(DegenerateGroupsError, match="1 patient"):
        _compare(counted, method=method)


def test_gaps_are_for_the_t_tests(counted):
    counted.X[0, 0] = np.nan
    table, _ = _compare(counted)
    assert np.isfinite(table["p_value"]).all()
    assert np.isfinite(table["mean"]).all()
    for method in ("wilcoxon", "limma_trend"):
        with pytest.raises(InputError, match=r"1 gene\(s\) with missing values.*ttest"):
            _compare(counted, method=method)


def test_p_values_all_1(counted, planted):
    """Both groups hold the same values: nothing is significant, and figures and enrichment say so."""
    half = np.random.default_rng(0).normal(6, 1, (20, 400))
    adata = AnnData(np.vstack([half, half]), obs=counted.obs, var=pd.DataFrame(index=planted.cohort["rna"].var_names))
    for method in ("ttest", "wilcoxon", "limma_trend"):
        table, _ = _compare(adata, method=method)
        np.testing.assert_allclose(table[["p_value", "p_adjusted"]], 1.0)
        assert not table["significant"].any()
    rg.pl.volcano(adata)
    rg.pl.ma(adata)
    with pytest.warns(RadiogenomicsWarning, match="no significant gene"):
        rg.tl.enrich(adata, planted.gmt_path)
    rg.pl.enrichment_map(adata)
    with pytest.raises(InputError, match="every gene has the same statistic"):
        rg.tl.enrich(adata, planted.gmt_path, method="prerank")


@pytest.mark.slow
def test_from_scanpy_and_back(counted, tmp_path):
    import anndata
    import scanpy as sc
    from scipy.sparse import csr_matrix

    adata = AnnData(csr_matrix(counted.layers["counts"].astype(float)), obs=counted.obs, var=counted.var)
    adata.layers["counts"] = adata.X.copy()
    adata.obs["group"] = adata.obs["group"].astype("category")
    sc.pp.normalize_total(adata, target_sum=1e6)
    sc.pp.log1p(adata)
    table, settings = _compare(adata, method="welch")
    assert settings["scale"] == "log2, from scanpy's log1p"
    by_hand, _ = _compare(counted, method="welch")
    np.testing.assert_allclose(table["log2_fold_change"], by_hand["log2_fold_change"], atol=1e-9)
    np.testing.assert_allclose(table["p_value"], by_hand["p_value"], rtol=1e-8)
    # Scanpy goes on with the same object, and its own test agrees.
    sc.tl.rank_genes_groups(adata, "group", groups=["a"], reference="b", method="t-test")
    theirs = sc.get.rank_genes_groups_df(adata, group="a").set_index("names").loc[table["gene"]]
    np.testing.assert_allclose(table["statistic"], theirs["scores"], rtol=1e-4)
    np.testing.assert_allclose(table["p_value"], theirs["pvals"], rtol=1e-6)
    sc.tl.rank_genes_groups(adata, "group", groups=["a"], reference="b", method="wilcoxon", tie_correct=True)
    ranks, _ = _compare(adata, method="wilcoxon")
    theirs = sc.get.rank_genes_groups_df(adata, group="a").set_index("names").loc[ranks["gene"]]
    np.testing.assert_allclose(ranks["statistic"], theirs["scores"], rtol=1e-4, atol=1e-6)
    hits = table.loc[table["significant"], "gene"]
    assert set(hits) <= set(theirs.index)
    adata.write_h5ad(tmp_path / "s.h5ad")
    again = anndata.read_h5ad(tmp_path / "s.h5ad")
    pd.testing.assert_frame_equal(rg.get.differential_expression(again), ranks)
    # A file forgets that the logarithm had no base: it is still the natural one.
    read, _ = _compare(again, method="welch")
    np.testing.assert_allclose(read["log2_fold_change"], table["log2_fold_change"])
    deseq, _ = _compare(again[:, :40].copy(), method="deseq2", n_jobs=1)
    assert np.isfinite(deseq["p_value"]).all()


def test_the_honest_comparison_is_not_apparent(planted):
    """Genes by imaging group, adjusted for the groups that the genes themselves made."""
    data = planted.cohort
    data.obs["rna:groups"] = data.obs["risk"]
    data.obs["radiomics:groups"] = pd.Categorical(np.where(np.arange(90) % 2, "X", "Y"))
    rg.tl.differential_expression(
        data, "radiomics:groups", group="X", modality="rna", method="limma_trend", covariates=["rna:groups"]
    )
    settings = settings_of(data.uns["differential_expression"])
    assert not settings["apparent"]
    assert settings["covariates"] == ["rna:groups"]
    assert settings["n_up"] + settings["n_down"] == 0
    assert "adjusted for RNA groups" in rg.pl.volcano(data).get_title(loc="left")


def test_groups_of_scanpy_are_apparent_and_unrecorded_ones_said_to_be_so() -> None:
    rng = np.random.default_rng(0)
    obs = pd.DataFrame({"leiden": ["0", "1"] * 8, "grade": ["low", "low", "high", "high"] * 4})
    data = AnnData(rng.normal(6, 1, (16, 30)), obs=obs.set_axis([f"P{i}" for i in range(16)]))
    data.uns["leiden"] = {"params": {"resolution": 1.0, "random_state": 0}}
    rg.tl.differential_expression(data, "leiden", group="0")
    assert settings_of(data.uns["differential_expression"])["apparent"]
    rg.tl.differential_expression(data, "grade", group="high")
    told = settings_of(data.uns["differential_expression"])
    assert not told["apparent"]
    assert told["apparent_reason"].startswith("nothing recorded says")
