"""Models as JSON: predictions equal after the round trip; every fault of a file is named; nothing is executed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics.ml._clinical_model import ClinicalModel
from tests.tl.test_nomogram import TERMS, cohort


@pytest.fixture(scope="module")
def models() -> dict[str, ClinicalModel]:
    data = cohort()
    rg.tl.nomogram(data, TERMS, horizons=[12, 36])
    rg.tl.nomogram(data, TERMS, outcome="lung", key_added="lung_nomogram")
    return {
        "cox": rg.get.nomogram_model(data),
        "logistic": rg.get.nomogram_model(data, key="lung_nomogram"),
    }


@pytest.mark.parametrize("kind", ["cox", "logistic"])
def test_round_trip(models: dict[str, ClinicalModel], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    rg.io.write_model(models[kind], path)
    again = rg.io.read_model(path)
    assert again.document == models[kind].document
    table = cohort().obs
    pd.testing.assert_frame_equal(again.predict(table), models[kind].predict(table), rtol=1e-12, atol=0)
    assert again.terms == TERMS
    assert json.loads(path.read_text())["software"] == {"radiogenomics": rg.__version__}


def test_file_is_all_that_another_program_needs(models: dict[str, ClinicalModel], tmp_path: Path) -> None:
    """The linear predictor and the survival from the JSON alone, without this package."""
    rg.io.write_model(models["cox"], tmp_path / "model.json")
    found = json.loads((tmp_path / "model.json").read_text())
    patient = {"age": 70.0, "size": 80.0, "grade": "high", "sex": "male"}
    score = found["intercept"]
    for term in found["terms"]:
        value = patient[term["name"]]
        if term["kind"] == "numeric":
            score += term["coef"] * (value - term["center"])
        else:
            score += term["coef"][term["levels"].index(value)]
    baseline = found["baseline"]
    hazard = max(h for t, h in zip(baseline["time"], baseline["hazard"], strict=True) if t <= 36)
    predicted = models["cox"].predict(pd.DataFrame([patient]), horizons=[36]).iloc[0]
    assert predicted["score"] == pytest.approx(score, rel=1e-12)
    assert predicted["probability"] == pytest.approx(1 - np.exp(-hazard * np.exp(score)), rel=1e-12)


def change(found: dict[str, Any], place: list[str | int], value: object) -> None:
    for part in place[:-1]:
        found = found[part]  # type: ignore[index]
    if value is ...:
        del found[place[-1]]  # type: ignore[arg-type]
    else:
        found[place[-1]] = value  # type: ignore[index]


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (["format"], "pickle", "JSON of another kind"),
        (["version"], 2, "version 2"),
        (["intercept"], ..., "'intercept': found nothing"),
        (["intercept"], "one", "'intercept'.*a number"),
        (["extra"], 1, "an unknown name"),
        (["terms", 0, "coef"], float("nan"), "terms.0.*coef"),
        (["terms", 2, "reference"], "none", "the reference among them"),
        (["terms", 2, "coef"], [0.0], "one coefficient and one count"),
        (["terms", 0, "ticks"], [3, 2], "rising ticks"),
        (["terms", 1, "name"], "age", "terms of different names"),
        (["covariance"], [[1.0]], "covariance of 5 rows"),
        (["baseline"], None, "a baseline and a survival outcome"),
        (["baseline", "hazard", 0], 99.0, "hazard that does not fall"),
        (["baseline", "mean", 0], [1.0], "5 columns"),
        (["horizons"], [1e9], "up to the longest follow-up"),
    ],
)
def test_faults_of_a_file(
    models: dict[str, ClinicalModel], tmp_path: Path, place: list[str | int], value: object, message: str
) -> None:
    path = tmp_path / "model.json"
    rg.io.write_model(models["cox"], path)
    found = json.loads(path.read_text())
    change(found, place, value)
    path.write_text(json.dumps(found))
    with pytest.raises(InputError, match=message):
        rg.io.read_model(path)


def test_files_that_are_none(models: dict[str, ClinicalModel], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.json.*a model file"):
        rg.io.read_model(tmp_path / "no.json")
    (tmp_path / "text.json").write_text("{'a': 1}")
    with pytest.raises(InputError, match=r"row 1.*no JSON"):
        rg.io.read_model(tmp_path / "text.json")
    (tmp_path / "code.json").write_bytes(b"\x80\x04\x95os.system")
    with pytest.raises(InputError, match="no UTF-8 text"):
        rg.io.read_model(tmp_path / "code.json")
    with pytest.raises(InputError, match=r"rg\.get\.nomogram_model"):
        rg.io.write_model({"coef": 1}, tmp_path / "model.json")
    with pytest.raises(InputError, match="can be written to"):
        rg.io.write_model(models["cox"], tmp_path / "missing" / "model.json")


def test_new_patients(models: dict[str, ClinicalModel]) -> None:
    model = models["cox"]
    new = pd.DataFrame({"age": [60.0, 40.0], "size": [50.0, 20.0], "grade": ["low", "high"], "sex": ["male", "male"]})
    new.index = pd.Index(["N1", "N2"])
    assert model.predict(new)["patient_id"].tolist() == ["N1", "N1", "N2", "N2"]
    wide, narrow = (model.predict(new, level=level) for level in (0.99, 0.5))
    assert (wide["upper"] > narrow["upper"]).all()
    assert (wide["lower"] < wide["probability"]).all()
    with pytest.warns(RadiogenomicsWarning, match=r"'age' of N1 \(160\), fitted from 26 to 85|'age' of N1 \(160\)"):
        model.predict(new.assign(age=[160.0, 40.0]))
    bad = new.assign(grade=["lwo", "high"], size=[np.nan, "big"]).drop(columns="sex")
    with pytest.raises(InputError) as error:
        model.predict(bad)
    said = str(error.value)
    assert "'lwo' for patient 'N1'; expected one of 'low', 'intermediate', 'high'" in said
    assert "no value for patient 'N1'" in said
    assert "'big' for patient 'N2'" in said
    assert "column 'sex': found no such column" in said
    for horizons in ([0], [1e6], []):
        with pytest.raises(InputError, match="longest follow-up"):
            model.predict(new, horizons=horizons)
    with pytest.raises(InputError, match="a logistic model has no times"):
        models["logistic"].predict(new, horizons=[12])
    with pytest.raises(InputError, match="between 0 and 1"):
        model.predict(new, level=95)
    assert len(model.predict(new.iloc[:0])) == 0


def test_before_the_first_event_nobody_has_had_it(models: dict[str, ClinicalModel]) -> None:
    first = models["cox"].document.baseline.time[0]  # type: ignore[union-attr]
    found = models["cox"].predict(cohort().obs, horizons=[first / 2])
    assert (found[["probability", "lower", "upper"]] == 0).all().all()
