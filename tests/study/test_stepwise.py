"""The stepwise step of a study, and the settings that survival takes for its counting of time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import radiogenomics as rg
from radiogenomics._errors import InputError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")]


def with_steps(study: Path, template: dict[str, Any], steps: dict[str, Any]) -> Path:
    text = template | {"steps": {"cluster": template["steps"]["cluster"], **steps}}
    study.write_text(yaml.safe_dump(text, sort_keys=False), encoding="utf-8")
    return study


def test_stepwise_step(study: Path, template: dict[str, Any]) -> None:
    steps = {
        "survival": {"horizon": [200, 400], "landmark": 30},
        "stepwise": {"variables": ["age_years", "grade"], "bootstrap": 40},
        "report": {},
    }
    done = rg.study.run(with_steps(study, template, steps))
    data = rg.io.read_cohort(done.output / "cohort.h5mu")
    inclusion = rg.get.stepwise_cox(data)
    assert set(inclusion["variable"]) == {"radiomics:groups", "rna:groups", "age_years", "grade"}
    assert (inclusion["n_samples"] == 40).all()
    page = (done.output / "report.html").read_text(encoding="utf-8")
    assert "Choice of variables" in page
    assert "landmark at 30 days" in page
    assert (done.output / "tables" / "stepwise_inclusion.csv").exists()


def test_columns_are_checked_before_anything_is_computed(study: Path, template: dict[str, Any]) -> None:
    steps = {"stepwise": {"variables": ["age_yeras"]}, "survival": {"entry": "mri_day"}}
    with pytest.raises(InputError, match=r"(?s)mri_day.*age_yeras|age_yeras.*mri_day"):
        rg.study.run(with_steps(study, template, steps))
