"""The step of the radiogenomic map, from the study file to the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import radiogenomics as rg
from radiogenomics._errors import InputError


@pytest.fixture
def mapping(study: Path, template: dict[str, Any]) -> Path:
    template["steps"] = {"correlate": {"covariates": ["age_years"], "n_permutations": 20}, "report": {}}
    study.write_text(yaml.safe_dump(template), encoding="utf-8")
    return study


def test_step_to_report(mapping: Path) -> None:
    output = rg.study.run(mapping).output
    tables = output / "tables"
    assert len(pd.read_csv(tables / "correlation.csv")) == 30 * 80
    assert pd.read_csv(tables / "correlation_summary.csv")["n"].tolist() == [54]
    assert len(pd.read_csv(tables / "correlation_left_out.csv")) == 6
    assert (output / "figures" / "correlation.svg").exists()
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "Radiogenomic map" in page
    assert "given age_years" in page


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        ({"steps.correlate.x": "radiomic"}, "steps.correlate.x", "Did you mean 'radiomics'?"),
        ({"steps.correlate.x": "rna"}, "steps.correlate.y", "two modalities"),
        ({"data.rna.kind": "counts"}, "steps.correlate", "'normalise: {}' before it"),
    ],
)
def test_what_does_not_fit(mapping: Path, change: dict[str, Any], key: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        rg.study.load(mapping, change)
    lines = [line for line in str(caught.value).splitlines() if f"{key}:" in line]
    assert lines
    assert expected in lines[0]


def test_unknown_covariate_and_nothing_to_correlate(mapping: Path) -> None:
    with pytest.raises(InputError, match=r"steps\.correlate\.covariates.*'age'"):
        rg.study.run(mapping, overrides={"steps.correlate.covariates": ["age"]})
    clinical = mapping.parent / "clinical.csv"
    pd.read_csv(clinical).assign(same=1).to_csv(clinical, index=False)
    done = rg.study.run(mapping, overrides={"steps.correlate.covariates": ["same"]})
    assert "'same'" in (done.output / "provenance.json").read_text(encoding="utf-8")
    assert not (done.output / "tables" / "correlation.csv").exists()


def test_canonical_correlation_beside_the_map(mapping: Path) -> None:
    quick = {"n_permutations": 20, "folds": 3, "repeats": 1}
    output = rg.study.run(mapping, overrides={"steps.correlate.canonical": quick}).output
    components = pd.read_csv(output / "tables" / "canonical_correlation_components.csv")
    assert components["n"].tolist() == [54, 54]
    assert (output / "figures" / "canonical_correlation_null.svg").exists()
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "correlation in patients held out" in page


def test_control_must_be_a_modality(mapping: Path) -> None:
    with pytest.raises(InputError, match=r"steps\.correlate\.control.*shuffled"):
        rg.study.load(mapping, {"steps.correlate.control": "shuffled"})
