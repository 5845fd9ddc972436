"""Formulas, presets, delayed entry, landmarks and the checks of rg.tl.cox."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import DegenerateInputError, InputError, RadiogenomicsWarning, UnknownNameError
from tests.tl._cohorts import cohort, reference, simulated

SURVIVAL = Path(__file__).parents[1] / "reference" / "survival"
CHECKS = Path(__file__).parents[1] / "reference" / "cox_checks"


def r_data(name: str) -> pd.DataFrame:
    return pd.read_csv(SURVIVAL / f"data_{name}.csv")


def test_proportional_hazards_table_equals_cox_zph() -> None:
    data = cohort(r_data("veteran"))
    rg.tl.cox(data, ["x1", "x2", "x3"], strata="stratum", time_transform="rank")
    got = rg.get.cox(data, table="proportional_hazards")
    zph = pd.read_csv(CHECKS / "zph.csv")
    chosen = (
        zph[["data", "ties", "weights", "strata", "transform"]] == ["veteran", "efron", "none", "stratum", "rank"]
    ).all(axis=1)
    np.testing.assert_allclose(got["statistic"], zph.loc[chosen, "statistic"], rtol=1e-6)
    assert got["variable"].tolist() == ["x1", "x2", "x3", "all together"]


def test_a_categorical_variable_is_tested_as_a_whole() -> None:
    data = cohort(reference("lung"))
    rg.tl.cox(data, ["age", "ecog"])
    got = rg.get.cox(data, table="proportional_hazards").set_index("variable")
    assert got["df"].to_dict() == {"age": 1, "ecog": 2, "all together": 3}


@pytest.mark.parametrize("name", ["lung", "veteran", "ovarian"])
def test_functional_form_equals_r(name: str) -> None:
    data = cohort(r_data(name))
    with pytest.warns(RadiogenomicsWarning, match="events for") if name == "ovarian" else np.errstate():
        rg.tl.cox(data, ["x1", "x2", "x3"])
    table = rg.get.cox(data, table="functional_form")
    r = pd.read_csv(CHECKS / "lowess.csv")
    wanted = r[(r["data"] == name) & (r["variable"] == "x1")]
    own = table[table["variable"] == "x1"].drop_duplicates("value").sort_values("value")
    np.testing.assert_allclose(own["value"], wanted["x"], rtol=1e-12)
    np.testing.assert_allclose(own["smooth"], wanted["y"], rtol=1e-6, atol=1e-8)


def test_functional_form_shows_a_bend() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 500)
    obs = pd.DataFrame({"x": x, "other": rng.normal(size=500), "two": rng.integers(0, 2, 500)})
    obs["time"], obs["event"] = rng.exponential(np.exp(-(x**2))), 1
    data = cohort(obs)
    rg.tl.cox(data, ["x", "other", "two"])
    table = rg.get.cox(data, table="functional_form")
    assert set(table["variable"]) == {"x", "other"}
    own = table[table["variable"] == "x"]
    middle, ends = own["value"].abs() < 0.3, own["value"].abs() > 1.7
    assert own.loc[ends, "smooth"].min() > own.loc[middle, "smooth"].max() + 0.5
    ax = rg.pl.functional_form(data, variable="x")
    assert ax.get_xlabel() == "x"
    with pytest.raises(UnknownNameError, match="variable"):
        rg.pl.functional_form(data, variable="two")


def test_influence_finds_the_patient() -> None:
    rng = np.random.default_rng(1)
    obs = pd.DataFrame({"x": rng.normal(size=60), "g": rng.choice(list("AB"), 60)})
    obs["time"], obs["event"] = rng.exponential(np.exp(-obs["x"])), 1.0
    obs.loc[7, ["x", "time"]] = [3.0, 50.0]  # early by the model, last of all
    data = cohort(obs)
    rg.tl.cox(data, ["x", "g"])
    table = rg.get.cox(data, table="influence")
    worst = table.loc[table["dfbetas"].abs().idxmax()]
    assert (worst["patient_id"], worst["variable"]) == ("7", "x")
    assert len(table) == 120


def test_formula_equals_columns_and_has_transforms_and_interactions() -> None:
    lung = reference("lung")
    data = cohort(lung)
    rg.tl.cox(data, ["age", "sex", "ecog"])
    rg.tl.cox(data, formula="age + sex + ecog", key_added="formula")
    a, b = rg.get.cox(data), rg.get.cox(data, key="formula")
    pd.testing.assert_frame_equal(a, b, rtol=1e-9)
    pd.testing.assert_frame_equal(
        rg.get.cox(data, table="univariable"), rg.get.cox(data, key="formula", table="univariable")
    )
    for table in ("fit", "model", "proportional_hazards", "functional_form"):
        pd.testing.assert_frame_equal(
            rg.get.cox(data, table=table), rg.get.cox(data, key="formula", table=table), rtol=1e-7
        )
    obs = lung.assign(log_age=np.log(lung["age"]), male=(lung["sex"] == "male") * 1.0)
    obs["product"] = obs["log_age"] * obs["male"]
    data = cohort(obs)
    rg.tl.cox(data, ["log_age", "male", "product"])
    rg.tl.cox(data, formula="log(age) * sex", reference={"sex": "female"}, key_added="formula")
    a, b = rg.get.cox(data), rg.get.cox(data, key="formula")
    np.testing.assert_allclose(a["coef"], b["coef"], rtol=1e-6)
    assert b["variable"].tolist() == ["log(age)", "sex", "log(age):sex"]
    assert b["p_variable"].isna().tolist() == [True, True, False]
    assert rg.get.cox(data, key="formula", table="univariable")["variable"].tolist() == ["log(age)", "sex"]
    assert set(rg.get.cox(data, key="formula", table="functional_form")["variable"]) == {"age"}


def test_formula_names_in_backticks_and_test_patients() -> None:
    obs = simulated(150, effect=0.8, seed=3).rename(columns={"marker": "x:groups"})
    obs["split"] = np.where(np.arange(150) % 3 == 0, "internal", "training")
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    rg.tl.cox(data, ["x:groups", "age"])
    rg.tl.cox(data, formula="`x:groups` + age", key_added="formula")
    pd.testing.assert_frame_equal(
        rg.get.cox(data, table="fit"), rg.get.cox(data, key="formula", table="fit"), rtol=1e-9
    )
    assert rg.get.cox(data, key="formula")["variable"].tolist() == ["x:groups", "x:groups", "age"]
    assert rg.get.cox(data, key="formula")["reference"].tolist()[:2] == ["A", "A"]


def test_bad_formulas() -> None:
    data = cohort(reference("lung"))
    for text, match in (
        ("time ~ age", "right side alone"), ("age +", "a formula"), ("0 + sex", "intercept"),
        ("foo(age)", "the function 'foo'; expected one"),
        ("age | sex", "one right side"), ("log(age - 39)", r"no finite value for 2 .*P182 \(age 39\), P225 \(age 39\)"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=match):
            rg.tl.cox(data, formula=text)
    with pytest.raises(UnknownNameError, match="agee"):
        rg.tl.cox(data, formula="agee + sex")
    with pytest.raises(InputError, match="one of them"):
        rg.tl.cox(data, "age", formula="sex")
    with pytest.raises(InputError, match="nothing"):
        rg.tl.cox(data)
    with pytest.raises(InputError, match="time_transform"):
        rg.tl.cox(data, "age", time_transform="log")  # type: ignore[arg-type]


def sarcomas() -> pd.DataFrame:
    obs = simulated(200, effect=0.5, seed=2)
    rng = np.random.default_rng(0)
    obs["size_mm"] = rng.uniform(20, 200, 200)
    obs["fnclcc_grade"] = rng.integers(1, 4, 200)
    obs["histology"] = rng.choice(["UPS", "LMS"], 200)
    return obs


def test_presets() -> None:
    data = cohort(sarcomas())
    rg.tl.cox(data, "marker", preset="sarculator")
    got = rg.get.cox(data)
    assert list(dict.fromkeys(got["variable"])) == ["marker", "age", "size_mm", "fnclcc_grade", "histology"]
    assert got.loc[got["variable"] == "fnclcc_grade", "level"].tolist() == ["2", "3"]
    rg.tl.cox(data, preset="sarculator", columns={"size": "age", "age": "size_mm"}, key_added="other")
    assert rg.get.cox(data, key="other")["variable"].tolist()[:2] == ["size_mm", "age"]
    with pytest.raises(InputError, match="2 faults") as caught:
        rg.tl.cox(cohort(sarcomas().assign(margins="R0")), "marker", preset="management")
    assert "chemotherapy" in str(caught.value)
    assert "radiotherapy" in str(caught.value)
    with pytest.raises(InputError, match="'sizes'"):
        rg.tl.cox(data, preset="sarculator", columns={"sizes": "age"})
    with pytest.raises(InputError, match="no column for size"):
        rg.tl.cox(data, preset="sarculator", columns={"size": "nowhere"})
    with pytest.raises(InputError, match="one of 'sarculator'"):
        rg.tl.cox(data, preset="other")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="without a preset"):
        rg.tl.cox(data, "age", columns={"size": "age"})


def test_delayed_entry_equals_r() -> None:
    data = cohort(r_data("heart_entry"))
    rg.tl.cox(data, ["x1", "x2", "x3"], entry="entry", strata="stratum")
    r = pd.read_csv(SURVIVAL / "cox.csv")
    wanted = r[
        (r["data"] == "heart_entry") & (r["ties"] == "efron") & (r["weights"] == "none") & (r["strata"] == "stratum")
    ]
    got = rg.get.cox(data)
    np.testing.assert_allclose(got["coef"], wanted["coef"], rtol=1e-6)
    np.testing.assert_allclose(got["se"], wanted["se"], rtol=1e-6)
    fit = rg.get.cox(data, table="fit")
    # concordance(coxph(Surv(entry, time, event) ~ x1 + x2 + x3 + strata(stratum))) of R 4.2.2, survival 3.5.3
    np.testing.assert_allclose(fit[["c", "c_se"]].to_numpy()[0], [0.6100489106269, 0.0403243905401], rtol=1e-9)


def test_entry_bad_input() -> None:
    obs = simulated(40, effect=0.5, seed=1)
    obs["mri"] = 0.0
    obs.loc["P3", "mri"] = 1e6
    obs.loc["P5", "mri"] = np.nan
    with pytest.raises(InputError, match=r"P3 \(entry 1e\+06"):
        rg.tl.cox(cohort(obs), "age", entry="mri")
    with pytest.raises(UnknownNameError, match="mr"):
        rg.tl.kaplan_meier(cohort(obs), "marker", entry="mr")
    with pytest.raises(InputError, match="column of numbers"):
        rg.tl.kaplan_meier(cohort(obs.assign(mri="yes")), "marker", entry="mri")
    data = cohort(obs.assign(mri=obs["mri"].replace(1e6, -1)))
    rg.tl.cox(data, "age", entry="mri")
    left = rg.get.cox(data, table="left_out").set_index("patient_id")["reason"]
    assert left.to_dict() == {"P5": "no time of entry (mri)"}


def test_landmark_is_the_analysis_of_those_at_risk_then() -> None:
    obs = simulated(200, effect=0.7, seed=5)
    data = cohort(obs)
    rg.tl.cox(data, ["marker", "age"], landmark=0.2)
    rg.tl.kaplan_meier(data, "marker", landmark=0.2)
    later = obs[obs["time"] > 0.2].copy()
    later["time"] -= 0.2
    by_hand = cohort(later)
    rg.tl.cox(by_hand, ["marker", "age"])
    rg.tl.kaplan_meier(by_hand, "marker")
    pd.testing.assert_frame_equal(rg.get.cox(data), rg.get.cox(by_hand))
    pd.testing.assert_frame_equal(rg.get.kaplan_meier(data), rg.get.kaplan_meier(by_hand))
    left = rg.get.cox(data, table="left_out")
    assert len(left) == (obs["time"] <= 0.2).sum()
    assert left["reason"].unique().tolist() == ["follow-up ended by the landmark (0.2 days)"]


def test_landmark_bad_input() -> None:
    data = cohort(simulated(40, effect=0.5, seed=1))
    for landmark in (-1, np.nan, True):
        with pytest.raises(InputError, match="landmark"):
            rg.tl.cox(data, "age", landmark=landmark)
    with pytest.raises(DegenerateInputError, match="choose an earlier one"):
        rg.tl.kaplan_meier(data, "marker", landmark=1e5)


def test_checks_are_empty_where_they_mean_nothing() -> None:
    obs = pd.DataFrame(
        {"x": [1.0, 2, 3, 4, 5, 6], "g": list("AAABBB"), "time": [1, 2, 3, 4, 5, 6], "event": [1, 1, 1, 0, 0, 0]}
    )
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning):
        rg.tl.cox(data, "g")
    with pytest.warns(RadiogenomicsWarning):
        rg.tl.cox(data, "g", penalty="firth", key_added="firth")
    for key, why in (("cox", "unknown: a variable separates"), ("firth", "not defined with penalty='firth'")):
        for table in ("influence", "functional_form"):
            assert rg.get.cox(data, key=key, table=table).empty
        untested = rg.get.cox(data, key=key, table="proportional_hazards")
        assert untested["variable"].tolist() == ["g", "all together"]
        assert untested["p_value"].isna().all()
        assert untested["note"].str.startswith(why).all()
    with pytest.raises(DegenerateInputError, match="no numeric variable"):
        rg.pl.functional_form(data)
    same = cohort(obs.assign(time=3, event=[1, 0, 1, 1, 1, 0]))
    with (
        pytest.warns(RadiogenomicsWarning, match="all 4 events are at one time, 3 days, as is all follow-up"),
        pytest.warns(RadiogenomicsWarning, match="events for"),
    ):
        rg.tl.cox(same, "x")
    assert rg.get.cox(same, table="proportional_hazards")["note"].tolist() == ["all events at one time"] * 2


@pytest.mark.parametrize(
    ("text", "coef"),
    [  # coxph of R 4.2 (survival, splines): coefficients of Surv(time, event) ~ term
        ("bs(age, df=4)", [1.6471779478, 0.9187857303, 1.4015878482, 2.5170050494]),
        ("poly(age, 2)", [2.5065229646, 0.6174260458]),
        ("scale(age)", [0.1698567331]),
    ],
)
def test_transforms_that_learn_equal_r(text: str, coef: list[float]) -> None:
    data = cohort(reference("lung"))
    rg.tl.cox(data, formula=text)
    np.testing.assert_allclose(np.log(rg.get.cox(data)["hr"]), coef, rtol=1e-6)


@pytest.mark.parametrize("term", ["center(`my age`)", "cs(`my age`, df=3, constraints='center')", "bs(`my age`, df=3)"])
def test_transforms_equal_formulaic(term: str) -> None:
    from formulaic import model_matrix

    from radiogenomics.tl._formula import formula_of

    lung = reference("lung").rename(columns={"age": "my age"})
    formula = formula_of(cohort(lung), f"{term} + sex")
    (own, _) = formula.terms(np.ones(len(lung), dtype=bool))
    np.testing.assert_allclose(own.x, model_matrix(term, lung).to_numpy()[:, 1:])
    assert [v.name for v in formula.variables] == ["my age", "sex"]
    assert [f.text for f in formula.singles()] == [term, "`sex`"]


def test_unknown_column_inside_of_a_spline() -> None:
    with pytest.raises(UnknownNameError, match=r"agee.*Did you mean 'age'"):
        rg.tl.cox(cohort(reference("lung")), formula="bs(agee, df=3)")


@pytest.mark.parametrize("text", ["age**2", "sex + age^2", "`my age`**2"])
def test_a_power_outside_of_a_function_is_told(text: str) -> None:
    lung = reference("lung")
    data = cohort(lung.assign(**{"my age": lung["age"]}))
    with pytest.warns(RadiogenomicsWarning, match=r"write I\(`?(my )?age`? \*\* 2\)"):
        rg.tl.cox(data, formula=text)


def test_powers_that_mean_something_are_not_told() -> None:
    data = cohort(reference("lung"))
    rg.tl.cox(data, formula="(age + sex)**2 + I(age**2)")


def test_a_spline_beyond_its_knots_is_an_input_error() -> None:
    lung = reference("lung")
    lung["split"] = np.where(lung["age"] > 70, "internal", "training")
    data = cohort(lung)
    data.uns["split"] = {"column": "split"}
    with pytest.raises(InputError, match="extrapolation='clip'"):
        rg.tl.cox(data, formula="bs(age, df=3)")
    rg.tl.cox(data, formula="bs(age, df=3, extrapolation='clip')")
