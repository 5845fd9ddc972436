"""What the report says of strata: in the comparison of models, in Cox models, and of variables of several levels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics import _keys as keys
from radiogenomics.report._found import results_in
from radiogenomics.report._sentences import findings
from radiogenomics.report._sentences_strata import beside_stratified, ignored_strata
from radiogenomics.report._sentences_survival import as_a_whole
from radiogenomics.report._summarize import summarize
from tests.tl._cohorts import cohort


@pytest.fixture(scope="module")
def two_types():  # type: ignore[no-untyped-def]
    """Groups that tell a slow type from a fast one, and say nothing within a type."""
    rng = np.random.default_rng(0)
    n = 160
    kind = np.repeat(["slow", "fast"], n // 2)
    group = np.where(rng.random(n) < np.where(kind == "fast", 0.85, 0.15), "A", "B")
    time = rng.exponential(np.where(kind == "fast", 1.0, 5.0))
    obs = pd.DataFrame({"g": group, "kind": kind, "time": time, "event": (np.arange(n) % 4 > 0).astype(int)})
    obs["age"] = rng.normal(60, 8, n)
    data = cohort(obs)
    options = {"covariates": "age", "repeats": 2, "bootstrap": 50, "folds": 3, "rng": 0}
    rg.tl.combined_cindex(data, "g", strata="kind", **options)
    rg.tl.combined_cindex(data, "g", **options, key_added=keys.CINDEX_WITHOUT_STRATA)
    rg.tl.cox(data, ["g", "age"], strata="kind")
    return data


def test_the_comparison_that_ignores_the_strata_is_put_beside(two_types) -> None:  # type: ignore[no-untyped-def]
    results = [f for f in results_in(two_types) if f.kind == "combined_cindex"]
    stratified, ignoring = results
    assert stratified.key == "combined_cindex"
    assert beside_stratified(results) == [ignoring]
    assert beside_stratified([ignoring]) == []
    said = ignored_strata(results)
    models = {key: rg.get.combined_cindex(two_types, key=key).set_index("model")["c"] for key in
              ("combined_cindex", keys.CINDEX_WITHOUT_STRATA)}  # fmt: skip
    with_kind, without = (models[key]["g"] for key in models)
    assert without > with_kind + 0.1
    assert f"g {without:.2f} instead of {with_kind:.2f}" in said[0]
    assert said[0].startswith("With kind ignored the c-index would be: ")
    assert ignored_strata([ignoring]) == ignored_strata([stratified]) == []


def test_the_lead_says_who_is_compared_and_what_clinical_is(two_types) -> None:  # type: ignore[no-untyped-def]
    said = findings(next(f for f in results_in(two_types) if f.key == "combined_cindex"))
    assert " for os among patients of one level of kind: " in said[0]
    assert said[-1] == "Clinical stands for age."
    assert "stratified by kind)" in findings(next(f for f in results_in(two_types) if f.kind == "cox"))[0]


def test_page_holds_both_comparisons_and_the_glance_one(two_types) -> None:  # type: ignore[no-untyped-def]
    summary = summarize(two_types)
    (section,) = [s for s in summary["sections"] if s["id"] == "c-index"]
    assert [part["title"] for part in section["parts"]] == ["C-index", "C-index with the strata ignored"]
    glance = [said["text"] for said in section["glance"]]
    assert sum("ighest cross-validated c-index" in text for text in glance) == 1
    assert any(text.startswith("With kind ignored the c-index would be: ") for text in glance)


def test_a_variable_is_judged_as_a_whole_where_its_reference_stands_in_the_middle() -> None:
    rng = np.random.default_rng(8)
    group = np.repeat(["A", "B", "C"], [68, 52, 40])
    hazard = np.select([group == "B", group == "C"], [0.62, 1.5], 1.0)
    time, end = rng.exponential(1 / hazard), rng.uniform(0.05, 0.9, 160)
    obs = pd.DataFrame({"g": group, "time": np.minimum(time, end), "event": (time <= end).astype(int)})
    obs["age"] = rng.normal(60, 8, 160)
    data = cohort(obs)
    rg.tl.cox(data, ["g", "age"], reference={"g": "A"})
    (found,) = results_in(data)
    rows = found.table("multivariable").set_index("variable")
    assert rows.loc["g", "p_value"].min() > 0.05 > rows.loc["g", "p_variable"].iloc[0]
    (said,) = as_a_whole(found)
    assert said.startswith("as a whole, by the likelihood-ratio test, also related to os: g (p = ")
    rg.tl.cox(data, ["g", "age"], reference={"g": "B"})
    assert as_a_whole(results_in(data)[0]) == []
