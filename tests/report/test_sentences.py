"""What is said of a result: cautious, with its uncertainty and with how many patients stand behind it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from mudata import MuData

from radiogenomics._cohort import settings_of, to_uns
from radiogenomics.report import _captions_groups, _sentences_integrate
from radiogenomics.report._found import Found, results_in
from radiogenomics.report._sentences import enrichment_warnings, findings
from radiogenomics.report._sentences_survival import curves_together, unadjusted


def _one(data: MuData, kind: str) -> Found:
    return next(f for f in results_in(data) if f.kind == kind)


def test_groups(cohort: Callable[..., MuData]) -> None:
    said = findings(_one(cohort(), "consensus_cluster"))
    assert said[0] == "3 groups of 30 patients by radiomics: A (10), B (10) and C (10)."
    assert "k = 3 was chosen on these data (tried: 2 to 4); 12 % of the pairs" in said[1]
    assert "Consensus clustering finds groups in any data" not in said[1]


def test_groups_whose_number_was_set_beforehand_are_found_in_any_data(cohort: Callable[..., MuData]) -> None:
    found = _one(cohort(), "consensus_cluster")
    found.result["settings"] = found.result["settings"].replace('"n_clusters": "auto"', '"n_clusters": 3')  # type: ignore[index]
    assert findings(found)[1].endswith("Consensus clustering finds groups in any data.")


def test_groups_that_were_not_found(cohort: Callable[..., MuData]) -> None:
    found = _one(cohort(), "consensus_cluster")
    found.result["n_clusters"] = 1  # type: ignore[index]
    found.result["settings"] = found.result["settings"].replace('"p_value": 0.01', '"p_value": 0.4')  # type: ignore[index]
    said = findings(found)
    assert said[0] == "No evidence of groups among 30 patients by radiomics."
    assert said[1] == (
        "None of the numbers tried (2 to 4) gives groups more stable than those of data without any "
        "(p = 0.40 over all of them)."
    )
    assert "k = 1" not in " ".join(said)


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
        "p = 0.003 (30 patients, 10 events, only 3.3 per coefficient: the estimates may be overfitted)."
    )
    assert "overfitted" in said[-1]
    assert "10 events for 3 coefficients" in said[-1]


def test_cox_without_any_relation(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    change(data, "cox", "multivariable", p_value=[0.3, 0.2, 0.9])
    said = findings(_one(data, "cox"))[0]
    assert said.startswith("Adjusted for each other, no evidence that any of 3 terms is related to os")
    assert "radiomics:groups B against A: hazard ratio 1.65 (95 % CI 0.51 to 5.30)" in said


def test_a_single_cox_term_is_named(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    for part in ("univariable", "multivariable"):
        data.uns["cox"][part] = data.uns["cox"][part].head(1).assign(p_value=0.4, p_adjusted=0.4)
    said = findings(_one(data, "cox"))[0]
    assert said == (
        "No evidence that age is related to os (hazard ratio 1.03 (95 % CI 1.01 to 1.05), p = 0.40; 30 patients, 10 "
        "events)."
    )
    assert "1 term" not in " ".join(findings(_one(data, "cox")))


def test_proportional_hazards_have_a_sentence_when_they_could_not_be_tested(cohort: Callable[..., MuData]) -> None:
    data = cohort()
    data.uns["cox"]["proportional_hazards"] = pd.DataFrame(columns=["variable", "p_value"])
    assert any("Whether effects change with time was not tested" in text for text in findings(_one(data, "cox")))


def test_patients_behind_a_cox_term_are_those_of_all_levels(
    cohort: Callable[..., MuData], change: Callable[..., None]
) -> None:
    data = cohort()
    n = {"n": [12, 5, 4], "events": [6, 2, 1], "n_reference": [0, 3, 3], "events_reference": [0, 2, 2]}
    change(data, "cox", "univariable", **n)
    assert findings(_one(data, "cox"))[1].endswith("(12 patients, 5 to 6 events).")


def test_prediction_that_chance_would_do_as_well(cohort: Callable[..., MuData]) -> None:
    said = findings(_one(cohort(), "combined_cindex"))
    assert said[0] == (
        "Highest cross-validated c-index of 4 models for os: rna, 0.61 (95 % CI 0.47 to 0.74) (20 patients, 7 events; "
        "apparent, because its groups were formed on all of them); its interval reaches 0.5, so no evidence that it "
        "ranks better than chance."
    )
    assert said[1] == (
        "7 events, fewer than 10: the intervals and p-values of the c-indices are not calibrated, the t-test over "
        "folds finds differences where there are none, and the comparison is exploratory."
    )
    assert said[2].startswith("No evidence that any model ranks patients better than the one it is compared with")
    assert said[3].startswith("Apparent: the groups of every model were formed on all")


def test_prediction_that_gains(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    change(data, "combined_cindex", "comparisons", p_adjusted=[0.01, 0.8], alternative="greater")
    change(data, "combined_cindex", "models", events=40)
    assert findings(_one(data, "combined_cindex"))[1] == (
        "Whether model radiomics + rna ranks patients better than radiomics stays open: difference 0.080 (95 % CI "
        "−0.050 to 0.200), an interval that reaches 0, although one-sided adjusted p = 0.010."
    )
    change(data, "combined_cindex", "comparisons", lower=0.01)
    gain = "(difference 0.080, 95 % CI 0.010 to 0.200, one-sided adjusted p = 0.010)."
    assert findings(_one(data, "combined_cindex"))[1] == (
        f"Model radiomics + rna ranks patients better than radiomics, which is itself not shown to rank better than "
        f"chance {gain}"
    )
    change(data, "combined_cindex", "models", lower=0.55)
    said = findings(_one(data, "combined_cindex"))[1]
    assert said == f"Model radiomics + rna ranks patients better than radiomics {gain}"


def test_resamples_left_out_are_counted(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    drawn = settings_of(data.uns["combined_cindex"])["bootstrap"]
    change(data, "combined_cindex", "models", usable_resamples=drawn - 3)
    said = " ".join(findings(_one(data, "combined_cindex")))
    assert f"3 of {drawn:,} resamples had a repeat without a comparable pair and were left out." in said


def test_a_c_index_below_one_half_is_no_reversed_order(
    cohort: Callable[..., MuData], change: Callable[..., None]
) -> None:
    data = cohort()
    assert "reversed" not in " ".join(findings(_one(data, "combined_cindex")))
    change(data, "combined_cindex", "models", upper=[0.49, 0.7, 0.7, 0.7])
    said = " ".join(findings(_one(data, "combined_cindex")))
    assert "The interval of radiomics lies below 0.5." in said
    assert "this does not mean that the order is reversed" in said
    change(data, "combined_cindex", "models", estimate="held out")
    assert "reversed" not in " ".join(findings(_one(data, "combined_cindex")))


def test_groups_that_go_with_size_may_be_size(cohort: Callable[..., MuData], change: Callable[..., None]) -> None:
    data = cohort()
    strong = {"effect": [0.45, 0.76], "p_adjusted": [0.004, 0.001]}
    change(data, "associations", "table", variable=["rna:groups", "size_mm"], **strong)
    said = findings(_one(data, "associate"))[-1]
    assert said.startswith("The groups of radiomics:groups may be little more than a measure of size: they go closely "
                           "with size_mm (ε² 0.76).")  # fmt: skip
    for name in ("emphasize", "volatility"):
        change(data, "associations", "table", variable=["rna:groups", name], **strong)
        assert "measure of size" not in " ".join(findings(_one(data, "associate")))
    change(data, "associations", "table", variable=["rna:groups", "tumour_volume"], effect=[0.45, 0.1])
    assert "measure of size" not in " ".join(findings(_one(data, "associate")))


def test_several_groupings_stand_in_one_sentence_and_several_tests_are_called_unadjusted(
    cohort: Callable[..., MuData], change: Callable[..., None]
) -> None:
    data = cohort()
    data.uns["kaplan_meier_2"] = dict(data.uns["kaplan_meier"])
    change(data, "kaplan_meier_2", "test", p_value=0.01)
    curves = [f for f in results_in(data) if f.kind == "kaplan_meier"]
    assert curves_together(curves) == [
        "Differences in os between the groups of radiomics:groups (p = 0.010; 30 patients, 9 events); no evidence of "
        "differences between the groups of radiomics:groups (p = 0.40; 30 patients, 9 events) (log-rank tests, not "
        "adjusted for one another)."
    ]
    assert "2 log-rank tests are not adjusted" in unadjusted(curves)[0]
    assert unadjusted(curves[:1]) == []


def test_measures_added_terms_and_sample_size_of_the_c_index(
    cohort: Callable[..., MuData], change: Callable[..., None]
) -> None:
    data = cohort()
    best = findings(_one(data, "combined_cindex"))[0].partition("for os: ")[2].partition(",")[0]
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


def test_joint_number_one_is_no_best_fit() -> None:
    evidence = pd.DataFrame({"k": [2, 3, 4]})
    members = pd.DataFrame({"patient_id": ["P1", "P2"], "group": "A", "n_modalities": 2, "split": "all"})
    for method, part in (("snf", "simulated patients of one population (p = 0.40"), ("coca", "do not agree more than")):
        settings = {"modalities": ["rna", "radiomics"], "n_clusters": "auto", "method": method, "p_value": 0.4}
        result = to_uns(evidence=evidence, members=members, n_clusters=1, settings=settings)
        said = _sentences_integrate.integrate(Found("integrate", "integrated", None, result))
        assert "no evidence of joint groups" in said[0]
        assert part in said[1]
        assert "fits best" not in said[1]
        assert "p = 0.40" in said[1]


def test_captions_of_one_group_call_nothing_stable(cohort: Callable[..., MuData]) -> None:
    found = _one(cohort(), "consensus_cluster")
    assert "stable groups" in _captions_groups.matrix_caption(found)
    found.result["n_clusters"] = 1  # type: ignore[index]
    assert "one group was answered" in _captions_groups.matrix_caption(found)
    assert "mean stable" not in _captions_groups.matrix_caption(found)
    assert "p = 0.010" in _captions_groups.evidence_caption(found)
