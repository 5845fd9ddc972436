import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import radiogenomics as rg
from radiogenomics._errors import InputError, UnknownNameError
from tests.tl._planted import FAST, cohort, frame, multimodal


def reference(**wanted: object):
    adata = cohort(frame())
    rg.tl.consensus_cluster(adata, n_clusters=3, **FAST, **wanted)
    return adata


@pytest.mark.parametrize("metric", ["pearson", "spearman", "euclidean"])
def test_new_patients_get_the_group_of_their_kind(metric: str) -> None:
    adata, data = reference(metric=metric, method="pam"), frame(seed=5, prefix="new")
    new = cohort(data[data.columns[::-1]])  # features are matched by name
    rg.tl.assign_clusters(new, adata)
    table = rg.get.assign_clusters(new)
    assert list(table.columns) == ["patient_id", "group", "distance", "confidence"]
    assert adjusted_rand_score(data.attrs["truth"], table["group"]) > 0.8
    assert table["confidence"].between(0, 1).all()
    assert (table["group"] == new.obs["groups"].astype(object).to_numpy()).all()


def test_training_patients_get_what_predict_says() -> None:
    adata = reference()
    again = cohort(frame())
    rg.tl.assign_clusters(again, adata, key_added="again")
    pd.testing.assert_series_equal(
        rg.get.assign_clusters(again, key="again")["confidence"], rg.get.consensus_cluster(adata)["confidence"]
    )


def test_transforms_of_the_reference_are_applied() -> None:
    """A reference in other units, scaled, gives new patients in those units the same groups."""
    units = np.linspace(1, 50, 45)
    scaled = cohort(frame() * units + 7)
    rg.pp.scale(scaled)
    rg.tl.consensus_cluster(scaled, n_clusters=3, **FAST)
    data = frame(seed=5, prefix="new")
    new = cohort(data * units + 7)
    rg.tl.assign_clusters(new, scaled)
    assert adjusted_rand_score(data.attrs["truth"], new.obs["groups"]) > 0.8
    # One new patient alone gets the same answer: nothing is learned from the new patients.
    one = cohort((data * units + 7).iloc[[4]])
    rg.tl.assign_clusters(one, scaled)
    assert one.obs["groups"].iloc[0] == new.obs["groups"].iloc[4]
    own = cohort(data * units)
    rg.pp.scale(own)
    with pytest.raises(InputError, match="as they came"):
        rg.tl.assign_clusters(own, scaled)


def test_unassigned_under_a_threshold() -> None:
    new = cohort(frame(seed=5, prefix="new"))
    rg.tl.assign_clusters(new, reference(), min_confidence=0.3)
    table = rg.get.assign_clusters(new)
    unsure = table["confidence"] < 0.3
    assert 0 < unsure.sum() < 52
    assert (table["group"].isna() == unsure).all()
    assert len(new.uns["groups"]["left_out"]) == unsure.sum()


def test_several_modalities() -> None:
    mdata, new = multimodal(frame()), multimodal(frame(seed=5, prefix="new"))
    rg.tl.consensus_cluster(mdata, modality="radiomics", n_clusters=3, **FAST)
    rg.tl.assign_clusters(new, mdata, modality="radiomics")
    assert new.obs["radiomics:groups"].isna().sum() == 3
    assert len(rg.get.assign_clusters(new, modality="radiomics")) == 49


def test_faults() -> None:
    adata = reference()
    with pytest.raises(InputError, match=r"2 of 45 features missing \('f3', 'f4'\)"):
        rg.tl.assign_clusters(cohort(frame().drop(columns=["f3", "f4"])), adata)
    holes = frame()
    holes.loc["p01", "f8"] = np.nan
    with pytest.raises(InputError, match="'f8'"):
        rg.tl.assign_clusters(cohort(holes), adata)
    with pytest.raises(InputError, match="min_confidence"):
        rg.tl.assign_clusters(cohort(frame()), adata, min_confidence=2)
    with pytest.raises(UnknownNameError, match="consensus_cluster"):
        rg.tl.assign_clusters(cohort(frame()), cohort(frame()))


@pytest.mark.parametrize("scaled", [False, True])
def test_transforms_after_the_clustering_do_not_matter(scaled: bool) -> None:
    data = frame(seed=5, prefix="new") * np.linspace(1, 5, 45) + 7
    adata = cohort(frame() * np.linspace(1, 5, 45) + 7)
    if scaled:
        rg.pp.scale(adata)
    rg.tl.consensus_cluster(adata, n_clusters=3, **FAST)
    before, after = cohort(data), cohort(data)
    rg.tl.assign_clusters(before, adata)
    rg.pp.scale(adata, method="minmax")
    rg.tl.assign_clusters(after, adata)
    pd.testing.assert_frame_equal(rg.get.assign_clusters(before), rg.get.assign_clusters(after))


def test_patient_without_any_value_gets_no_group_although_the_reference_imputes() -> None:
    holes = frame()
    holes.loc["p01", "f8"] = np.nan
    adata = cohort(holes)
    rg.pp.impute(adata)
    rg.tl.consensus_cluster(adata, n_clusters=3, **FAST)
    data = frame(seed=5, prefix="new")
    data.loc["new03"] = np.nan
    new = cohort(data)
    rg.tl.assign_clusters(new, adata)
    assert new.obs_names[new.obs["groups"].isna()].tolist() == ["new03"]
    left_out = new.uns["groups"]["left_out"]
    assert left_out[["patient_id", "reason"]].to_numpy().tolist() == [["new03", "no value in any feature"]]
    data.loc[:] = np.nan
    with pytest.raises(InputError, match="none of the 52 patients"):
        rg.tl.assign_clusters(cohort(data), adata)


def test_groups_without_a_new_patient_stay_categories_and_clusterings_are_named() -> None:
    adata = reference()
    first = str(adata.obs["groups"].cat.categories[0])
    data = frame(seed=5, prefix="new")
    everyone = cohort(data)
    rg.tl.assign_clusters(everyone, adata)
    new = cohort(data[(everyone.obs["groups"] == first).to_numpy()])
    rg.tl.assign_clusters(new, adata)
    assert set(new.obs["groups"].astype(str)) == {first}
    assert list(new.obs["groups"].cat.categories) == list(adata.obs["groups"].cat.categories)
    with pytest.raises(UnknownNameError, match="Did you mean 'groups'"):
        rg.tl.assign_clusters(new, adata, key="group")
