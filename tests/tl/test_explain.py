"""What a model rests on: features that tell, on patients the model has not seen."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._cohort import own_columns
from radiogenomics._errors import InputError, MissingDependencyError, RadiogenomicsWarning, UnknownNameError
from radiogenomics.tl._compare_units import fit_again
from radiogenomics.tl._explain_fits import chosen_models
from tests.tl.test_compare_models import cohort

NAMES = ("logistic_regression", "random_forest", "svm")


@pytest.fixture(scope="module")
def compared() -> Any:
    data = cohort(split=True)
    rg.tl.compare_models(
        data, {"both": ["radiomics", "rna", "age"]}, classifiers=NAMES, select={"mrmr": {"n_features": 6}}, folds=3,
        inner_folds=3, smote_neighbors=3, repeats=2,
        tuning={"random_forest": [{"min_samples_leaf": 3, "n_estimators": 30}], "svm": [{"kernel": "rbf"}]},
    )  # fmt: skip
    return data


def test_what_tells_is_important_and_the_rest_is_not(compared: Any) -> None:
    rg.tl.explain(compared, model="random_forest | both", n_permutations=20, apparent=True)
    table = rg.get.explain(compared)
    blocks = dict(tuple(table.groupby(["split", "estimate"])))
    assert set(blocks) == {("training", "out_of_fold"), ("training", "apparent"), ("external", "held_out")}
    honest = blocks["training", "out_of_fold"].set_index("feature")
    assert {"f1", "f2"} <= set(honest.index[:3])
    assert (honest["value"][:2] > 0.03).all()
    assert (honest["frequency"][["f1", "f2"]] == 1).all()
    rest = honest["value"].drop(["f0", "f1", "f2"])
    assert (rest.abs() < 0.03).all()
    assert (honest["lower"] <= honest["value"]).all()
    sources = rg.get.explain(compared, table="sources")
    own = sources[(sources["split"] == "training") & (sources["estimate"] == "out_of_fold")].set_index("source")[
        "value"
    ]
    # Three features that say the same: shuffled together they cost more than one of them alone, or than all the genes.
    assert own["radiomics"] > honest["value"].iloc[0] + 0.1
    assert own["radiomics"] > 0.25
    assert own.drop("radiomics").abs().max() < 0.05


def test_a_whole_modality_shuffled_leaves_an_auc_of_a_half() -> None:
    data = cohort()
    rg.tl.compare_models(
        data, {"r": ["radiomics"]}, classifiers=["logistic_regression"], sampling="none", folds=3, inner_folds=3,
        select={"mrmr": {"n_features": 4}},
    )  # fmt: skip
    rg.tl.explain(data, model="logistic_regression | r", n_permutations=200)
    models = rg.get.compare_models(data).set_index(["model", "estimate"])["auc"]
    lost = rg.get.explain(data, table="sources")["value"][0]
    assert models["logistic_regression | r", "out_of_fold"] - lost == pytest.approx(0.5, abs=0.02)


def test_a_part_of_one_class_is_left_out_and_told() -> None:
    data = cohort(split=True)
    data.obs.loc[data.obs["part"] == "external", "lung"] = 0
    given = {"classifiers": ["logistic_regression"], "sampling": "none", "tuning": False, "folds": 3, "inner_folds": 3}
    with pytest.warns(RadiogenomicsWarning, match="external patients cannot be judged: 0 of a class"):
        rg.tl.compare_models(data, {"c": ["age", "grade"]}, **given)
    model = "logistic_regression | c"
    with pytest.warns(RadiogenomicsWarning, match="external patients are of one class only"):
        rg.tl.explain(data, model=model, n_permutations=2, apparent=True)
    found = rg.get.explain(data)
    assert set(zip(found["split"], found["estimate"], strict=True)) == {
        ("training", "out_of_fold"), ("training", "apparent"),
    }  # fmt: skip
    rg.tl.explain(data, model=model, method="shap")
    assert "external" in set(rg.get.explain(data)["split"])


@pytest.mark.parametrize("model", ["logistic_regression | both | smote", "random_forest | both", "svm | both"])
def test_shap_values_add_up_to_the_score(compared: Any, model: str) -> None:
    rg.tl.explain(compared, model=model, method="shap")
    values = rg.get.explain(compared, table="values")
    total = values.groupby(["split", "estimate", "repeat", "fold", "patient_id"])["shap"].sum()
    predictions = rg.get.compare_models(compared, table="predictions")
    own = predictions[(predictions["model"] == model) & (predictions["estimate"] != "apparent")]
    score = own.set_index(["split", "estimate", "repeat", "fold", "patient_id"])["score"]
    left = (score - total).groupby(level=["estimate", "repeat", "fold"])
    assert (left.std() < 1e-6).all()  # what is left is each model's constant
    importance = rg.get.explain(compared)
    honest = importance[importance["estimate"] == "out_of_fold"]
    assert {"f1", "f2"} <= set(honest["feature"][:4])


def test_linear_shap_values_are_those_by_hand(compared: Any) -> None:
    model = "logistic_regression | both"
    rg.tl.explain(compared, model=model, method="shap")
    plan, chosen, _ = chosen_models(compared, "models", model, apparent=False)
    again = chosen[0].again(plan)
    rows = chosen[0].judged["training", "out_of_fold"]
    by_hand = again.features(chosen[0].features, rows) * again.fitted.model.coef_[0]
    values = rg.get.explain(compared, table="values")
    own = values[(values["repeat"] == 0) & (values["fold"] == 0) & (values["estimate"] == "out_of_fold")]
    wide = own.pivot(index="patient_id", columns="feature", values="shap")
    np.testing.assert_allclose(wide.loc[compared.obs_names[rows], again.chain.names], by_hand, atol=1e-8)


def test_models_are_made_again_as_they_were(compared: Any) -> None:
    for model in ("logistic_regression | both | smote", "random_forest | both | smote", "svm | both"):
        plan, chosen, _ = chosen_models(compared, "models", model, apparent=True)
        assert len(chosen) == 7
        for one in chosen:
            one.again(plan)  # refuses what predicts otherwise
    changed = fit_again(
        plan, chosen[0].features, chosen[1].unit, classifier="svm", sampling="smote", settings={"C": 9.0}
    )
    assert changed.fitted.settings == {"C": 9.0}


def test_a_cohort_that_changed_is_refused(compared: Any) -> None:
    with own_columns():
        other, fewer = compared.copy(), compared[10:].copy()
    other.mod["radiomics"].X[:, :3] = np.random.default_rng(0).normal(size=(other.n_obs, 3))
    with pytest.raises(InputError, match=r"do not predict as they did.*Run rg.tl.compare_models again"):
        rg.tl.explain(other, model="svm | both", n_permutations=2)
    with pytest.raises(InputError, match="missing from the cohort"):
        rg.tl.explain(fewer, model="svm | both", n_permutations=2)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_importance_whatever_the_workers(compared: Any) -> None:
    for key, n_jobs in (("a", 1), ("b", 2)):
        rg.tl.explain(compared, model="svm | both", n_permutations=5, n_jobs=n_jobs, key_added=key)
    assert rg.get.explain(compared, key="a").equals(rg.get.explain(compared, key="b"))
    before = np.random.get_state()[1][:5].tolist()  # noqa: NPY002
    rg.tl.explain(compared, model="svm | both", method="shap", key_added="c")
    assert np.random.get_state()[1][:5].tolist() == before  # noqa: NPY002


def test_the_picked_model_is_another_in_each_fold(compared: Any) -> None:
    rg.tl.explain(compared, model="picked by inner folds", n_permutations=5)
    assert rg.get.explain(compared)["value"].max() > 0
    with pytest.raises(InputError, match="different classifiers are on different scales"):
        rg.tl.explain(compared, model="picked by inner folds", method="shap")


def test_without_shap_the_extra_is_named(compared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(MissingDependencyError, match=r"radiogenomics\[models\]"):
        rg.tl.explain(compared, model="svm | both", method="shap")


def test_bad_arguments_are_named(compared: Any) -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'svm \| both'"):
        rg.tl.explain(compared, model="svm | bothe")
    with pytest.raises(InputError, match="2 faults"):
        rg.tl.explain(compared, model="svm | both", method="lime", n_permutations=0)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="compare_models"):
        rg.tl.explain(compared, model="svm | both", key="other")
