"""Signatures: nested cross-validation of the whole chain, splits, null models, other cohorts."""

from __future__ import annotations

import json
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import (
    DegenerateGroupsError,
    DegenerateInputError,
    InputError,
    RadiogenomicsWarning,
    UnknownNameError,
)
from radiogenomics.core import delong
from radiogenomics.tl._predictions import COLUMNS, RISK_COLUMNS, predictions_of
from tests.tl._signatures import cohort, several

FAST = {"inner_folds": 5, "folds": 3, "repeats": 2, "n_resamples": 10, "select": {"mrmr": {"n_features": 8}}}


@pytest.fixture(scope="module")
def made() -> AnnData:
    data = cohort(160, split=True, grade=True)
    rg.pp.scale(data)
    rg.tl.signature(data, ["data", "age", "grade"], outcome="lung", **FAST)
    rg.tl.signature(data, "data", outcome="os", key_added="os_signature", **FAST)
    return data


@pytest.mark.parametrize("key", ["signature", "os_signature"])
def test_every_table_has_each_part_and_estimate(made: AnnData, key: str) -> None:
    table = rg.get.signature(made, key=key, table="predictions")
    assert tuple(table.columns) == COLUMNS
    found = table.groupby(["split", "estimate"]).size().to_dict()
    assert found == {
        ("training", "out_of_fold"): 160, ("training", "apparent"): 80, ("internal", "held_out"): 40,
        ("external", "held_out"): 40,
    }  # fmt: skip
    performance = rg.get.signature(made, key=key)
    assert performance["estimate"].tolist() == ["out_of_fold", "apparent", "held_out", "held_out"]
    assert (performance["lower"] < performance["value"]).all()
    assert performance["value"].between(0.6, 1).all()
    assert (performance["value"] <= performance["upper"]).all()
    assert len(predictions_of(made, key)) == 4


def test_features_that_act_are_found(made: AnnData) -> None:
    table = rg.get.signature(made, table="coefficients")
    head = table.set_index("feature").loc[["f0", "f1", "f2"]]
    assert np.sign(head["coefficient"]).tolist() == [1, 1, -1]
    assert (head["selected_folds"] >= 0.5).all()
    assert table["standardized"].abs().is_monotonic_decreasing
    assert table["selected_folds"].between(0, 1).all()
    steps = rg.get.signature(made, table="selection")
    assert set(steps["step"]) == {"measured", "varying", "mrmr", "signature"}
    assert len(steps) == 4 * 7
    assert steps.loc[steps["step"] == "mrmr", "n_features"].max() <= 8


def test_scores_are_the_stored_formula(made: AnnData) -> None:
    """From the values as measured, without the cohort's transforms: what a reader of the JSON would compute."""
    for key in ("signature", "os_signature"):
        model = json.loads(json.dumps(rg.get.signature_model(made, key=key)))
        raw = pd.DataFrame(np.asarray(made.raw.X), columns=made.raw.var_names, index=made.obs_names).join(made.obs)
        score = np.full(made.n_obs, model["intercept"])
        assert all(term["name"] in model["formula"] for term in model["terms"])
        for term in model["terms"]:
            values = raw[term["feature"]]
            values = (values == term["level"]).astype(float) if term["level"] else values
            score += term["coefficient"] * (values.to_numpy(dtype=float) - term["zero"]) * term["per_unit"]
        table = rg.get.signature(made, key=key, table="predictions")
        own = table[table["estimate"] != "out_of_fold"].set_index("patient_id")
        expected = pd.Series(score, index=made.obs_names).loc[own.index]
        assert np.allclose(own["score"], expected, atol=1e-8)
        assert (own["group"] == np.where(own["score"] >= model["cutoff"], "high", "low")).all()
        if key == "signature":
            assert np.allclose(own["probability"], 1 / (1 + np.exp(-expected)))
            continue
        risks = rg.get.signature(made, key=key, table="risks")
        assert tuple(risks.columns) == RISK_COLUMNS
        risks = risks[risks["estimate"] != "out_of_fold"]
        for horizon, baseline in zip(model["horizons"], model["baseline_survival"], strict=True):
            told = risks[risks["horizon"] == horizon].set_index("patient_id")["probability"]
            assert np.allclose(told.loc[own.index], 1 - baseline ** np.exp(expected))


@pytest.mark.parametrize("key", ["signature", "os_signature"])
def test_the_printed_formula_computes_the_score_from_measured_values(made: AnnData, key: str) -> None:
    """By hand: names replaced by the patient's values as measured, and nothing else known."""
    text = rg.get.signature_model(made, key=key)["formula"].removeprefix("rad-score = ")
    raw = pd.DataFrame(np.asarray(made.raw.X), columns=made.raw.var_names, index=made.obs_names).join(made.obs)
    terms = {t["name"]: t for t in rg.get.signature_model(made, key=key)["terms"]}
    own = rg.get.signature(made, key=key, table="predictions").query("estimate != 'out_of_fold'")
    for row in own.iloc[::17].itertuples():
        filled = text
        for name in sorted(terms, key=len, reverse=True):
            value = raw.loc[row.patient_id, terms[name]["feature"]]
            value = float(value == terms[name]["level"]) if terms[name]["level"] else float(value)
            filled = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", f"({value!r})", filled)
        assert eval(filled) == pytest.approx(row.score, abs=1e-4)


def test_formula_of_features_that_are_no_straight_line() -> None:
    data = cohort(90)
    rg.pp.scale(data, method="rank_normal")
    rg.tl.signature(data, "data", outcome="lung", **FAST)
    model = rg.get.signature_model(data)
    assert f"* transformed({model['terms'][0]['name']})" in model["formula"]


def test_baseline_is_breslows() -> None:
    data = cohort()
    rg.tl.signature(data, "data", outcome="os", horizons=[200.0, 600.0], **FAST)
    model = json.loads(data.uns["signature"]["model"])
    table = rg.get.signature(data, table="predictions")
    score = table[table["estimate"] == "apparent"].set_index("patient_id")["score"].loc[data.obs_names].to_numpy()
    time, event = data.obs["days"].to_numpy(), data.obs["event"].to_numpy()
    for horizon, baseline in zip((200.0, 600.0), model["baseline_survival"], strict=True):
        hazard = sum(1 / np.exp(score[time >= t]).sum() for t in time[(event == 1) & (time <= horizon)])
        assert np.isclose(baseline, np.exp(-hazard))


def test_test_patients_get_the_cutoff_of_the_training_patients(made: AnnData) -> None:
    table = rg.get.signature(made, key="os_signature", table="predictions")
    apparent = table[table["estimate"] == "apparent"]
    cutoffs = table.loc[table["estimate"] != "out_of_fold", "cutoff"].unique()
    assert cutoffs == pytest.approx([apparent["score"].median()])
    folds = table[table["estimate"] == "out_of_fold"].groupby(["repeat", "fold"])["cutoff"].nunique()
    assert (folds == 1).all()


def test_columns_hold_the_honest_score(made: AnnData) -> None:
    table = rg.get.signature(made, table="predictions")
    honest = table[table["estimate"] != "apparent"].groupby("patient_id")["score"].mean()
    assert np.allclose(made.obs["signature"], honest.loc[made.obs_names])
    assert set(made.obs["signature_group"]) == {"high", "low"}
    rg.tl.kaplan_meier(made, "signature_group", outcome="os", key_added="km")
    internal = made[made.obs["part"] == "internal"]
    auc = delong(internal.obs["lung_metastasis"], internal.obs["signature"])
    stored = rg.get.signature(made).set_index("split").loc["internal", ["value", "lower", "upper"]]
    assert np.allclose(stored.astype(float), [auc.auc[0], auc.lower[0], auc.upper[0]])


def first_repeat(data: AnnData) -> pd.DataFrame:
    table = rg.get.signature(data, table="predictions")
    return table[(table["estimate"] == "out_of_fold") & (table["repeat"] == 0)].set_index("patient_id")


def test_nothing_of_a_fold_reaches_the_model_that_predicts_it() -> None:
    """Neither times nor features of patients enter the model that predicts them out of fold."""
    data = cohort(90)
    rg.pp.scale(data)
    rg.tl.signature(data, "data", outcome="os", **FAST)
    one = first_repeat(data)
    fold = one.index[one["fold"] == 1]
    other = cohort(90)
    moved, rest = fold[:5], fold[5:]
    # Folds are dealt by events: other times and features of a few patients leave them as they are.
    other.obs.loc[fold, "days"] = other.obs.loc[fold, "days"].to_numpy()[::-1] * 0.3
    other.X[other.obs_names.get_indexer(moved)] += 50.0
    rg.pp.scale(other)
    rg.tl.signature(other, "data", outcome="os", **FAST)
    two = first_repeat(other).loc[one.index]
    assert two["fold"].equals(one["fold"])
    assert np.array_equal(two.loc[rest, "score"], one.loc[rest, "score"])
    others = one.index.difference(fold)
    assert not np.isclose(two.loc[others, "score"], one.loc[others, "score"]).any()


def test_same_seed_same_result_whatever_the_workers() -> None:
    tables = []
    for n_jobs in (1, 2):
        data = cohort(90)
        rg.tl.signature(data, "data", outcome="lung", n_jobs=n_jobs, **FAST)
        tables.append(rg.get.signature(data, table="predictions"))
    assert tables[0].equals(tables[1])


@pytest.mark.parametrize("outcome", ["lung", "os"])
@pytest.mark.parametrize("step", ["univariate", "signature"])
def test_null_model_says_so(outcome: str, step: str) -> None:
    data = cohort(100, 20, effect=0.0, seed=4)
    select = {"univariate": {"alpha": 1e-6}} if step == "univariate" else None
    rule = "min" if step == "univariate" else "1se"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rg.tl.signature(data, "data", outcome=outcome, folds=3, repeats=1, inner_folds=5, n_resamples=0,
                        select=select, rule=rule)  # fmt: skip
    said = [str(w.message) for w in caught if "null model" in str(w.message)]
    assert any("everybody has the same score" in text for text in said)
    settings = json.loads(data.uns["signature"]["settings"])
    assert settings["null"]
    assert settings["null_folds"] == settings["n_fits"] or step == "signature"
    table = rg.get.signature(data, table="predictions")
    apparent = table[table["estimate"] == "apparent"]
    assert apparent["score"].nunique() == 1
    assert (apparent["group"] == "low").all()
    performance = rg.get.signature(data).set_index("estimate")["value"]
    assert performance["apparent"] == 0.5
    if outcome == "lung":
        assert np.allclose(apparent["probability"], data.obs["lung_metastasis"].mean())
    else:
        risks = rg.get.signature(data, table="risks")
        assert risks[risks["estimate"] == "apparent"].groupby("horizon")["probability"].nunique().eq(1).all()
    if step == "univariate":
        assert performance["out_of_fold"] == 0.5


def test_stored_results_are_written_and_read(made: AnnData, tmp_path) -> None:  # type: ignore[no-untyped-def]
    rg.io.write_cohort(made, tmp_path / "c.h5ad")
    again = rg.io.read_cohort(tmp_path / "c.h5ad")
    for table in ("predictions", "coefficients", "performance", "path", "cv", "selection"):
        pd.testing.assert_frame_equal(
            rg.get.signature(again, table=table), rg.get.signature(made, table=table), check_dtype=False
        )


def test_modalities_that_patients_lack(tmp_path) -> None:  # type: ignore[no-untyped-def]
    data = several()
    for modality in ("radiomics", "deep"):
        rg.pp.scale(data, modality=modality)
    rg.tl.signature(data, ["radiomics@T1", "deep", "age"], outcome="lung", key_added="rad", **FAST)
    left_out = rg.get.signature(data, key="rad", table="left_out").set_index("patient_id")["reason"]
    assert len(left_out) == 30
    assert left_out["P000"] == "no deep data"
    assert data.obs["rad"].isna().sum() == data.obs["rad_group"].isna().sum() == 30
    assert set(rg.get.signature(data, key="rad", table="coefficients")["source"]) <= {
        "radiomics@T1",
        "deep",
        "clinical",
    }
    rg.io.write_cohort(data, tmp_path / "c.h5mu")
    again = rg.io.read_cohort(tmp_path / "c.h5mu")
    assert rg.get.signature_model(again, key="rad") == rg.get.signature_model(data, key="rad")
    other = several()
    del other.mod["deep"]
    with pytest.raises(InputError, match="'deep', which the signature reads"):
        rg.tl.apply_signature(other, again, key="rad")
    other = several()
    with pytest.raises(InputError, match=r"90 patient\(s\) who trained the signature \(P020(.|\n)*out-of-fold"):
        rg.tl.apply_signature(other, again, key="rad")
    other.mod["deep"].X += 0.1
    rg.tl.apply_signature(other, again, key="rad")


def test_another_cohort_is_scored_as_the_external_part_was(made: AnnData) -> None:
    alone = made[made.obs["part"] == "external"].copy()
    external = AnnData(alone.raw.X[:, ::-1], obs=alone.obs[["lung_metastasis", "days", "event", "age", "grade"]])
    external.var_names = alone.raw.var_names[::-1]
    external.uns["outcomes"] = made.uns["outcomes"]
    rg.tl.apply_signature(external, made)
    assert np.allclose(external.obs["signature"], made.obs["signature"].loc[external.obs_names])
    expected = rg.get.signature(made).set_index("split").loc["external", ["value", "lower", "upper"]]
    found = rg.get.signature(external).iloc[0][["value", "lower", "upper"]]
    assert np.allclose(found.astype(float), expected.astype(float))
    rg.tl.apply_signature(external, made, key="os_signature")
    assert len(rg.get.signature(external, key="os_signature", table="risks"))
    assert np.allclose(external.obs["os_signature"], made.obs["os_signature"].loc[external.obs_names])


def test_another_cohort_that_lacks_something_or_has_other_units(made: AnnData) -> None:
    new = cohort(50, seed=9, grade=True)
    no_feature = new[:, [f for f in new.var_names if f != "f0"]].copy()
    no_feature.obs = no_feature.obs.drop(columns="age")
    used = [term["name"] for term in json.loads(made.uns["signature"]["model"])["terms"]]
    assert "f0" in used
    with pytest.raises(InputError, match=r"2 faults:(.|\n)*without 'f0'(.|\n)*'age'"):
        rg.tl.apply_signature(no_feature, made)
    unused = next(f for f in new.var_names if f not in used)
    rg.tl.apply_signature(new[:, new.var_names != unused].copy(), made)
    new.X = new.X * 1000
    with pytest.warns(RadiogenomicsWarning, match=r"far outside the range(.|\n)*another unit"):
        rg.tl.apply_signature(new, made)
    other = cohort(50, seed=9, grade=True)
    other.obs["grade"] = np.where(other.obs["grade"] == "I", "low", other.obs["grade"])
    with pytest.warns(RadiogenomicsWarning, match="'low' did not occur in the first cohort"):
        rg.tl.apply_signature(other, made)
    with pytest.raises(UnknownNameError, match=r"run rg\.tl\.signature first"):
        rg.tl.apply_signature(new, other, key="rad")


def test_patients_of_one_class_are_scored_but_not_judged(made: AnnData) -> None:
    for key, column in (("signature", "lung_metastasis"), ("os_signature", "event")):
        new = cohort(30, seed=9, grade=True)
        new.obs[column] = 0
        with pytest.warns(RadiogenomicsWarning, match="scores are not judged: "):
            rg.tl.apply_signature(new, made, key=key)
        assert new.obs[key].notna().all()
        assert "performance" not in new.uns[key]
        with pytest.raises(DegenerateInputError):
            rg.tl.apply_signature(new, made, key=key, outcome="lung" if key == "signature" else "os")


def test_intervals_are_those_of_evaluate(made: AnnData) -> None:
    rg.tl.evaluate(made, "signature", bootstrap=100)
    judged = rg.get.evaluate(made)
    judged = judged[(judged["measure"] == "auc") & judged["method"].str.startswith("DeLong")]
    keys = ["split", "estimate"]
    own = rg.get.signature(made).set_index(keys)[["value", "lower", "upper"]]
    pd.testing.assert_frame_equal(own.loc[list(zip(judged["split"], judged["estimate"], strict=True))],
                                  judged.set_index(keys)[["value", "lower", "upper"]])  # fmt: skip
    assert len(own) == 4
    rg.tl.evaluate(made, "os_signature", key_added="os_evaluate")
    judged = rg.get.evaluate(made, key="os_evaluate").query("measure == 'c_index'").set_index(keys)
    own = rg.get.signature(made, key="os_signature").set_index(keys)[["value", "lower", "upper"]]
    pd.testing.assert_frame_equal(own, judged[["value", "lower", "upper"]].loc[own.index])


def test_scores_learned_here_are_no_features_but_those_of_another_cohort_are(made: AnnData) -> None:
    for name in ("signature", "signature_group"):
        with pytest.raises(InputError, match=rf"'{name}', of signature 'signature', which knows(.|\n)*rg.tl.nomogram"):
            rg.tl.signature(made, [name, "age"], outcome="lung", key_added="second", **FAST)
    new = cohort(90, seed=9, grade=True)
    rg.tl.apply_signature(new, made)
    rg.tl.signature(new, ["signature", "age"], outcome="lung", key_added="second", inner_folds=5, repeats=1)
    coefficients = rg.get.signature(new, key="second", table="coefficients").set_index("feature")["coefficient"]
    assert coefficients["signature"] > 0


def test_horizons_are_told_once() -> None:
    data = cohort(90)
    rg.tl.signature(data, "data", outcome="os", horizons=[300, 100, 300], **FAST)
    risks = rg.get.signature(data, table="risks")
    assert sorted(risks["horizon"].unique()) == [100, 300]
    assert not risks.duplicated(["patient_id", "estimate", "repeat", "horizon"]).any()


def test_a_changed_source_is_refused() -> None:
    data = cohort(90)
    rg.tl.signature(data, "data", outcome="lung", **FAST)
    data.obs["lung_metastasis"] = 1 - data.obs["lung_metastasis"]
    with pytest.raises(InputError, match="have changed since"):
        rg.tl.apply_signature(cohort(40, seed=2), data, key_added="new")


def test_external_patients_in_another_unit_are_told() -> None:
    data = cohort(120, split=True)
    data.X[data.obs["part"] == "external"] *= 100
    with pytest.warns(RadiogenomicsWarning, match=r"external patients \('f"):
        rg.tl.signature(data, "data", outcome="lung", **FAST)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cut": "mean"}, "found 'mean'; expected 'median' or 'youden', or a number"),
        ({"outcome": "os", "cut": "youden"}, "found 'youden'; expected 'median', or a number"),
        ({"n_resamples": -1}, "n_resamples"),
        ({"horizons": [365.0]}, "horizons of the binary outcome"),
        ({"outcome": "os", "horizons": [1e6]}, "the longest follow-up"),
        ({"folds": 1}, "folds: found 1"),
        ({"repeats": 0}, "repeats: found 0"),
        ({"inner_folds": 60}, "use at most inner_folds|Use at most inner_folds"),
        ({"impute": "mean"}, "impute: found 'mean'"),
        ({"features": []}, "features: found none"),
        ({"key_added": "age"}, "a column of obs that is no result"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, object], said: str) -> None:
    data = cohort(60)
    given = {"features": "data", "outcome": "lung", **settings}
    with pytest.raises(InputError, match=said):
        rg.tl.signature(data, **given)
    assert "signature" not in data.uns


def test_few_events_are_told() -> None:
    data = cohort(60)
    lowest = np.argsort(data.X[:, 0])
    data.obs["lung_metastasis"] = np.isin(np.arange(60), lowest[2:10]).astype(int)
    with pytest.warns(RadiogenomicsWarning, match="8 patients of the rarer class among 60"):
        rg.tl.signature(data, ["data"], outcome="lung", select={"mrmr": {"n_features": 2}}, inner_folds=3, folds=3,
                        repeats=1, n_resamples=0)  # fmt: skip


def test_a_class_smaller_than_the_folds_is_refused() -> None:
    data = cohort(60)
    data.obs["lung_metastasis"] = np.r_[np.ones(4, dtype=int), np.zeros(56, dtype=int)]
    with pytest.raises(DegenerateGroupsError, match="4 positive"):
        rg.tl.signature(data, "data", outcome="lung")


def test_waterfall_shows_each_patient_once(made: AnnData) -> None:
    for key, words in (("signature", {"no lung", "lung"}), ("os_signature", {"censored", "event"})):
        ax = rg.pl.waterfall(made, key=key)
        assert len(ax.patches) == 80
        assert {t.get_text().rsplit(" (", 1)[0] for t in ax.get_legend().get_texts()} == words
        heights = [p.get_height() for p in sorted(ax.patches, key=lambda p: p.get_x())]
        assert heights == sorted(heights)
        assert "ross-validated" in ax.get_title(loc="left")
        assert "apparent" in rg.pl.waterfall(made, key=key, estimate="apparent").get_title(loc="left")
        assert len(rg.pl.waterfall(made, key=key, split="external").patches) == 40
    with pytest.raises(InputError, match="estimate"):
        rg.pl.waterfall(made, split="external", estimate="out_of_fold")


@pytest.mark.slow
def test_real_head_and_neck(real_data) -> None:  # type: ignore[no-untyped-def]
    """Radiomics that look good on the patients they were chosen on say little of others."""
    folder = real_data / "tcga_hnsc_ct_rna"
    outcomes = {"os": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"}}
    data = rg.io.assemble_cohort(
        rg.io.read_clinical(folder / "clinical_cdr.csv", id="ID"), outcomes=outcomes,
        radiomics=rg.io.read_features(folder / "radiomics.csv", id="ID"),
    )  # fmt: skip
    rg.pp.clean_features(data, modality="radiomics")
    rg.pp.impute(data, modality="radiomics")
    rg.pp.scale(data, modality="radiomics")
    select = {"univariate": {"alpha": 0.01, "adjust": None}, "correlation": {"threshold": 0.9}}
    rg.tl.signature(data, ["radiomics", "age_at_initial_pathologic_diagnosis"], select=select, inner_folds=5, repeats=2)
    value = rg.get.signature(data).set_index("estimate")["value"]
    assert value["apparent"] > 0.65
    assert 0.4 < value["out_of_fold"] < value["apparent"] - 0.05
    assert json.loads(data.uns["signature"]["settings"])["horizons"] == [365.25, 3 * 365.25, 5 * 365.25]
