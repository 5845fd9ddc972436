"""A whole study on a small cohort: cache, resume, provenance, skipped analyses, faults."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import mudata
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._cohort import settings_of
from radiogenomics._errors import InputError
from radiogenomics.study._hash import code_hash
from radiogenomics.study._run import RunResult
from radiogenomics.study._step import seed_of
from radiogenomics.study.steps import planned

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")]

STEPS = [
    "check", "assemble", "clean", "cluster", "associate", "survival", "combined_cindex", "expression", "enrichment",
    "outputs",
]  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, write_small_study: Any) -> RunResult:
    """A study that was run once; tests work on copies of its folder."""
    result: RunResult = rg.study.run(write_small_study(tmp_path_factory.mktemp("done")))
    return result


@pytest.fixture
def copy(done: RunResult, tmp_path: Path) -> Path:
    """Study file of a copy: a study's folder may move without anything being redone."""
    shutil.copytree(done.output.parent, tmp_path / "copy")
    return tmp_path / "copy" / "study.yaml"


def status(result: RunResult) -> dict[str, str]:
    return {step.name: step.status for step in result.steps}


def redone(result: RunResult) -> list[str]:
    return [step.name for step in result.steps if step.status == "run"]


def provenance(result: RunResult) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((result.output / "provenance.json").read_text(encoding="utf-8"))
    return content


def tables(output: Path) -> dict[str, pd.DataFrame]:
    return {
        path.name: pd.read_csv(path) for path in sorted((output / "tables").glob("*.csv")) if path.stat().st_size > 1
    }


def assert_same_tables(a: Path, b: Path) -> None:
    left, right = tables(a), tables(b)
    assert left.keys() == right.keys()
    for name in left:
        pd.testing.assert_frame_equal(left[name], right[name], obj=name)


def test_first_run_does_everything(done: RunResult) -> None:
    assert (done.exit_code, redone(done), done.report) == (0, STEPS, None)
    assert len(done.failures) == 0
    cohort = rg.io.read_cohort(done.output / "cohort.h5mu")
    assert isinstance(cohort, mudata.MuData)
    assert {"associations", "kaplan_meier_mfs_combined", "cox_mfs", "combined_cindex", "enrichment"} <= set(cohort.uns)
    assert {"audit.csv", "failures.csv", "combined_cindex_models.csv"} <= tables(done.output).keys()


def test_second_run_redoes_only_what_changed(copy: Path) -> None:
    output = copy.parent / "results"
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.name.endswith((".csv", ".h5mu"))}
    second = rg.study.run(copy)
    assert redone(second) == []
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [step["status"] for step in provenance(second)["steps"]] == ["cached"] * len(STEPS)

    heard: list[tuple[str, bool]] = []
    changed = rg.study.run(
        copy,
        overrides={"steps.survival.horizon": 365},
        listener=lambda name, report: heard.append((name, report is None)),
    )
    assert redone(changed) == ["survival", "outputs"]
    assert heard == [(name, began) for name in STEPS for began in (True, False) if not began or name in redone(changed)]
    cohort = rg.io.read_cohort(output / "cohort.h5mu")
    assert json.loads(cohort.uns["kaplan_meier_mfs_rna"]["settings"])["horizon"] == 365
    assert "differential_expression" in cohort.uns, "results from the cache are in the cohort too"

    changed = rg.study.run(copy, overrides={"steps.survival.horizon": 365, "steps.expression.alpha": 0.01})
    assert redone(changed) == ["expression", "enrichment", "outputs"]

    (output / "cohort.h5mu").unlink()
    again = rg.study.run(copy, overrides={"steps.survival.horizon": 365, "steps.expression.alpha": 0.01})
    assert redone(again) == ["outputs"]


def test_a_changed_file_redoes_what_reads_it(copy: Path) -> None:
    gmt = copy.parent / "sets.gmt"
    gmt.write_text(gmt.read_text(encoding="utf-8").replace("OTHER", "ANOTHER"), encoding="utf-8")
    assert redone(rg.study.run(copy)) == ["check", "enrichment", "outputs"]
    clinical = copy.parent / "clinical.csv"
    clinical.write_text(clinical.read_text(encoding="utf-8").replace("low", "Low"), encoding="utf-8")
    assert redone(rg.study.run(copy)) == STEPS


def test_provenance_says_what_was_done(done: RunResult) -> None:
    folder = done.output.parent
    told = provenance(done)
    assert (told["study"], told["status"], told["exit_code"], told["rng"]) == ("small", "done", 0, 0)
    inputs = {entry["file"]: entry["sha256"] for entry in told["inputs"]}
    assert sorted(inputs) == ["clinical.csv", "radiomics.csv", "rna.csv", "sets.gmt"], (
        "paths as the study file has them"
    )
    assert inputs["rna.csv"] == hashlib.sha256((folder / "rna.csv").read_bytes()).hexdigest()
    assert {"python", "radiogenomics", "numpy", "scikit-learn"} <= told["versions"].keys()
    steps = {step["step"]: step for step in told["steps"]}
    assert list(steps) == STEPS
    assert steps["cluster"]["settings"]["rna"]["n_resamples"] == 30
    assert steps["survival"]["settings"]["ties"] == "efron", "defaults are told too"
    drawn = [seed for step in steps.values() for seed in step["seeds"].values()]
    assert len(set(drawn)) == len(drawn)
    assert steps["clean"]["seeds"] == {}
    cohort = rg.io.read_cohort(done.output / "cohort.h5mu")
    for modality in ("radiomics", "rna"):
        used = settings_of(cohort.mod[modality].uns["groups"])["rng"]
        assert steps["cluster"]["seeds"][modality] == used
    assert told["code"] == code_hash()
    assert all(step["seconds"] >= 0 for step in steps.values())
    assert len(told["left_out"]["rna:groups"]) == 6
    assert str(folder) not in json.dumps(told), "nothing of this machine's folders"
    assert told["platform"]["cores"] >= 1


@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt, 130), (RuntimeError, 1)])
def test_a_stopped_run_goes_on_where_it_was(
    copy: Path, done: RunResult, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException], code: int
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise stop

    # As a fresh run that has come as far as combined_cindex.
    for step in ("combined_cindex", "expression", "enrichment", "outputs"):
        shutil.rmtree(copy.parent / "results" / ".radiogenomics" / step)
    with monkeypatch.context() as patch:
        patch.setattr("radiogenomics.tl._combined_cindex.combined_cindex", fail)
        with pytest.raises(stop):
            rg.study.run(copy)
    told = json.loads((copy.parent / "results" / "provenance.json").read_text(encoding="utf-8"))
    assert "at step combined_cindex" in told["status"]
    assert told["exit_code"] == code
    resumed = rg.study.run(copy)
    assert redone(resumed) == ["combined_cindex", "expression", "enrichment", "outputs"]
    assert_same_tables(resumed.output, done.output)


def test_a_half_written_step_is_done_again(copy: Path) -> None:
    state = copy.parent / "results" / ".radiogenomics" / "cluster" / "state.json"
    state.write_text(state.read_text(encoding="utf-8")[:50], encoding="utf-8")
    assert redone(rg.study.run(copy)) == ["cluster"], "the same fingerprint: what rests on it still holds"


def test_seeds_do_not_depend_on_the_other_steps(copy: Path, done: RunResult) -> None:
    part = rg.study.run(
        copy, output=copy.parent / "part", overrides={"steps.associate": False, "steps.survival": False}
    )
    assert redone(part) == [name for name in STEPS if name not in ("associate", "survival")]
    a, b = tables(done.output), tables(part.output)
    for name in ("combined_cindex_risks.csv", "rna_groups_members.csv", "enrichment.csv"):
        pd.testing.assert_frame_equal(a[name], b[name])
    assert seed_of(0, "cluster") != seed_of(1, "cluster")
    assert seed_of(0, "cluster") != seed_of(0, "cluster.rna")


def test_what_the_data_cannot_answer_is_skipped_with_its_reason(study: Path) -> None:
    # Three events are too few for five folds, and for a worst group.
    clinical = pd.read_csv(study.parent / "clinical.csv")
    clinical["mfs_event"] = 0
    clinical.loc[:2, "mfs_event"] = 1
    clinical.to_csv(study.parent / "clinical.csv", index=False)
    result = rg.study.run(study, overrides={"steps.combined_cindex.folds": 5})
    assert result.exit_code == 0
    skipped = {(row["step"], row["what"]): row["reason"] for row in provenance(result)["skipped"]}
    assert ("combined_cindex", "c-index comparison") in skipped
    assert ("expression", "differential expression") in skipped
    assert skipped["enrichment", "enrichment"] == "there is no differential expression to read genes from"
    stored = json.loads(rg.io.read_cohort(result.output / "cohort.h5mu").uns["skipped"])
    assert {row["step"] for row in stored} == {step for step, _ in skipped}
    again = rg.study.run(study, overrides={"steps.combined_cindex.folds": 5})
    assert redone(again) == []
    assert provenance(again)["skipped"] == provenance(result)["skipped"]


def test_one_group_leaves_nothing_to_compare(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from radiogenomics.tl import _consensus_cluster as module

    real = module.consensus_cluster

    def one_group(data: Any, *, modality: str, **settings: Any) -> None:
        real(data, modality=modality, **settings)
        data.obs[f"{modality}:groups"] = pd.Categorical(["A"] * data.n_obs)

    monkeypatch.setattr(module, "consensus_cluster", one_group)
    result = rg.study.run(study)
    reasons = {row["step"]: row["reason"] for row in provenance(result)["skipped"]}
    assert reasons["associate"] == "clustering found no more than one group in radiomics and rna"
    assert {"cluster", "associate", "survival", "combined_cindex", "expression", "enrichment"} == set(reasons)
    assert result.exit_code == 0


def test_a_modality_of_one_group_is_said_where_it_is_missing(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from radiogenomics.tl import _consensus_cluster as module

    real = module.consensus_cluster

    def one_group(data: Any, *, modality: str, **settings: Any) -> None:
        real(data, modality=modality, **settings)
        if modality == "rna":
            data.obs["rna:groups"] = pd.Categorical(["A"] * data.n_obs)

    monkeypatch.setattr(module, "consensus_cluster", one_group)
    skipped = {row["what"]: row["reason"] for row in provenance(rg.study.run(study))["skipped"]}
    for what in ("survival by rna groups", "c-index comparison of rna groups"):
        assert skipped[what] == "clustering found no more than one group in rna"


def test_faults_of_all_files_come_at_once_and_before_anything_is_computed(study: Path) -> None:
    folder = study.parent
    clinical = pd.read_csv(folder / "clinical.csv")
    clinical.loc[3, "mfs_days"] = -5
    clinical.to_csv(folder / "clinical.csv", index=False)
    rna = pd.read_csv(folder / "rna.csv")
    rna = rna.astype({"GENE1": object})
    rna.loc[2, "GENE1"] = "many"
    rna.to_csv(folder / "rna.csv", index=False)
    (folder / "sets.gmt").write_text("ONLY_A_NAME\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        rg.study.run(study, overrides={"steps.survival.adjust": ["age_year"]})
    message = str(caught.value)
    for text in ("rna.csv", "'many'", "sets.gmt", "'age_year'", "'age_years'"):
        assert text in message, text
    assert not (folder / "results" / ".radiogenomics" / "assemble").exists()


def test_input_at_fault_in_the_middle_keeps_what_was_done(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise InputError("adjust", "is not possible")

    changes = {"steps.survival.ties": "breslow"}
    with monkeypatch.context() as patch:
        patch.setattr("radiogenomics.tl._cox.cox", refuse)
        with pytest.raises(InputError, match="adjust: is not possible") as caught:
            rg.study.run(copy, overrides=changes)
    assert caught.value.__notes__ == [
        "The study stopped at step survival; kept: check, assemble, clean, cluster, associate. "
        "The next run goes on from there."
    ]
    assert redone(rg.study.run(copy, overrides=changes)) == ["survival", "outputs"]


def test_output_that_cannot_be_written(study: Path) -> None:
    (study.parent / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="expected a folder that can be written"):
        rg.study.run(study, output=study.parent / "file" / "results")


def test_a_loaded_study_takes_no_overrides(study: Path) -> None:
    with pytest.raises(TypeError, match="load"):
        rg.study.run(rg.study.load(study), overrides={"rng": 1})


def test_a_step_switched_off_is_not_planned(study: Path) -> None:
    loaded = rg.study.load(study, {"steps.centroids": False, "steps.associate": False})
    assert [step.name for step in planned(loaded.file)] == [name for name in STEPS if name != "associate"]


def test_the_report_step_writes_page_tables_and_figures(copy: Path) -> None:
    result = rg.study.run(copy, overrides={"steps.report": {"title": "A <small> study"}})
    assert redone(result) == ["outputs", "report"]
    assert result.report == copy.parent / "results" / "report.html"
    page = result.report.read_text(encoding="utf-8")
    assert "A &lt;small&gt; study" in page
    assert "provenance.json" in page
    assert str(copy.parent) not in page
    figures = {path.name for path in (result.output / "figures").glob("*")}
    for stem in ("radiomics_groups_matrix", "associations", "kaplan_meier_mfs_combined", "cox_mfs", "combined_cindex"):
        assert {f"{stem}.svg", f"{stem}.csv"} <= figures
    assert {"audit.csv", "failures.csv", "enrichment.csv"} <= {
        path.name for path in (result.output / "tables").glob("*")
    }
    # A result that is no longer asked for leaves no table or figure behind.
    fewer = rg.study.run(copy, overrides={"steps.report": {}, "steps.associate": False})
    assert redone(fewer) == ["check", "outputs", "report"], "the columns it named are no longer checked"
    assert not (result.output / "figures" / "associations.svg").exists()
    assert not (result.output / "tables" / "associations.csv").exists()
    assert (result.output / "tables" / "failures.csv").exists()
    assert redone(rg.study.run(copy, overrides={"steps.report": {}, "steps.associate": False})) == []


def test_other_code_of_the_same_version_redoes_every_step(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radiogenomics.study._fingerprints.code_hash", lambda: "other")
    assert redone(rg.study.run(copy)) == STEPS
