from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from radiogenomics.tl._consensus_cluster import group_letters
from tests.tl._planted import FAST, cohort, frame, multimodal


def test_groups_and_what_is_stored() -> None:
    data = frame()
    adata = cohort(data)
    rg.tl.consensus_cluster(adata, n_clusters="auto", n_null=19, max_clusters=4, **FAST)
    assert adata.uns["groups"]["n_clusters"] == 3
    assert adjusted_rand_score(data.attrs["truth"], adata.obs["groups"]) > 0.9
    assert adata.obs["groups"].cat.categories.tolist() == ["A", "B", "C"]
    assert (adata.obs["groups"].value_counts()[["A", "B", "C"]].diff().dropna() <= 0).all()
    evidence = rg.get.consensus_cluster(adata, table="evidence")
    assert evidence["k"].tolist() == [2, 3, 4]
    assert evidence.loc[evidence["chosen"], "k"].tolist() == [3]
    assert {"pac", "area", "delta_area", "silhouette", "rcsi", "p_value"} <= set(evidence)
    members = rg.get.consensus_cluster(adata)
    assert list(members.columns) == ["patient_id", "group", "item_consensus", "split", "confidence"]
    assert members["item_consensus"].between(0, 1).all()
    assert set(members["split"]) == {"all"}
    assert adata.obsp["groups_consensus"].shape == (52, 52)
    assert set(rg.get.consensus_cluster(adata, table="cdf")["k"]) == {2, 3, 4}
    assert settings_of(adata.uns["groups"])["p_value"] == pytest.approx(0.05)


def test_same_seed_same_groups_whatever_the_workers() -> None:
    one, two = cohort(frame()), cohort(frame())
    rg.tl.consensus_cluster(one, n_clusters=3, **FAST)
    rg.tl.consensus_cluster(two, n_clusters=3, n_jobs=2, **FAST)
    np.testing.assert_array_equal(one.obsp["groups_consensus"], two.obsp["groups_consensus"])


def test_order_of_patients_changes_only_the_draws() -> None:
    data = frame()
    one, two = cohort(data), cohort(data.iloc[::-1])
    for adata in (one, two):
        rg.tl.consensus_cluster(adata, n_clusters=3, n_resamples=500, rng=0)
    assert (one.obs["groups"] == two.obs["groups"].reindex(one.obs_names)).mean() > 0.95


def test_split_trains_on_training_patients_and_assigns_the_others(tmp_path: Path) -> None:
    data = frame()
    mdata = multimodal(data, split=True)
    rg.tl.consensus_cluster(mdata, modality="radiomics", n_clusters=3, **FAST)
    adata = mdata.mod["radiomics"]
    training = (mdata.obs["split"].reindex(adata.obs_names) == "training").to_numpy()
    assert np.isnan(adata.obsp["groups_consensus"][~training]).all()
    assert not np.isnan(adata.obsp["groups_consensus"][np.ix_(training, training)]).any()
    members = rg.get.consensus_cluster(mdata, modality="radiomics").set_index("patient_id")
    assert members["split"].value_counts().to_dict() == {"training": 37, "internal": 12}
    assert members.loc[members["split"] == "internal", "item_consensus"].isna().all()
    assert members["confidence"].between(0, 1).all()
    assert adjusted_rand_score(data.attrs["truth"][:49], members["group"]) > 0.85
    left_out = rg.get.consensus_cluster(mdata, modality="radiomics", table="left_out")
    assert left_out["reason"].tolist() == ["no radiomics data"] * 3
    assert mdata.obs["radiomics:groups"].isna().sum() == 3
    # What test patients look like must not touch the groups of the others.
    other = data.copy()
    other.iloc[3::4] = other.iloc[3::4] * 3 + 1
    again = multimodal(other, split=True)
    rg.tl.consensus_cluster(again, modality="radiomics", n_clusters=3, **FAST)
    np.testing.assert_array_equal(again.mod["radiomics"].obsp["groups_consensus"], adata.obsp["groups_consensus"])
    rg.io.write_cohort(mdata, tmp_path / "c.h5mu")
    back = rg.io.read_cohort(tmp_path / "c.h5mu")
    pd.testing.assert_frame_equal(
        rg.get.consensus_cluster(back, modality="radiomics").set_index("patient_id"), members, check_dtype=False
    )


def test_constant_features_are_left_out_and_counted() -> None:
    data = frame()
    data["f7"], data["f9"] = 1.0, -2.0
    adata = cohort(data)
    rg.tl.consensus_cluster(adata, n_clusters=3, **FAST)
    assert rg.get.consensus_cluster(adata, table="features_left_out")["feature"].tolist() == ["f7", "f9"]
    assert settings_of(adata.uns["groups"])["n_constant_features"] == 2
    assert len(rg.get.consensus_cluster(adata, table="centroids")) == 43


def test_missing_values_name_their_columns_and_nothing_is_written() -> None:
    data = frame()
    data.loc["p03", "f2"] = np.nan
    data.loc[["p03", "p05"], "f4"] = np.inf
    adata = cohort(data)
    with pytest.raises(InputError, match=r"(?s)'f2'.*1 of 52.*'f4'.*2 of 52.*rg\.pp\.impute"):
        rg.tl.consensus_cluster(adata, n_clusters=3, **FAST)
    assert "groups" not in adata.uns
    assert "groups" not in adata.obs


def test_patient_without_any_value_is_left_out() -> None:
    data = frame()
    data.loc["p03"] = np.nan
    adata = cohort(data)
    rg.tl.consensus_cluster(adata, n_clusters=3, **FAST)
    assert rg.get.consensus_cluster(adata, table="left_out")["patient_id"].tolist() == ["p03"]
    assert adata.obs["groups"].isna().tolist() == (adata.obs_names == "p03").tolist()


@pytest.mark.parametrize("kind", ["spread", "one"])
def test_features_in_unlike_units_are_refused(kind: str) -> None:
    data = frame()
    data *= np.logspace(-4, 6, 45) if kind == "spread" else np.r_[1e5, np.ones(44)]
    with pytest.raises(InputError, match=r"rg\.pp\.scale"):
        rg.tl.consensus_cluster(cohort(data), n_clusters=3, **FAST)


def test_real_radiomics_needs_scaling_and_log_expression_does_not(real_data: Path) -> None:
    folder = real_data / "tcga_hnsc_ct_rna"
    radiomics = cohort(pd.read_csv(folder / "radiomics.csv", index_col=0).astype(float))
    with pytest.raises(InputError, match=r"rg\.pp\.scale"):
        rg.tl.consensus_cluster(radiomics, n_clusters=3, **FAST)
    rg.pp.clean_features(radiomics)
    rg.pp.scale(radiomics)
    rg.tl.consensus_cluster(radiomics, n_clusters=3, **FAST)
    assert rg.get.consensus_cluster(radiomics)["group"].nunique() == 3
    rna = cohort(np.log2(pd.read_csv(folder / "rnaseq_fpkm.csv", index_col=0) + 1))
    rg.tl.consensus_cluster(rna, n_clusters=3, **FAST)
    assert rna.uns["groups"]["n_clusters"] == 3


def test_given_distances_stand_in_obsp() -> None:
    data = frame()
    adata = cohort(data)
    with pytest.raises(InputError, match="distances"):
        rg.tl.consensus_cluster(adata, metric="precomputed", n_clusters=3, **FAST)
    given = 1 - np.corrcoef(data.to_numpy())
    np.fill_diagonal(given, 0)
    adata.obsp["distances"] = given
    rg.tl.consensus_cluster(adata, metric="precomputed", n_clusters=3, **FAST)
    direct = cohort(data)
    rg.tl.consensus_cluster(direct, n_clusters=3, **FAST)
    assert adata.obs["groups"].tolist() == direct.obs["groups"].tolist()


def test_k_larger_than_a_resample() -> None:
    with pytest.raises(InputError, match="at most 41 for 52 patients"):
        rg.tl.consensus_cluster(cohort(frame()), n_clusters=42, **FAST)


def test_letters() -> None:
    assert [*group_letters(28)[:2], *group_letters(28)[-3:]] == ["A", "B", "Z", "AA", "AB"]


def test_auto_at_the_largest_k_tried_says_so() -> None:
    adata = cohort(frame())
    with pytest.warns(RadiogenomicsWarning, match="answers 3 groups, the most that were tried; raise max_clusters"):
        rg.tl.consensus_cluster(adata, n_clusters="auto", n_null=19, max_clusters=3, **FAST)
    assert settings_of(adata.uns["groups"])["at_max_clusters"] is True
    rg.tl.consensus_cluster(adata, n_clusters="auto", n_null=19, max_clusters=4, **FAST)
    assert settings_of(adata.uns["groups"])["at_max_clusters"] is False


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"n_clusters": "auto", "alpha": 0.0}, "alpha: found 0.0"),
        ({"n_clusters": "auto", "alpha": 2}, "alpha: found 2"),
        ({"n_clusters": None}, "n_clusters: found None"),
        ({"n_clusters": 2.5}, "n_clusters: found 2.5"),
    ],
)
def test_arguments_out_of_range(wanted: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rg.tl.consensus_cluster(cohort(frame()), **{**FAST, **wanted})


def test_few_patients() -> None:
    with pytest.raises(InputError, match=r"max_clusters: found 6 for 8 patients, .* at most 5"):
        rg.tl.consensus_cluster(cohort(frame().iloc[:8]), n_clusters="auto", **FAST)
    with pytest.raises(DegenerateInputError, match="2 patients, 2 of them in a resample"):
        rg.tl.consensus_cluster(cohort(frame().iloc[:2]), n_clusters=2, **FAST)


def test_seed_of_numpy_is_recorded() -> None:
    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, n_clusters=2, n_resamples=100, rng=np.int64(7))
    assert settings_of(adata.uns["groups"])["rng"] == 7


def test_patients_of_no_part_of_the_split_are_assigned_and_said_to_be_in_none() -> None:
    mdata = multimodal(frame(), split=True)
    mdata.obs.loc[["p01", "p02"], "split"] = None
    rg.tl.consensus_cluster(mdata, modality="radiomics", n_clusters=3, **FAST)
    members = rg.get.consensus_cluster(mdata, modality="radiomics").set_index("patient_id")
    assert members.loc[["p01", "p02"], "split"].tolist() == ["none", "none"]
    assert members.loc[["p01", "p02"], "item_consensus"].isna().all()
