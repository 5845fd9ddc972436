"""Figures of a comparison of models and of what a model rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError, UnknownNameError
from tests.tl.test_compare_models import QUICK, cohort


@pytest.fixture(scope="module")
def compared() -> Any:
    data = cohort(split=True)
    rg.tl.compare_models(data, {"radiomics": "radiomics", "clinical": ["age"]}, **QUICK)
    model = "logistic_regression | radiomics"
    rg.tl.explain(data, model=model, n_permutations=5, apparent=True)
    rg.tl.explain(data, model=model, method="shap", key_added="shap")
    return data


def labels(ax: Any) -> list[str]:
    return [t.get_text() for t in ax.get_yticklabels()]


def test_a_row_per_model_with_its_interval(compared: Any) -> None:
    ax = rg.pl.compare_models(compared)
    assert len(labels(ax)) == 9
    assert labels(ax)[-1] == "picked by inner folds"
    models = rg.get.compare_models(compared)
    honest = models[(models["split"] == "training") & (models["estimate"] == "out_of_fold")]
    lines = [line for line in ax.lines if line.get_linewidth() == 1.6]
    np.testing.assert_allclose([line.get_xdata() for line in lines], honest[["lower", "upper"]])
    assert "out of fold (lung; training: 63 patients" in ax.get_xlabel()
    assert "held-out patients" in rg.pl.compare_models(compared, split="external").get_xlabel()


def test_a_heatmap_of_classifiers_and_features(compared: Any) -> None:
    ax = rg.pl.compare_models(compared, kind="heatmap")
    assert labels(ax) == ["radiomics", "radiomics | SMOTE", "clinical", "clinical | SMOTE"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["logistic", "tree"]
    auc = rg.get.compare_models(compared).set_index(["model", "split", "estimate"])["auc"]
    shown = np.asarray(ax.images[0].get_array())
    assert shown[1, 0] == auc["logistic_regression | radiomics | smote", "training", "out_of_fold"]
    assert "picked by inner folds" in ax.get_title(loc="left")


def test_bars_of_importance(compared: Any) -> None:
    ax = rg.pl.explain(compared, n_features=3)
    table = rg.get.explain(compared)
    honest = table[(table["split"] == "training") & (table["estimate"] == "out_of_fold")]
    assert labels(ax) == honest["feature"][:3].tolist()
    np.testing.assert_allclose([p.get_width() for p in ax.patches], honest["value"][:3])
    assert "AUC lost when shuffled (63 patients, out of fold, training)" in ax.get_xlabel()


def test_a_dot_per_patient(compared: Any) -> None:
    ax = rg.pl.explain(compared, key="shap", kind="beeswarm", split="external", n_features=2)
    values = rg.get.explain(compared, key="shap", table="values")
    own = values[(values["split"] == "external") & (values["feature"] == labels(ax)[0])]
    dots = np.sort(ax.collections[0].get_offsets()[:, 0])
    np.testing.assert_allclose(dots, np.sort(own["shap"]))
    assert ax.get_xlabel() == "SHAP value, log odds (27 patients, held-out patients, external)"


def test_what_cannot_be_drawn_is_told(compared: Any) -> None:
    with pytest.raises(InputError, match="'violin'; expected 'intervals' or 'heatmap'"):
        rg.pl.compare_models(compared, kind="violin")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'dots'"):
        rg.pl.explain(compared, kind="dots")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="no table 'values'"):
        rg.pl.explain(compared, kind="beeswarm")
    with pytest.raises(InputError, match="internal"):
        rg.pl.compare_models(compared, split="internal")
    with pytest.raises(UnknownNameError, match="compare_models"):
        rg.pl.compare_models(compared, key="other")
