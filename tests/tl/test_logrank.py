"""Weighted, stratified and trend tests of `rg.tl.kaplan_meier`, from the cohort to the figure and the report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, RadiogenomicsWarning, UnknownNameError
from radiogenomics.report._found import results_in
from radiogenomics.report._methods import methods_of
from radiogenomics.report._sentences import findings
from tests.tl._cohorts import cohort, reference, simulated

R = reference("km_logrank").set_index("test")


def equal(row: pd.Series, name: str) -> None:
    np.testing.assert_allclose(row[["statistic", "df", "p_value"]].astype(float), R.loc[name].astype(float), rtol=1e-8)


@pytest.mark.parametrize("rho", [0, 0.5, 1])
@pytest.mark.parametrize("strata", [None, "sex"])
def test_weights_and_strata_equal_r(rho: float, strata: str | None) -> None:
    data = cohort(reference("lung"))
    rg.tl.kaplan_meier(data, "ecog", weighting="fleming-harrington", rho=rho, strata=strata)
    row = rg.get.kaplan_meier(data, table="test").iloc[0]
    equal(row, f"rho{rho}" + ("_strata" if strata else ""))
    if strata:
        assert row["statistic_unstratified"] == pytest.approx(R.loc[f"rho{rho}", "statistic"], rel=1e-8)
        assert row["p_value_unstratified"] == pytest.approx(R.loc[f"rho{rho}", "p_value"], rel=1e-8)


def test_pairs_are_weighted_and_stratified_too() -> None:
    data = cohort(reference("lung"))
    rg.tl.kaplan_meier(data, "ecog", strata="sex")
    pairs = rg.get.kaplan_meier(data, table="pairwise").set_index(["reference", "group"])
    equal(pairs.loc["ps0", "ps1"], "ps0_ps1_strata")


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"trend": {"ps0": 0, "ps1": 1, "ps2": 2}}, "trend"),
        ({"trend": {"ps0": 0, "ps1": 1, "ps2": 2}}, "trend_exact"),
        ({"trend": {"ps0": 10.0, "ps1": 12.0, "ps2": 20.0}}, "trend_015"),
        ({"trend": {"ps0": 0, "ps1": 1, "ps2": 2}, "strata": "sex"}, "trend_strata"),
        ({"trend": {"ps0": 0, "ps1": 1, "ps2": 2}, "weighting": "fleming-harrington", "rho": 1}, "trend_rho1"),
    ],
)
def test_trend_equals_r(options: dict[str, Any], name: str) -> None:
    data = cohort(reference("lung"))
    rg.tl.kaplan_meier(data, "ecog", **options)
    row = rg.get.kaplan_meier(data, table="trend").iloc[0]
    equal(row, name)
    assert row["z"] == pytest.approx(np.sqrt(R.loc[name, "statistic"]))  # the less fit die earlier
    turned = {group: -score for group, score in options["trend"].items()}
    rg.tl.kaplan_meier(data, "ecog", **{**options, "trend": turned})
    assert rg.get.kaplan_meier(data, table="trend")["z"].iloc[0] == pytest.approx(-row["z"])


def test_order_of_the_groups_is_declared_or_given() -> None:
    obs = reference("lung").dropna(subset=["ecog"])
    rg.tl.kaplan_meier(numbers := cohort(obs.assign(ecog=obs["ecog"].str[2:].astype(int))), "ecog", trend=True)
    equal(rg.get.kaplan_meier(numbers, table="trend").iloc[0], "trend")
    kinds = pd.Categorical(obs["ecog"], categories=["ps0", "ps1", "ps2"], ordered=True)
    rg.tl.kaplan_meier(ordered := cohort(obs.assign(ecog=kinds)), "ecog", trend=True)
    equal(rg.get.kaplan_meier(ordered, table="trend").iloc[0], "trend")
    with pytest.raises(InputError, match=r"groups of 'ecog' without an order.*trend=\{'ps0': 0, 'ps1': 1, 'ps2': 2\}"):
        rg.tl.kaplan_meier(cohort(obs), "ecog", trend=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"weighting": "wilcoxon"}, "weighting.*'gehan'"),
        ({"rho": 1}, "rho.*only weighting='fleming-harrington'"),
        ({"weighting": "fleming-harrington", "gamma": -1}, "gamma.*at least 0"),
        ({"strata": "ecog"}, "another column than the groups"),
        ({"trend": {"ps0": 0, "ps1": 1}}, "no score of group 'ps2'"),
        ({"trend": {"ps0": 0, "ps1": 1, "ps2": 2, "ps3": 3}}, "group 'ps3'"),
        ({"trend": {"ps0": 0, "ps1": 1, "ps2": np.nan}}, "nan for 'ps2'.*a finite number"),
        ({"trend": {"ps0": 0, "ps1": "one", "ps2": 2}}, "'one' for 'ps1'.*a finite number"),
        ({"trend": {"ps0": 1, "ps1": 1, "ps2": 1}}, "one score for all groups"),
    ],
)
def test_bad_arguments_are_named(options: dict[str, Any], said: str) -> None:
    data = cohort(reference("lung"))
    with pytest.raises(InputError, match=said):
        rg.tl.kaplan_meier(data, "ecog", **options)
    assert "kaplan_meier" not in data.uns


def test_patients_without_a_stratum_are_left_out_and_named() -> None:
    obs = reference("lung").dropna(subset=["ecog"])
    obs.iloc[[0, 5], obs.columns.get_loc("sex")] = None
    data = cohort(obs)
    rg.tl.kaplan_meier(data, "ecog", strata="sex")
    left_out = rg.get.kaplan_meier(data, table="left_out")
    assert left_out["reason"].tolist() == ["no sex", "no sex"]
    assert rg.get.kaplan_meier(data)["n"].sum() == len(obs) - 2
    whole = cohort(obs.dropna(subset=["sex"]))
    rg.tl.kaplan_meier(whole, "ecog", strata="sex")
    one, other = (rg.get.kaplan_meier(d, table="test") for d in (data, whole))
    pd.testing.assert_frame_equal(one, other)


def test_groups_that_are_the_strata_cannot_be_compared_within_them() -> None:
    obs = simulated(60, effect=1.0, seed=0)
    obs["site"] = obs["marker"].astype(str)
    data = cohort(obs)
    with pytest.warns(RadiogenomicsWarning, match="no log-rank test: .*no event while two groups are at risk"):
        rg.tl.kaplan_meier(data, "marker", strata="site")
    row = rg.get.kaplan_meier(data, table="test").iloc[0]
    assert np.isnan(row["p_value"])
    assert row["p_value_unstratified"] < 0.05


def test_a_trend_that_was_not_asked_for_is_said_to_be_so() -> None:
    data = cohort(reference("lung"))
    rg.tl.kaplan_meier(data, "ecog")
    with pytest.raises(UnknownNameError, match=r"no table 'trend': rg\.tl\.kaplan_meier was not asked for it"):
        rg.get.kaplan_meier(data, table="trend")


def test_figure_report_and_methods_say_which_test_it_is() -> None:
    data = cohort(reference("lung"))
    scores = {"ps0": 0, "ps1": 1, "ps2": 2}
    rg.tl.kaplan_meier(data, "ecog", weighting="fleming-harrington", rho=1, strata="sex", trend=scores)
    title = rg.pl.kaplan_meier(data).get_title(loc="left")
    chosen = "(rho = 1, gamma = 0; within sex)"
    assert title == f"Fleming-Harrington-weighted, stratified log-rank {chosen}, p < 0.001, trend p < 0.001"
    (found,) = results_in(data)
    said = " ".join(findings(found))
    assert "Differences, within the levels of sex, between the groups of ecog in os (" in said
    assert "Fleming-Harrington-weighted, stratified log-rank χ² = 23.7, 2 df, p < 0.001" in said
    assert "With sex ignored the test has p < 0.001; the curves are of all levels of sex together." in said
    assert "A trend: groups with a higher score have earlier events (z = " in said
    (text,) = [p["text"] for p in methods_of(data, [found])["paragraphs"] if "Kaplan-Meier" in p["text"]]
    assert "Fleming-Harrington-weighted, stratified log-rank test (rho 1, gamma 0), within the levels of sex" in text
    assert "a trend over the groups was tested with the scores ps0: 0; ps1: 1; ps2: 2" in text


def test_a_difference_that_the_strata_explain_is_said_to_be_so() -> None:
    rng = np.random.default_rng(0)
    kind = np.repeat(["slow", "fast"], 60)
    group = np.where(rng.random(120) < np.where(kind == "fast", 0.9, 0.1), "A", "B")
    time = rng.exponential(np.where(kind == "fast", 1.0, 6.0))
    data = cohort(pd.DataFrame({"g": group, "kind": kind, "time": time, "event": np.arange(120) % 4 > 0}))
    rg.tl.kaplan_meier(data, "g", strata="kind")
    row = rg.get.kaplan_meier(data, table="test").iloc[0]
    assert row["p_value_unstratified"] < 0.001
    assert row["p_value"] > 0.05
    said = findings(results_in(data)[0])
    assert said[0].startswith("No evidence of differences, within the levels of kind, between the groups of g")
    assert said[1] == (
        "With kind ignored the same groups seem to differ (p < 0.001): the curves, which are of all levels of kind "
        "together, show differences that may be those between its levels."
    )


def test_results_read_back_equal(tmp_path: Any) -> None:
    import anndata

    data = cohort(reference("lung"))
    rg.tl.kaplan_meier(data, "ecog", strata="sex", trend={"ps0": 0, "ps1": 1, "ps2": 2})
    data.write_h5ad(tmp_path / "cohort.h5ad")
    again = anndata.read_h5ad(tmp_path / "cohort.h5ad")
    for table in ("test", "trend", "pairwise"):
        one, other = (rg.get.kaplan_meier(d, table=table) for d in (data, again))
        pd.testing.assert_frame_equal(one, other, check_dtype=False)
    assert rg.pl.kaplan_meier(again).get_title(loc="left") == rg.pl.kaplan_meier(data).get_title(loc="left")
