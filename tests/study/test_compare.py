"""Two output folders: what differs between them, counted by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import InputError
from radiogenomics.study import compare
from radiogenomics.study._compare_tables import compare_tables
from radiogenomics.study._folder import cohort_in, read_folder

ODD = ['O\'Brien "Q"', "<b>7</b>", "患者-7", "Müller, J.", "=1+1", "P5"]


def make_run(folder: Path, **changes: Any) -> Path:
    (folder / "tables").mkdir(parents=True)
    (folder / "figures").mkdir()
    provenance = {
        "status": "done",
        "settings": {"name": "x", "steps": {"cluster": {"rna": {"n_clusters": 2}}}},
        "versions": {"python": "3.11.7", "numpy": "2.0"},
        "code": "abc",
        "platform": {"cores": 2},
        "inputs": [{"file": "clinical.csv", "sha256": "1"}, {"file": "rna.csv", "sha256": "2"}],
        "steps": [{"step": "check"}, {"step": "cluster"}],
        "left_out": {"cox": {"P1": "no rna"}},
        "failures": [],
        "skipped": [],
        **changes,
    }
    (folder / "provenance.json").write_text(json.dumps(provenance), encoding="utf-8")
    groups = pd.DataFrame({"patient_id": ODD, "rna:groups": ["A", "A", "A", "B", "B", ""]})
    groups.to_csv(folder / "tables" / "clinical.csv", index=False)
    cox = pd.DataFrame({"variable": ["age", "sex"], "coef": [0.5, -1.0], "n": [6, 6]})
    cox.to_csv(folder / "tables" / "cox.csv", index=False)
    cox.to_csv(folder / "figures" / "cox.csv", index=False)
    return folder


@pytest.fixture
def run_a(tmp_path: Path) -> Path:
    return make_run(tmp_path / "a")


def rows_of(differences: pd.DataFrame, part: str) -> dict[str, str]:
    rows = differences[differences["part"] == part]
    return {row["item"]: row["told"] if isinstance(row["told"], str) else row["change"] for _, row in rows.iterrows()}


def test_equal_runs_have_no_difference(run_a: Path, tmp_path: Path) -> None:
    found = compare(run_a, make_run(tmp_path / "b"))
    assert found.differences.empty
    assert found.notes == ()
    assert found.same == {"inputs": 2, "settings": 2, "versions": 4, "steps": 2, "left out": 1, "failures": 0,
                          "groups": 1, "tables": 2, "figures": 1}  # fmt: skip


def test_every_part_is_told(run_a: Path, tmp_path: Path) -> None:
    b = make_run(
        tmp_path / "b",
        settings={"name": "x", "steps": {"cluster": {"rna": {"n_clusters": 3}}, "report": {"title": "T"}}},
        versions={"python": "3.12.1", "numpy": "2.0"},
        inputs=[{"file": "clinical.csv", "sha256": "9"}, {"file": "moved/rna.csv", "sha256": "2"}],
        steps=[{"step": "check"}],
        left_out={"cox": {"P1": "no group", "P2": "no rna"}},
        failures=[{"step": "extract", "patient_id": "P9", "sequence": "T1", "reason": "empty mask"}],
        skipped=[{"step": "cluster", "what": "step cluster", "reason": "one patient"}],
    )
    found = compare(run_a, b).differences
    assert rows_of(found, "inputs") == {
        "rna.csv": "same content, in B as moved/rna.csv",
        "clinical.csv": "content differs",
    }
    assert rows_of(found, "settings") == {"steps.cluster.rna.n_clusters": "2 -> 3", "steps.report.title": "T"}
    assert rows_of(found, "versions") == {"python": "3.11.7 -> 3.12.1"}
    assert rows_of(found, "steps") == {"cluster": "done -> skipped step cluster"}
    assert rows_of(found, "left out") == {"cox": "1 -> 2; only in B: P2; for another reason: P1"}
    assert rows_of(found, "failures") == {"extract": "0 -> 1; only in B: P9 T1"}


@pytest.mark.parametrize(
    ("labels", "told", "moved"),
    [
        (["B", "B", "B", "A", "A", ""], "the same groups under other names", 0),
        (["A", "A", "B", "B", "B", ""], "1 of 5 patients change their group (adjusted Rand index 0.17)", 1),
        (["A", "A", "A", "B", "B", "C"],
         "0 of 5 patients change their group (adjusted Rand index 1.00); grouped: 5 -> 6, in both 5", 0),
    ],
)  # fmt: skip
def test_groups_are_matched_before_they_are_compared(
    run_a: Path, tmp_path: Path, labels: list[str], told: str, moved: int
) -> None:
    b = make_run(tmp_path / "b")
    pd.DataFrame({"patient_id": ODD, "rna:groups": labels}).to_csv(b / "tables" / "clinical.csv", index=False)
    found = compare(run_a, b).differences
    assert rows_of(found, "groups") == {"rna:groups": told}
    row = found[found["part"] == "groups"].iloc[0]
    assert (row["n_compared"], row["n_changed"]) == (5, moved)


def test_numbers_beyond_the_tolerance(run_a: Path, tmp_path: Path) -> None:
    b = make_run(tmp_path / "b")
    cox = pd.DataFrame({"variable": ["sex", "age", "stage"], "coef": [-1.0, 0.4, 3.0], "p": 0.5, "n": [6, 6, 6]})
    cox.to_csv(b / "tables" / "cox.csv", index=False)
    row = compare(run_a, b).differences.set_index("item").loc["cox.csv"]
    assert (row["n_compared"], row["n_changed"]) == (4, 1)
    assert row["largest"] == pytest.approx(0.2)
    assert row["told"] == "1 of 4 values differ, by up to 20 % (coef, row age); 1 row only in B; only in B: column p"
    wide = compare(run_a, b, tolerance=0.25).differences.set_index("item").loc["cox.csv"]
    assert wide["n_changed"] == 0


def test_missing_and_endless_numbers_differ_from_numbers(tmp_path: Path) -> None:
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    pd.DataFrame({"k": list("abcdef"), "v": [1.0, np.nan, np.inf, np.inf, 0.0, np.nan]}).to_csv(a, index=False)
    pd.DataFrame({"k": list("abcdef"), "v": [np.nan, np.nan, np.inf, -np.inf, 1e-15, 2.5]}).to_csv(b, index=False)
    change = compare_tables(a, b, 1e-6)
    assert (change.n_compared, change.n_changed) == (6, 3)
    assert np.isnan(change.largest)
    assert change.told() == "3 of 6 values differ"


def test_rows_without_names_are_matched_by_their_place(tmp_path: Path) -> None:
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    pd.DataFrame({"x": [0.5, 0.5, 0.25]}).to_csv(a, index=False)
    pd.DataFrame({"x": [0.5, 1.0]}).to_csv(b, index=False)
    change = compare_tables(a, b, 0.0)
    assert change.told() == "1 of 2 values differ, by up to 50 % (x, row 2); 1 row only in A"
    pd.DataFrame({"x": [0.5, 0.5, 0.25], "seconds": 3.0}).to_csv(a, index=False)
    pd.DataFrame({"x": [0.5, 0.5, 0.25], "seconds": 4.0}).to_csv(b, index=False)
    assert compare_tables(a, b, 0.0).same  # how long something took is no result
    b.write_text("", encoding="utf-8")
    assert compare_tables(a, b, 0.0).columns_a == ("x", "seconds")


def test_half_written_folders_are_compared_with_a_note(run_a: Path, tmp_path: Path) -> None:
    stopped = make_run(tmp_path / "b", status="interrupted at step survival")
    (stopped / "tables" / "cox.csv").unlink()
    found = compare(run_a, stopped)
    assert "the run was interrupted at step survival; the last finished step is cluster" in found.notes[0]
    assert rows_of(found.differences, "tables") == {"cox.csv": "only in A"}
    (stopped / "provenance.json").write_text('{"status": "do', encoding="utf-8")
    assert "cannot be read" in compare(stopped, run_a).notes[0]
    (stopped / "provenance.json").unlink()
    assert "no provenance.json" in compare(stopped, run_a).notes[0]
    with pytest.raises(InputError, match=r"no cohort\.h5mu.*\n.*radiogenomics run.*goes on"):
        cohort_in(stopped)


def test_what_is_no_run_is_refused(run_a: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there"):
        read_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no run has written to"):
        compare(run_a, tmp_path / "empty")
    with pytest.raises(InputError, match="tolerance"):
        compare(run_a, run_a, tolerance=-1.0)
