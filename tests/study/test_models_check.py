"""Steps of prediction models name what there is, told before anything is computed."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

import radiogenomics as rg
from radiogenomics._errors import InputError
from radiogenomics.study._check import check_files


@pytest.fixture
def models() -> dict[str, Any]:
    return {
        "name": "models",
        "data": {
            "clinical": {"path": "clinical.csv"},
            "outcomes": {
                "mfs": {"kind": "survival", "time": "mfs_days", "event": "mfs_event", "unit": "days"},
                "high": {"kind": "binary", "column": "grade", "positive": "high"},
            },
            "radiomics": {"path": "radiomics.csv", "id": "patient_id"},
        },
        "steps": {
            "clean": {"radiomics": {}},
            "signature": {"score": {"features": ["radiomics"], "outcome": "high"}},
            "nomogram": {"nomo": {"terms": ["score", "age_years"], "outcome": "high"}},
            "evaluate": {"high": {"predictions": ["score", "nomo"], "delong": {}}},
        },
    }


CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"signature.score.outcome": "hgih"}, "steps.signature.score.outcome", "Did you mean 'high'?"),
    ({"models": {"m": {"feature_sets": {"a": ["radiomics"]}, "outcome": "mfs"}}}, "steps.models.m", "a binary outcome"),
    ({"models": {"m": {"feature_sets": {"a": ["radiomics"]}}}}, "steps.models.m", "no outcome, and the first (mfs)"),
    ({"signature.score.features": ["radiomisc@T1"]}, "steps.signature.score.features", "Did you mean 'radiomics'?"),
    ({"signature.score.select": {"mrmr": {"n_featurs": 3}}}, "steps.signature.score", "n_featurs"),
    ({"signature.score.select": {"lass": {}}}, "steps.signature.score.select", "'lass'"),
    ({"nomogram": {"score": {"terms": ["age_years"], "outcome": "high"}}}, "steps.nomogram.score", "for two results"),
    ({"signature": {"a-b": {"features": ["radiomics"], "outcome": "high"}}}, "steps.signature.a-b", "letters, digits"),
    ({"signature": {"radiomics": {"features": ["radiomics"], "outcome": "high"}}}, "steps.signature.radiomics", "own"),
    ({"evaluate.high.predictions": ["score"]}, "steps.evaluate.high.predictions", "two or more for delong"),
    ({"evaluate.high.delog": {}}, "steps.evaluate.high.delog", "Did you mean 'delong'"),
]


def changed(models: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    out = copy.deepcopy(models)
    for key, value in changes.items():
        *above, last = key.split(".")
        node = out["steps"]
        for part in above:
            node = node[part]
        node[last] = value
    return out


@pytest.mark.parametrize(("changes", "key", "text"), CHANGES, ids=lambda v: str(v)[:40])
def test_faults_of_the_file(
    models: dict[str, Any], tmp_path: Path, changes: dict[str, Any], key: str, text: str
) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(changed(models, changes), sort_keys=False), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        rg.study.load(path)
    lines = [line for line in str(caught.value).splitlines() if key in line]
    assert lines, str(caught.value)
    assert text in lines[0]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"signature.score.features": ["radiomisc"]}, "Did you mean 'radiomics'?"),
        ({"nomogram.nomo.terms": ["score", "age_yeras"]}, "Did you mean 'age_years'?"),
        ({"evaluate.high.predictions": ["score", "nome"]}, "steps.evaluate.high.predictions"),
        ({"evaluate.high.curves": ["score_grp"]}, "steps.evaluate.high.curves"),
    ],
)
def test_columns_that_are_nowhere(models: dict[str, Any], study: Path, changes: dict[str, Any], text: str) -> None:
    path = study.with_name("models.yaml")
    path.write_text(yaml.safe_dump(changed(models, changes), sort_keys=False), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check_files(rg.study.load(path).file)
    assert text in str(caught.value)


def test_a_sound_study_has_no_fault(models: dict[str, Any], study: Path) -> None:
    path = study.with_name("models.yaml")
    path.write_text(yaml.safe_dump(models, sort_keys=False), encoding="utf-8")
    assert check_files(rg.study.load(path).file) == []


@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_columns_of_a_cached_signature_reach_the_steps_after_it(models: dict[str, Any], study: Path) -> None:
    path = study.with_name("models.yaml")
    models["steps"]["signature"]["score"] |= {"folds": 3, "repeats": 1, "n_resamples": 5, "inner_folds": 3}
    models["steps"]["nomogram"]["nomo"] |= {"folds": 3, "repeats": 1}
    path.write_text(yaml.safe_dump(models, sort_keys=False), encoding="utf-8")
    rg.study.run(path, n_jobs=1)
    models["steps"]["evaluate"]["high"]["curves"] = ["score_group"]
    models["steps"]["evaluate"]["high"]["predictions"] = ["score", "nomo"]
    models["steps"]["evaluate"]["mfs"] = {"predictions": ["score"], "outcome": "mfs", "curves": ["score_group"]}
    del models["steps"]["evaluate"]["high"]["curves"]
    path.write_text(yaml.safe_dump(models, sort_keys=False), encoding="utf-8")
    again = rg.study.run(path, n_jobs=1)
    status = {step.name: step.status for step in again.steps}
    assert (status["signature"], status["nomogram"], status["evaluate"]) == ("cached", "cached", "run")
    cohort = rg.io.read_cohort(again.output / "cohort.h5mu")
    assert {"score", "score_group", "nomo"} <= set(cohort.obs)
    assert "kaplan_meier_mfs_score_group" in cohort.uns
