"""Study files of the manual on real cohorts: they run, and their key figures are as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import radiogenomics as rg
from radiogenomics import _keys as keys
from radiogenomics.report._summarize import summarize

STUDIES = Path(__file__).parents[2] / "vignettes" / "studies"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")]


def run(name: str, folder: Path, **changes: Any) -> Any:
    """The cohort of a study file, with fewer resamples than the file asks for."""
    fewer = {"steps.combined_cindex.repeats": 3, "steps.combined_cindex.bootstrap": 50, "output": str(folder)}
    result = rg.study.run(STUDIES / f"{name}.yaml", n_jobs=1, overrides=fewer | changes)
    assert result.exit_code == 0
    return rg.io.read_cohort(result.output / "cohort.h5mu")


def said_of(cohort: Any, section: str) -> str:
    (found,) = [s for s in summarize(cohort)["sections"] if s["id"] == section]
    parts = [found, *found["parts"]]
    return " ".join(text for part in parts for text in part["findings"])


def test_glioma_groups_that_tell_the_type_say_nothing_within_it(real_data: Path, tmp_path: Path) -> None:
    cohort = run("tcga_glioma_mri", tmp_path, **{"steps.cluster.radiomics.n_resamples": 100})
    test = rg.get.kaplan_meier(cohort, key="kaplan_meier_os_radiomics", table="test").iloc[0]
    assert test["p_value"] > 0.1
    assert test["p_value_unstratified"] < 0.001
    kept = rg.get.combined_cindex(cohort).set_index("model")["c"]
    ignored = rg.get.combined_cindex(cohort, key=keys.CINDEX_WITHOUT_STRATA).set_index("model")["c"]
    assert kept["radiomics:groups"] == pytest.approx(0.53, abs=0.05)
    assert ignored["radiomics:groups"] == pytest.approx(0.63, abs=0.05)
    assert (ignored > kept + 0.02).all()
    survival = said_of(cohort, "survival")
    assert "No evidence of differences, within the levels of type, between the radiomics groups in os" in survival
    assert "With type ignored the same groups seem to differ (p < 0.001)" in survival
    assert "stratified by type" in survival
    prediction = said_of(cohort, "c-index")
    assert "With type ignored the c-index would be: radiomics groups 0.6" in prediction
    assert "is of no use where type is known" in prediction
    left_out = rg.get.kaplan_meier(cohort, key="kaplan_meier_os_radiomics", table="left_out")
    assert left_out["patient_id"].tolist() == ["TCGA-12-1601"]  # has features and no clinical row


@pytest.mark.parametrize(("tumour", "sizes", "events", "p"), [("acc", 79, 28, 1e-3), ("uvm", 80, 23, 1e-3)])
def test_expression_groups_of_whole_transcriptomes(
    real_data: Path, tmp_path: Path, tumour: str, sizes: int, events: int, p: float
) -> None:
    few = {"steps.cluster.rna.n_resamples": 100, "steps.enrichment": False}
    cohort = run(f"tcga_{tumour}", tmp_path, **few)
    summary = rg.get.kaplan_meier(cohort, key="kaplan_meier_os_rna")
    assert (summary["n"].sum(), summary["events"].sum()) == (sizes, events)
    assert sorted(summary["n"])[1] >= 20  # not one large group and a few outlying patients
    assert rg.get.kaplan_meier(cohort, key="kaplan_meier_os_rna", table="test")["p_value"].iloc[0] < p
    assert rg.get.combined_cindex(cohort).set_index("model")["c"]["rna:groups"] == pytest.approx(0.68, abs=0.06)
    said = said_of(cohort, "survival")
    assert "Differences between the RNA groups in os" in said
    assert "fewer than 10): the multivariable estimates may be overfitted" in said
    assert "A prediction model of as many would need about" in said
    assert "Clinical stands for age_at_initial_pathologic_diagnosis." in said_of(cohort, "c-index")
    if tumour == "uvm":
        assert "As a whole, by the likelihood-ratio test, also related to os: RNA groups (p = 0.002)" in said


def test_head_and_neck_is_null_and_says_so(real_data: Path, tmp_path: Path) -> None:
    few = {f"steps.cluster.{m}.n_resamples": 100 for m in ("radiomics", "rna")} | {"steps.enrichment": False}
    cohort = run("tcga_hnsc_ct_rna", tmp_path, **few)
    models = rg.get.combined_cindex(cohort)
    assert set(models["n"]) == {106}
    assert set(models["events"]) == {38}
    assert "No evidence that any model ranks patients better" in said_of(cohort, "c-index")


def test_landmark_and_late_entry_on_real_follow_up(real_data: Path) -> None:
    folder = real_data / "tcga_glioma_mri_rna"
    clinical = rg.io.read_clinical(folder / "clinical_cdr.csv", id="bcr_patient_barcode")
    clinical["start"] = -clinical["birth_days_to"] / 365.25
    clinical["end"] = clinical["start"] + clinical["OS.time"] / 365.25
    clinical["early"] = ((clinical["PFI"] == 1) & (clinical["PFI.time"] <= 180)).map({True: "early", False: "not"})
    outcomes = {
        "os": {"kind": "survival", "time": "OS.time", "event": "OS", "unit": "days"},
        "life": {"kind": "survival", "time": "end", "event": "OS", "unit": "years"},
    }
    features = rg.io.read_features([folder / f"TCGA_{t}_radiomicFeatures.csv" for t in ("GBM", "LGG")], id="ID")
    cohort = rg.io.assemble_cohort(clinical, outcomes=outcomes, radiomics=features)
    ratios = {}
    for name, options in {
        "diagnosis": {"variables": ["early"], "strata": "type", "reference": {"early": "not"}},
        "landmark": {"variables": ["early"], "strata": "type", "reference": {"early": "not"}, "landmark": 180},
        "ignored": {"variables": ["type"], "outcome": "life"},
        "entry": {"variables": ["type"], "outcome": "life", "entry": "start"},
    }.items():
        rg.tl.cox(cohort, **options)
        ratios[name] = rg.get.cox(cohort)["hr"].iloc[0]
    assert ratios["landmark"] == pytest.approx(1.763, abs=0.01)
    assert ratios["diagnosis"] == pytest.approx(2.618, abs=0.01)
    assert ratios["ignored"] == pytest.approx(0.821, abs=0.005)
    assert ratios["entry"] == pytest.approx(0.227, abs=0.005)
