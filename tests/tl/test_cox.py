from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning
from tests.tl._cohorts import cohort, reference, simulated

FIGURES = ["coef", "se", "hr", "lower", "upper", "z", "p_value"]


def test_equals_r() -> None:
    data = cohort(reference("lung"))
    rg.tl.cox(data, ["age", "sex", "ecog"])
    multi = rg.get.cox(data)
    assert (multi["variable"] + multi["level"].fillna("")).tolist() == ["age", "sexfemale", "ecogps0", "ecogps2"]
    np.testing.assert_allclose(multi[FIGURES], reference("multivariable")[FIGURES], rtol=1e-6)
    uni = rg.get.cox(data, table="univariable")
    figures = [*FIGURES, "p_adjusted"]
    np.testing.assert_allclose(uni[figures], reference("univariable")[figures], rtol=1e-6)
    model = rg.get.cox(data, table="model").set_index("test")
    expected = reference("model").set_index("test")
    np.testing.assert_allclose(model.loc[expected.index, expected.columns], expected, rtol=1e-6)
    assert model["note"].isna().all()
    fit, r = rg.get.cox(data, table="fit").iloc[0], reference("fit").iloc[0]
    for name in ("n", "events", "loglik_null", "loglik", "c", "c_se"):
        assert fit[name] == pytest.approx(r[name], rel=1e-6), name
    dropped = reference("drop1").set_index("variable")["p_variable"]
    for variable, own in multi.groupby("variable"):
        np.testing.assert_allclose(own["p_variable"], dropped[variable], rtol=1e-5)
    assert rg.get.cox(data, table="left_out")["reason"].tolist() == ["no ecog"]


def test_reference_levels() -> None:
    data = cohort(reference("lung"))
    rg.tl.cox(data, ["sex", "ecog"], reference={"ecog": "ps0", "sex": "female"})
    table = rg.get.cox(data, table="univariable").set_index(["variable", "level"])
    expected = reference("univariable").set_index("term")
    assert table.loc[("sex", "male"), "coef"] == pytest.approx(-expected.loc["sexfemale", "coef"], rel=1e-6)
    assert settings_of(data.uns["cox"])["reference"] == {"sex": "female", "ecog": "ps0"}
    counts = table.loc[("sex", "male"), ["n", "events", "n_reference", "events_reference"]]
    assert counts.tolist() == [138, 112, 90, 53]
    with pytest.raises(InputError, match="ps9"):
        rg.tl.cox(data, ["ecog"], reference={"ecog": "ps9"})


def test_numbers_as_categories_and_strata() -> None:
    obs = reference("lung")
    obs["code"] = obs["ecog"].map({"ps0": 0, "ps1": 1, "ps2": 2})
    data = cohort(obs)
    rg.tl.cox(data, "code", categorical=["code"], strata="sex")
    table = rg.get.cox(data)
    assert table["level"].tolist() == ["1", "2"]
    assert table["reference"].tolist() == ["0", "0"]
    rg.tl.cox(data, "code", key_added="per_unit")
    assert len(rg.get.cox(data, key="per_unit")) == 1


def test_separation_is_named_and_firth_is_the_way_out() -> None:
    obs = simulated(60, effect=0.0, seed=0)
    obs["spared"] = np.where((obs["event"] == 0) & (np.arange(60) % 2 == 0), "yes", "no")
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match=r"spared yes: the hazard ratio runs to infinity.*firth"):
        rg.tl.cox(data, ["spared", "age"])
    table = rg.get.cox(data).set_index("variable")
    assert np.isnan(table.loc["spared", "hr"])
    assert "separated" in table.loc["spared", "note"]
    assert np.isfinite(table.loc["age", "hr"])
    rg.tl.cox(data, ["spared", "age"], penalty="firth")
    assert 0 < rg.get.cox(data).set_index("variable").loc["spared", "hr"] < 0.5


def test_few_events_are_said() -> None:
    with pytest.warns(RadiogenomicsWarning, match=r"events for 3 parameters .* merge levels"):
        rg.tl.cox(cohort(simulated(30, effect=0.5, seed=0)), ["marker", "age"])


def test_test_patients_are_judged_by_the_training_fit() -> None:
    obs = simulated(300, effect=0.8, seed=1)
    obs["split"] = np.where(np.arange(300) % 3 == 0, "external", "training")
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.cox(data, ["marker", "age"])
    alone = cohort(obs[obs["split"] == "training"])
    rg.tl.cox(alone, ["marker", "age"])
    pd.testing.assert_frame_equal(rg.get.cox(data), rg.get.cox(alone))
    fit = rg.get.cox(data, table="fit").set_index("split")
    outside = obs[obs["split"] == "external"]
    coef = rg.get.cox(data)["coef"].to_numpy()
    risk = coef[0] * (outside["marker"] == "B") + coef[1] * (outside["marker"] == "C") + coef[2] * outside["age"]
    expected = rg.core.concordance_index(outside["time"], outside["event"], risk).c
    assert fit.loc["external", "c"] == pytest.approx(expected)
    assert fit.loc["external", "estimate"] == "test"
    assert (rg.get.cox(data, table="left_out")["reason"] == "not a training patient").sum() == len(outside)


def test_a_true_effect_is_found() -> None:
    data = cohort(simulated(600, effect=0.7, seed=2))
    rg.tl.cox(data, ["marker", "noise"])
    table = rg.get.cox(data).set_index(["variable", "level"])
    for level, truth in (("B", 0.7), ("C", 1.4)):
        row = table.loc[("marker", level)]
        assert abs(row["coef"] - truth) < 3 * row["se"]
    assert table.loc[("noise", "B"), "p_value"] > 0.01


def test_bad_input() -> None:
    obs = simulated(60, effect=0.5, seed=0).assign(one=1.0, twice=lambda d: 2 * d["age"])
    data = cohort(obs)
    with pytest.raises(DegenerateInputError, match=r"'one'.*the one value 1"):
        rg.tl.cox(data, ["one", "age"])
    with pytest.raises(DegenerateInputError, match=r"Cox model of age, twice.*twice.*a linear combination of age"):
        rg.tl.cox(data, ["age", "twice"])
    with pytest.raises(InputError, match="more than once"):
        rg.tl.cox(data, ["age", "age"])
    with pytest.raises(InputError, match="strata"):
        rg.tl.cox(data, ["age", "noise"], strata="noise")
    with pytest.raises(InputError, match="reference"):
        rg.tl.cox(data, ["age"], reference={"noise": "A"})
    assert "cox" not in data.uns
