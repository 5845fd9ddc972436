"""Dry runs, fresh runs, logs, comparing, notebooks, the doctor, clusters, completion."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from radiogenomics import _doctor, _optional
from radiogenomics._vignettes import notebook, vignettes
from radiogenomics.cli import app

runner = CliRunner()

#: Two steps besides the reading: enough to see what is kept.
QUICK = [f"--set=steps.{name}=false" for name in ("survival", "combined_cindex", "expression", "enrichment", "cluster",
                                                   "associate")]  # fmt: skip


def invoke(*args: str) -> Any:
    return runner.invoke(app, list(args))


@pytest.fixture
def done(study: Path) -> Path:
    result = invoke("run", str(study), "--jobs", "1", *QUICK)
    assert result.exit_code == 0, result.output
    return study.parent / "results"


def files_in(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in folder.rglob("*")}


def test_dry_run_says_what_is_kept_and_touches_nothing(study: Path) -> None:
    before = files_in(study.parent)
    first = invoke("run", str(study), "--dry-run", *QUICK)
    assert first.exit_code == 0, first.output
    assert "4 of 4 steps to do, 0 kept" in first.stdout
    assert files_in(study.parent) == before
    assert invoke("run", str(study), "--quiet", "--jobs", "1", *QUICK).exit_code == 0
    before = files_in(study.parent)
    lines = invoke("run", str(study), "--dry-run", *QUICK, "--set", "steps.clean.radiomics.max_zeros=0.5").stdout
    assert "clean     to do: changed: its settings" in lines
    assert "outputs   to do: a step that it rests on is done anew" in lines
    assert "assemble  kept" in lines
    assert "0 of 4 steps to do, 4 kept" in invoke("run", str(study), "--dry-run", *QUICK).stdout
    assert "4 of 4 steps to do" in invoke("run", str(study), "--dry-run", "--fresh", *QUICK).stdout
    assert files_in(study.parent) == before
    (study.parent / "results" / "cohort.h5mu").unlink()
    assert "outputs   to do: a file that it wrote is gone" in invoke("run", str(study), "--dry-run", *QUICK).stdout
    with (study.parent / "clinical.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert "check     to do: changed: its input files" in invoke("run", str(study), "--dry-run", *QUICK).stdout


def test_fresh_does_everything_anew(done: Path) -> None:
    study = str(done.parent / "study.yaml")
    again = invoke("run", study, "--jobs", "1", *QUICK)
    assert "[3/4] clean: unchanged" in again.stderr
    fresh = invoke("run", study, "--jobs", "1", "--fresh", *QUICK)
    assert fresh.exit_code == 0, fresh.output
    assert "unchanged" not in fresh.stderr
    logs = sorted((done / "logs").glob("*.log"))
    assert len(logs) == 3
    text = logs[0].read_text(encoding="utf-8")
    for said in ("study small (study.yaml)", "command: ", "numpy ", "clean: begins", "clean: done in", "  done\n"):
        assert said in text, said


def test_the_log_tells_why_a_run_stopped(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError("of something")

    monkeypatch.setattr("radiogenomics.io._assemble.assemble_cohort", broken)
    invoke("run", str(study), "--quiet")
    (log,) = (study.parent / "results" / "logs").glob("*.log")
    text = log.read_text(encoding="utf-8")
    assert "stopped at step check: ZeroDivisionError" in text
    assert "Traceback" in text


def test_compare_prints_text_json_and_csv(done: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    study = str(done.parent / "study.yaml")
    assert invoke("run", study, "-q", "-j", "1", *QUICK, "-o", str(other), "--set", "rng=3").exit_code == 0
    text = invoke("compare", str(done), str(other))
    assert text.exit_code == 0, text.output
    assert "settings: 1 differs" in text.stdout
    assert "  rng: 0 -> 3" in text.stdout
    told = json.loads(invoke("compare", str(done), str(other), "--json").stdout)
    assert told["differences"] == [{"part": "settings", "item": "rng", "change": "differs", "a": "0", "b": "3",
                                    "told": "0 -> 3"}]  # fmt: skip
    csv = invoke("compare", str(done), str(other), "--csv").stdout.splitlines()
    assert csv[0].startswith("part,item,change,a,b,told")
    assert len(csv) == 2
    both = invoke("compare", str(done), str(other), "--csv", "--json")
    assert (both.exit_code, "one of them" in both.stderr) == (2, True)


def test_reports_of_what_is_not_there_say_what_to_run(done: Path, tmp_path: Path) -> None:
    (done / "cohort.h5mu").unlink()
    half = invoke("report", str(done), "--output", str(tmp_path / "x"))
    assert half.exit_code == 2
    assert "no cohort.h5mu" in half.stderr
    assert "'radiogenomics run' with the same study file goes on" in half.stderr


def test_report_of_a_newer_cohort_and_of_a_bare_one(tmp_path: Path) -> None:
    import h5py
    import numpy as np
    from anndata import AnnData
    from anndata.io import write_elem
    from mudata import MuData

    from radiogenomics import io
    from radiogenomics._cohort import own_columns

    with own_columns():
        data = MuData({"radiomics": AnnData(np.eye(3), obs=pd.DataFrame(index=list("abc")))})
    path = tmp_path / "cohort.h5mu"
    io.write_cohort(data, path)
    bare = invoke("report", str(path), "--output", str(tmp_path / "x"))
    assert bare.exit_code == 2
    assert "nothing was computed" in bare.stderr
    assert "radiogenomics run STUDY.yaml" in bare.stderr
    with h5py.File(path, "a") as file:
        del file["uns/radiogenomics_format"]
        write_elem(file, "uns/radiogenomics_format", {"version": 99})
    newer = invoke("report", str(path), "--output", str(tmp_path / "x"))
    assert newer.exit_code == 2
    assert "format version 99" in newer.stderr
    assert "Update radiogenomics" in newer.stderr


def test_vignettes_are_listed_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("jupytext")
    monkeypatch.chdir(tmp_path)
    listed = invoke("vignette")
    assert listed.exit_code == 0
    assert "start: From files to a report\n" in listed.stdout
    assert "hnsc: Head and neck cancer: CT radiomics and RNA-seq (needs RADIOGENOMICS_DATA)" in listed.stdout
    for page in vignettes().values():
        made = notebook(page)
        nbformat.validate(made)
        assert sum(cell.cell_type == "code" for cell in made.cells) == page.text.count("```{code-cell}")
        assert not any(cell.outputs for cell in made.cells if cell.cell_type == "code")
    written = invoke("vignette", "hnsc")
    assert written.exit_code == 0, written.output
    assert (tmp_path / "studies" / "tcga_hnsc_ct_rna.yaml").is_file()
    nbformat.validate(nbformat.read(tmp_path / "hnsc.ipynb", as_version=4))
    again = invoke("vignette", "hnsc")
    assert (again.exit_code, "--force" in again.stderr) == (2, True)
    assert invoke("vignette", "hnsc", "--force").exit_code == 0
    for args, said in ((["strat"], "Did you mean 'start'"), (["start", "-o", "x.py"], ".ipynb")):
        result = invoke("vignette", *args)
        assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_a_written_notebook_runs(tmp_path: Path) -> None:
    pytest.importorskip("jupytext")
    from radiogenomics._vignettes import Vignette

    text = """---
kernelspec:
  name: python3
  display_name: Python 3
---

# Tiny

```{code-cell} ipython3
x = 20
```

Text {cite:p}`A`.

```{code-cell} ipython3
:tags: [remove-cell]
y = x + 1
```
"""
    made = notebook(Vignette("tiny", "Tiny", False, text, {}))
    assert [cell.cell_type for cell in made.cells] == ["markdown", "code", "markdown", "code"]
    assert made.cells[3].metadata.tags == ["remove-cell"]
    space: dict[str, Any] = {}
    for cell in made.cells:
        if cell.cell_type == "code":
            exec(cell.source, space)
    assert space["y"] == 21


def test_missing_jupytext_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)
    result = invoke("vignette", "start", "-o", str(tmp_path / "x.ipynb"))
    assert result.exit_code == 2
    assert "radiogenomics[notebook]" in result.stderr


def test_doctor() -> None:
    result = invoke("doctor")
    assert result.exit_code in (0, 2), result.output
    for said in ("Versions", "Extras", "Machine", "Folders", "numpy", "imaging", "compiled code"):
        assert said in result.stdout, said
    told = json.loads(invoke("doctor", "--json").stdout)
    assert {"topic", "name", "state", "told", "hint"} == set(told[0])


def test_doctor_leaves_with_2_when_something_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOGENOMICS_DATA", str(tmp_path / "gone"))
    result = invoke("doctor")
    assert result.exit_code == 2
    assert "does not exist" in result.stdout
    monkeypatch.setattr(metadata, "requires", lambda name: ["numpy>=99", "no-such-package>=1"])
    states = {f.name: (f.state, f.hint) for f in _doctor.examine()}
    assert states["numpy"] == ("fault", "pip install --upgrade 'numpy>=99'")
    assert states["no-such-package"][0] == "fault"


def test_doctor_knows_every_extra() -> None:
    import tomllib

    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extras = set(tomllib.loads(text)["project"]["optional-dependencies"]) - {"all", "test", "lint", "docs"}
    assert set(_doctor.EXTRAS) == extras
    assert set(_optional._EXTRA_OF.values()) <= extras


def test_contradicting_options_are_refused(study: Path) -> None:
    for args in (["--quiet", "--verbose"], ["--scheduler", "tcp://127.0.0.1:1", "--jobs", "2"]):
        result = invoke("run", str(study), *args)
        assert (result.exit_code, "expected one of them" in result.stderr) == (2, True), result.stderr
    assert not (study.parent / "results" / "cohort.h5mu").exists()


def test_a_scheduler_that_is_not_there(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("radiogenomics.cli._scheduler._ANSWER_WITHIN", 0.3)
    for address in ("tcp://127.0.0.1:1", "nonsense"):
        result = invoke("run", str(study), "--scheduler", address)
        assert result.exit_code == 2, result.output
        assert "'dask scheduler'" in result.stderr
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = invoke("run", str(study), "--scheduler", "tcp://127.0.0.1:1")
    assert (result.exit_code, "radiogenomics[distributed]" in result.stderr) == (2, True)


def test_completion_offers_commands_recipes_and_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from radiogenomics.cli._complete import study_names, vignette_names

    monkeypatch.chdir(tmp_path)
    (tmp_path / "cro.yaml").touch()
    (tmp_path / "crate").mkdir()
    (tmp_path / "cro.txt").touch()
    assert study_names("cr") == ["crombe", "crate/", "cro.yaml"]
    assert vignette_names("sta") == ["start"]
    code = "import sys; from radiogenomics.cli import main; sys.argv[0] = 'radiogenomics'; main()"
    environment = {"_RADIOGENOMICS_COMPLETE": "complete_bash", "COMP_WORDS": "radiogenomics d", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout.split() == ["demo", "doctor"]


@pytest.mark.slow
def test_ids_of_any_letters_go_through_a_whole_run(study: Path) -> None:
    odd = ['O\'Brien "Q"', "<script>alert(1)</script>", "患者-7", "Müller & Söhne", "=1+1", "a,b", "Ω %41"]
    new = dict(zip([f"P{i:03d}" for i in range(33, 40)], odd, strict=True))  # most of them without RNA
    for name in ("clinical.csv", "radiomics.csv", "rna.csv"):
        table = pd.read_csv(study.parent / name)
        table["patient_id"] = table["patient_id"].replace(new)
        table.to_csv(study.parent / name, index=False)
    content = yaml.safe_load(study.read_text(encoding="utf-8"))
    steps = content["steps"]
    content["steps"] = {name: steps[name] for name in ("clean", "cluster", "survival")} | {"report": {}}
    study.write_text(yaml.safe_dump(content), encoding="utf-8")
    result = invoke("run", str(study), "--jobs", "1")
    assert result.exit_code == 0, result.output
    out = study.parent / "results"
    told = pd.read_csv(out / "tables" / "clinical.csv")["patient_id"]
    assert set(odd) <= {name.removeprefix("'") for name in told}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)</script>" not in page
    told = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert set(odd[1:]) <= set(told["left_out"]["combined"])
    assert "nothing in either" in invoke("compare", str(out), str(out)).stdout
