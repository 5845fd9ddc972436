"""Learned features in outcome models: what the network learned from a fold's labels does not reach that fold."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import own_columns
from radiogenomics._errors import DegenerateGroupsError, InputError, RadiogenomicsWarning
from radiogenomics.tl._chain import fit_chain
from radiogenomics.tl._feature_sets import feature_set
from radiogenomics.tl._target import target_of
from tests.tl._encoded import learned_cohort

FAST: dict[str, Any] = {"outcome": "lung", "inner_folds": 3, "n_resamples": 0, "n_jobs": 1}


def out_of_fold(data: Any, key: str = "signature") -> float:
    table = rg.get.signature(data, key=key)
    return float(table.loc[table["estimate"] == "out_of_fold", "value"].iloc[0])


def test_a_leak_in_sample_does_not_show_with_views() -> None:
    data = learned_cohort()
    rg.tl.signature(data, ["hscae"], **FAST)
    assert abs(out_of_fold(data) - 0.5) < 0.12
    leaky = learned_cohort(views=False)
    with pytest.warns(RadiogenomicsWarning, match="without views"):
        rg.tl.signature(leaky, ["hscae"], **FAST)
    assert out_of_fold(leaky) > 0.9  # what the views keep out


def test_what_unseen_patients_show_is_found_with_views() -> None:
    data = learned_cohort(signal=True, leak=0.0, n=200)
    rg.tl.signature(data, ["hscae"], **FAST)
    assert out_of_fold(data) > 0.72


def test_the_encoders_folds_are_the_models() -> None:
    data = learned_cohort()
    rg.tl.signature(data, ["hscae", "age"], **FAST)
    made = rg.get.signature(data, table="predictions").query("estimate == 'out_of_fold'")
    own = data.mod["hscae"].uns["views"].set_index("patient_id")["fold"]
    assert (made.set_index("patient_id")["fold"] == own.loc[made["patient_id"]].to_numpy()).all()
    settings = json.loads(data.uns["signature"]["settings"])
    assert (settings["folds"], settings["repeats"]) == (5, 1)
    assert settings["encoders"]["hscae"] == {
        "model": "hscae", "supervised": True, "features": "views of the outer folds",
    }  # fmt: skip


def test_each_fold_reads_its_own_view_even_after_transforms_and_reordering() -> None:
    data = learned_cohort()
    hscae = data.mod["hscae"]
    for k in range(5):
        hscae.obsm[f"view_{k}"].iloc[:, 0] = 100.0 * k + np.arange(120)
    rg.pp.scale(data, modality="hscae")
    with own_columns():
        moved = data[np.random.default_rng(0).permutation(120)].copy()
    features = feature_set(moved, ["hscae"])
    rows = np.arange(120)
    for k in range(5):
        seen = features.in_fold(k).modalities[0].values
        assert (seen[:, 0] == 100.0 * k + np.array([int(p[1:]) for p in moved.obs_names])).all()
        chain = fit_chain(features.in_fold(k), (), target_of(moved, "lung"), rows)
        assert np.allclose(chain.x.mean(axis=0), 0)  # scaled by the view's own values
    assert features.in_fold(-1) is features


def test_folds_that_contradict_the_encoder_are_named() -> None:
    data = learned_cohort()
    with pytest.raises(InputError, match="left out 5 folds") as caught:
        rg.tl.signature(data, ["hscae"], folds=4, repeats=2, **FAST)
    assert "repeats" in str(caught.value)
    rg.tl.signature(data, ["hscae"], folds=5, repeats=1, **FAST)


def test_apparent_features_are_refused() -> None:
    data = learned_cohort(views=False)
    data.mod["hscae"].obs["estimate"] = pd.Categorical(["apparent"] * 120)
    with pytest.raises(InputError, match=r"apparent features of 120 .* rg\.im\.encode\(.*estimate='out_of_fold'\)"):
        rg.tl.signature(data, ["hscae"], **FAST)
    unsupervised = learned_cohort(views=False, supervised=False, name="cae")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rg.tl.signature(unsupervised, ["cae"], folds=4, repeats=2, **FAST)


def test_test_patients_who_taught_the_encoder_are_refused() -> None:
    data = learned_cohort(split=True)
    rg.tl.signature(data, ["hscae"], **FAST)
    held_out = rg.get.signature(data).query("estimate == 'held_out'")
    assert set(held_out["split"]) == {"internal", "external"}
    taught = learned_cohort(split=False)
    taught.obs["part"] = data.obs["part"]
    taught.uns["split"] = {"column": "part"}
    with pytest.raises(InputError, match="60 internal or external patients whose labels taught"):
        rg.tl.signature(taught, ["hscae"], **FAST)


def test_training_patients_without_a_fold_are_named() -> None:
    data = learned_cohort(split=True)
    del data.uns["split"]
    with pytest.raises(InputError, match="60 of 120 training patients in no fold"):
        rg.tl.signature(data, ["hscae"], **FAST)


def test_two_encoders_must_share_their_folds() -> None:
    data, other = learned_cohort(), learned_cohort(name="cae", supervised=False)
    outcomes, obs = data.uns["outcomes"], data.obs
    with own_columns():
        data = MuData({"hscae": data.mod["hscae"], "cae": other.mod["cae"]})
        data.obs = obs.reindex(data.obs_names)
    data.uns["outcomes"] = outcomes
    rg.tl.signature(data, ["hscae", "cae"], **FAST)
    data.mod["cae"].uns["views"]["fold"] = (data.mod["cae"].uns["views"]["fold"] + 1) % 5
    with pytest.raises(InputError, match="120 of 120 patients in other folds"):
        rg.tl.signature(data, ["hscae", "cae"], **FAST)


def test_a_fold_without_a_class_is_named() -> None:
    data = learned_cohort()
    fold = data.mod["hscae"].uns["views"]["fold"].to_numpy()
    data.obs.loc[fold == 2, "lung_metastasis"] = 0
    with pytest.raises(DegenerateGroupsError, match=r"fold 2 of the encoder .* without a positive patient"):
        rg.tl.signature(data, ["hscae"], **FAST)


def test_views_without_all_features_are_refused() -> None:
    data = learned_cohort()
    data.mod["hscae"].obsm["view_1"] = data.mod["hscae"].obsm["view_1"].iloc[:, 1:]
    with pytest.raises(InputError, match=r"view 1 .* without 1 of its features"):
        rg.tl.signature(data, ["hscae"], **FAST)


def test_classifiers_are_judged_and_explained_on_views() -> None:
    data = learned_cohort()
    small: dict[str, Any] = {"outcome": "lung", "classifiers": ["logistic_regression"], "sampling": "none",
                             "tuning": False, "inner_folds": 3, "n_jobs": 1}  # fmt: skip
    rg.tl.compare_models(data, {"deep": ["hscae@T1"]}, **small)
    table = rg.get.compare_models(data)
    own = table[(table["estimate"] == "out_of_fold") & (table["model"] == "logistic_regression | deep")]
    assert abs(float(own["auc" if "auc" in own else "value"].iloc[0]) - 0.5) < 0.12
    rg.tl.explain(data, model="logistic_regression | deep", n_jobs=1)
    with pytest.raises(InputError, match="left out 5 folds"):
        rg.tl.compare_models(data, {"deep": ["hscae"]}, folds=3, **small)


def test_views_survive_a_file(tmp_path: Any) -> None:
    data = learned_cohort()
    rg.tl.signature(data, ["hscae"], **FAST)
    before = out_of_fold(data)
    rg.io.write_cohort(data, tmp_path / "c.h5mu")
    again = rg.io.read_cohort(tmp_path / "c.h5mu")
    rg.tl.signature(again, ["hscae"], key_added="again", **FAST)
    assert out_of_fold(again, "again") == before


SMALL: dict[str, Any] = {"refit_groups": True, "outcome": "os", "bootstrap": 200, "rng": 0, "n_jobs": 1}


def grouped(**settings: Any) -> MuData:
    data = learned_cohort(**settings)
    rg.tl.consensus_cluster(data, modality="hscae", n_clusters=2, n_resamples=50, method="kmeans", metric="euclidean",
                            rng=0)  # fmt: skip
    return data


def test_groups_are_formed_again_from_the_views() -> None:
    data = grouped(leak=12.0, n=160)
    with pytest.raises(InputError, match="left out 5 folds"):
        rg.tl.combined_cindex(data, "hscae:groups", repeats=4, **SMALL)
    rg.tl.combined_cindex(data, "hscae:groups", **SMALL)
    honest = rg.get.combined_cindex(data)
    settings = json.loads(data.uns["combined_cindex"]["settings"])
    assert (settings["folds"], settings["repeats"]) == (5, 1)
    leaky = grouped(leak=12.0, n=160, views=False)
    with pytest.warns(RadiogenomicsWarning, match="without views"):
        rg.tl.combined_cindex(leaky, "hscae:groups", repeats=2, **SMALL)
    shown = rg.get.combined_cindex(leaky)
    assert float(honest["c"].iloc[0]) < 0.58 < 0.62 < float(shown["c"].iloc[0])
    assert np.isfinite(float(honest["lower"].iloc[0]))


def test_groups_of_apparent_features_are_warned_of() -> None:
    data = learned_cohort(views=False)
    data.mod["hscae"].obs["estimate"] = pd.Categorical(["apparent"] * 120)
    with pytest.warns(RadiogenomicsWarning, match=r"120 of 120 patients .* learned from their labels"):
        rg.tl.consensus_cluster(data, modality="hscae", n_clusters=2, n_resamples=20)


def test_new_patients_get_the_group_of_the_nearest_training_centroid() -> None:
    data = learned_cohort(split=True, leak=8.0)
    new = learned_cohort(split=True, leak=8.0)
    rg.pp.scale(data, modality="hscae")
    rg.tl.consensus_cluster(data, modality="hscae", n_clusters=2, n_resamples=50, method="kmeans", metric="euclidean")
    rg.tl.assign_clusters(new, data, modality="hscae")
    before, after = data.obs["hscae:groups"].astype(str), new.obs["hscae:groups"].astype(str)
    assert (before == after).mean() > 0.95  # those of the training part by consensus, near the border differently
    outside = data.obs["part"] != "training"
    assert (before[outside] == after[outside]).all()


def apparent() -> MuData:
    """Noise whose features know each patient's label, grouped; and an honest twin is ``grouped(leak=0)``."""
    data = learned_cohort(leak=12.0, views=False)
    data.mod["hscae"].obs["estimate"] = pd.Categorical(["apparent"] * 120)
    with pytest.warns(RadiogenomicsWarning, match="learned from their labels"):
        rg.tl.consensus_cluster(data, modality="hscae", n_clusters=2, n_resamples=50, method="kmeans",
                                metric="euclidean", rng=0)  # fmt: skip
    return data


def stored(data: MuData, key: str) -> dict[str, Any]:
    return dict(json.loads(data.uns[key]["settings"]))


def test_the_label_apparent_goes_with_the_groups_to_all_that_tests_them() -> None:
    leaky, honest = apparent(), grouped(leak=0.0)
    p = {}
    for name, data in (("leaky", leaky), ("honest", honest)):
        rg.tl.kaplan_meier(data, "hscae:groups", outcome="os")
        rg.tl.cox(data, ["hscae:groups"], outcome="os")
        rg.tl.associate(data, "hscae:groups", variables=["lung_metastasis"], categorical=["lung_metastasis"])
        p[name] = float(rg.get.associate(data)["p_value"].iloc[0])
        for key in ("kaplan_meier", "cox", "associations"):
            settings = stored(data, key)
            assert settings["apparent"] is (name == "leaky"), key
            assert ("learned from the patients' own labels" in str(settings["apparent_reason"])) is (name == "leaky")
    assert p["leaky"] < 1e-6 < 0.01 < p["honest"]
    # As the groups were formed, whatever becomes of the features afterwards.
    leaky.mod["hscae"].obs["estimate"] = pd.Categorical(["out_of_fold"] * 120)
    rg.tl.kaplan_meier(leaky, "hscae:groups", outcome="os", key_added="again")
    assert stored(leaky, "again")["apparent"] is True


def test_groups_as_they_stand_make_the_c_index_apparent() -> None:
    more: dict[str, Any] = {"outcome": "os", "repeats": 2, "bootstrap": 100, "rng": 0}
    data = grouped(leak=0.0, views=False)
    with pytest.warns(RadiogenomicsWarning, match="labels of the test patients"):
        rg.tl.combined_cindex(data, "hscae:groups", **more)
    assert stored(data, "combined_cindex")["apparent"] is True
    assert "learned from their labels" in stored(data, "combined_cindex")["estimand"]


def test_a_table_that_says_apparent_needs_no_record_of_its_network() -> None:
    data = apparent()
    del data.mod["hscae"].uns["encoder"]
    with pytest.raises(InputError, match="apparent features of 120"):
        rg.tl.signature(data, ["hscae"], **FAST)
