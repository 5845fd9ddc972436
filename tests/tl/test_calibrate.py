"""Calibration of stored predictions, per model, part of the split, estimate and horizon."""

from __future__ import annotations

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._cohort import frame_of, to_uns
from radiogenomics._errors import InputError, RadiogenomicsWarning, UnknownNameError
from radiogenomics.core.calibration import squared_errors
from tests.tl._predicted import HORIZONS, predicted


def test_every_model_part_and_estimate_is_judged() -> None:
    data = predicted()
    rg.tl.calibrate(data, ["signature", "weak"], bootstrap=50)
    measures = rg.get.calibrate(data)
    blocks = set(zip(measures["model"], measures["split"], measures["estimate"], strict=True))
    parts = {("training", "out_of_fold"), ("training", "apparent"), ("external", "held_out")}
    assert blocks == {(m, *part) for m in ("signature", "weak") for part in parts}
    assert set(measures["measure"]) == {"intercept", "slope", "expected_observed", "brier", "scaled_brier", "ici"}
    assert ((measures["lower"] <= measures["value"]) & (measures["value"] <= measures["upper"])).all()
    test = rg.get.calibrate(data, table="test").set_index(["model", "estimate"])
    assert test.loc[("signature", "apparent"), "df"] == 8
    assert test.loc[("signature", "held_out"), "df"] == 10
    assert test.loc[("signature", "out_of_fold"), "df"] == 10
    assert "fewer than 5" in str(test.loc[("signature", "held_out"), "note"])


def test_figures_are_those_of_core() -> None:
    data = predicted(repeats=3)
    rg.tl.calibrate(data, "signature", bootstrap=20, groups=5)
    measures = rg.get.calibrate(data).set_index(["estimate", "measure"])["value"]
    table = frame_of(data.uns["signature"], "predictions")
    y = data.obs["finding"].astype(float)
    held = table[table["estimate"] == "held_out"]
    own, p = y[held["patient_id"]].to_numpy(), held["probability"].to_numpy()
    line = rg.core.calibration_line(own, p)
    assert measures["held_out", "slope"] == pytest.approx(line.slope.value)
    assert measures["held_out", "intercept"] == pytest.approx(line.intercept.value)
    assert measures["held_out", "expected_observed"] == pytest.approx(p.sum() / own.sum())
    out = table[table["estimate"] == "out_of_fold"]
    slopes, briers, chi = [], [], []
    for _, repeat in out.groupby("repeat"):
        own, p = y[repeat["patient_id"]].to_numpy(), repeat["probability"].to_numpy()
        slopes.append(rg.core.calibration_line(own, p).slope.value)
        briers.append(squared_errors(own, p, np.ones((1, len(p))))[0][0])
        chi.append(rg.core.hosmer_lemeshow(own, p, groups=5).statistic)
    assert measures["out_of_fold", "slope"] == pytest.approx(np.mean(slopes))
    assert measures["out_of_fold", "brier"] == pytest.approx(np.mean(briers))
    test = rg.get.calibrate(data, table="test").set_index("estimate")
    assert test.loc["out_of_fold", "statistic"] == pytest.approx(np.mean(chi))
    groups = rg.get.calibrate(data, table="groups")
    held_out = groups[groups["estimate"] == "held_out"]
    assert held_out["n"].sum() == 64
    assert held_out["events"].sum() == y[held["patient_id"]].sum()


def test_too_extreme_predictions_have_a_slope_below_one() -> None:
    data = predicted(600, slope=2.0, repeats=1)
    rg.tl.calibrate(data, ["signature"], bootstrap=20)
    rg.tl.calibrate(data, "risk", bootstrap=20, key_added="survival")
    for key in ("calibrate", "survival"):
        table = rg.get.calibrate(data, key=key)
        slopes = table[(table["measure"] == "slope") & (table["estimate"] != "out_of_fold")]
        assert slopes["value"].between(0.35, 0.75).all()
        assert (slopes["upper"] < 1).all()


def test_survival_at_each_horizon() -> None:
    data = predicted()
    rg.tl.calibrate(data, "risk", bootstrap=50)
    measures = rg.get.calibrate(data)
    assert sorted(set(measures["horizon"])) == list(HORIZONS)
    groups = rg.get.calibrate(data, table="groups")
    assert (groups.groupby(["estimate", "horizon"])["n"].sum() == [96, 96, 64, 64, 96, 96]).all()
    assert "test" not in data.uns["calibrate"]
    held = measures[(measures["estimate"] == "held_out") & (measures["horizon"] == 400)].set_index("measure")
    table = frame_of(data.uns["risk"], "risks")
    own = table[(table["estimate"] == "held_out") & (table["horizon"] == 400)]
    time, event = (data.obs.loc[own["patient_id"], c].to_numpy(dtype=float) for c in ("time", "event"))
    slope = rg.core.survival_calibration_slope(time, event, own["probability"], 400.0)
    assert held.loc["slope", "value"] == pytest.approx(slope.value)
    score = rg.core.brier_score(time, event, 1 - own["probability"], [400.0]).score[0]
    assert held.loc["brier", "value"] == pytest.approx(score)
    seen = 1 - rg.core.survival_curve(time, event, at=400.0).survival[0]
    assert held.loc["expected_observed", "value"] == pytest.approx(own["probability"].mean() / seen)
    rg.tl.calibrate(data, "risk", horizons=200, bootstrap=20, key_added="one")
    assert set(rg.get.calibrate(data, key="one")["horizon"]) == {200.0}


def test_columns_of_probabilities() -> None:
    data = predicted(split=False)
    rg.tl.calibrate(data, "chance", outcome="finding", bootstrap=20)
    assert set(rg.get.calibrate(data)["estimate"]) == {"given"}
    assert rg.get.calibrate(data, table="test")["df"].iloc[0] == 10
    rg.tl.calibrate(data, "risk400", outcome="os", horizons=400, bootstrap=20, key_added="os")
    assert set(rg.get.calibrate(data, key="os")["horizon"]) == {400.0}
    with pytest.raises(InputError, match="the one horizon that its risks are for"):
        rg.tl.calibrate(data, "risk400", outcome="os", horizons=[200, 400])


def test_same_seed_same_result_and_patients_left_out() -> None:
    data = predicted()
    data.obs.loc["P003", "finding"] = np.nan
    rg.tl.calibrate(data, bootstrap=30)
    rg.tl.calibrate(data, bootstrap=30, key_added="again")
    assert rg.get.calibrate(data).equals(rg.get.calibrate(data, key="again"))
    assert rg.get.calibrate(data, table="left_out").to_numpy().tolist() == [["P003", "no finding"]]


def test_bad_input_is_named() -> None:
    data = predicted()
    with pytest.raises(InputError, match="values outside 0 to 1"):
        rg.tl.calibrate(data, "marker", outcome="finding")
    with pytest.raises(InputError, match="scores without risks"):
        rg.tl.calibrate(data, "signature", outcome="os", horizons=200)
    with pytest.raises(InputError, match="without a probability"):
        rg.tl.calibrate(data, "risk", outcome="finding")
    with pytest.raises(InputError, match="risks by 200, 400"):
        rg.tl.calibrate(data, "risk", horizons=300)
    with pytest.raises(InputError, match="after the last follow-up"):
        rg.tl.calibrate(data, "risk", horizons=9000)
    with pytest.raises(InputError, match="is binary"):
        rg.tl.calibrate(data, "signature", horizons=200)
    with pytest.raises(InputError, match="groups"):
        rg.tl.calibrate(data, groups=2)
    with pytest.raises(InputError, match=r"(?s)bootstrap.*confidence"):
        rg.tl.calibrate(data, bootstrap=1, confidence=95)
    with pytest.raises(UnknownNameError, match="signature"):
        rg.tl.calibrate(data, models=["signatur"])
    table = frame_of(data.uns["signature"], "predictions")
    table.loc[0, "probability"] = 1.4
    data.uns["signature"] |= to_uns(predictions=table)
    with pytest.raises(InputError, match=r"1\.4 for patient 'P000'"):
        rg.tl.calibrate(data)
    assert "calibrate" not in data.uns
    risks = frame_of(data.uns["risk"], "risks")
    risks.loc[0, "probability"] = -0.1
    data.uns["risk"] |= to_uns(risks=risks)
    with pytest.raises(InputError, match="one outside 0 to 1"):
        rg.tl.calibrate(data, "risk")


def test_a_year_is_a_year_whoever_counts_its_days() -> None:
    """Horizons of 400 and 401 days are one; those that models do not share are left out, or named."""
    data = predicted()
    other = {**data.uns["risk"]}
    risks = frame_of(other, "risks").assign(model="other")
    risks["horizon"] = risks["horizon"].replace({400.0: 401.0, 200.0: 300.0})
    table = frame_of(other, "predictions").assign(model="other")
    data.uns["other"] = other | to_uns(predictions=table, risks=risks)
    rg.tl.calibrate(data, ["risk", "other"], bootstrap=20)
    measures = rg.get.calibrate(data)
    assert set(measures["horizon"]) == {400.0}
    assert set(measures["model"]) == {"risk", "other"}
    first, second = (measures.query("model == @m")["value"].to_numpy() for m in ("risk", "other"))
    np.testing.assert_allclose(first, second)
    with pytest.raises(InputError, match=r"other.*risks by 300, 401; expected risks by 200. Ask for horizons=\[400\]"):
        rg.tl.calibrate(data, ["risk", "other"], horizons=[200, 400])
    rg.tl.time_roc(data, ["risk", "other"], bootstrap=20)
    assert sorted(rg.get.time_roc(data)["horizon"].unique()) == [200, 300, 400]
    risks["horizon"] = risks["horizon"].replace({401.0: 500.0})
    data.uns["other"] |= to_uns(risks=risks)
    with pytest.raises(InputError, match="share no horizon: make them with the same"):
        rg.tl.calibrate(data, ["risk", "other"])


def test_what_cannot_be_judged_is_said() -> None:
    data = predicted()
    data.obs.loc[data.obs["part"] == "external", "finding"] = 0
    with pytest.warns(RadiogenomicsWarning, match="one class only"):
        rg.tl.calibrate(data, bootstrap=20)
    late = (data.obs["part"] == "external") & (data.obs["time"] > 350)
    data.obs.loc[late, "time"], data.obs.loc[late, "event"] = 350.0, 0
    with pytest.warns(RadiogenomicsWarning, match="follow-up ends at 350, before the horizon"):
        rg.tl.calibrate(data, "risk", bootstrap=20)
    data.obs["flat"] = 0.4
    with pytest.warns(RadiogenomicsWarning, match="predictions are all alike"):
        rg.tl.calibrate(data, "flat", outcome="finding", bootstrap=20)
    assert "1 group" in str(rg.get.calibrate(data, table="test")["note"].iloc[0])
    sure = predicted(split=False)
    sure.obs["sure"] = np.where(np.arange(160) < 5, 0.0, sure.obs["chance"])
    rg.tl.calibrate(sure, "sure", outcome="finding", bootstrap=20)
    notes = rg.get.calibrate(sure).set_index("measure")["note"]
    assert all("5 patients have a probability of 0 or 1" in notes[name] for name in ("intercept", "slope", "ici"))
    assert not notes[["brier", "scaled_brier", "expected_observed"]].astype(str).str.contains("probability of 0").any()


def test_figures() -> None:
    data = predicted()
    rg.tl.calibrate(data, ["signature", "weak"], bootstrap=20)
    ax = rg.pl.calibration(data)
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels[0].startswith("signature\nslope")
    assert "Hosmer-Lemeshow" in labels[1]
    assert "cross-validated" in ax.get_title(loc="left")
    ax = rg.pl.calibration(data, models=["weak"], split="external")
    assert ax.get_title(loc="left") == "External patients, held out"
    rg.tl.calibrate(data, "risk", bootstrap=20, key_added="os")
    ax = rg.pl.calibration(data, key="os", horizon=400, estimate="apparent")
    assert ax.get_title(loc="left") == "Training patients, apparent, by 400 days"
    with pytest.raises(InputError, match="one of 200, 400"):
        rg.pl.calibration(data, key="os", horizon=300)
    with pytest.raises(InputError, match="no survival time"):
        rg.pl.calibration(data, horizon=300)
    with pytest.raises(UnknownNameError, match="estimate"):
        rg.pl.calibration(data, estimate="honest")
