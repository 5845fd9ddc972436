"""Models compared by nested cross-validation: what is stored, that it is honest, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.metrics import roc_auc_score

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateGroupsError, InputError, RadiogenomicsWarning, UnknownNameError
from radiogenomics.ml import MRMR, TunedClassifier
from radiogenomics.tl._predictions import COLUMNS, predictions_of

QUICK: dict[str, Any] = {
    "classifiers": ["logistic_regression", "decision_tree"], "select": {"mrmr": {"n_features": 5}}, "folds": 3,
    "inner_folds": 3, "smote_neighbors": 3,
}  # fmt: skip


def cohort(n: int = 90, p: int = 30, strength: float = 1.2, seed: int = 0, split: bool = False) -> Any:
    """Two imaged sequences (the first tells), genes that do not, two clinical columns; a third are positive."""
    rng = np.random.default_rng(seed)
    ids = [f"P{i:03d}" for i in range(n)]
    y = (rng.permutation(n) < n / 3).astype(int)
    images = rng.normal(size=(n, p)) * 3 + 10
    images[:, :3] += 3 * strength * y[:, None]
    clinical = pd.DataFrame(
        {"lung": y, "age": rng.normal(60, 9, n), "grade": rng.choice(["low", "mid", "high"], n),
         "part": np.where(np.arange(n) < 0.7 * n, "training", "external")}, index=ids,
    )  # fmt: skip
    radiomics = AnnData(pd.DataFrame(images, index=ids, columns=[f"f{i}" for i in range(p)]))
    radiomics.var["sequence"] = np.where(np.arange(p) < p // 2, "T1", "T2")
    rna = pd.DataFrame(rng.normal(size=(n, 20)), index=ids, columns=[f"g{i}" for i in range(20)])
    given = {"split": {"external": "part == 'external'"}} if split else {}
    outcomes = {"lung": {"kind": "binary", "column": "lung", "positive": 1}}
    return rg.io.assemble_cohort(clinical, outcomes=outcomes, radiomics=radiomics, rna=rna, **given)


@pytest.fixture(scope="module")
def compared() -> Any:
    data = cohort(split=True)
    rg.tl.compare_models(
        data, {"radiomics": ["radiomics"], "clinical": ["age", "grade"]},
        sequences={"T1": ["T1"], "both": ["T1", "T2"]}, repeats=2, **QUICK,
    )  # fmt: skip
    return data


def test_every_set_sequence_classifier_and_sampling_is_a_model(compared: Any) -> None:
    models = rg.get.compare_models(compared)
    assert list(models["model"].unique()) == [
        "logistic_regression | radiomics | T1", "decision_tree | radiomics | T1",
        "logistic_regression | radiomics | T1 | smote", "decision_tree | radiomics | T1 | smote",
        "logistic_regression | radiomics | both", "decision_tree | radiomics | both",
        "logistic_regression | radiomics | both | smote", "decision_tree | radiomics | both | smote",
        "logistic_regression | clinical", "decision_tree | clinical",  # no sequence changes these
        "logistic_regression | clinical | smote", "decision_tree | clinical | smote",
        "picked by inner folds",
    ]  # fmt: skip
    blocks = list(models[["split", "estimate"]].drop_duplicates().itertuples(index=False, name=None))
    assert blocks == [("training", "out_of_fold"), ("training", "apparent"), ("external", "held_out")]
    assert (models["lower"] <= models["auc"]).all()
    assert (models["auc"] <= models["upper"]).all()


def test_predictions_have_the_form_that_all_judges_read(compared: Any) -> None:
    table = rg.get.compare_models(compared, table="predictions")
    assert list(table.columns) == list(COLUMNS)
    assert not table.isna().any().any()
    assert table["probability"].between(0, 1).all()
    assert ((table["score"] >= table["cutoff"]) == (table["group"] == "high")).all()
    n = table.groupby(["model", "split", "estimate"]).size().unstack(["split", "estimate"])
    assert (n["training", "out_of_fold"] == 2 * n["training", "apparent"]).all()
    parts = predictions_of(compared, "models", kind="binary")
    assert [(p.split, p.estimate) for p in parts[:3]] == [
        ("training", "out_of_fold"), ("training", "apparent"), ("external", "held_out"),
    ]  # fmt: skip
    # Every patient is judged once in each repeat, by a fold of its own.
    wide = parts[0].wide("fold")
    assert wide.shape == (2, n["training", "apparent"].iloc[0])
    assert set(wide.to_numpy().ravel()) == {0, 1, 2}


def test_areas_are_those_of_the_predictions(compared: Any) -> None:
    models = rg.get.compare_models(compared).set_index(["model", "split", "estimate"])
    y = compared.obs["lung"]
    part = predictions_of(compared, "models", models=["decision_tree | radiomics | T1"])
    apparent, held = part[1].table, part[2].table
    for table in (apparent, held):
        own = models.loc[(part[0].model, table["split"][0], table["estimate"][0]), "auc"]
        assert own == pytest.approx(roc_auc_score(y[table["patient_id"]], table["score"]))
    found = []
    for _, repeat in part[0].table.groupby("repeat"):
        won = pairs = 0.0
        for _, fold in repeat.groupby("fold"):
            own = y[fold["patient_id"]].to_numpy()
            size = own.sum() * (1 - own).sum()
            won, pairs = won + roc_auc_score(own, fold["score"]) * size, pairs + size
        found.append(won / pairs)
    assert models.loc[(part[0].model, "training", "out_of_fold"), "auc"] == pytest.approx(np.mean(found))


def test_the_signal_is_found_where_it_is(compared: Any) -> None:
    auc = rg.get.compare_models(compared).set_index(["model", "estimate"])["auc"]
    assert auc["logistic_regression | radiomics | T1", "out_of_fold"] > 0.85
    assert auc["logistic_regression | radiomics | T1", "held_out"] > 0.85
    assert auc["picked by inner folds", "held_out"] > 0.85
    assert auc["logistic_regression | clinical", "out_of_fold"] < 0.75
    selected = rg.get.compare_models(compared, table="selection")
    own = selected[(selected["features"] == "radiomics") & (selected["sequences"] == "T1")]
    assert set(own["feature"][:3]) == {"f0", "f1", "f2"}
    assert (own["frequency"][:3] == 1).all()
    assert own["in_all"][:3].all()


def test_the_picked_model_is_the_one_of_the_largest_inner_auc(compared: Any) -> None:
    tuning = rg.get.compare_models(compared, table="tuning")
    picked = tuning[tuning["picked"]]
    assert len(picked) == 7  # 2 repeats of 3 folds, and all training patients
    largest = tuning.groupby(["repeat", "fold"])["inner_auc"].max()
    np.testing.assert_allclose(picked.set_index(["repeat", "fold"])["inner_auc"].sort_index(), largest.sort_index())
    predictions = rg.get.compare_models(compared, table="predictions")
    keys = ["repeat", "fold", "patient_id"]
    for row in picked.itertuples():
        at = (predictions["repeat"] == row.repeat) & (predictions["fold"] == row.fold)
        own = predictions[at & (predictions["model"] == row.model)].set_index(keys)
        told = predictions[at & (predictions["model"] == "picked by inner folds")].set_index(keys)
        pd.testing.assert_series_equal(own["score"], told["score"])
    best = rg.get.compare_models(compared, table="best")
    assert list(best["label"]) == ["chosen on these patients", "out_of_fold", "chosen on these patients", "held_out"]
    assert (best["auc"].iloc[::2].to_numpy() >= 0.85).all()


def test_the_chain_and_the_estimator_agree() -> None:
    """One fold by hand: the same selector and classifier on arrays."""
    data = cohort()
    settings = [{"C": 0.1}]
    given = QUICK | {"classifiers": "logistic_regression", "tuning": {"logistic_regression": settings}}
    rg.tl.compare_models(data, {"radiomics": "radiomics"}, sampling="none", **given)
    table = rg.get.compare_models(data, table="predictions")
    own = table[(table["model"] == "logistic_regression | radiomics") & (table["fold"] == 1)].set_index("patient_id")
    x, y = data.mod["radiomics"].to_df(), data.obs["lung"]
    learn = ~x.index.isin(own.index)
    model = TunedClassifier(tuning=settings, selector=MRMR(5), folds=3).fit(x[learn], y[learn])
    np.testing.assert_allclose(model.decision_function(x.loc[own.index]), own["score"], atol=1e-8)
    np.testing.assert_allclose(model.predict_proba(x.loc[own.index])[:, 1], own["probability"], atol=1e-8)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_result_whatever_the_workers() -> None:
    saga = {"solver": "saga", "max_iter": 5}  # unfinished, so that its random order shows
    given = QUICK | {
        "classifiers": ["extra_trees", "logistic_regression"],
        "tuning": {"extra_trees": [{"min_samples_leaf": 5, "n_estimators": 10}], "logistic_regression": [saga]},
    }
    tables = []
    for n_jobs, seed in ((1, 3), (2, 3), (1, 4)):
        data = cohort(60)
        rg.tl.compare_models(data, {"r": ["radiomics"]}, rng=seed, n_jobs=n_jobs, **given)
        tables.append(rg.get.compare_models(data, table="predictions"))
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0]["score"].equals(tables[2]["score"])


def test_a_model_is_the_same_whichever_others_are_compared() -> None:
    given = QUICK | {"classifiers": ["decision_tree"]}
    scores = []
    for sets in ({"r": "radiomics"}, {"c": ["age"], "r": "radiomics"}):
        data = cohort(60)
        rg.tl.compare_models(data, sets, sampling="smote", **given)
        table = rg.get.compare_models(data, table="predictions")
        scores.append(table.loc[table["model"] == "decision_tree | r | smote", "score"].to_numpy())
    np.testing.assert_array_equal(*scores)


def test_test_patients_change_nothing_that_is_learned() -> None:
    """Values of external patients, moved far away, leave the out-of-fold predictions and the model as they are."""
    tables = []
    for move in (False, True):
        data = cohort(split=True)
        if move:
            data.mod["radiomics"].X[(data.obs["part"] == "external").to_numpy()] += 1000
        rg.tl.compare_models(data, {"r": "radiomics"}, **QUICK)
        table = rg.get.compare_models(data, table="predictions")
        tables.append(table[table["split"] == "training"])
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.slow
def test_noise_is_told_no_better_than_by_chance() -> None:
    """The best of many is not: that is what labels it apparent."""
    found = []
    given = QUICK | {"tuning": {"decision_tree": {"max_depth": [1, 3]}, "logistic_regression": {"C": [0.01, 1]}}}
    for seed in range(10):
        data = cohort(75, 60, strength=0.0, seed=seed)
        rg.tl.compare_models(data, {"r": "radiomics", "g": "rna"}, rng=seed, **given)
        models = rg.get.compare_models(data)
        models = models[models["estimate"] == "out_of_fold"].set_index("model")["auc"]
        picked = models.pop("picked by inner folds")
        smote = models.index.str.endswith("smote")
        found.append([models[~smote].mean(), models[smote].mean(), picked, models.max()])
    none, smote, picked, highest = np.transpose(found)
    for honest in (none, smote, picked):
        assert abs(honest.mean() - 0.5) < 3 * honest.std(ddof=1) / np.sqrt(len(honest))
    assert highest.mean() > 0.55


def test_selection_is_made_without_the_patients_that_an_inner_fold_judges() -> None:
    """Selected on the whole training fold, noise has inner AUCs of about 0.75."""
    found = []
    for seed in range(3):
        data = cohort(75, 150, strength=0.0, seed=seed)
        given = QUICK | {"classifiers": ["logistic_regression"], "tuning": {"logistic_regression": [{"C": 0.1}]}}
        rg.tl.compare_models(data, {"r": "radiomics"}, sampling="none", rng=seed, **given)
        found += rg.get.compare_models(data, table="tuning")["inner_auc"].tolist()
    assert np.mean(found) < 0.6


def test_selectors_that_let_nothing_through_are_told() -> None:
    data = cohort(60, strength=0.0)
    given = QUICK | {"select": {"univariate": {"alpha": 1e-9}}, "sampling": "none"}
    with pytest.warns(RadiogenomicsWarning, match=r"'rna': the selectors let no feature through in 4 of 4.*Loosen"):
        rg.tl.compare_models(data, {"rna": "rna"}, **given)
    models = rg.get.compare_models(data)
    assert (models["auc"] == 0.5).all()
    table = rg.get.compare_models(data, table="predictions")
    assert table["probability"].between(0.3, 0.37).all()


def test_results_are_kept_in_files(compared: Any, tmp_path: Path) -> None:
    rg.io.write_cohort(compared, tmp_path / "cohort.h5mu")
    back = rg.io.read_cohort(tmp_path / "cohort.h5mu")
    for table in ("models", "best", "predictions", "tuning", "selection"):
        pd.testing.assert_frame_equal(
            rg.get.compare_models(back, table=table), rg.get.compare_models(compared, table=table)
        )
    settings = settings_of(back.uns["models"])
    assert settings["kind"] == "binary"
    assert len(settings["grids"]["decision_tree"]) == 6


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"classifiers": ["forest"]}, InputError, "'forest'; expected one of logistic_regression"),
        ({"classifiers": []}, InputError, "classifiers: found none"),
        ({"sampling": "adasyn"}, InputError, "'adasyn'; expected one of none, smote"),
        ({"tuning": {"svm": {"C": [1]}}}, InputError, "'svm'; expected one of logistic_regression, decision_tree"),
        ({"tuning": {"decision_tree": {"depth": [1]}}}, InputError, "depth of decision_tree"),
        ({"tuning": 3}, InputError, "found 3; expected True, False"),
        ({"tuning": {"logistic_regression": {"C": [1, -1]}}}, InputError, "'C': -1.*expected values that scikit"),
        (
            {"tuning": {"logistic_regression": {"class_weight": [{0: 1, 1: 3}]}}},
            InputError,
            "expected a number, a text",
        ),
        ({"sequences": {"T9": ["T9"]}}, UnknownNameError, "T9"),
        ({"sequences": {}}, InputError, "no set of sequences"),
        ({"smote_neighbors": 40}, DegenerateGroupsError, r"for SMOTE with 40 neighbours.*Leave SMOTE out"),
        ({"inner_folds": 25}, DegenerateGroupsError, r"found 20 positive patient.*Use at most inner_folds=20"),
        ({"folds": 60}, DegenerateGroupsError, "Use at most folds=30$"),
        ({"folds": 60, "inner_folds": 60}, DegenerateGroupsError, "Use at most folds=30 and inner_folds=29"),
        (
            {"classifiers": ["randomforest", "svn", "svm"]},
            InputError,
            r"(?s)2 faults.*argument 'classifiers': found 'randomforest'.*'random_forest'.*found 'svn'.*'svm'\?",
        ),
        ({"outcome": "death"}, UnknownNameError, "death"),
        ({"confidence": 95}, InputError, "a number between 0 and 1"),
        ({"select": {"boruta": {}}}, InputError, "boruta"),
    ],
)
def test_bad_arguments_are_named(given: dict[str, Any], error: type[Exception], message: str) -> None:
    data = cohort()
    with pytest.raises(error, match=message):
        rg.tl.compare_models(data, {"radiomics": "radiomics"}, **(QUICK | given))
    assert "models" not in data.uns


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ({}, "feature_sets"),
        ({"none": []}, "found nothing; expected modalities or columns"),
        ({"a|b": ["age"]}, r"a name without '\|'"),
        ({"leak": ["lung"]}, "'lung'.*expected columns known before the outcome"),
        ({"x": ["radiomix"]}, "radiomix"),
    ],
)
def test_bad_feature_sets_are_named(sets: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rg.tl.compare_models(cohort(), sets, **QUICK)


def test_patients_are_compared_on_the_same_and_the_others_counted() -> None:
    data = cohort(90)
    data.obs.loc[data.obs_names[:4], "age"] = np.nan
    rg.tl.compare_models(data, {"r": "radiomics", "c": ["age"]}, **QUICK)
    assert rg.get.compare_models(data)["n"].unique().tolist() == [86]
    assert len(rg.get.compare_models(data, table="left_out")) == 4


def test_settings_to_try_may_be_numbers_of_numpy() -> None:
    data = cohort(60)
    given = QUICK | {"classifiers": "decision_tree", "tuning": {"decision_tree": {"max_depth": list(np.arange(1, 3))}}}
    rg.tl.compare_models(data, {"r": "radiomics"}, sampling="none", **given)
    assert set(rg.get.compare_models(data, table="tuning")["chosen"]) <= {'{"max_depth": 1}', '{"max_depth": 2}'}


def test_intervals_are_those_of_evaluate(compared: Any) -> None:
    models = rg.get.compare_models(compared)
    models = models[models["model"] == "logistic_regression | radiomics | T1"].reset_index(drop=True)
    assert list(models["method"]) == ["DeLong, corrected for folds", "DeLong", "DeLong"]
    rg.tl.evaluate(compared, "models", models=[models["model"][0]], bootstrap=100)
    judged = rg.get.evaluate(compared)
    judged = judged[(judged["measure"] == "auc") & judged["method"].str.startswith("DeLong")]
    columns = ["split", "estimate", "lower", "upper", "method"]
    pd.testing.assert_frame_equal(models[columns], judged[columns].reset_index(drop=True))


def test_folds_have_the_same_share_of_positives() -> None:
    data = cohort(90)
    rg.tl.compare_models(data, {"r": "radiomics"}, **QUICK)
    table = rg.get.compare_models(data, table="predictions")
    own = table[(table["model"] == "decision_tree | r") & (table["estimate"] == "out_of_fold")]
    sizes = own.groupby("fold")["patient_id"].size()
    assert sizes.max() - sizes.min() <= 1
    events = data.obs["lung"].loc[own["patient_id"]].groupby(own["fold"].to_numpy()).sum()
    assert events.tolist() == [10, 10, 10]


@pytest.mark.slow
def test_head_and_neck(real_data: Path) -> None:
    """Death within three years: genes and CT features of 73 patients say little, which apparent figures hide."""
    folder = real_data / "tcga_hnsc_ct_rna"
    table = pd.read_csv(folder / "clinical_cdr.csv", index_col=0)
    died = np.where(table["OS.time"] > 1095, 0.0, np.where(table["OS"] == 1, 1.0, np.nan))
    clinical = pd.DataFrame({"died": died}, index=table.index)
    rna = np.log2(pd.read_csv(folder / "rnaseq_fpkm.csv", index_col=0) + 1)
    outcomes = {"death": {"kind": "binary", "column": "died", "positive": 1}}
    data = rg.io.assemble_cohort(
        clinical, outcomes=outcomes, radiomics=pd.read_csv(folder / "radiomics.csv", index_col=0), rna=rna
    )
    for modality in ("radiomics", "rna"):
        rg.pp.clean_features(data, modality=modality)
    rg.pp.impute(data, modality="radiomics")
    rg.tl.compare_models(data, {"radiomics": "radiomics", "rna": "rna"}, **QUICK)
    models = rg.get.compare_models(data)
    assert models["n"].unique().tolist() == [73]
    assert models["n_positive"].unique().tolist() == [33]
    assert len(rg.get.compare_models(data, table="left_out")) == 33
    auc = models.groupby("estimate")["auc"].mean()
    assert auc["apparent"] > 0.75
    assert 0.4 < auc["out_of_fold"] < 0.7
