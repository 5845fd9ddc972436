"""Time-dependent ROC of stored predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import frame_of
from radiogenomics._errors import InputError, RadiogenomicsWarning, UnknownNameError
from radiogenomics.core.fold_concordance import fold_auc
from tests.tl._predicted import predicted

REFERENCE = Path(__file__).parents[1] / "reference" / "calibration"


def test_areas_errors_and_comparison_are_near_those_of_timeroc() -> None:
    obs = pd.read_csv(REFERENCE / "patients.csv").set_index(pd.Index([f"P{i}" for i in range(180)]))
    data = AnnData(np.zeros((180, 1)), obs=obs)
    data.uns["outcomes"] = {"os": {"kind": "survival", "time": "time", "event": "event", "unit": "days", "order": 0}}
    expected = pd.read_csv(REFERENCE / "time_auc.csv").set_index("time")
    rg.tl.time_roc(data, ["risk", "marker"], horizons=expected.index.tolist(), bootstrap=1000)
    found = rg.get.time_roc(data).set_index(["model", "horizon"])
    for name in ("risk", "marker"):
        np.testing.assert_allclose(found.loc[name, "value"], expected[name], atol=1e-6)
        np.testing.assert_allclose(found.loc[name, "se"], expected[f"{name}_se"], rtol=0.12)
    compared = rg.get.time_roc(data, table="comparisons")
    np.testing.assert_allclose(compared["difference"], expected["risk"] - expected["marker"], atol=1e-6)
    np.testing.assert_allclose(compared["p_value"], expected["p_value"], atol=0.03)


def test_areas_are_those_of_scikit_survival() -> None:
    metrics = pytest.importorskip("sksurv.metrics")
    obs = pd.read_csv(REFERENCE / "patients.csv")
    obs["time"] += 1e-3 * np.arange(180)  # at a tie it counts censorings before events
    y = np.array(list(zip(obs["event"] == 1, obs["time"], strict=True)), dtype=[("event", bool), ("time", float)])
    expected = metrics.cumulative_dynamic_auc(y, y, obs["marker"], [150.0, 400.0, 800.0])[0]
    found = [rg.core.time_roc(obs["time"], obs["event"], obs["marker"], h).area for h in (150.0, 400.0, 800.0)]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_out_of_fold_pairs_are_formed_within_folds() -> None:
    data = predicted()
    rg.tl.time_roc(data, "risk", bootstrap=30)
    table = frame_of(data.uns["risk"], "predictions")
    out = table[table["estimate"] == "out_of_fold"]
    wide = {c: out.pivot(index="repeat", columns="patient_id", values=c) for c in ("score", "fold")}
    who = wide["score"].columns
    time, event = (data.obs.loc[who, c].to_numpy(dtype=float) for c in ("time", "event"))
    expected = fold_auc(time, event, wide["score"].to_numpy()[None], wide["fold"].to_numpy(), 400.0)[0, 0]
    auc = rg.get.time_roc(data)
    row = auc[(auc["estimate"] == "out_of_fold") & (auc["horizon"] == 400)].iloc[0]
    assert row["value"] == pytest.approx(expected)
    roc = rg.get.time_roc(data, table="roc")
    own = roc[(roc["estimate"] == "out_of_fold") & (roc["horizon"] == 400)]
    assert np.trapezoid(own["true_positive"], own["false_positive"]) == pytest.approx(expected)


def test_comparisons_of_models_on_the_patients_of_both() -> None:
    data = predicted()
    data.obs.loc[data.obs_names[:20], "marker"] = np.nan
    rg.tl.time_roc(data, ["risk", "weak", "marker"], bootstrap=50)
    table = rg.get.time_roc(data, table="comparisons")
    assert (table["p_adjusted"] >= table["p_value"]).all()
    assert not ((table["model"] == "marker") | (table["reference"] == "marker")).any()  # another estimate
    rg.tl.time_roc(data, ["marker", "chance"], outcome="os", horizons=400, bootstrap=50, key_added="given")
    row = rg.get.time_roc(data, key="given", table="comparisons").iloc[0]
    assert (row["n"], row["split"]) == (76, "training")
    assert row["difference"] == 0.0
    assert row["p_value"] == 1.0
    rg.tl.time_roc(data, ["risk", "signature", "weak"], reference="weak", bootstrap=50, key_added="one")
    assert set(rg.get.time_roc(data, key="one", table="comparisons")["reference"]) == {"weak"}
    reasons = rg.get.time_roc(data, key="given", table="left_out")
    assert (reasons["reason"] == "no prediction by marker").sum() == 20


def test_every_so_many_days() -> None:
    data = predicted()
    rg.tl.time_roc(data, "risk", every=100, bootstrap=30)
    auc = rg.get.time_roc(data)
    assert np.diff(sorted(set(auc["horizon"]))) == pytest.approx(100)
    assert auc["horizon"].max() < data.obs["time"].max()
    assert auc.loc[auc["value"].isna(), "note"].notna().all()


def test_scores_that_tell_nothing_and_single_controls_get_no_interval() -> None:
    data = predicted(split=False)
    data.obs["flat"] = 1.0
    last_but_one = float(np.sort(data.obs["time"])[-2])
    rg.tl.time_roc(data, ["flat", "marker"], outcome="os", horizons=[400, last_but_one], bootstrap=30)
    auc = rg.get.time_roc(data).set_index(["model", "horizon"])
    assert auc.loc[("flat", 400), "value"] == 0.5
    assert np.isnan(auc.loc[("flat", 400), "upper"])
    assert "alike" in auc.loc[("flat", 400), "note"]
    assert np.isnan(auc.loc[("marker", last_but_one), "upper"])
    assert auc.loc[("marker", last_but_one), "note"].startswith("1 control, fewer")


def test_bad_input() -> None:
    data = predicted()
    with pytest.raises(InputError, match="one of the two"):
        rg.tl.time_roc(data, "risk", every=100, horizons=200)
    with pytest.raises(InputError, match="horizons: found none"):
        rg.tl.time_roc(data, "marker", outcome="os")
    with pytest.raises(InputError, match="'signature' of a finding without times"):
        rg.tl.time_roc(data, "signature", outcome="os")
    with pytest.raises(InputError, match="after the last follow-up"):
        rg.tl.time_roc(data, "risk", horizons=1e5)
    with pytest.raises(InputError, match="every"):
        rg.tl.time_roc(data, "risk", every=-1)
    with pytest.raises(UnknownNameError, match="reference"):
        rg.tl.time_roc(data, "risk", reference="weak")
    with pytest.raises(InputError, match="kind"):
        rg.tl.time_roc(data, "risk", outcome="finding")
    data.obs["time"] += 1
    with pytest.warns(RadiogenomicsWarning, match="no event by 1"):
        rg.tl.time_roc(data, "risk", horizons=[1, 400], bootstrap=20)


def test_figures() -> None:
    data = predicted()
    rg.tl.time_roc(data, ["risk", "weak"], every=200, bootstrap=20)
    assert len(rg.pl.time_roc(data).get_legend().get_texts()) == 2
    ax = rg.pl.time_roc(data, horizon=400, split="external")
    assert "by 400 days" in ax.get_title(loc="left")
    assert "AUC" in ax.get_legend().get_texts()[0].get_text()
    ax = rg.pl.time_roc(data, horizon=[200, 400], models=["risk"])
    assert ax.get_legend().get_texts()[1].get_text().startswith("400 days")
    with pytest.raises(InputError, match="one horizon, or one model"):
        rg.pl.time_roc(data, horizon=[200, 400])
