"""Step icc: readings of a manifest, made-up readers, and faults told before anything is computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

import radiogenomics as rg
from radiogenomics._cohort import pipeline_of, raw_features
from radiogenomics._errors import InputError
from radiogenomics.ml import build_pipeline
from radiogenomics.schemas.steps import ExtractSettings, IccDesign, IccSettings
from radiogenomics.study._reread import reread_rows

INTER = {"reader": ["reader1", "reader2"]}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated cohort of 14 patients, six of them read again."""
    folder = tmp_path_factory.mktemp("icc")
    rg.datasets.simulate_cohort(
        folder, n_patients=14, n_sequenced=0, n_reread=6, sequences=("T1",), shape=(32, 32, 10), n_jobs=1
    )
    return folder


def study_of(images: Path, icc: Any, name: str, **data: Any) -> Path:
    text = yaml.safe_load((images / "study.yaml").read_text(encoding="utf-8"))
    text["data"] |= data
    text["steps"] = {
        "check": {"images": False},
        "extract": {"reader": "reader1", "reading": 1, "image_types": ["original"], "bin_width": 0.2},
        "clean": {"radiomics": {}},
        "icc": icc,
        "report": {},
    }
    text["output"] = name
    path = images / f"{name}.yaml"
    path.write_text(yaml.safe_dump(text, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.filterwarnings("ignore::radiogenomics._errors.RadiogenomicsWarning")
def test_readers_readings_and_perturbed_masks(images: Path) -> None:
    designs = {"inter": INTER, "intra": {"reader": "reader1", "reading": [1, 2]},
               "masks": {"perturbed": {"n_patients": 5, "contour": 0.5}}}  # fmt: skip
    path = study_of(images, {"designs": designs, "threshold": 0.6}, "three")
    rg.study.run(path, n_jobs=1)
    mdata = rg.io.read_cohort(images / "three" / "cohort.h5mu")
    by_design = rg.get.icc(mdata, modality="radiomics", table="designs").set_index("design")
    assert by_design["n_patients"].to_dict() == {"inter": 6, "intra": 6, "masks": 5}
    assert by_design["n_readings"].to_dict() == {"inter": 2, "intra": 2, "masks": 3}
    assert (by_design["median_icc"] > 0.8).all()
    estimators = [step["estimator"] for step in yaml.safe_load(pipeline_of(mdata, "radiomics"))]
    assert estimators == ["FeatureCleaner", "FeatureImputer", "ICCFilter", "FeatureScaler"]
    again = rg.im.extract_radiomics(
        images / "manifest.csv", settings={"image_types": ["original"], "bin_width": 0.2}, reader="reader2", n_jobs=1
    )
    table = rg.get.icc(mdata, modality="radiomics")
    name = "T1_original_shape_MeshVolume"
    first = raw_features(mdata, "radiomics").loc[again.obs_names, name]
    by_hand = rg.core.icc(np.column_stack([first, again[:, name].X[:, 0]])).icc2.value
    assert table.set_index(["design", "feature"]).loc[("inter", name), "icc"] == pytest.approx(by_hand)
    raw = raw_features(mdata, "radiomics")
    fold = build_pipeline(pipeline_of(mdata, "radiomics")).fit(raw[~raw.index.isin(again.obs_names[:2])])
    assert fold.named_steps["3_ICCFilter"].n_set_apart_["inter"] == 2
    page = (images / "three" / "report.html").read_text(encoding="utf-8")
    assert "Reproducibility of features" in page
    assert (images / "three" / "figures" / "radiomics_icc.svg").is_file()
    assert (images / "three" / "tables" / "radiomics_icc_features.csv").is_file()
    assert {step.status for step in rg.study.run(path, n_jobs=1).steps} == {"cached"}


@pytest.mark.parametrize(
    ("icc", "said"),
    [
        (
            {"inter": {"reader": ["reader1", "reader3"]}},
            "reader 'reader3'; expected a reader of the manifest: reader1, ",
        ),
        ({"intra": {"reading": [1, 3]}}, "reading '3'; expected a reading of the manifest: 1, 2"),
        ({"retest": {"visit": ["first", "second"]}}, "expected a manifest with a column visit"),
        ({"inter": {"reader": ["reader1"]}}, "two or more different values"),
        ({"inter": {"reader": "reader1"}}, "with a list of values, or perturbed"),
        ({}, "at least 1"),
    ],
)
def test_faults_are_told_beforehand(images: Path, icc: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        rg.study.run(study_of(images, {"designs": icc}, "faulty"), n_jobs=1)
    assert said in str(caught.value)
    assert "steps.icc.designs" in str(caught.value)


def test_too_few_patients_who_may_teach_are_told_beforehand(images: Path) -> None:
    manifest = pd.read_csv(images / "manifest.csv")
    read = manifest.loc[manifest["reader"] == "reader2", "patient_id"]
    clinical = pd.read_csv(images / "clinical.csv")
    clinical["site"] = np.where(clinical["patient_id"].isin(read[:4]), "away", "here")
    clinical.to_csv(images / "sites.csv", index=False)
    where = {"clinical": {"path": "sites.csv", "id": "patient_id"}, "split": {"external": "site == 'away'"}}
    with pytest.raises(InputError, match=r"inter.*2 patient\(s\) who may teach with all readings of T1"):
        rg.study.run(study_of(images, {"designs": {"inter": INTER}}, "few", **where), n_jobs=1)


def test_without_extraction_it_is_refused(study: Path) -> None:
    text = yaml.safe_load(study.read_text(encoding="utf-8"))
    text["steps"]["icc"] = {"designs": {"inter": INTER}}
    study.write_text(yaml.safe_dump(text), encoding="utf-8")
    with pytest.raises(InputError, match="step 'icc' without 'extract'"):
        rg.study.run(study, n_jobs=1)


def manifest(rows: list[tuple[str, str, str, str | None, str]]) -> pd.DataFrame:
    columns = ["patient_id", "sequence", "reader", "reading", "visit"]
    return pd.DataFrame(rows, columns=columns).assign(image="i", mask="m")


def test_which_rows_a_design_takes() -> None:
    rows = [(p, "T1", "ann", r, v) for p in "ABC" for r in "12" for v in ("jan", "feb")]
    rows += [(p, "T1", "bob", None, "jan") for p in "BCD"]
    table = manifest(rows)
    extract = ExtractSettings(reader="ann", reading=1, visit="jan")
    taken = reread_rows(table, extract, IccDesign(reader=["ann", "bob"]))
    assert [(v, list(t["patient_id"])) for v, t in taken] == [("ann", ["B", "C"]), ("bob", ["B", "C"])]
    assert set(taken[0][1]["reading"]) == {"1"}
    visits = reread_rows(table, extract, IccDesign(visit=["jan", "feb"]))
    assert [set(t["visit"]) for _, t in visits] == [{"jan"}, {"feb"}]
    assert all(list(t["patient_id"]) == ["A", "B", "C"] and set(t["reader"]) == {"ann"} for _, t in visits)
    second = reread_rows(table, extract, IccDesign(reader="ann", reading=[1, 2], visit="feb"))
    assert [set(t["reading"]) | set(t["visit"]) for _, t in second] == [{"1", "feb"}, {"2", "feb"}]
    with pytest.raises(InputError, match="bob"):
        reread_rows(table, extract, IccDesign(reader="eve", reading=[1, 2]))
    with pytest.raises(InputError, match="by reading 1, 2"):
        reread_rows(table, ExtractSettings(reader="ann", visit="jan"), IccDesign(reader=["ann", "bob"]))


def test_settings_of_designs() -> None:
    with pytest.raises(ValidationError, match="one of each of inter"):
        IccSettings.model_validate({"designs": {"inter": INTER}, "form": {"intra": "icc3"}})
    with pytest.raises(ValidationError, match="with a list of values, or perturbed"):
        IccDesign.model_validate({**INTER, "perturbed": {}})
