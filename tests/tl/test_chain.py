"""The chain before a model: what it learns, it learns from its own rows, and it says what is wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, InputError, UnknownNameError
from radiogenomics.tl._chain import FittedChain, fit_chain
from radiogenomics.tl._feature_sets import FeatureSet, feature_set, refuse_outcome, rows_of
from radiogenomics.tl._selectors import checked_select
from radiogenomics.tl._target import deal_folds, target_of
from tests.tl._signatures import cohort, several


def test_patients_without_a_modality_or_value_are_counted() -> None:
    data = several()
    data.obs.loc["P050", "age"] = np.nan
    target = target_of(data, "lung")
    rows, left_out = rows_of(data, feature_set(data, ["radiomics", "deep", "age"]), target)
    assert len(rows) == 89
    assert left_out["P050"] == "no age"
    assert left_out["P000"] == "no deep data"
    assert left_out["P115"] == "no radiomics data"
    rows, _ = rows_of(data, feature_set(data, ["radiomics", "deep", "age"], impute="median"), target)
    assert len(rows) == 90


def test_names_tell_modalities_and_levels_apart() -> None:
    data = several()
    target = target_of(data, "lung")
    features = feature_set(data, ["radiomics@T1", "deep", "grade", "age"])
    rows, _ = rows_of(data, features, target)
    chain = fit_chain(features, (), target, rows)
    assert len(chain.names) == 25 + 5 + 2 + 1
    assert {"radiomics:f0", "deep:f0", "f1", "d1", "age"} <= set(chain.names)
    assert sum(name.startswith("grade=") for name in chain.names) == 2
    source = {c.name: c.source for c in chain.columns}
    assert source["f1"] == "radiomics@T1"
    assert source["age"] == "clinical"
    at = chain.names.index("deep:f0")
    deep = pd.Series(data.mod["deep"].X[:, 0], index=data.mod["deep"].obs_names)
    assert np.allclose(chain.x[:, at], deep.loc[data.obs_names[rows]])


def fitted(data: AnnData, rows: np.ndarray, *, outcome: str = "lung") -> tuple[FittedChain, FeatureSet]:
    target = target_of(data, outcome)
    features = feature_set(data, ["data", "age"])
    select = checked_select({"correlation": {"threshold": 0.95}, "mrmr": {"n_features": 6}}, target)
    return fit_chain(features, select, target, rows), features


@pytest.mark.parametrize("outcome", ["lung", "os"])
def test_other_patients_change_nothing(outcome: str) -> None:
    data = cohort()
    rg.pp.scale(data)
    rows = np.arange(80)
    chain, features = fitted(data, rows, outcome=outcome)
    assert {"f0", "f1", "f2"} & set(chain.names)
    other = cohort()
    other.X[80:] = 1e6 * np.arange(40)[:, None]
    other.obs.iloc[80:, 0] = 1 - other.obs.iloc[80:, 0]
    other.obs.iloc[80:, 1] *= 3
    rg.pp.scale(other)
    again, _ = fitted(other, rows, outcome=outcome)
    assert again.names == chain.names
    assert np.array_equal(again.x, chain.x)
    assert np.allclose(chain.x[:, 0].mean(), 0)  # scaled by these rows alone
    assert np.allclose(chain.transform(features, rows), chain.x)
    assert chain.steps == {"measured": 41, "varying": 41, "correlation": 41, "mrmr": 6}


def test_missing_values_are_named_or_imputed_from_the_rows() -> None:
    data = cohort()
    data.X[[3, 5], 7] = np.nan
    data.X[100, 8] = np.nan
    target, rows = target_of(data, "lung"), np.arange(80)
    features = feature_set(data, "data")
    with pytest.raises(InputError, match=r"2 of 80 training patients with missing values in 'f7'.*impute='median'"):
        fit_chain(features, (), target, rows)
    chain = fit_chain(features, (), target, rows, impute="median")
    known = np.delete(data.X[:80, 7], [3, 5])
    assert np.allclose(chain.x[[3, 5], 7], np.median(known))
    assert np.isclose(chain.transform(features, np.array([100]))[0, 8], np.median(data.X[:80, 8]))
    data.X[3, 7] = np.inf
    with pytest.raises(InputError, match="infinite values in 'f7'"):
        fit_chain(feature_set(data, "data"), (), target, rows, impute="median")


def test_imputation_of_the_recorded_pipeline_is_refitted() -> None:
    data = cohort()
    data.X[90, 7] = np.nan
    rg.pp.impute(data)
    rows = np.arange(60)
    features = feature_set(data, "data")
    chain = fit_chain(features, (), target_of(data, "lung"), rows)
    expected = np.median(cohort().X[:60, 7])
    assert np.isclose(chain.transform(features, np.array([90]))[0, chain.names.index("f7")], expected)


def test_levels_of_the_training_rows_make_the_columns() -> None:
    data = cohort(grade=True)
    data.obs["grade"] = "I"
    data.obs.iloc[:30, data.obs.columns.get_loc("grade")] = "II"
    data.obs.iloc[110:, data.obs.columns.get_loc("grade")] = "III"
    features = feature_set(data, ["grade", "age"])
    chain = fit_chain(features, (), target_of(data, "lung"), np.arange(100))
    assert chain.names == ["grade=II", "age"]
    assert chain.transform(features, np.array([5, 60, 115]))[:, 0].tolist() == [1, 0, 0]


def test_a_level_unknown_becomes_the_most_frequent_one_of_a_declared_order_too() -> None:
    data = cohort(100)
    stage = pd.Series(np.repeat(["I", "II", "III", None], [20, 40, 30, 10]))
    data.obs["stage"] = pd.Categorical(stage, categories=["I", "II", "III"], ordered=True)
    data.obs["site"] = pd.Categorical(np.repeat(["a", "b", "c"], [40, 40, 20])).astype(object)
    data.obs.loc[data.obs_names[-10:], "site"] = None
    target = target_of(data, "lung")
    features = feature_set(data, ["stage", "site"], impute="median")
    chain = fit_chain(features, (), target, np.arange(100), impute="median")
    x = pd.DataFrame(chain.x, columns=chain.names)
    assert (x["stage=II"] == 1).sum() == 50
    assert (x["stage=III"] == 1).sum() == 30
    assert x.filter(like="site=").iloc[-10:].nunique().tolist() == [1, 1]
    assert (x.filter(like="site=").iloc[-10:].sum(axis=1) == 0).all()  # the reference, as frequent as any


@pytest.mark.parametrize("item", ["radiomics@", "radiomics@T1+", "radiomics@T1+T1"])
def test_sequences_half_named_are_refused(item: str) -> None:
    with pytest.raises(InputError, match=r"expected sequences after '@', joined by '\+', each once"):
        feature_set(several(), [item])


def test_nothing_that_varies_is_refused() -> None:
    data = cohort()
    data.X[:] = 1.0
    with pytest.raises(DegenerateInputError, match="none of 40 features varies among 80 training patients"):
        fit_chain(feature_set(data, "data"), (), target_of(data, "lung"), np.arange(80))


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ({"mrmr": {"n": 3}}, "select.mrmr: found 'n'; expected one of .*n_features"),
        ({"mrrm": {}, "correlation": {"thresh": 1}}, r"2 faults:(.|\n)*Did you mean 'mrmr'(.|\n)*'thresh'"),
        ({"mrmr": {"outcome": "class"}}, "found 'outcome'"),
        ({"mrmr": 30}, "select.mrmr: found 30"),
        (["mrmr"], "selectors by name"),
    ],
)
def test_wrong_selectors_are_named(select: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        checked_select(select, target_of(cohort(), "lung"))  # type: ignore[arg-type]


def test_wrong_features_are_named() -> None:
    data = several()
    with pytest.raises(UnknownNameError, match="Did you mean 'radiomics'"):
        feature_set(data, "radiomic")
    with pytest.raises(UnknownNameError, match=r"sequence of radiomics.*T1"):
        feature_set(data, "radiomics@T3")
    with pytest.raises(InputError, match=r"once each.*T1\+T2"):
        feature_set(data, ["radiomics@T1", "radiomics@T2"])
    with pytest.raises(InputError, match="without a column 'sequence'"):
        feature_set(data, "deep@T1")
    with pytest.raises(InputError, match="the event of outcome"):
        refuse_outcome(data, feature_set(data, ["event"]), target_of(data, "os"))
    with pytest.raises(InputError, match="the column of outcome 'lung'"):
        refuse_outcome(data, feature_set(data, ["lung_metastasis"]), target_of(data, "lung"))


def test_whole_cohort_transforms_are_refused() -> None:
    data = cohort()
    data.uns["whole_cohort"] = "ComBat-seq"
    with pytest.raises(InputError, match="ComBat-seq of all patients together"):
        feature_set(data, "data")


def test_groups_of_the_features_are_refused() -> None:
    data = cohort()
    rg.tl.consensus_cluster(data, n_clusters=2, n_resamples=20, rng=0, key_added="groups")
    with pytest.raises(InputError, match="groups formed from the features"):
        feature_set(data, ["groups"])


def test_folds_need_members() -> None:
    data = cohort()
    data.obs["lung_metastasis"] = np.r_[np.ones(3, dtype=int), np.zeros(117, dtype=int)]
    data.obs["event"] = data.obs["lung_metastasis"]
    rows = np.arange(120)
    with pytest.raises(DegenerateGroupsError, match=r"3 positive patient\(s\).*Use at most folds=3"):
        deal_folds(target_of(data, "lung"), rows, 5, rng=0)
    with pytest.raises(DegenerateInputError, match=r"3 event\(s\).*use at most inner_folds=3"):
        deal_folds(target_of(data, "os"), rows, 5, rng=0, argument="inner_folds")
    dealt = deal_folds(target_of(data, "lung"), rows, 3, 2, rng=0)
    assert dealt.shape == (2, 120)
    assert all(sorted(dealt[r, :3]) == [0, 1, 2] for r in range(2))
