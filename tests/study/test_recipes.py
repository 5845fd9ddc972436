"""Every published pipeline runs from one command on the simulated cohort, and its parts are all there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import radiogenomics as rg
from radiogenomics.cli import app

pytest.importorskip("SimpleITK")

NAMES = ("fusion", "liang", "yan", "zhu")
#: Smaller than published, so that a test runs in seconds.
SMALL = ("steps.extract.image_types=[original]", "steps.extract.feature_classes=[firstorder, shape, glcm]",
         "steps.check.images=false")  # fmt: skip
FEWER = {
    "yan": ("data.outcomes.grade.column=grade_resected", "steps.signature.radscore.repeats=1",
            "steps.signature.radscore.n_resamples=5", "steps.signature.radscore.inner_folds=4",
            "steps.nomogram.nomogram.repeats=1"),
    "liang": ("steps.signature.dlscore.repeats=1", "steps.signature.dlscore.inner_folds=3",
              "steps.signature.dlscore.n_resamples=5", "steps.signature.dlscore.folds=3",
              "steps.models.models.sequences={T2: [T2]}", "steps.models.models.folds=2",
              "steps.models.models.inner_folds=2", "steps.models.models.select={mrmr: {n_features: 15}}",
              "steps.models.models.classifiers=[logistic_regression, svm]", "steps.models.models.smote_neighbors=2",
              "steps.nomogram.nomogram.repeats=1"),
    "zhu": ("steps.signature.radscore.repeats=1", "steps.signature.radscore.n_resamples=5",
            "steps.nomogram.nomogram.repeats=1"),
    "fusion": ("steps.models.models.folds=2", "steps.models.models.inner_folds=2", "steps.models.models.tuning=false",
               "steps.models.models.select={lasso: {folds: 3}}",
               *(f"steps.signature.{n}.{k}" for n in ("radiomic", "deep_score", "fused")
                 for k in ("repeats=1", "inner_folds=3", "folds=3", "n_resamples=5"))),
}  # fmt: skip


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return rg.datasets.simulate_cohort(
        tmp_path_factory.mktemp("cohort"), n_patients=80, n_sequenced=0, n_reread=20, n_genes=200,
        sequences=("T1", "T2"), shape=(24, 24, 8), rng=4, n_jobs=1,
    )  # fmt: skip


def run(name: str, simulated: Any, output: Path, *more: str) -> Any:
    """The command of the recipe's first lines, with the settings in ``more``."""
    options = ["--manifest", str(simulated.manifest), "--clinical", str(simulated.clinical), "--jobs", "1", "--quiet"]
    if name in ("liang", "fusion"):
        options += ["--deep", str(simulated.deep)]
    sets = [part for text in more for part in ("--set", text)]
    done = CliRunner().invoke(app, ["run", name, *options, "--output", str(output), *sets])
    assert done.exit_code == 0, done.output
    return rg.io.read_cohort(output / "cohort.h5mu")


@pytest.mark.parametrize("name", NAMES)
def test_recipes_are_listed_and_ask_for_what_they_need(name: str) -> None:
    listed = CliRunner().invoke(app, ["recipes"])
    assert f"{name}: " in listed.output
    bare = CliRunner().invoke(app, ["run", name])
    assert bare.exit_code == 2
    assert "--clinical FILE" in bare.output
    assert ("--deep FILE" in bare.output) is (name in ("liang", "fusion"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_yan(simulated: Any, tmp_path: Path) -> None:
    cohort = run("yan", simulated, tmp_path, *SMALL, *FEWER["yan"])
    assert set(rg.get.evaluate(cohort, key="evaluate_grade")["split"]) == {"training", "external"}
    honest = rg.get.evaluate(cohort, key="evaluate_grade").query("measure == 'auc' and estimate == 'held_out'")
    assert honest.groupby("model")["value"].first()["radscore"] > 0.65, "this grade follows the images"
    for key in ("delong_grade", "calibrate_grade", "decision_curve_grade", "clinical", "nomogram", "evaluate_os",
                "kaplan_meier_os_radscore_group", "cindex_os_nomogram_ajcc_stage"):  # fmt: skip
        assert key in cohort.uns, key
    models = set(rg.get.combined_cindex(cohort, key="cindex_os_nomogram_ajcc_stage")["model"])
    assert models == {"nomogram", "ajcc_stage", "nomogram + ajcc_stage"}
    kept = cohort.mod["radiomics"].uns["icc"]["designs"]
    assert set(kept["design"]) == {"inter", "intra"}
    model = rg.io.read_model(tmp_path / "models" / "nomogram.json")
    assert model.terms == ["radscore", "age_years", "size_mm"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for said in ("apparent, of the patients it was fitted on", "Nomogram of grade", "DeLong", "net benefit"):
        assert said in page, said


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_zhu(simulated: Any, tmp_path: Path) -> None:
    cohort = run("zhu", simulated, tmp_path, *SMALL, *FEWER["zhu"])
    assert "select" in str(cohort.uns["radscore"]["settings"])
    areas = rg.get.time_roc(cohort, key="time_roc_pfs")
    assert set(areas["horizon"] % 100) == {0}
    assert set(cohort.obs["radscore_group"].dropna()) <= {"high", "low"}
    assert list(rg.get.nomogram(cohort, table="total")["horizon"].unique()) == [365, 1095, 1825]
    assert "decision_curve_pfs" in cohort.uns


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_liang(simulated: Any, tmp_path: Path) -> None:
    pytest.importorskip("imblearn")
    cohort = run("liang", simulated, tmp_path, *SMALL, *FEWER["liang"])
    models = rg.get.compare_models(cohort)
    assert models.loc[models["model"] != "picked by inner folds", "model"].nunique() == 2 * 2 * 3
    assert set(models["sampling"]) >= {"none", "smote"}
    assert set(cohort.uns["dlscore"]["coefficients"]["source"]) <= {"radiomics", "deep"}
    assert "evaluate_classifiers" in cohort.uns


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_fusion(simulated: Any, tmp_path: Path) -> None:
    cohort = run("fusion", simulated, tmp_path, *SMALL, *FEWER["fusion"])
    models = rg.get.compare_models(cohort)
    assert models.loc[models["model"] != "picked by inner folds", "model"].nunique() == 9
    assert set(models["split"]) == {"training", "internal", "external"}
    measures = set(rg.get.evaluate(cohort, key="evaluate_classifiers")["measure"])
    assert {"auc", "sensitivity", "specificity", "accuracy", "npv", "ppv"} <= measures
