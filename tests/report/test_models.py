"""What a report says of prediction models: honest figures first, null said as null."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._cohort import settings_of, to_uns
from radiogenomics.report._format import p_text
from radiogenomics.report._found import results_in
from radiogenomics.report._images_section import findings as image_findings
from radiogenomics.report._sentences import findings
from radiogenomics.report._summarize import summarize
from tests.tl._predicted import predicted

pytestmark = pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")


def cohort(effect: float, n: int = 90) -> AnnData:
    rng = np.random.default_rng(7)
    y = np.arange(n) % 2
    x = rng.normal(size=(n, 12))
    x[:, 0] += effect * y
    obs = pd.DataFrame({"finding": y, "age": rng.normal(60, 10, n).round()}, index=[f"P{i:02d}" for i in range(n)])
    features = AnnData(x, obs=pd.DataFrame(index=obs.index), var=pd.DataFrame(index=[f"f{i}" for i in range(12)]))
    clinical = obs.rename_axis("patient_id")
    return rg.io.assemble_cohort(
        clinical, outcomes={"finding": {"kind": "binary", "column": "finding", "positive": 1}}, radiomics=features
    )


def judged(effect: float) -> AnnData:
    data = cohort(effect)
    fast = {"folds": 3, "repeats": 2}
    rg.tl.signature(data, ["radiomics"], n_resamples=5, inner_folds=3, key_added="score", **fast)
    rg.tl.logistic(data, ["age"], key_added="clinical", **fast)
    rg.tl.nomogram(data, ["score", "age"], **fast)
    rg.tl.evaluate(data, ["score", "clinical", "nomogram"], bootstrap=100, key_added="evaluate_finding")
    rg.tl.delong(data, ["score", "clinical"], key_added="delong_finding")
    rg.tl.calibrate(data, ["score"], bootstrap=100)
    rg.tl.decision_curve(data, ["score"], bootstrap=100)
    return data


@pytest.fixture(scope="module")
def strong() -> AnnData:
    return judged(2.5)


def said(data: AnnData) -> dict[str, str]:
    return {found.key: " ".join(findings(found)) for found in results_in(data)}


def test_the_honest_figure_comes_before_the_apparent_one(strong: AnnData) -> None:
    text = said(strong)
    assert text["score"].index("cross-validated") < text["score"].index("apparent, of the patients it was fitted on")
    assert "f0" in text["score"]
    assert text["evaluate_finding"].index("cross-validated") < text["evaluate_finding"].index("; apparent: ")
    assert "No evidence that clinical" in text["evaluate_finding"]
    assert "differ in AUC (cross-validated)" in text["delong_finding"]
    assert "models that had not seen the patient" in text["nomogram"]
    assert "calibration slope (1 is ideal" in text["calibrate"].lower()


def test_the_null_model_is_said_as_null() -> None:
    text = said(judged(0.0))
    assert "null model, which tells all patients the same" in text["score"]
    assert "No evidence" in text["evaluate_finding"]
    assert "no difference" not in " ".join(text.values())


def test_the_report_has_their_sections_figures_and_methods(strong: AnnData, tmp_path: Path) -> None:
    report = summarize(strong)
    titles = [section["title"] for section in report["sections"]]
    assert titles[titles.index("Prediction models") + 1] == "How good the models are"
    assert {"score", "score_path", "nomogram", "evaluate_finding_roc", "calibrate", "decision_curve"} <= set(
        report["figures"]
    )
    headings = [paragraph["heading"] for paragraph in report["methods"]["paragraphs"]]
    assert {"Signatures", "Clinical models", "Nomograms", "Judgement of models", "Calibration"} <= set(headings)
    page = rg.report.write(strong, tmp_path).read_text(encoding="utf-8")
    assert "could not be drawn" not in page
    assert "pipelines" not in page


@pytest.fixture(scope="module")
def survival() -> AnnData:
    data = predicted(120, split=False)
    data.obs["risk_group"] = np.where(data.obs["marker"] > data.obs["marker"].median(), "high", "low")
    rg.tl.kaplan_meier(data, groupby="risk_group", outcome="os")
    rg.tl.calibrate(data, ["risk"], bootstrap=20)
    rg.tl.decision_curve(data, ["risk"], bootstrap=20)
    rg.tl.time_roc(data, ["risk"], every=50, bootstrap=20)
    return data


def test_cross_validated_groups_have_the_p_value_corrected_for_folds_or_none(survival: AnnData) -> None:
    data = survival.copy()
    without = said(data)["kaplan_meier"]
    assert "are not tested" in without
    assert "p =" not in without
    assert "p <" not in without
    assert "no p" in rg.pl.kaplan_meier(data).get_title(loc="left")
    rg.tl.evaluate(data, ["risk"], bootstrap=100)
    groups = rg.get.evaluate(data, table="groups")
    p = p_text(groups.loc[groups["estimate"] == "out_of_fold", "p_value"].iloc[0])
    assert f"corrected for folds, {p};" in said(data)["kaplan_meier"]
    assert f"corrected {p}" in rg.pl.kaplan_meier(data).get_title(loc="left")
    page = summarize(data)
    tables = [b for s in page["sections"] for part in [s, *s["parts"]] for b in part["blocks"]]
    assert not any(c["heading"] == "p" for b in tables if b.get("title") == "Log-rank test" for c in b["columns"])


def test_other_groupings_keep_their_log_rank_test(survival: AnnData) -> None:
    data = survival.copy()
    data.obs["half"] = data.obs["risk_group"].to_numpy()
    rg.tl.kaplan_meier(data, groupby="half", outcome="os", key_added="plain")
    assert "log-rank χ²" in said(data)["plain"]
    assert "Log-rank p" in rg.pl.kaplan_meier(data, key="plain").get_title(loc="left")


def test_sentence_and_figure_show_one_horizon(survival: AnnData) -> None:
    text = said(survival)
    for name in ("calibration", "decision_curve"):
        title = getattr(rg.pl, name)(survival).get_title(loc="left")
        shown = title.partition(" by ")[2]
        assert shown
        assert f" at {shown}" in text[name.replace("calibration", "calibrate")]


def test_areas_of_few_patients_are_not_summed_up(survival: AnnData) -> None:
    areas = rg.get.time_roc(survival)
    areas = areas[areas["estimate"] == "out_of_fold"]
    thin = areas[(areas["cases"] < 10) | (areas["controls"] < 10)]
    assert 0 < len(thin) < len(areas)
    text = said(survival)["time_roc"]
    assert f"{len(thin)} of {len(areas)} horizons" in text
    assert "median" not in text
    assert "350 days" in text  # nearest to a year
    assert "not adjusted for their number" in text
    data = survival.copy()
    data.uns["time_roc"] = data.uns["time_roc"] | to_uns(auc=thin)
    assert "not summed up: fewer than 10 patients" in said(data)["time_roc"]


def test_tables_say_words_for_what_the_code_calls_by_columns(survival: AnnData, tmp_path: Path) -> None:
    provenance = {"inputs": [{"path": "a.nii.gz", "sha256": "0" * 64}]}
    page = rg.report.write(survival, tmp_path, provenance=provenance).read_text(encoding="utf-8")
    rows = page.partition("<main")[2].partition('id="methods"')[0]
    for word in ("out_of_fold", "expected_observed", ">ici<", "scaled_brier<"):
        assert word not in rows
    assert "<details><summary>More of the run: Inputs" in page


def test_remarks_of_no_known_kind_are_counted() -> None:
    checked = pd.DataFrame({"patient_id": ["P1", "P2"], "sequence": "T2", "remarks": ["the mask lies outside", ""]})
    assert "1 case has remarks: others in 1." in " ".join(image_findings(checked))


def test_areas_of_an_unknown_unit_are_those_of_the_first_middle_and_last_horizon(survival: AnnData) -> None:
    data = survival.copy()
    settings = {**settings_of(data.uns["time_roc"]), "unit": None}
    data.uns["time_roc"] = data.uns["time_roc"] | to_uns(settings=settings)
    assert said(data)["time_roc"].count("95 % CI") == 3
