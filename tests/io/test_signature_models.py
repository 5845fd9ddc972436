"""Signatures as JSON: read back they give the stored scores, groups and risks from the values as measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import radiogenomics as rg
from radiogenomics._errors import InputError, RadiogenomicsWarning
from radiogenomics.ml._signature_model import SignatureModel
from tests.tl._signatures import cohort, several

FAST: dict[str, Any] = {"folds": 3, "repeats": 1, "inner_folds": 3, "n_resamples": 0, "rng": 1}


@pytest.fixture(scope="module")
def made() -> AnnData:
    data = cohort(split=True, grade=True)
    rg.pp.scale(data)
    rg.tl.signature(data, ["data", "grade", "age"], outcome="lung", key_added="lung_score", **FAST)
    rg.tl.signature(data, "data", outcome="os", horizons=[200.0, 600.0], key_added="os_score", **FAST)
    return data


def measured(data: AnnData) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(data.raw.X), columns=data.raw.var_names, index=data.obs_names).join(data.obs)


def written(data: AnnData, key: str, folder: Path) -> SignatureModel:
    path = folder / f"{key}.json"
    rg.io.write_model(rg.get.signature_model(data, key=key), path)
    model = rg.io.read_model(path)
    assert isinstance(model, SignatureModel)
    return model


@pytest.mark.parametrize("key", ["lung_score", "os_score"])
def test_scores_are_the_stored_ones(made: AnnData, key: str, tmp_path: Path) -> None:
    model = written(made, key, tmp_path)
    with pytest.warns(RadiogenomicsWarning, match="outside those of the patients of the fit"):
        found = model.predict(measured(made)[model.terms])
    stored = rg.get.signature(made, key=key, table="predictions")
    stored = stored[stored["estimate"].isin(["apparent", "held_out"])].set_index("patient_id")
    assert len(stored) == made.n_obs
    first = found.drop_duplicates("patient_id").set_index("patient_id").loc[stored.index]
    np.testing.assert_allclose(first["score"], stored["score"], rtol=1e-12, atol=1e-12)
    assert first["group"].tolist() == stored["group"].tolist()
    if key == "lung_score":
        np.testing.assert_allclose(first["probability"], stored["probability"], rtol=1e-12, atol=1e-12)
        return
    risks = rg.get.signature(made, key=key, table="risks")
    risks = risks[risks["estimate"].isin(["apparent", "held_out"])].set_index(["patient_id", "horizon"])
    own = found.set_index(["patient_id", "horizon"]).loc[risks.index]
    np.testing.assert_allclose(own["probability"], risks["probability"], rtol=1e-12, atol=1e-12)


def test_document_again(made: AnnData, tmp_path: Path) -> None:
    model = written(made, "os_score", tmp_path)
    rg.io.write_model(model, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == (tmp_path / "os_score.json").read_text()
    text = (tmp_path / "os_score.json").read_text()
    assert not any(str(patient) in text for patient in made.obs_names)
    assert json.loads(text)["n"] == 60


def with_grade(folder: Path) -> SignatureModel:
    """By hand: 1 + 2 (a - 3) / 4 + 0.5 if the grade is II."""
    term = {"source": "radiomics", "low": 0, "high": 9, "mean": None, "sd": None}
    found = {
        "formula": "by hand", "kind": "binary", "outcome": "lung", "unit": "", "intercept": 1.0, "cutoff": 1.2,
        "threshold": 0.77, "horizons": [], "baseline_survival": [], "patients": ["A", "B"],
        "terms": [
            {**term, "name": "a", "feature": "a", "level": "", "coefficient": 2.0, "zero": 3.0, "per_unit": 0.25},
            {
                **term, "name": "grade=II", "feature": "grade", "level": "II", "levels": ["I", "II"],
                "coefficient": 0.5, "zero": 0.0, "per_unit": 1.0,
            },
        ],
    }  # fmt: skip
    rg.io.write_model(found, folder / "hand.json")
    model = rg.io.read_model(folder / "hand.json")
    assert isinstance(model, SignatureModel)
    return model


def test_by_hand(tmp_path: Path) -> None:
    model = with_grade(tmp_path)
    assert model.terms == ["a", "grade"]
    found = model.predict(pd.DataFrame({"a": [3.0, 5.0], "grade": ["II", "I"]}, index=["N1", "N2"]))
    assert found["score"].tolist() == [1.5, 2.0]
    assert found["patient_id"].tolist() == ["N1", "N2"]
    assert found["group"].tolist() == ["high", "high"]
    np.testing.assert_allclose(found["probability"], 1 / (1 + np.exp([-1.5, -2.0])))
    assert found["horizon"].isna().all()


def test_faults_of_a_table_are_named_at_once(tmp_path: Path) -> None:
    model = with_grade(tmp_path)
    with pytest.raises(InputError) as error:
        model.predict(pd.DataFrame({"aa": [1.0], "grade": ["III"]}, index=["N1"]))
    assert "column 'a': found no such column" in str(error.value)
    assert "'III' for patient 'N1'; expected one of 'I', 'II'" in str(error.value)
    with pytest.raises(InputError, match="no value for patient 'N1'"):
        model.predict(pd.DataFrame({"a": [np.nan], "grade": ["I"]}, index=["N1"]))
    with pytest.warns(RadiogenomicsWarning, match=r"'a' of N1 \(99\), fitted from 0 to 9"):
        model.predict(pd.DataFrame({"a": [99.0], "grade": ["I"]}, index=["N1"]))


def test_features_of_one_name_in_two_modalities(tmp_path: Path) -> None:
    data = several()
    rg.tl.signature(data, ["radiomics", "deep"], outcome="lung", key_added="both", **FAST)
    model = rg.get.signature_model(data, key="both")
    rg.io.write_model(model, tmp_path / "both.json")
    read = rg.io.read_model(tmp_path / "both.json")
    assert isinstance(read, SignatureModel)
    names = set(read.terms)
    assert len(names) == len(model["terms"])
    shared = [t["name"] for t in model["terms"] if sum(o["feature"] == t["feature"] for o in model["terms"]) > 1]
    assert set(shared) <= names


def test_transforms_that_are_no_straight_line(tmp_path: Path) -> None:
    data = cohort()
    rg.pp.scale(data, method="rank_normal")
    rg.tl.signature(data, "data", outcome="lung", key_added="bent", **FAST)
    model = written(data, "bent", tmp_path)
    with pytest.raises(InputError, match=r"no straight line.*rg\.tl\.apply_signature"):
        model.predict(measured(data))


def test_faults_of_a_file(made: AnnData, tmp_path: Path) -> None:
    model = rg.get.signature_model(made, key="os_score")
    for change, message in (
        ({"horizons": [1.0]}, "baseline survival at each of the 1 horizons"),
        ({"kind": "binary"}, "no horizons of a binary outcome"),
        ({"terms": [model["terms"][0]] * 2}, "terms of different names"),
        ({"terms": [model["terms"][0] | {"zero": None}]}, "both zero and per_unit"),
        ({"intercept": "one"}, "'intercept'.*a number"),
    ):
        with pytest.raises(InputError, match=message):
            rg.io.write_model(model | change, tmp_path / "bad.json")
