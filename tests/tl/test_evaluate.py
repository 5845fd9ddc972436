"""Figures of models against counts by hand, the honest beside the apparent, and what input is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics import core
from radiogenomics._cohort import frame_of, to_uns
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning, UnknownNameError
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.tl._areas import average_roc, weighted_auc
from tests.tl._judged import binary_cohort, store


@pytest.fixture(scope="module")
def judged() -> AnnData:
    data = binary_cohort(150, split=True, effect=1.2)
    store(data, {"both": ["x0", "x1"], "noise": ["x2", "x3", "x4"]})
    rg.tl.evaluate(data, bootstrap=300)
    return data


def values(data: AnnData, split: str, model: str, estimate: str, *, key: str = "evaluate") -> pd.DataFrame:
    table = rg.get.evaluate(data, key=key)
    own = table[(table["split"] == split) & (table["model"] == model) & (table["estimate"] == estimate)]
    return own.drop_duplicates("measure").set_index("measure")


def test_every_part_and_estimate_has_every_measure(judged: AnnData) -> None:
    table = rg.get.evaluate(judged)
    blocks = table.groupby(["split", "model", "estimate"], sort=False).size()
    assert list(dict.fromkeys(blocks.index.get_level_values("split"))) == ["training", "internal", "external"]
    assert set(blocks) == {11}
    training = table[table["split"] == "training"]
    assert list(dict.fromkeys(training["estimate"])) == ["out_of_fold", "apparent"]  # never the apparent one alone
    inside = table.dropna(subset=["value"])
    assert ((inside["lower"] <= inside["value"]) & (inside["value"] <= inside["upper"])).all()
    noise = values(judged, "training", "noise", "apparent")["value"]["auc"]
    assert noise > values(judged, "training", "noise", "out_of_fold")["value"]["auc"]


def test_held_out_figures_are_counts_at_the_threshold_of_the_training_patients(judged: AnnData) -> None:
    table = frame_of(judged.uns["signature"], "predictions").query("model == 'both' and split == 'external'")
    y = judged.obs.loc[table["patient_id"], "high_grade"].to_numpy()
    assert table["threshold"].nunique() == 1
    called = (table["probability"] >= table["threshold"]).to_numpy()
    tp, fp = int((called & (y == 1)).sum()), int((called & (y == 0)).sum())
    fn, tn = int((~called & (y == 1)).sum()), int((~called & (y == 0)).sum())
    found = values(judged, "external", "both", "held_out")
    assert found["value"]["sensitivity"] == pytest.approx(tp / (tp + fn))
    assert found["value"]["specificity"] == pytest.approx(tn / (tn + fp))
    assert found["value"]["ppv"] == pytest.approx(tp / (tp + fp))
    assert found["value"]["npv"] == pytest.approx(tn / (tn + fn))
    assert found["value"]["accuracy"] == pytest.approx((tp + tn) / len(y))
    assert found["value"]["balanced_accuracy"] == pytest.approx((tp / (tp + fn) + tn / (tn + fp)) / 2)
    assert found["value"]["f1"] == pytest.approx(2 * tp / (2 * tp + fp + fn))
    brier = float(np.mean((table["probability"] - y) ** 2))
    assert found["value"]["brier"] == pytest.approx(brier)
    assert found["value"]["scaled_brier"] == pytest.approx(1 - brier / (y.mean() * (1 - y.mean())))
    wilson = core.wilson(tp, tp + fn)
    assert found["lower"]["sensitivity"] == pytest.approx(float(wilson.lower))
    assert found["n"]["ppv"] == tp + fp
    delong = core.delong(y, table["score"])
    row = found.loc["auc"]
    assert [row["value"], row["lower"], row["upper"]] == pytest.approx(
        [delong.auc[0], delong.lower[0], delong.upper[0]]
    )
    counts = rg.get.evaluate(judged, table="confusion").query("split == 'external' and model == 'both'")
    assert counts["n"].tolist() == [tp, fn, fp, tn]


def test_out_of_fold_figures_are_means_over_repeats_at_each_folds_threshold(judged: AnnData) -> None:
    table = frame_of(judged.uns["signature"], "predictions").query("model == 'both' and estimate == 'out_of_fold'")
    y = judged.obs["high_grade"]
    aucs, hits = [], []
    for _, own in table.groupby("repeat"):
        positive = (y[own["patient_id"]] == 1).to_numpy()
        score, fold = own["score"].to_numpy(), own["fold"].to_numpy()
        pairs = [(score[i] > score[j]) + 0.5 * (score[i] == score[j]) for i in np.flatnonzero(positive)
                 for j in np.flatnonzero(~positive & (fold == fold[i]))]  # fmt: skip
        aucs.append(np.mean(pairs))
        hits.append(((own["probability"] >= own["threshold"]).to_numpy() & positive).sum() / positive.sum())
    found = values(judged, "training", "both", "out_of_fold")
    assert found["value"]["auc"] == pytest.approx(np.mean(aucs))
    assert found["value"]["sensitivity"] == pytest.approx(np.mean(hits))
    assert found["n"]["sensitivity"] == (y[table["patient_id"].unique()] == 1).sum()
    assert found["method"]["auc"] == "DeLong, corrected for folds"


def test_the_area_below_the_drawn_curve_is_the_auc(judged: AnnData) -> None:
    points = rg.get.evaluate(judged, table="roc")
    for (split, model, estimate), own in points.groupby(["split", "model", "estimate"]):
        area = np.trapezoid(own["sensitivity"], own["false_positive_rate"])
        assert area == pytest.approx(values(judged, split, model, estimate)["value"]["auc"], abs=1e-9)
        assert own.iloc[0][["false_positive_rate", "sensitivity"]].tolist() == [0, 0]
        assert own.iloc[-1][["false_positive_rate", "sensitivity"]].tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize("seed", range(5))
def test_averaged_curves_keep_the_area_with_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positive = rng.permutation(np.arange(37) < 14)
    folds = stratified_folds(positive, 4, 3, rng=seed)
    folds[0, folds[0] == 3] = 2
    scores = rng.integers(0, 4, (3, 37)).astype(float)
    rate, sensitivity = average_roc(scores, folds, positive)
    assert np.trapezoid(sensitivity, rate) == pytest.approx(weighted_auc(scores, folds, positive).mean(), abs=1e-9)
    assert (np.diff(rate) >= 0).all()
    assert (np.diff(sensitivity) >= -1e-12).all()
    one = average_roc(scores[:1], np.zeros((1, 37), dtype=int), positive)
    curve = core.roc_curve(positive, scores[0])
    assert np.interp(one[0], 1 - curve.specificity, curve.sensitivity) == pytest.approx(one[1])


def test_weighted_auc_counts_copies() -> None:
    rng = np.random.default_rng(3)
    positive = np.arange(20) < 8
    score = rng.integers(0, 5, 20).astype(float)
    weights = rng.multinomial(20, np.full(20, 0.05), size=1).astype(float)
    copies = np.repeat(np.arange(20), weights[0].astype(int))
    found = weighted_auc(score[None], np.zeros((1, 20), dtype=int), positive, weights)
    assert found[0, 0] == pytest.approx(core.delong(positive[copies], score[copies]).auc[0])


def test_a_column_is_cut_where_the_training_patients_say() -> None:
    data = binary_cohort(150, split=True, effect=1.2)
    rg.tl.evaluate(data, "x0", bootstrap=100, outcome="grade")
    summary = rg.get.evaluate(data, table="summary").set_index("split")
    training = data.obs[data.obs["split"] == "training"]
    cut = core.roc_threshold(training["high_grade"], training["x0"])
    assert summary["threshold"].tolist() == pytest.approx([cut] * 3)
    assert summary["threshold_from"].tolist() == ["these patients", "training patients", "training patients"]
    assert summary["note"]["training"] == "threshold chosen on these patients"
    assert "brier" not in set(rg.get.evaluate(data)["measure"])  # scores are no probabilities
    rg.tl.evaluate(data, "x0", bootstrap=100, threshold=0.3)
    assert rg.get.evaluate(data, table="summary")["threshold"].tolist() == pytest.approx([0.3] * 3)


def test_who_has_just_the_threshold_is_called_positive() -> None:
    data = binary_cohort(40)
    data.obs["p"] = np.where(data.obs["high_grade"] == 1, 0.6, 0.2)
    rg.tl.evaluate(data, "p", bootstrap=100, threshold=0.6)
    assert values(data, "all", "p", "given")["value"]["sensitivity"] == 1


def test_zeros_and_ones_are_no_probabilities() -> None:
    data = binary_cohort(60, effect=2)
    data.obs["finding"] = (data.obs["x0"] > 1).astype(int)
    rg.tl.evaluate(data, "finding", bootstrap=100)
    assert not {"brier", "scaled_brier"} & set(rg.get.evaluate(data)["measure"])
    assert rg.get.evaluate(data, table="summary")["threshold"].tolist() == [0.5]


def test_a_score_that_points_the_other_way_is_said_to() -> None:
    data = binary_cohort(120, effect=1.5)
    data.obs["inverse"] = -data.obs["x0"]
    rg.tl.evaluate(data, "inverse", bootstrap=100)
    row = rg.get.evaluate(data).iloc[0]
    assert row["value"] < 0.3
    assert row["note"] == "higher values go with the negative class"


def test_denominators_of_none_are_said() -> None:
    data = binary_cohort(60)
    data.obs["p"] = np.linspace(0.1, 0.4, 60)
    rg.tl.evaluate(data, "p", bootstrap=100, threshold=0.9)
    found = values(data, "all", "p", "given")
    assert np.isnan(found["value"]["ppv"])
    assert (found["n"]["ppv"], found["note"]["ppv"]) == (0, "no patients called positive")
    assert found["value"]["f1"] == 0
    assert "no patients called positive" in rg.get.evaluate(data, table="summary")["note"][0]


def test_separated_classes_keep_an_interval() -> None:
    data = binary_cohort(40)
    data.obs["told"] = data.obs["high_grade"] * 2.0 + data.obs["x1"].rank() / 100
    rg.tl.evaluate(data, "told", bootstrap=100)
    row = values(data, "all", "told", "given").loc["auc"]
    assert row["value"] == row["upper"] == 1
    assert row["lower"] == pytest.approx(0.025 ** (1 / 16))
    assert row["method"] == "exact"


def test_a_part_of_one_class_has_shares_but_no_auc() -> None:
    data = binary_cohort(120, split=True)
    data.obs.loc[data.obs["split"] == "external", "high_grade"] = 0
    store(data, {"both": ["x0", "x1"]})
    with pytest.warns(RadiogenomicsWarning, match=r"0 positive and \d+ negative external patients: the AUC"):
        rg.tl.evaluate(data, bootstrap=100)
    found = values(data, "external", "both", "held_out")
    assert np.isnan(found["value"]["auc"])
    assert found["note"]["auc"] == "one class only"
    assert 0 < found["value"]["specificity"] <= 1
    assert np.isnan(found["value"]["sensitivity"])
    assert "external" not in set(rg.get.evaluate(data, table="roc")["split"])


def test_a_class_of_one_has_no_interval() -> None:
    data = binary_cohort(80, split=True)
    external = data.obs.index[data.obs["split"] == "external"]
    data.obs.loc[external, "high_grade"] = 0
    data.obs.loc[external[0], "high_grade"] = 1
    with pytest.warns(RadiogenomicsWarning, match="1 positive and .* external patients: intervals of the AUC"):
        rg.tl.evaluate(data, "x0", bootstrap=100)
    row = values(data, "external", "x0", "given").loc["auc"]
    assert np.isfinite(row["value"])
    assert np.isnan(row["lower"])


def test_survival_figures_are_those_of_core() -> None:
    data = binary_cohort(160, split=True, effect=1.0)
    store(data, {"both": ["x0", "x1"], "noise": ["x3"]}, kind="survival")
    rg.tl.evaluate(data, bootstrap=200)
    table = frame_of(data.uns["signature"], "predictions").query("model == 'both' and split == 'internal'")
    own = data.obs.loc[table["patient_id"]]
    found = values(data, "internal", "both", "held_out")
    harrell = core.concordance_index(own["days"], own["dead"], table["score"])
    assert found["value"]["c_index"] == pytest.approx(harrell.c)
    high = (table["score"] >= table["cutoff"]).to_numpy()
    fit = core.fit_cox(high[:, None].astype(float), own["days"], own["dead"])
    assert found["value"]["hazard_ratio"] == pytest.approx(np.exp(fit.coef[0]))
    groups = rg.get.evaluate(data, table="groups").query("split == 'internal' and model == 'both'").set_index("group")
    assert groups["n"]["high"] == high.sum()
    assert groups["p_value"]["high"] == pytest.approx(core.logrank(own["days"], own["dead"], high).p_value)
    horizon = rg.get.evaluate(data, table="summary")["horizon"][0]
    uno = core.concordance_index(own["days"], own["dead"], table["score"], method="uno", tau=horizon)
    assert found["value"]["uno_c"] == pytest.approx(uno.c)
    rg.tl.evaluate(data, bootstrap=200, horizon=400.0)
    assert rg.get.evaluate(data, table="summary")["horizon"][0] == 400
    honest = values(data, "training", "both", "out_of_fold")
    apparent = values(data, "training", "both", "apparent")
    assert honest["upper"]["c_index"] - honest["lower"]["c_index"] > (
        apparent["upper"]["c_index"] - apparent["lower"]["c_index"]
    )


def test_a_model_is_judged_by_another_outcome() -> None:
    data = binary_cohort(150)
    store(data, {"both": ["x0", "x1"]})
    rg.tl.evaluate(data, outcome="os", bootstrap=100)
    assert set(rg.get.evaluate(data)["measure"]) == {"c_index", "uno_c", "hazard_ratio"}
    store(data, {"time": ["x0", "x1"]}, key="second", kind="survival")
    with pytest.raises(InputError, match="models of 'grade', 'os'; expected outcome= to judge them all by"):
        rg.tl.evaluate(data, ["signature", "second"])
    rg.tl.evaluate(data, ["signature", "second"], outcome="grade", bootstrap=100)
    assert values(data, "all", "time", "out_of_fold")["value"]["auc"] > 0.6


def test_models_of_the_same_name_are_told_apart_by_their_result() -> None:
    data = binary_cohort(60)
    store(data, {"signature": ["x0"]}, key="radiomics", repeats=1)
    store(data, {"signature": ["x1"], "other": ["x2"]}, key="clinical", repeats=1)
    rg.tl.evaluate(data, ["radiomics", "clinical"], bootstrap=100)
    models = list(dict.fromkeys(rg.get.evaluate(data)["model"]))
    assert models == ["radiomics", "clinical: signature", "other"]


def test_a_group_without_events_has_no_ratio() -> None:
    data = binary_cohort(60)
    data.obs["late"] = np.where(data.obs["dead"] == 1, 1.0, 0.0) + data.obs["x0"].rank() / 1000
    rg.tl.evaluate(data, "late", outcome="os", threshold=0.5, bootstrap=100)
    row = values(data, "all", "late", "given").loc["hazard_ratio"]
    assert np.isnan(row["value"])
    assert row["note"] == "no event in the low group"
    assert rg.get.evaluate(data, table="groups")["p_value"][0] < 0.05


def test_null_models_put_nobody_into_the_high_group() -> None:
    data = binary_cohort(100)
    store(data, {"both": ["x0", "x1"]}, kind="survival", repeats=2)
    table = frame_of(data.uns["signature"], "predictions")
    null = table["fold"] == 2
    table.loc[null, ["score", "cutoff"]] = [0.0, np.inf]
    data.uns["signature"] = data.uns["signature"] | to_uns(predictions=table)
    rg.tl.evaluate(data, bootstrap=100)
    summary = rg.get.evaluate(data, table="summary").set_index("estimate")
    assert summary["note"]["out_of_fold"] == (
        "20 % of the predictions are of null models, which put nobody into the high group"
    )
    high = (table["score"] >= table["cutoff"])[table["estimate"] == "out_of_fold"].sum() / 2
    groups = rg.get.evaluate(data, table="groups").query("estimate == 'out_of_fold'").set_index("group")
    assert groups["n"].to_dict() == {"high": high, "low": 100 - high}
    data.obs["constant"] = 1.5
    for outcome, measure in (("os", "c_index"), ("grade", "auc")):
        rg.tl.evaluate(data, "constant", outcome=outcome, bootstrap=100)
        row = values(data, "all", "constant", "given").loc[measure]
        assert (row["value"], row["note"]) == (0.5, "every patient has the same score")


def test_patients_without_outcome_or_prediction_are_counted() -> None:
    data = binary_cohort(60)
    data.obs["high_grade"] = data.obs["high_grade"].astype(float)
    data.obs.iloc[0, data.obs.columns.get_loc("high_grade")] = np.nan
    data.obs.iloc[1, data.obs.columns.get_loc("x0")] = np.nan
    rg.tl.evaluate(data, ["x0", "x1"], bootstrap=100)
    left = rg.get.evaluate(data, table="left_out")
    assert left["reason"].tolist() == ["no grade", "no prediction by x0"]
    assert rg.get.evaluate(data, table="summary")["n"].tolist() == [58, 59]


def test_a_score_without_training_patients_has_no_threshold_but_an_area() -> None:
    data = binary_cohort(60)
    data.obs["part"] = np.repeat(["training", "internal", "external"], [40, 19, 1])
    data.uns["split"] = {"column": "part"}
    data.obs["later"] = data.obs["x0"].where(data.obs["part"] != "training")
    with pytest.warns(RadiogenomicsWarning, match="external patients: the AUC and its interval cannot be had"):
        rg.tl.evaluate(data, "later", bootstrap=100)
    inside = values(data, "internal", "later", "given")
    assert inside.loc["auc", "value"] > 0.5
    for split in ("internal", "external"):
        rows = values(data, split, "later", "given").loc[["accuracy", "sensitivity", "specificity", "ppv", "npv"]]
        assert rows["value"].isna().all()
        assert rows["note"].isin(["no threshold", "no positive patients"]).all()


def test_resamples_that_do_not_differ_give_no_interval() -> None:
    data = binary_cohort(60)
    data.obs["apart"] = data.obs["high_grade"] + 0.1
    rg.tl.evaluate(data, "apart", bootstrap=100)
    table = rg.get.evaluate(data).query("measure == 'auc'").set_index("method")
    assert table.loc["exact", "lower"] < 0.95
    rows = rg.get.evaluate(data).query("method == 'bootstrap'")
    assert (rows.query("measure in ('auc', 'f1', 'balanced_accuracy')")["value"] == 1).all()
    assert rows[["lower", "upper"]].isna().all().all()
    assert (rows["note"] == "all resamples have this value: no interval").all()


def test_the_outcome_is_no_prediction_of_itself() -> None:
    data = binary_cohort(60)
    with pytest.raises(InputError, match="'high_grade', a column of the outcome 'grade' itself"):
        rg.tl.evaluate(data, ["x0", "high_grade"])
    with pytest.raises(InputError, match="'days', a column of the outcome 'os' itself"):
        rg.tl.time_roc(data, "days", outcome="os", horizons=300)


def test_the_same_seed_gives_the_same_result_and_it_is_stored(tmp_path: Any) -> None:
    data = binary_cohort(60)
    store(data, {"both": ["x0", "x1"]})
    rg.tl.evaluate(data, bootstrap=100, key_added="a")
    rg.tl.evaluate(data, bootstrap=100, key_added="b")
    first, second = rg.get.evaluate(data, key="a"), rg.get.evaluate(data, key="b")
    pd.testing.assert_frame_equal(first, second)
    data.write_h5ad(tmp_path / "cohort.h5ad")
    import anndata

    again = anndata.read_h5ad(tmp_path / "cohort.h5ad")
    pd.testing.assert_frame_equal(rg.get.evaluate(again, key="a"), first, check_dtype=False)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"predictions": "signatur"}, UnknownNameError, "signature"),
        ({"models": ["bth"]}, UnknownNameError, "'both'"),
        ({"outcome": "grad"}, UnknownNameError, "'grade'"),
        ({"threshold": "best"}, InputError, "'best'; expected 'youden' or a number"),
        ({"threshold": 1.5}, InputError, "1.5; expected a probability in"),
        ({"threshold": True}, InputError, "True; expected 'youden' or a number"),
        ({"bootstrap": 5}, InputError, "5; expected a whole number of at least 100"),
        ({"confidence": 95}, InputError, "95; expected between 0 and 1"),
        ({"horizon": 300.0}, InputError, "none with the binary outcome"),
        ({"key_added": "outcomes"}, InputError, "key_added"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], error: type[Exception], match: str) -> None:
    data = binary_cohort(60)
    store(data, {"both": ["x0", "x1"]}, repeats=1)
    with pytest.raises(error, match=match):
        rg.tl.evaluate(data, **arguments)


def changed(data: AnnData, column: str, value: float) -> AnnData:
    table = frame_of(data.uns["signature"], "predictions")
    table.loc[3, column] = value
    data.uns["signature"] = data.uns["signature"] | to_uns(predictions=table)
    return data


def test_bad_predictions_are_named() -> None:
    data = binary_cohort(60)
    store(data, {"both": ["x0", "x1"]}, repeats=1)
    with pytest.raises(InputError, match=r"1\.2 for patient 'P\d+'; expected a probability in \[0, 1\]"):
        rg.tl.evaluate(changed(data.copy(), "probability", 1.2))
    with pytest.raises(InputError, match="no finite score in some repeat for 1 patients, such as 'P"):
        rg.tl.evaluate(changed(data.copy(), "score", np.nan))
    fewer = data[5:].copy()
    with pytest.raises(InputError, match="5 patients who are not in the cohort, such as 'P00"):
        rg.tl.evaluate(fewer)
    data.obs["positive_only"] = data.obs["x0"].where(data.obs["high_grade"] == 1)
    with pytest.raises(DegenerateInputError, match="24 positive of 24 patients with a prediction"):
        rg.tl.evaluate(data, "positive_only")


def test_real_clinical_scores(real_data: Any) -> None:
    clinical = pd.read_csv(real_data / "sts_mri" / "clinical.csv").set_index("patient_id")
    clinical["high_grade"] = (clinical["grade"] == "high").astype(int)
    data = AnnData(np.zeros((len(clinical), 1)), obs=clinical)
    data.uns["outcomes"] = {
        "lung": {"kind": "binary", "column": "lung_metastasis", "positive": 1, "order": 0},
        "mfs": {"kind": "survival", "time": "mfs_days", "event": "mfs_event", "unit": "days", "order": 1},
    }
    rg.tl.evaluate(data, ["age_years", "high_grade"])
    age, grade = (values(data, "all", name, "given").loc["auc"] for name in ("age_years", "high_grade"))
    assert [age["lower"], age["upper"]] == pytest.approx([0.5525, 0.8439], abs=1e-4)  # pROC 1.18.0
    assert [grade["lower"], grade["upper"]] == pytest.approx([0.4690, 0.7464], abs=1e-4)
    rg.tl.evaluate(data, "age_years", outcome="mfs")
    assert 0.6 < values(data, "all", "age_years", "given")["value"]["c_index"] < 0.7
