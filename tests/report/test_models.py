"""What a report says of prediction models: honest figures first, null said as null."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics.report._found import results_in
from radiogenomics.report._sentences import findings
from radiogenomics.report._summarize import summarize

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
    assert text["score"].index("out of fold") < text["score"].index("apparent, of the patients it was fitted on")
    assert "f0" in text["score"]
    assert text["evaluate_finding"].index("out of fold") < text["evaluate_finding"].index("; apparent: ")
    assert "No evidence that clinical" in text["evaluate_finding"]
    assert "differ in AUC (out of fold)" in text["delong_finding"]
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
