"""Reporting checklists: their tables, what fills them, their scores, and what authors state."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mudata import MuData

import radiogenomics as rg
from radiogenomics._cohort import left_out_table, to_uns
from radiogenomics._errors import InputError
from radiogenomics.report.checklists._fill import RULES
from radiogenomics.report.checklists._load import NAMES, checklist_named
from radiogenomics.report.checklists._score import score_of
from radiogenomics.report.checklists._section import score_sentence
from radiogenomics.report.checklists._verdict import STATUSES

ALONE = {"clear": "8", "metrics": "2", "tripod_ai": "17", "rqs": "3"}
"""An item of each that no stored result can tell."""


@pytest.mark.parametrize(("name", "n"), [("clear", 58), ("metrics", 30), ("tripod_ai", 52), ("rqs", 16)])
def test_items_are_those_of_the_publication(name: str, n: int) -> None:
    told = checklist_named(name)
    numbers = [item.item for item in told.items]
    assert len(numbers) == len(set(numbers)) == n
    assert [int(re.sub(r"\D", "", number)) for number in numbers] == sorted(int(re.sub(r"\D", "", m)) for m in numbers)
    for item in told.items:
        assert item.topic
        assert item.section
        assert item.rule or item.authors, f"{name} {item.item}: neither the software nor the authors can fill it"
        assert item.rule is None or item.rule in RULES
    assert "doi:" in told.citation
    assert told.sources


def test_weights_points_and_parts_add_up() -> None:
    metrics, rqs, tripod = (checklist_named(name) for name in ("metrics", "rqs", "tripod_ai"))
    assert sum(item.weight for item in metrics.items) == pytest.approx(1)
    assert {need for item in metrics.items for need in item.needs} == {c.condition for c in metrics.conditions}
    assert all(c.rule in RULES for c in metrics.conditions)
    assert sum(item.lowest for item in rqs.items) == -8
    assert sum(item.highest for item in rqs.items) == 36
    assert all(min(item.points) == item.lowest and max(item.points) == item.highest for item in rqs.items)
    assert len({re.sub(r"\D", "", item.item) for item in tripod.items}) == 27


def test_every_rule_is_asked_for() -> None:
    asked = {item.rule for name in NAMES for item in checklist_named(name).items}
    asked |= {condition.rule for condition in checklist_named("metrics").conditions}
    assert set(RULES) == asked - {None}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("split", [False, True])
def test_every_item_has_a_status_and_evidence(cohort: Callable[..., MuData], name: str, split: bool) -> None:
    table = rg.report.checklist(cohort(split), name)
    assert set(table["status"]) <= set(STATUSES)
    assert (table["evidence"].str.len() > 10).all()
    assert not table["evidence"].str.contains(r"\bNone\b|\bnan\b|\{|\.\.").any()
    # What was done, or partly, can be looked up; what cannot be known is not claimed by the software.
    assert (table.loc[table["status"] == "done", "anchor"] != "").all()
    alone = table.set_index("item").loc[ALONE[name]]
    assert alone["status"] == "cannot know"
    assert alone["evidence"].startswith("For the authors to state: ")
    assert (table.loc[table["status"] == "cannot know", "source"] == "to be stated").all()


def test_evidence_has_the_stored_values(cohort: Callable[..., MuData]) -> None:
    clear = rg.report.checklist(cohort(split=True), "clear", provenance={"inputs": [{"file": "a"}], "rng": 7})
    said = clear.set_index("item")["evidence"]
    assert said["15"] == "Patients are split into 15 training, 8 internal and 7 external (column split)"
    assert said["13"].startswith("1 input file with their SHA-256")
    assert said["45"] == "Of 31 patients in the files, 30 are in the cohort and 1 left out"
    assert said["33"].startswith("Cleaning left 1 of 7 features of radiomics out")
    assert "seed 7" in said["56"]
    assert clear.set_index("item")["status"]["19"] == "cannot know"  # a ready table says nothing of masks


def test_what_was_not_computed_is_not_claimed(bare: Callable[..., MuData]) -> None:
    data = bare()
    tripod = rg.report.checklist(data, "tripod_ai").set_index("item")["status"]
    assert tripod["12c"] == tripod["22"] == tripod["23a"] == "not applicable"
    rqs = rg.report.checklist(data, "rqs").set_index("item")
    assert rqs.loc["5", ["points_lowest", "points_highest"]].tolist() == [-3, -3]
    assert rqs.loc["12", ["points_lowest", "points_highest"]].tolist() == [-5, -5]
    metrics = rg.report.checklist(data, "metrics").set_index("item")
    assert set(metrics.loc[["18", "22", "26", "27"], "status"]) <= {"not done", "not applicable"}


def _patients_judged(data: MuData, split: str) -> None:
    data.uns["evaluate"] = to_uns(
        measures=pd.DataFrame({"split": [split], "model": ["score"], "estimate": ["held_out"], "measure": ["c_index"],
                               "value": [0.7], "lower": [0.6], "upper": [0.8]}),
        summary=pd.DataFrame({"split": [split], "model": ["score"], "n": [7]}),
        settings={"kind": "survival", "outcome": "os", "bootstrap": 100, "models": ["score"], "predictions": ["score"]},
        left_out=left_out_table({}),
    )  # fmt: skip


def test_only_a_model_judged_on_held_out_patients_is_validated(cohort: Callable[..., MuData]) -> None:
    def points(data: MuData) -> list[int]:
        row = rg.report.checklist(data, "rqs").set_index("item").loc["12"]
        return [row["points_lowest"], row["points_highest"]]

    data = cohort(split=True)
    assert points(data) == [-5, -5]  # parts stand apart, but nothing was judged on them
    _patients_judged(data, "internal")
    assert points(data) == [2, 2]
    _patients_judged(data, "external")
    assert points(data) == [2, 5]  # which institutes is not stored
    assert rg.report.checklist(data, "metrics").set_index("item").loc["27", "status"] == "done"


def _scored(rows: list[tuple[str, float, str]]) -> tuple[float, float]:
    table = pd.DataFrame(rows, columns=["status", "weight", "applies"])
    score = score_of(checklist_named("metrics"), table)
    assert score is not None
    return score.lowest, score.highest


def test_metrics_by_hand() -> None:
    assert _scored([("done", 0.3, "yes"), ("not done", 0.1, "yes")]) == (pytest.approx(75), pytest.approx(75))
    assert _scored([("done", 0.3, "yes"), ("cannot know", 0.1, "yes")]) == (pytest.approx(75), pytest.approx(100))
    assert _scored([("partly", 0.3, "yes"), ("not done", 0.1, "yes")]) == (0, pytest.approx(75))
    # An item whose condition does not hold is out; one that was merely never begun counts as no.
    assert _scored([("done", 0.3, "yes"), ("not applicable", 0.1, "no")]) == (100, 100)
    assert _scored([("done", 0.3, "yes"), ("not applicable", 0.1, "yes")]) == (pytest.approx(75), pytest.approx(75))
    # Where the condition is not known: done and out lowers, not done and out lifts.
    low, high = _scored([("done", 0.2, "yes"), ("not done", 0.2, "yes"), ("done", 0.1, "not known")])
    assert (low, high) == (pytest.approx(50), pytest.approx(60))
    low, high = _scored([("done", 0.2, "yes"), ("not done", 0.2, "yes"), ("not done", 0.1, "not known")])
    assert (low, high) == (pytest.approx(40), pytest.approx(50))


@pytest.mark.parametrize("name", ["metrics", "rqs"])
def test_the_range_holds_every_way_to_answer_what_is_open(cohort: Callable[..., MuData], name: str) -> None:
    data = cohort(split=True)
    table = rg.report.checklist(data, name)
    free = table[table["status"].isin(["cannot know", "partly"])]["item"].tolist()
    whole = rg.report.checklist_score(data, name)
    assert whole.lowest < whole.highest <= whole.best
    for status, end in (("not done", whole.lowest), ("done", whole.highest)):
        answers = {name: {item: {"text": "so it is", "status": status} for item in free}}
        score = rg.report.checklist_score(data, name, answers=answers)
        assert score.lowest == score.highest == pytest.approx(end)


def test_a_score_of_what_has_none(bare: Callable[..., MuData]) -> None:
    with pytest.raises(ValueError, match="no score"):
        rg.report.checklist_score(bare(), "clear")
    with pytest.raises(KeyError, match="metrics"):
        rg.report.checklist(bare(), "metric")


def test_answers_are_shown_as_the_authors_own(cohort: Callable[..., MuData], tmp_path: Path) -> None:
    given = {"clear": {"8": "Approved (12/345)."}, "rqs": {"11": {"text": "Retrospective.", "status": "not done"},
                                                          "12": {"text": "Two institutes.", "points": 4}}}  # fmt: skip
    file = tmp_path / "answers.yaml"
    file.write_text(json.dumps(given), encoding="utf-8")
    for answers in (given, file):
        row = rg.report.checklist(cohort(), "clear", answers=answers).set_index("item").loc["8"]
        assert [row["status"], row["evidence"], row["source"]] == [
            "done",
            "Approved (12/345).",
            "stated by the authors",
        ]
        rqs = rg.report.checklist(cohort(), "rqs", answers=answers).set_index("item")
        assert rqs.loc["11", "points_highest"] == 0
        assert rqs.loc["12", ["points_lowest", "points_highest"]].tolist() == [4, 4]


def test_faults_of_answers_are_told_all_at_once(bare: Callable[..., MuData], tmp_path: Path) -> None:
    bad: dict[str, Any] = {
        "claer": {"1": "x"},
        "clear": {"59": "x", "1": {"status": "cannot know", "text": "x"}, "2": ""},
        "rqs": {"12": {"text": "x", "points": 1}},
        "metrics": {"4": {"text": "x", "points": 1}},
    }
    with pytest.raises(InputError) as caught:
        rg.report.checklist(bare(), "clear", answers=bad)
    keys = {fault.key for fault in caught.value.faults}
    assert keys == {"claer", "clear.59", "clear.1.status", "clear.2.text", "rqs.12.points", "metrics.4.points"}
    assert "-5, 2, 3, 4, 5" in str(caught.value)
    with pytest.raises(InputError, match=r"none\.yaml"):
        rg.report.checklist(bare(), "clear", answers=tmp_path / "none.yaml")


def test_the_page_shows_them_and_every_anchor_is_there(
    cohort: Callable[..., MuData], tmp_path: Path, quick_figures: None
) -> None:
    answers = {"clear": {"8": "Approved <b>by</b> the committee."}}
    page = rg.report.write(cohort(split=True), tmp_path, answers=answers)
    html = page.read_text(encoding="utf-8")
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    assert {f"checklists-{name}" for name in NAMES} <= ids
    assert "Stated by the authors: Approved &lt;b&gt;by&lt;/b&gt;" in html
    for name in NAMES:
        table = pd.read_csv(tmp_path / "tables" / f"checklist_{name}.csv", keep_default_na=False)
        assert set(table["anchor"]) - {""} <= ids
        assert len(table) == len(checklist_named(name).items)
    assert "RQS: " in html


def test_checklists_of_images_are_not_for_a_transcriptome(cohort: Callable[..., MuData], tmp_path: Path,
                                                          quick_figures: None) -> None:  # fmt: skip
    data = cohort()
    del data.mod["radiomics"]
    for key in [k for k, v in data.uns.items() if isinstance(v, dict) and k != "outcomes"]:
        del data.uns[key]
    rg.report.write(data, tmp_path)
    assert [p.stem for p in sorted((tmp_path / "tables").glob("checklist_*"))] == ["checklist_tripod_ai"]
    asked = rg.report.checklist(data, "clear").set_index("item")["status"]
    assert asked["21"] == asked["25"] == "not applicable"
    rg.report.write(data, tmp_path / "none", checklists=[])
    assert not list((tmp_path / "none" / "tables").glob("checklist_*"))


def test_sentence_of_a_score() -> None:
    metrics = checklist_named("metrics")
    from radiogenomics.report.checklists._score import Score

    ranged = score_sentence(metrics, Score(35.04, 81.2, 100))
    assert ranged.startswith("METRICS: 35.0 to 81.2 % (low to excellent); the lower end counts")
    assert score_sentence(metrics, Score(45, 45, 100)) == "METRICS: 45.0 % (moderate)."
    rqs = replace(checklist_named("rqs"))
    assert score_sentence(rqs, Score(-8, -8, 36)) == "RQS: -8 of 36 points."
