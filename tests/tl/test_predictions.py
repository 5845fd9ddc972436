"""Stored predictions are read in one form, whatever made them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from radiogenomics._cohort import to_uns
from radiogenomics._errors import InputError, UnknownNameError
from radiogenomics.tl import _predictions as predictions


def cohort(model: str = "signature") -> AnnData:
    ids = [f"p{i}" for i in range(6)]
    data = AnnData(np.zeros((6, 1)), obs=pd.DataFrame({"risk": [0.1, 0.2, 0.3, 0.4, 0.5, np.nan]}, index=ids))
    data.obs["score"] = np.arange(6.0) - 2
    data.obs["name"] = list("abcdef")
    rows = [
        (p, model, "all", estimate, r, r if estimate == "out_of_fold" else -1, float(i), 0.5, 1.0, 0.5, "high")
        for estimate in ("apparent", "out_of_fold")
        for r in range(2 if estimate == "out_of_fold" else 1)
        for i, p in enumerate(ids)
    ]
    table = pd.DataFrame(rows, columns=list(predictions.COLUMNS))
    data.uns["signature"] = to_uns(predictions=table, settings={"outcome": "lung", "kind": "binary"})
    return data


def test_honest_predictions_come_first() -> None:
    found = predictions.predictions_of(cohort(), "signature", kind="binary")
    assert [p.estimate for p in found] == ["out_of_fold", "apparent"]
    assert found[0].outcome == "lung"
    assert found[0].wide("score").shape == (2, 6)
    assert found[0].wide("fold").to_numpy().tolist() == [[0] * 6, [1] * 6]
    assert found[1].patients == [f"p{i}" for i in range(6)]


def test_a_column_of_probabilities_is_a_model() -> None:
    (risk,) = predictions.predictions_of(cohort(), "risk")
    assert risk.estimate == "given"
    assert risk.table["probability"].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]  # p5 has none


def test_a_column_of_scores_has_no_probabilities() -> None:
    (score,) = predictions.predictions_of(cohort(), "score")
    assert score.table["probability"].isna().all()
    assert score.table["score"].tolist() == [-2, -1, 0, 1, 2, 3]


def test_a_column_is_told_apart_by_the_split() -> None:
    data = cohort()
    data.obs["part"] = ["training"] * 4 + ["external"] * 2
    data.uns["split"] = {"column": "part"}
    assert [p.split for p in predictions.predictions_of(data, ["risk"])] == ["training", "external"]


def test_what_is_at_fault_is_named() -> None:
    data = cohort()
    with pytest.raises(UnknownNameError, match="'risk'"):
        predictions.predictions_of(data, "rsk")
    with pytest.raises(InputError, match="made for the binary outcome 'lung'"):
        predictions.predictions_of(data, "signature", kind="survival")
    with pytest.raises(InputError, match="column 'name'"):
        predictions.predictions_of(data, "name")
    with pytest.raises(UnknownNameError, match="'signature'"):
        predictions.predictions_of(data, "signature", models=["signatur"])


def test_two_models_of_one_name_take_that_of_their_result() -> None:
    data = cohort()
    data.uns["other"] = data.uns["signature"]
    found = predictions.predictions_of(data, ["signature", "other"])
    assert [(part.source, part.model) for part in found] == [("signature", "signature")] * 2 + [("other", "other")] * 2
    assert all(set(part.table["model"]) == {part.model} for part in found)


def test_settings_are_json_text() -> None:
    assert json.loads(cohort().uns["signature"]["settings"])["kind"] == "binary"
