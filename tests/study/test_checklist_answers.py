"""What authors state in a study file reaches the report, and what is wrong with it is told before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import radiogenomics as rg
from radiogenomics._errors import InputError
from radiogenomics.study._check import check_files


def _with(study: Path, checklists: dict[str, Any]) -> Path:
    told = yaml.safe_load(study.read_text(encoding="utf-8"))
    told["steps"] = {"clean": {"radiomics": {"scale": True}}, "report": {"checklists": checklists}}
    study.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    return study


def test_faults_are_told_beforehand(study: Path) -> None:
    file = rg.study.load(
        _with(study, {"answers": {"clear": {"59": "x"}, "rqs": {"12": {"text": "x", "points": 1}}}})
    ).file
    with pytest.raises(InputError) as caught:
        check_files(file)
    assert "steps.report.checklists.answers.clear.59" in str(caught.value)
    assert "steps.report.checklists.answers.rqs.12.points" in str(caught.value)


def test_a_file_that_is_missing_is_told_beforehand(study: Path) -> None:
    with pytest.raises(InputError, match=r"answers\.yaml"):
        check_files(rg.study.load(_with(study, {"answers": "answers.yaml"})).file)


@pytest.mark.parametrize("checklists", [{"which": ["clare"]}, {"answers": {"clear": {"8": {"status": "done"}}}}])
def test_what_the_schema_refuses(study: Path, checklists: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"steps\.report\.checklists"):
        rg.study.load(_with(study, checklists))


@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_a_changed_file_of_answers_makes_the_report_again(study: Path) -> None:
    answers = study.with_name("answers.yaml")
    path = _with(study, {"which": ["clear"], "answers": "answers.yaml"})

    def evidence(text: str) -> str:
        answers.write_text(yaml.safe_dump({"clear": {"8": text}}), encoding="utf-8")
        result = rg.study.run(path, n_jobs=1)
        table = pd.read_csv(result.output / "tables" / "checklist_clear.csv", dtype=str).set_index("item")
        assert (result.output / "methods.md").is_file()
        assert not (result.output / "tables" / "checklist_rqs.csv").exists()
        return str(table.loc["8", "evidence"])

    assert evidence("Approved.") == "Approved."
    assert evidence("Approved (2).") == "Approved (2)."
