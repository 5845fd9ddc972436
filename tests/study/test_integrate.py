"""The step that groups patients on several modalities together, from the study file to the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import radiogenomics as rg
from radiogenomics._errors import InputError

SLOW_STEPS = ("combined_cindex", "expression", "enrichment")


def changed(folder: Path, write: Callable[[Path], Path], template: dict[str, Any], integrate: Any, **data: Any) -> Path:
    path = write(folder)
    study = template | {"data": template["data"] | data}
    kept = {k: v for k, v in template["steps"].items() if k not in SLOW_STEPS}
    study["steps"] = kept | {"integrate": integrate, "survival": {}, "report": {}}
    study["data"] = {k: v for k, v in study["data"].items() if v is not None}
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    return path


def test_joint_groups_reach_tables_figures_and_report(
    tmp_path: Path, write_small_study: Callable[[Path], Path], template: dict[str, Any]
) -> None:
    path = changed(tmp_path, write_small_study, template, {"method": "snf", "n_clusters": 2, "n_permutations": 99})
    rg.study.run(path)
    out = tmp_path / "results"
    names = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert "figures/agreement.svg" in names, sorted(names)
    members = pd.read_csv(out / "tables" / "integrated_members.csv")
    assert len(members) == 54  # six patients were not sequenced
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "similarity network fusion" in page
    assert "joint groups of 54 patients" in page
    assert "agree with their groups by design" in page
    assert any(name.startswith("tables/kaplan_meier_mfs_integrated") for name in names), sorted(names)
    tests = pd.read_csv(out / "tables" / "associations.csv").set_index(["group", "variable"])["test"]
    assert not tests[("integrated", "grade")].startswith("none")
    by_design = [t for pair, t in tests.items() if "integrated" in pair and any("groups" in name for name in pair)]
    assert set(by_design) <= {"none: one was made from the other"}


def test_what_cannot_be_integrated_is_said_before_anything_runs(
    tmp_path: Path, write_small_study: Callable[[Path], Path], template: dict[str, Any]
) -> None:
    path = changed(tmp_path, write_small_study, template, {"method": "coca", "modalities": ["radiomics", "rnaa"]})
    with pytest.raises(InputError, match=r"(?s)'rnaa'.*Did you mean 'rna'"):
        rg.study.run(path)
    one = {k: v for k, v in template["steps"].items() if k not in SLOW_STEPS}
    one = one | {"cluster": {"radiomics": template["steps"]["cluster"]["radiomics"]}}
    path = changed(tmp_path, write_small_study, template | {"steps": one}, {}, rna=None)
    with pytest.raises(InputError, match=r"1 modality \(radiomics\).*two or more"):
        rg.study.run(path)
