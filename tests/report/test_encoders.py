"""Learned features in the report: held-out error beside the yardsticks, and what may be said of them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from radiogenomics import report
from radiogenomics.report._found import results_in
from radiogenomics.report._methods import methods_of
from radiogenomics.report._sentences import findings
from radiogenomics.report._tables import tables_of
from tests.tl._encoded import learned_cohort


def told(own: float, *, supervised: bool = True, apparent: int = 0):  # type: ignore[no-untyped-def]
    """A cohort with what ``rg.im.encode`` leaves of the network."""
    data = learned_cohort(supervised=supervised, name="hscae" if supervised else "cae")
    name = "hscae" if supervised else "cae"
    uns = data.mod[name].uns
    about = json.loads(uns["encoder"]) | {
        "estimate": "out_of_fold", "pooling": "mean_sd", "folds": 5, "n_labelled": 7,
        "label": {"kind": "binary"} if supervised else None, "apparent": [f"P{i:03}" for i in range(apparent)],
        "settings": {"latent_dim": 8, "supervision_weight": 0.01},
    }  # fmt: skip
    uns["encoder"] = json.dumps(about)
    rows = [
        ("T1", 0, 0, model, "P001", mse, 4 * mse) for model, mse in ((name, own), ("pca", 0.002), ("mean_slice", 0.01))
    ]
    uns["errors"] = pd.DataFrame(
        rows, columns=["sequence", "repeat", "fold", "model", "patient_id", "mse", "mse_tumour"]
    )
    uns["learning_curves"] = pd.DataFrame({
        "sequence": "T1", "network": "final", "epoch": [0, 1], "training_mse": [0.1, 0.01],
        "validation_mse": [0.1, 0.02], "training_loss": [0.1, 0.01], "validation_loss": [0.1, 0.02],
    })  # fmt: skip
    return data


def test_the_error_stands_beside_the_yardsticks() -> None:
    found = results_in(told(0.001))[0]
    said = findings(found)
    assert said[0].startswith("HSCAE, T1: mean squared error 0.1 % of the intensity range squared in patients whom")
    assert "as many principal components 0.2 % and the mean slice 1 %" in said[0]
    assert "no better" not in said[0]
    assert "learned from labels of 7 patients" in said[1]
    assert findings(results_in(told(0.003))[0])[0].endswith("The network is no better than components.")


@pytest.mark.parametrize(("supervised", "apparent", "word"), [(False, 0, "images alone"), (True, 3, "Apparent: ")])
def test_one_sentence_of_caution(supervised: bool, apparent: int, word: str) -> None:
    said = findings(results_in(told(0.001, supervised=supervised, apparent=apparent))[0])
    assert len(said) == 2
    assert word in said[1]


def test_tables_methods_and_page(tmp_path: Path) -> None:
    data = told(0.001)
    names = [table.name for table in tables_of(data)]
    assert "hscae_encoder_summary" in names
    assert "hscae_errors" not in names, "once is enough"
    paragraph = next(p for p in methods_of(data, results_in(data))["paragraphs"] if "Learned" in p["heading"])
    assert "8 latent features per sequence of a half-supervised convolutional autoencoder" in paragraph["text"]
    page = report.write(data, tmp_path).read_text(encoding="utf-8")
    assert 'id="learned"' in page
