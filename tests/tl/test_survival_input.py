"""What prognosis says where data or arguments are at fault, or where an estimate cannot be had."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import (
    DegenerateGroupsError,
    DegenerateInputError,
    InputError,
    RadiogenomicsWarning,
    UnknownNameError,
)
from radiogenomics.tl._cox_warnings import shortened
from radiogenomics.tl._delayed_entry import thin_start
from tests.core import _survival_reference as r
from tests.tl._cohorts import cohort, reference, simulated


def late_entries() -> pd.DataFrame:
    """60 patients; of A one is alone at risk at day 2 and has the event, the others come later."""
    rng = np.random.default_rng(2)
    entry = rng.uniform(10, 60, 60).round()
    obs = pd.DataFrame({"g": list("AB") * 30, "entry": entry, "time": entry + rng.integers(40, 900, 60), "event": 1.0})
    obs.loc[::3, "event"] = 0.0
    obs.loc[0, ["entry", "time", "event"]] = [0.0, 2.0, 1.0]
    obs.loc[1:21:2, "entry"] = 0.0  # B has many from the start
    obs.index = [f"P{i}" for i in range(60)]
    return obs


def test_a_risk_set_that_collapses_early_is_told_and_noted() -> None:
    data = cohort(late_entries())
    told = r"A: 1 at risk at 2 days, all with the event then: no later patient changes the curve.*landmark=2\b"
    with pytest.warns(RadiogenomicsWarning, match=told):
        rg.tl.kaplan_meier(data, "g", entry="entry")
    summary = rg.get.kaplan_meier(data).set_index("group")
    assert summary.loc["A", "median"] == 2.0
    assert summary.loc["A", "note"].startswith("1 at risk at 2 days, all with the event")
    assert pd.isna(summary.loc["B", "note"])
    rg.tl.kaplan_meier(data, "g", entry="entry", landmark=2)  # the way out that was offered
    assert rg.get.kaplan_meier(data).set_index("group").loc["A", "median"] > 100
    rg.tl.kaplan_meier(data, "g")
    assert rg.get.kaplan_meier(data)["note"].isna().all()


def test_an_early_collapse_is_told_of_incidence() -> None:
    obs = late_entries()
    data = cohort(obs.assign(cause=obs["event"]))
    data.uns["outcomes"] = {
        "first": {"kind": "competing", "time": "time", "event": "cause", "unit": "days", "order": 0,
                  "causes": '{"relapse": 1, "death": 2}'}
    }  # fmt: skip
    with pytest.warns(RadiogenomicsWarning) as caught:
        rg.tl.cumulative_incidence(data, "g", entry="entry")
    assert any("incidence rests on them (A: 1 at risk at 2 days, all with the event" in str(w.message) for w in caught)
    notes = rg.get.cumulative_incidence(data).set_index("group")["note"]
    assert notes["A"].str.startswith("1 at risk at 2 days").all()
    assert notes["B"].isna().all()


def test_where_a_start_is_thin() -> None:
    time = np.arange(1.0, 6)
    assert thin_start(time, np.array([9.0, 8, 7, 6, 5]), np.ones(5)) is None  # all at risk from the start
    assert thin_start(time, np.array([3.0, 2, 9, 8, 7]), np.array([0.0, 0, 1, 1, 1])) is None  # nobody fails early
    start = thin_start(time, np.array([3.0, 2, 4, 8, 7]), np.array([1.0, 1, 0, 1, 1]))
    assert start is not None
    assert (start.time, start.at_risk, start.events, start.later) == (2.0, 2, 1, 3.0)
    assert start.note("days") == "2 at risk at 2 days, 1 with the event then"


def separated() -> AnnData:
    obs = simulated(60, effect=0.3, seed=5)
    first = obs["marker"] == "A"
    return cohort(obs.assign(bad=np.where(first, "yes", "no"), event=obs["event"].where(first, 0.0)))


def test_nothing_is_tested_beside_a_separated_fit() -> None:
    data = separated()
    with pytest.warns(RadiogenomicsWarning, match="runs to infinity"):
        rg.tl.cox(data, ["bad"])
    model = rg.get.cox(data, table="model").set_index("test")
    assert np.isnan(model.loc["wald", "p_value"])
    assert np.isnan(model.loc["wald", "statistic"])
    assert model.loc["wald", "note"] == (
        "unknown: a variable separates the patients with events, so the fit has no maximum"
    )
    assert model.loc["likelihood_ratio", "p_value"] < 0.05
    assert pd.isna(model.loc["likelihood_ratio", "note"])
    hazards = rg.get.cox(data, table="proportional_hazards")
    assert hazards["p_value"].isna().all()
    assert hazards["note"].str.startswith("unknown: a variable separates").all()
    assert rg.get.cox(data, table="fit")["note"].iloc[0].startswith("separated: the risk is that of the last iteration")


def test_a_c_index_without_spread_has_no_standard_error() -> None:
    obs = pd.DataFrame({"x": np.arange(20.0), "time": np.arange(20.0, 0, -1) * 30, "event": 1.0})
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="x: the hazard ratio runs to infinity"):
        rg.tl.cox(data, "x")
    fit = rg.get.cox(data, table="fit").iloc[0]
    assert fit["c"] == 1
    assert np.isnan(fit["c_se"])
    assert "standard error unknown: all pairs agree" in fit["note"]


def test_a_formula_of_an_interaction_alone() -> None:
    obs = simulated(120, effect=0.5, seed=6).assign(size=np.linspace(1, 9, 120))
    data = cohort(obs)
    rg.tl.cox(data, formula="age:size")
    assert rg.get.cox(data)["variable"].tolist() == ["age:size"]
    univariable = rg.get.cox(data, table="univariable")
    assert univariable.empty
    assert list(univariable) == [*rg.get.cox(data).columns[:-2], "p_adjusted", *rg.get.cox(data).columns[-2:]]
    product = cohort(obs.assign(product=obs["age"] * obs["size"]))
    rg.tl.cox(product, "product")
    np.testing.assert_allclose(rg.get.cox(data)["hr"], rg.get.cox(product)["hr"], rtol=1e-8)


@pytest.mark.parametrize(("text", "term"), [("log(size)", "log(size)"), ("age + np.sqrt(size)", "np.sqrt(size)")])
def test_what_a_transform_cannot_take_is_named_by_patient(text: str, term: str) -> None:
    obs = simulated(60, effect=0.5, seed=6).assign(size=np.linspace(1, 9, 60))
    obs.loc["P7", "size"] = -3.0
    with pytest.raises(InputError) as caught:
        rg.tl.cox(cohort(obs), formula=text)
    said = str(caught.value)
    assert f"formula: column {term!r}: found no finite value for 1 patient(s): P7 (size -3)" in said
    assert "log(x + 1)" in said


def test_test_patients_that_a_transform_cannot_take_are_named_too() -> None:
    obs = simulated(90, effect=0.5, seed=6).assign(size=np.linspace(1, 9, 90), split="training")
    obs.loc[obs.index[60:], "split"] = "internal"
    obs.loc["P70", "size"] = 0.0
    data = cohort(obs)
    data.uns["split"] = {"column": "split"}
    with pytest.raises(InputError, match=r"P70 \(size 0\)"):
        rg.tl.cox(data, formula="log(size)")
    data.obs.loc["P70", "size"] = np.nan
    rg.tl.cox(data, formula="log(size)")
    assert rg.get.cox(data, table="fit").set_index("split")["n"].to_dict() == {"training": 60, "internal": 29}


def test_a_function_that_formulas_lack() -> None:
    data = cohort(simulated(60, effect=0.5, seed=6))
    with pytest.raises(InputError, match=r"found the function 'sqrt'; expected one of log, .*np\.sqrt\(\.\.\.\)"):
        rg.tl.cox(data, formula="sqrt(age)")
    with pytest.raises(UnknownNameError, match="found 'agee'"):
        rg.tl.cox(data, formula="log(agee)")


def test_a_formula_in_the_place_of_columns() -> None:
    data = cohort(simulated(60, effect=0.5, seed=6))
    with pytest.raises(UnknownNameError, match=r"found 'marker \+ age'.*its own argument: formula='marker \+ age'"):
        rg.tl.cox(data, "marker + age")
    with pytest.raises(UnknownNameError, match=r"Name the columns: \['marker', 'age'\]; this function takes no form"):
        rg.tl.stepwise_cox(data, "marker + age")
    with pytest.raises(UnknownNameError, match="found 'radiomics:markr'; expected one of 'time'"):
        rg.tl.cox(data, "radiomics:markr")  # the name of a grouping, not of a formula


@pytest.mark.parametrize("theta", [0.5, 20])
@pytest.mark.parametrize("name", ["lung", "veteran", "heart_entry"])
def test_ridge_equals_r(name: str, theta: float) -> None:
    obs = r.data(name).assign(event=lambda d: d["event"].astype(float))
    data = cohort(obs)
    entry = "entry" if "entry" in obs else None
    rg.tl.cox(data, ["x1", "x2", "x3"], ridge=theta, entry=entry)
    expected = r.table("cox").query("data == @name and ridge == @theta")
    got = rg.get.cox(data)
    np.testing.assert_allclose(got["coef"], expected["coef"], rtol=1e-6)
    np.testing.assert_allclose(got["se"], expected["se"], rtol=1e-6)
    assert got["p_variable"].isna().all()
    model = rg.get.cox(data, table="model")
    assert model["p_value"].isna().all()
    assert model["note"].tolist() == ["not defined with a ridge"] * 3
    assert rg.get.cox(data, table="proportional_hazards")["note"].eq("not defined with a ridge").all()
    assert settings_of(data.uns["cox"])["ridge"] == theta


def test_a_ridge_parts_what_is_collinear() -> None:
    obs = simulated(120, effect=0.5, seed=1)
    data = cohort(obs.assign(twice=2 * obs["age"]))
    with pytest.raises(DegenerateInputError, match=r"a linear combination of age.*or give ridge=, for example ridge=1"):
        rg.tl.cox(data, ["age", "twice"])
    rg.tl.cox(data, ["age", "twice"], ridge=1)
    assert rg.get.cox(data)["coef"].notna().all()
    for wrong in (-1.0, np.inf, np.nan, True):
        with pytest.raises(InputError, match=r"ridge: found .*; expected a number of at least 0"):
            rg.tl.cox(data, "age", ridge=wrong)
    with pytest.raises(InputError, match="one penalty at most"):
        rg.tl.cox(data, "age", ridge=1, penalty="firth")
    for call in (rg.tl.stepwise_cox, rg.tl.cox):  # a way out that is not there is not offered
        with pytest.raises(DegenerateInputError) as caught:
            call(data, ["age", "twice"])
        assert ("ridge" in str(caught.value)) == (call is rg.tl.cox)


def test_long_lists_of_columns_are_shortened() -> None:
    assert shortened(list("abcd")) == "a, b, c, d"
    assert shortened(list("abcdef")) == "a, b, c, d and 2 more"
    obs = simulated(90, effect=0.0, seed=3)
    level = np.arange(90) % 12
    obs["histology"] = [f"type {k:02d}" for k in level]
    obs["event"] = np.where(level == 0, 1.0, 0.0)
    with pytest.warns(RadiogenomicsWarning) as caught:
        rg.tl.cox(cohort(obs), "histology")
    said = [str(w.message) for w in caught]
    assert any("and 7 more: the hazard ratio runs to infinity" in s for s in said), said
    assert any("8 events for 11 parameters, fewer events than parameters" in s for s in said), said


def test_an_identifier_is_no_group_and_no_variable() -> None:
    obs = reference("lung").iloc[:106].assign(code=lambda d: [f"R{i}" for i in range(len(d))])
    obs["shared"] = np.where(np.arange(106) % 2, "x", "y")
    with pytest.raises(DegenerateGroupsError, match=r"groupby 'code': found 106 levels over 106 patients"):
        rg.tl.kaplan_meier(cohort(obs), "code")
    with pytest.raises(DegenerateGroupsError, match=r"variable 'code': found 106 levels"):
        rg.tl.cox(cohort(obs), ["age", "code"])
    with pytest.raises(DegenerateGroupsError, match=r"variable 'code': found 106 levels"):
        rg.tl.cox(cohort(obs), formula="age + code")
    few = cohort(obs.iloc[:8])
    rg.tl.kaplan_meier(few, "code")  # eight patients by name are few enough to be meant
