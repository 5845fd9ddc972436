"""tl.nomogram: points and survival equal to rms, predictions of every kind, faults named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import settings_of, to_uns
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning, UnknownNameError

REFERENCE = Path(__file__).parents[1] / "reference" / "nomogram"
TERMS = ["age", "size", "grade", "sex"]
NEW = ["P3", "P17", "P44", "P101"]


def cohort() -> AnnData:
    obs = pd.read_csv(REFERENCE / "data.csv")
    obs.index = pd.Index([f"P{i + 1}" for i in range(len(obs))])
    obs["grade"] = pd.Categorical(obs["grade"], ["low", "intermediate", "high"])
    obs["sex"] = pd.Categorical(obs["sex"], ["female", "male"])
    data = AnnData(np.zeros((len(obs), 1)), obs=obs)
    data.uns["outcomes"] = {
        "os": {"kind": "survival", "time": "time", "event": "event", "unit": "months", "order": 0},
        "lung": {"kind": "binary", "column": "lung", "positive": 1, "order": 1},
    }
    return data


def with_split(data: AnnData) -> AnnData:
    data.obs["part"] = ["training"] * 80 + ["internal"] * 20 + ["external"] * 20
    data.uns["split"] = {"column": "part"}
    return data


@pytest.fixture(scope="module")
def fitted() -> AnnData:
    data = cohort()
    rg.tl.nomogram(data, TERMS, horizons=[12, 36])
    rg.tl.nomogram(data, TERMS, outcome="lung", key_added="lung_nomogram")
    return data


@pytest.mark.parametrize(("key", "model"), [("nomogram", "cox"), ("lung_nomogram", "logistic")])
def test_points_equal_rms(fitted: AnnData, key: str, model: str) -> None:
    expected = pd.read_csv(REFERENCE / "points.csv", dtype={"value": str})
    expected = expected[expected["model"] == model]
    found = rg.get.nomogram(fitted, key=key)
    both = found.merge(expected, on=["term", "value"], how="left")
    np.testing.assert_allclose(both["points_x"], both["points_y"], atol=1e-9)
    assert found.groupby("term")["points"].max().max() == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("scale", "key", "horizon"), [("s12", "nomogram", 12), ("s36", "nomogram", 36), ("p", "lung_nomogram", None)]
)
def test_total_points_equal_rms(fitted: AnnData, scale: str, key: str, horizon: float | None) -> None:
    """rms inverts its scales by interpolation on a grid: to 1e-4 points."""
    expected = pd.read_csv(REFERENCE / "scales.csv").query("scale == @scale")
    event = expected["value"] if horizon is None else 1 - expected["value"]
    model = rg.get.nomogram_model(fitted, key=key)
    found = model.points_of(model.score_at(event.to_numpy(), horizon))
    np.testing.assert_allclose(found, expected["points"], atol=1e-4)
    total = rg.get.nomogram(fitted, key=key, table="total")
    own = total if horizon is None else total[total["horizon"] == horizon]
    np.testing.assert_allclose(
        model.probability_at(model.score_of(own["points"].to_numpy()), horizon), own["probability"]
    )


def test_survival_equals_survest(fitted: AnnData) -> None:
    expected = pd.read_csv(REFERENCE / "survival.csv").query("ties == 'efron'")
    found = rg.get.nomogram_model(fitted).predict(fitted.obs.loc[NEW], horizons=[2, 12, 36, 60])
    assert found["patient_id"].tolist() == np.repeat(NEW, 4).tolist()
    for names in (("survival", "lower", "upper"), ("rms", "rms_lower", "rms_upper")):
        np.testing.assert_allclose(1 - found["probability"], expected[names[0]], atol=1e-9)
        np.testing.assert_allclose(1 - found["upper"], expected[names[1]], atol=1e-9)
        np.testing.assert_allclose(1 - found["lower"], expected[names[2]], atol=1e-9)


def test_probability_equals_r(fitted: AnnData) -> None:
    expected = pd.read_csv(REFERENCE / "probability.csv")
    found = rg.get.nomogram_model(fitted, key="lung_nomogram").predict(fitted.obs.loc[NEW])
    figures = ["probability", "lower", "upper"]
    np.testing.assert_allclose(found[figures], expected[figures], atol=1e-8)
    assert found["horizon"].isna().all()


def test_points_by_hand() -> None:
    """One number and one level: the larger effect spans 100, the other its share; the sum gives the probability."""
    rng = np.random.default_rng(0)
    obs = pd.DataFrame({"dose": np.tile([0.0, 1, 2, 3], 30), "arm": np.repeat(["a", "b"], 60)})
    obs["y"] = (rng.random(120) < 1 / (1 + np.exp(1.5 - obs["dose"] - 1.5 * (obs["arm"] == "b")))).astype(int)
    data = AnnData(np.zeros((120, 1)), obs=obs.set_index(obs.index.map(str)))
    data.uns["outcomes"] = {"y": {"kind": "binary", "column": "y", "positive": 1, "order": 0}}
    rg.tl.nomogram(data, ["dose", "arm"], reference={"arm": "a"})
    dose, arm = rg.get.nomogram(data, table="coefficients")["coef"]
    points = rg.get.nomogram(data).set_index(["term", "value"])["points"]
    assert points["dose"].tolist() == pytest.approx([0, 100 / 3, 200 / 3, 100])
    assert points["arm", "b"] == pytest.approx(100 * arm / (3 * dose))
    one = rg.get.nomogram_model(data).predict(pd.DataFrame({"dose": [2], "arm": ["b"]}, index=["new"])).iloc[0]
    assert one["points"] == pytest.approx(200 / 3 + points["arm", "b"])
    intercept = rg.get.nomogram_model(data).document.intercept
    assert one["probability"] == pytest.approx(1 / (1 + np.exp(-intercept - 2 * dose - arm)))


def test_predictions_have_the_common_format(fitted: AnnData) -> None:
    table = rg.get.nomogram(fitted, table="predictions")
    assert set(table["estimate"]) == {"apparent", "out_of_fold"}
    honest = table[table["estimate"] == "out_of_fold"]
    assert (honest.groupby("repeat")["patient_id"].nunique() == 120).all()
    assert honest["repeat"].nunique() == 5
    risks = rg.get.nomogram(fitted, table="risks")
    assert set(risks["horizon"]) == {12, 36}
    np.testing.assert_allclose(fitted.obs["nomogram"], honest.groupby("patient_id")["score"].mean()[fitted.obs_names])
    scores = rg.get.nomogram(fitted, table="scores").query("horizon == 12").set_index("patient_id")
    apparent = risks.query("estimate == 'apparent' and horizon == 12").set_index("patient_id")["probability"]
    np.testing.assert_allclose(scores["probability"], apparent[scores.index], atol=1e-12)
    c = {}
    for estimate, own in table.groupby("estimate"):
        obs = fitted.obs.loc[own["patient_id"]]
        c[estimate] = rg.core.concordance_index(obs["time"], obs["event"], own["score"]).c
    assert c["apparent"] > c["out_of_fold"] > 0.55


def test_out_of_fold_scores_are_refits_without_the_fold() -> None:
    data = cohort()
    rg.tl.nomogram(data, ["age", "size"], outcome="lung", repeats=1)
    table = rg.get.nomogram(data, table="predictions").query("estimate == 'out_of_fold' and fold == 2")
    inside = data.obs_names.isin(table["patient_id"])
    fit = rg.core.fit_logistic(data.obs.loc[~inside, ["age", "size"]], data.obs.loc[~inside, "lung"])
    expected = fit.linear_predictor(data.obs.loc[table["patient_id"], ["age", "size"]])
    np.testing.assert_allclose(table["score"], expected, rtol=1e-9)


def test_only_training_patients_fit() -> None:
    data, other = with_split(cohort()), with_split(cohort())
    other.obs.loc[other.obs["part"] != "training", ["time", "lung", "event"]] = [5, 1, 1]
    for made in (data, other):
        rg.tl.nomogram(made, TERMS, horizons=12)
    first, second = (rg.get.nomogram_model(made).document for made in (data, other))
    assert first == second
    assert first.n == 80
    table = rg.get.nomogram(data, table="predictions")
    assert set(table[["split", "estimate"]].itertuples(index=False, name=None)) == {
        ("training", "out_of_fold"), ("training", "apparent"), ("internal", "held_out"), ("external", "held_out"),
    }  # fmt: skip
    held = table[table["estimate"] == "held_out"].set_index("patient_id")["score"]
    np.testing.assert_allclose(data.obs.loc[held.index, "nomogram"], held)


def test_signature_is_out_of_fold_unless_apparent() -> None:
    data = cohort()
    rng = np.random.default_rng(1)
    ids = data.obs_names.to_numpy()
    honest, own = rng.normal(size=120), rng.normal(size=120) + 2.0 * data.obs["lung"].to_numpy()
    rows = [
        pd.DataFrame({"patient_id": ids, "model": "signature", "split": "all", "estimate": estimate, "repeat": 0,
                      "fold": -1, "score": score, "probability": np.nan, "cutoff": 0.0, "threshold": np.nan,
                      "group": np.where(score >= 0, "high", "low")})
        for estimate, score in (("out_of_fold", honest), ("apparent", own))
    ]  # fmt: skip
    data.uns["signature"] = to_uns(predictions=pd.concat(rows, ignore_index=True), settings={"outcome": "lung"})
    data.obs["signature"] = honest
    with pytest.warns(RadiogenomicsWarning, match="'signature' cannot be made again within the folds"):
        rg.tl.nomogram(data, ["signature", "age"], outcome="lung")
    assert not settings_of(data.uns["nomogram"])["signatures_refitted"]
    rg.tl.nomogram(data, ["signature", "age"], outcome="lung", apparent=True, key_added="apparent_nomogram")
    coef = [
        rg.get.nomogram(data, key=key, table="coefficients")["coef"].iloc[0]
        for key in ("nomogram", "apparent_nomogram")
    ]
    expected = [
        rg.core.fit_logistic(np.column_stack([s, data.obs["age"]]), data.obs["lung"]).coef[0] for s in (honest, own)
    ]
    np.testing.assert_allclose(coef, expected, rtol=1e-8)
    assert rg.get.nomogram_model(data, key="apparent_nomogram").document.apparent
    table = rg.get.nomogram(data, key="apparent_nomogram", table="predictions")
    auc = {}
    for estimate, own in table.groupby("estimate"):
        mean = own.groupby("patient_id")["score"].mean()
        auc[estimate] = rg.core.delong(data.obs.loc[mean.index, "lung"], mean.to_numpy()).auc[0]
    assert auc["apparent"] > 0.85
    assert auc["out_of_fold"] < 0.65  # of scores that say nothing
    assert settings_of(data.uns["nomogram"])["signatures"] == ["signature"]
    assert "apparent" in rg.pl.nomogram(data, key="apparent_nomogram").get_title(loc="left")
    with pytest.raises(InputError, match="no signature among"):
        rg.tl.nomogram(data, ["age"], outcome="lung", apparent=True)


def test_separation_is_told_and_penalised() -> None:
    data = cohort()
    data.obs["mark"] = np.where((data.obs["lung"] == 0) & (np.arange(120) % 4 == 0), "yes", "no")
    with pytest.warns(RadiogenomicsWarning, match="mark yes: the odds ratio runs to infinity.*Firth"):
        rg.tl.nomogram(data, ["age", "mark"], outcome="lung")
    model = rg.get.nomogram_model(data).document
    assert model.penalty == "firth"
    assert np.isfinite(rg.get.nomogram(data, table="coefficients")["upper"]).all()
    assert "(Firth)" in rg.pl.nomogram(data).get_title(loc="left")


def test_unknown_level_of_a_test_patient() -> None:
    data = with_split(cohort())
    data.obs["site"] = ["limb", "trunk"] * 60
    data.obs.loc["P95", "site"] = "head"
    with pytest.warns(RadiogenomicsWarning, match="1 test patient.*P95"):
        rg.tl.nomogram(data, ["age", "site"], horizons=12)
    assert np.isnan(data.obs.loc["P95", "nomogram"])
    left_out = rg.get.nomogram(data, table="left_out").set_index("patient_id")["reason"]
    assert left_out.to_dict() == {"P95": "a level that the training patients lack"}


def test_rare_level_missing_from_a_fold() -> None:
    data = cohort()
    data.obs["site"] = ["limb"] * 118 + ["trunk"] * 2
    with pytest.warns(RadiogenomicsWarning) as said:
        rg.tl.nomogram(data, ["age", "site"], horizons=12, folds=2, repeats=10)
    assert any("training folds without a patient of a level (site trunk" in str(w.message) for w in said)


def test_a_number_constant_in_folds_is_no_level() -> None:
    data = cohort()
    data.obs["score"] = [1.0, 2.0] + [0.0] * 118
    with pytest.warns(RadiogenomicsWarning) as said:
        rg.tl.nomogram(data, ["age", "score"], horizons=12, folds=2, repeats=10)
    told = [str(w.message) for w in said if "training folds" in str(w.message)]
    assert len(told) == 1
    assert "have the same value (score in" in told[0]


@pytest.mark.filterwarnings("ignore:.*Firth")
def test_what_is_known_of_the_dead_alone_is_no_term() -> None:
    """Days to death: known of those who died, and their follow-up itself."""
    time = np.ceil(np.random.default_rng(0).lognormal(6, 1, 60))
    obs = pd.DataFrame({"time": time, "event": (np.arange(60) % 3 > 0).astype(int)}, index=[f"P{i}" for i in range(60)])
    obs["death_days_to"] = obs["time"].where(obs["event"] == 1)
    data = AnnData(np.zeros((60, 1)), obs=obs)
    data.uns["outcomes"] = {"os": {"kind": "survival", "time": "time", "event": "event", "unit": "days", "order": 0}}
    with (
        pytest.warns(RadiogenomicsWarning, match="'death_days_to' is known of the patients with the event alone"),
        pytest.raises(DegenerateInputError, match=r"death_days_to.*without bounds.*known only once"),
    ):
        rg.tl.nomogram(data, ["death_days_to"])
    assert "nomogram" not in data.uns


@pytest.mark.filterwarnings("ignore:.*(Firth|fewer than 10|unstable)")
def test_other_words_for_the_outcome_are_told() -> None:
    data = cohort()
    data.obs["dss"] = np.where(np.arange(120) == 7, 1 - data.obs["event"], data.obs["event"])
    with pytest.warns(RadiogenomicsWarning, match=r"'dss' says the same as the event \(kappa 0.9"):
        rg.tl.nomogram(data, ["age", "dss"], horizons=12)
    with pytest.warns(RadiogenomicsWarning, match="'dss' says the same"):
        rg.tl.cox(data, ["age", "dss"])
    data.obs["until"] = data.obs["time"]
    with pytest.warns(RadiogenomicsWarning, match="'until' is the time of the event in 100 %"):
        rg.tl.cox(data, ["age", "until"])
    data.obs["metastasis"] = np.where(data.obs["lung"] == 1, "yes", "no")
    with pytest.warns(RadiogenomicsWarning, match="'metastasis' says the same"):
        rg.tl.logistic(data, ["age", "metastasis"], outcome="lung", folds=2, repeats=1, lasso=False)


def test_default_horizons() -> None:
    data = cohort()
    rg.tl.nomogram(data, ["age"])
    last = data.obs["time"].max()
    assert settings_of(data.uns["nomogram"])["horizons"] == [h for h in (12.0, 36.0, 60.0) if h <= last]
    data.uns["outcomes"]["os"]["unit"] = ""
    with pytest.raises(InputError, match="without a unit"):
        rg.tl.nomogram(data, ["age"])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"terms": []}, InputError, "at least one column"),
        ({"terms": ["agee"]}, UnknownNameError, "Did you mean 'age'"),
        ({"terms": ["age", "age"]}, InputError, "more than once"),
        ({"terms": ["age", "event"]}, InputError, "the event of outcome 'os'"),
        ({"terms": ["lung"], "outcome": "lung"}, InputError, "of the outcome 'lung' itself"),
        ({"terms": "age + size"}, UnknownNameError, "takes no formulas"),
        ({"horizons": [0.5, 12, 500]}, InputError, "0.5, 500; expected times from the first event to the last"),
        ({"horizons": 12, "outcome": "lung"}, InputError, "has no times"),
        ({"reference": {"grade": "none"}}, InputError, "'none' for 'grade'"),
        ({"folds": 500}, DegenerateInputError, "event"),
        ({"key_added": "age"}, InputError, "a column of obs"),
    ],
)
def test_bad_input(change: dict[str, object], error: type[Exception], message: str) -> None:
    data = cohort()
    with pytest.raises(error, match=message):
        rg.tl.nomogram(data, change.pop("terms", TERMS), **change)
    assert "nomogram" not in data.uns


def test_constant_term() -> None:
    data = cohort()
    data.obs["centre"] = "one"
    with pytest.raises(DegenerateInputError, match=r"'centre'.*one level 'one'"):
        rg.tl.nomogram(data, ["age", "centre"], horizons=12)
    data.obs["years"] = data.obs["age"] * 2
    with pytest.raises(DegenerateInputError, match=r"'years'.*linear combination of age"):
        rg.tl.nomogram(data, ["age", "years"], horizons=12)


def test_survives_a_file(fitted: AnnData, tmp_path: Path) -> None:
    fitted.write_h5ad(tmp_path / "data.h5ad")
    from anndata import read_h5ad

    again = read_h5ad(tmp_path / "data.h5ad")
    pd.testing.assert_frame_equal(rg.get.nomogram(again), rg.get.nomogram(fitted))
    assert rg.get.nomogram_model(again).document == rg.get.nomogram_model(fitted).document
    with pytest.raises(UnknownNameError, match=r"run rg.tl.nomogram first. Stored under other names: .*'nomogram'"):
        rg.get.nomogram_model(again, key="other")


@pytest.mark.filterwarnings("ignore:.*events for")
def test_survival_of_real_patients(real_data: Path) -> None:
    table = pd.read_csv(real_data / "tcga_hnsc_ct_rna" / "clinical_cdr.csv", index_col="ID")
    obs = table[["gender", "OS", "OS.time"]].assign(age=table["age_at_initial_pathologic_diagnosis"])
    data = AnnData(np.zeros((len(obs), 1)), obs=obs)
    data.uns["outcomes"] = {
        "os": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days", "order": 0}
    }  # fmt: skip
    rg.tl.nomogram(data, ["age", "gender"])
    scores = rg.get.nomogram(data, table="scores")
    assert scores["horizon"].unique().tolist() == [365.25, 1095.75, 1826.25]
    assert scores.groupby("patient_id")["probability"].is_monotonic_increasing.all()
    mean = scores.groupby("horizon")["probability"].mean()
    for horizon, risk in mean.items():  # on average the model says what Kaplan and Meier see
        curve = rg.core.survival_curve(obs["OS.time"], obs["OS"])
        seen = 1 - curve.survival[np.searchsorted(curve.time, horizon, side="right") - 1]
        assert risk == pytest.approx(seen, abs=0.03)
