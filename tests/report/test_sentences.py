"""What is said of a result: cautious, with its uncertainty and with how many patients stand behind it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from mudata import MuData

from radiogenomics._cohort import to_uns
from radiogenomics.report._found import Found, results_in
from radiogenomics.report._sentences import enrichment_warnings, findings


def _one(data: MuData, kind: str) -> Found:
    return next(f for f in results_in(data) if f.kind == kind)


def test_groups(cohort: Callable[..., MuData]) -> None:
    said = findings(_one(cohort(), "consensus_cluster"))
    assert said[0] == "3 groups of 30 patients by radiomics: A (10), B (10) and C (10)."
    assert "k = 3 was chosen on these data (tried: 2 to 4); 12 % of the pairs" in said[1]
    assert "Consensus clustering finds groups in any data" in said[1]


def test_groups_that_were_not_found(cohort: Callable[..., MuData]) -> None:
    found = _one(cohort(), "consensus_cluster")
    found.result["n_clusters"] = 1  # type: ignore[index]
    found.result["settings"] = found.result["settings"].replace('"p_value": 0.01', '"p_value": 0.4')  # type: ignore[index]
    said = findings(found)
    assert said[0] == "No evidence of groups among 30 patients by radiomics."
    assert "no evidence that they are more stable than groups found in data without any (p = 0.40)" in said[1]


def test_unstable_groups_are_called_so(cohort: Callable[..., MuData]) -> None:
    found = _one(cohort(), "consensus_cluster")
    found.result["evidence"] = found.result["evidence"].assign(pac=0.6)  # type: ignore[index]
    assert "not stable under resampling" in findings(found)[1]


def test_null_survival_is_said_as_null(cohort: Callable[..., MuData]) -> None:
    said = findings(_one(cohort(), "kaplan_meier"))
    assert said[0] == (
        "No evidence of differences between the groups of radiomics:groups in os "
        "(log-rank χ² = 1.84, 2 df, p = 0.40; 30 patients, 9 events)."
    )
    assert said[1].startswith("Fewer than 5 events in A, B and C")


def test_survival_that_differs(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    change(data, "kaplan_meier", "test", p_value=0.0004)
    said = findings(_one(data, "kaplan_meier"))[0]
    assert said.startswith("Differences between the groups of radiomics:groups in os (")
    assert "p < 0.001" in said


def test_survival_that_could_not_be_tested(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    change(data, "kaplan_meier", "test", p_value=np.nan, statistic=np.nan, df=np.nan)
    assert "could not be tested" in findings(_one(data, "kaplan_meier"))[0]


def test_each_part_of_the_split_has_its_sentence(cohort: Callable[..., MuData]) -> None:
    said = findings(_one(cohort(split=True), "kaplan_meier"))
    assert [s.split(":")[0] for s in said if "log-rank" in s] == [
        "In the training patients", "In the internal patients", "In the external patients",
    ]  # fmt: skip


def test_cox_names_terms_levels_and_references(cohort: Callable[..., MuData]) -> None:
    said = findings(_one(cohort(), "cox"))
    assert said[0] == (
        "Adjusted for each other, 1 of 3 terms is related to os: age: hazard ratio 1.03 (95 % CI 1.01 to 1.05), "
        "p = 0.003 (30 patients, 10 events)."
    )
    assert "overfitted" in said[-1]
    assert "10 events for 3 coefficients" in said[-1]


def test_cox_without_any_relation(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    change(data, "cox", "multivariable", p_value=[0.3, 0.2, 0.9])
    said = findings(_one(data, "cox"))[0]
    assert said.startswith("Adjusted for each other, no evidence that any of 3 terms is related to os")
    assert "radiomics:groups B against A: hazard ratio 1.65 (95 % CI 0.51 to 5.30)" in said


def test_patients_behind_a_cox_term_are_those_of_all_levels(
    cohort: Callable[..., MuData], change: Callable[..., None]
) -> None:
    data = cohort()
    n = {"n": [12, 5, 4], "events": [6, 2, 1], "n_reference": [0, 3, 3], "events_reference": [0, 2, 2]}
    change(data, "cox", "univariable", **n)
    assert findings(_one(data, "cox"))[1].endswith("(12 patients, 6 events).")


def test_prediction_that_chance_would_do_as_well(cohort: Callable[..., MuData]) -> None:
    said = findings(_one(cohort(), "combined_cindex"))
    assert said[0] == (
        "Highest cross-validated c-index of 4 models: rna, 0.61 (95 % CI 0.47 to 0.74) (20 patients, 7 events); its "
        "interval reaches 0.5, so no evidence that it ranks better than chance."
    )
    assert said[1].startswith("No evidence that any model ranks patients better than the one it is compared with")
    assert said[2].startswith("Apparent: the groups in radiomics, rna,")


def test_prediction_that_gains(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    change(data, "combined_cindex", "comparisons", p_adjusted=[0.01, 0.8])
    said = findings(_one(data, "combined_cindex"))[1]
    assert said == (
        "Model radiomics + rna ranks patients better than radiomics: difference 0.080 (95 % CI −0.050 to 0.200), "
        "adjusted p = 0.010."
    )


def test_measures_added_terms_and_sample_size_of_the_c_index(
    cohort: Callable[..., MuData], change: Callable[..., None]
) -> None:
    data = cohort()
    best = findings(_one(data, "combined_cindex"))[0].partition("models: ")[2].partition(",")[0]
    measures = ("uno_c", "auc", "integrated_brier", "explained_brier")
    rows = {"split": "all", "model": best, "measure": measures, "horizon": 730.0, "value": [0.7, 0.72, 0.2, 0.08]}
    rows |= {"lower": [0.6, 0.6, 0.1, -0.1], "upper": [0.8, 0.8, 0.3, 0.2]}
    sizes = {"model": ["a", "a + b"], "n": 49, "events": 24, "n_parameters": [2, 4], "events_per_parameter": [12, 6.0],
             "n_needed": [150, 300], "events_needed": [73.0, 146.0], "enough": False}  # fmt: skip
    data.uns["combined_cindex"] |= to_uns(measures=pd.DataFrame(rows), sample_size=pd.DataFrame(sizes))
    change(data, "combined_cindex", "comparisons", lr_p_value=[0.003, 0.7])
    said = " ".join(findings(_one(data, "combined_cindex")))
    assert f"Until 730, {best} has Uno's c 0.70" in said
    assert "takes away 8 % of the squared error of one survival curve for all " in said
    assert "likelihood-ratio tests on all the patients of the fit (apparent)" in said
    assert "49 patients with 24 events are fewer than 2 of 2 models would need" in said
    assert "150 (a) to 300 (a + b) patients; there are 6.0 to 12 events per coefficient" in said
    data.uns["combined_cindex"] |= to_uns(sample_size=pd.DataFrame({**sizes, "enough": True}))
    assert "would need" not in " ".join(findings(_one(data, "combined_cindex")))


def test_associations(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    said = findings(_one(data, "associate"))[0]
    assert "1 of 2 tests shows an association" in said
    assert "Cramér's V 0.45, adjusted p = 0.004, n = 20" in said
    change(data, "associations", "table", p_adjusted=[0.5, 0.9])
    assert findings(_one(data, "associate"))[0].startswith("No evidence of an association in 2 tests")
    change(data, "associations", "table", p_adjusted=[np.nan, np.nan])
    assert findings(_one(data, "associate"))[0] == "None of the 2 pairs could be tested."


def test_apparent_genes_are_called_apparent(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    said = findings(_one(data, "differential_expression"))
    assert said[0].startswith("Apparent: ")
    assert "between A x B (12 patients) and the others (8)" in said[0]
    change(data, "differential_expression", "table", significant=False)
    assert findings(_one(data, "differential_expression"))[0].startswith(
        "Apparent: no evidence that any of 200 genes differs between A x B (12 patients) and the others (8)"
    )


def test_low_coverage_is_warned_of(cohort: Callable[..., MuData]) -> None:
    found = _one(cohort(), "enrich")
    assert "no evidence that any of 12 gene sets is enriched" in findings(found)[0]
    (warning,) = enrichment_warnings(found)
    assert "Only 271 of the 4,000 genes in h.all (7 %) are among the 976 measured genes" in warning


def test_every_kind_of_result_has_a_sentence(cohort: Callable[..., MuData]) -> None:
    for found in results_in(cohort(split=True)):
        for sentence in findings(found):
            assert sentence.endswith("."), sentence
            assert "nan" not in sentence.lower().replace("finance", ""), sentence


def test_results_are_recognised_by_their_parts(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    data.uns["my curves"] = data.uns.pop("kaplan_meier")
    data.uns["notes"] = to_uns(settings={"a": 1}, anything=pd.DataFrame({"x": [1]}))
    kinds = {f.label: f.kind for f in results_in(data)}
    assert kinds == {
        "radiomics:groups": "consensus_cluster", "rna:groups": "consensus_cluster", "combined": "combine_groups",
        "associations": "associate", "my curves": "kaplan_meier", "cox": "cox", "combined_cindex": "combined_cindex",
        "enrichment": "enrich", "differential_expression": "differential_expression",
    }  # fmt: skip
