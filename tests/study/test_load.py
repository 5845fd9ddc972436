"""Study files: every fault at once, with its line, key and near-miss."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

import radiogenomics as rg
from radiogenomics._errors import InputError

BAD = """\
name: bad/name
data:
  clinical: {path: "${NO_SUCH_VARIABLE}/clinical.csv", idd: patient_id}
  outcomes:
    mfs: {kind: survival, tyme: mfs_days, event: mfs_event}
    os: {time: os_days}
    x: {kind: foo}
  images: {manifest: 3, sequences: T1}
stepz: {}
steps:
  segment: {model_folder: m, folds: 3}
  extract:
  preprocess: {spacing: [1, 1]}
  clean: 3
  cluster: {radiomics: {method: hierarchcal, n_clusters: auot, n_resamples: 0}}
  survival: {adust: [age_years]}
  survival: {adjust: age}
  asociate: {}
  report: true
"""

EXPECTED = [
    ("line 1, name:", "'bad/name'"),
    ("line 3, data.clinical.path:", "NO_SUCH_VARIABLE is not set"),
    ("line 3, data.clinical.idd:", "Did you mean 'id'?"),
    ("line 5, data.outcomes.mfs.tyme:", "Did you mean 'time'?"),
    ("line 5, data.outcomes.mfs.time:", "found nothing; expected this key"),
    ("line 6, data.outcomes.os:", "kind: survival, binary or competing"),
    ("line 7, data.outcomes.x:", "survival, binary, competing"),
    ("line 8, data.images.manifest:", "found 3; expected text"),
    ("line 8, data.images.sequences:", "found 'T1'"),
    ("line 9, stepz:", "Did you mean 'steps'?"),
    ("line 11, steps.segment:", "of a training, left out beside model_folder"),
    ("line 12, steps.extract:", "or false to switch the step off"),
    ("line 13, steps.preprocess.spacing:", "found [1, 1]; expected three numbers"),
    ("line 14, steps.clean:", "a block of settings"),
    ("line 15, steps.cluster.radiomics.method:", "'hierarchcal'"),
    ("line 15, steps.cluster.radiomics.n_clusters:", "or 'auto'"),
    ("line 15, steps.cluster.radiomics.n_resamples:", "a number greater than 0"),
    ("line 17, steps.survival:", "the key twice (first on line 16)"),
    ("line 17, steps.survival.adjust:", "found 'age'"),
    ("line 18, steps.asociate:", "Did you mean 'associate'"),
    ("line 19, steps.report:", "found True"),
]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def _write(content: Any) -> Path:
        path = tmp_path / "study.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
        return path

    return _write


def test_all_faults_of_a_file_come_in_one_message(write: Any) -> None:
    with pytest.raises(InputError) as caught:
        rg.study.load(write(BAD))
    lines = str(caught.value).splitlines()
    assert lines[0].endswith(f"study.yaml: {len(EXPECTED)} faults:")
    for place, text in EXPECTED:
        assert any(place in line and text in line for line in lines), f"{place} ... {text}"
    assert len(lines) == 1 + len(EXPECTED)


def test_a_valid_file_resolves_its_paths(write: Any, template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_DATA", "/data")
    template = copy.deepcopy(template)
    template["data"]["rna"]["path"] = "${SOME_DATA}/rna.csv"
    path = write(template)
    loaded = rg.study.load(path)
    assert loaded.file.data.clinical.path == str(path.parent / "clinical.csv")
    assert loaded.file.data.rna is not None
    assert loaded.file.data.rna.path == "/data/rna.csv"
    assert loaded.file.steps.enrichment is not None
    assert loaded.file.steps.enrichment.gene_sets == {"sets": str(path.parent / "sets.gmt")}
    assert list(loaded.file.steps.named()) == [
        "clean", "cluster", "associate", "survival", "combined_cindex", "expression", "enrichment",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        ({"steps.extract": {}}, "steps.extract", "data.images with a manifest"),
        ({"steps.cluster": False}, "steps.associate", "step cluster"),
        ({"steps.expression": False}, "steps.enrichment", "step expression"),
        ({"steps.normalise": {}}, "steps.normalise", "Remove the step"),
        ({"data.rna.kind": "counts"}, "steps.cluster", "'normalise: {}' before it"),
        ({"steps.cluster.radiomisc": {}}, "steps.cluster.radiomisc", "Did you mean 'radiomics'?"),
        ({"steps.survival.outcomes": ["mfss"]}, "steps.survival", "Did you mean 'mfs'?"),
        ({"data.images.manifest": "m.csv"}, "data.images", "step extract"),
        ({"data.rna": None}, "steps.expression", "data.rna"),
    ],
)
def test_steps_that_do_not_fit_together(
    write: Any, template: dict[str, Any], change: dict[str, Any], key: str, expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        rg.study.load(write(template), change)
    lines = [line for line in str(caught.value).splitlines() if f"{key}:" in line]
    assert lines
    assert expected in lines[0]


def test_overrides_refuse_to_go_through_a_value(write: Any, template: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"name: found 'small', which has no keys to set"):
        rg.study.load(write(template), {"name.first": 1})


def test_a_wrong_indentation_names_its_line(write: Any) -> None:
    with pytest.raises(InputError, match=r"line 4, YAML: "):
        rg.study.load(write("name: x\ndata:\n  clinical: {path: a\nsteps: {}\n  b: 1\n"))


def test_yaml_tags_build_nothing(write: Any) -> None:
    with pytest.raises(InputError, match="could not determine a constructor"):
        rg.study.load(write("name: !!python/object/apply:os.system ['true']\n"))


def test_a_missing_file_and_an_unknown_recipe() -> None:
    with pytest.raises(InputError, match=r"no file 'nowhere/study.yaml'"):
        rg.study.load("nowhere/study.yaml")
    with pytest.raises(InputError, match="Did you mean 'crombe'"):
        rg.study.load("cromb")


def test_the_recipe_asks_for_its_files_by_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radiogenomics.study._without_deep.find_spec", lambda name: None)  # wherever torch is
    with pytest.raises(InputError, match="--clinical FILE") as caught:
        rg.study.load("crombe")
    assert len(caught.value.faults) == 4
    given = {
        "data.clinical.path": "c.csv", "data.images.manifest": "m.csv", "data.rna.path": "r.csv",
        "steps.enrichment.gene_sets": "h.gmt",
    }  # fmt: skip
    loaded = rg.study.load("crombe", given)
    assert loaded.file.steps.preprocess is not None
    assert loaded.file.steps.preprocess.spacing == (1, 1, 4)
    assert loaded.file.steps.autoencoder is None
    assert loaded.file.steps.extract is not None
    assert loaded.file.steps.extract.bin_count == 64


def test_too_few_null_data_sets_are_a_fault_before_anything_is_computed(study: Path) -> None:
    few = {"steps.cluster.rna": {"n_clusters": "auto", "n_null": 15}}
    with pytest.raises(InputError, match=r"steps\.cluster\.rna.*n_null of 19 or more"):
        rg.study.load(study, few)
    rg.study.load(study, {"steps.cluster.rna": {"n_clusters": "auto", "n_null": 19}})
    rg.study.load(study, {"steps.cluster.rna": {"n_clusters": 2, "n_null": 15}})
