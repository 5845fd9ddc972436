"""Shrunken centroids as an estimator."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from radiogenomics import ml
from radiogenomics._errors import DegenerateGroupsError, DegenerateInputError, InputError


def planted(n: int = 60, p: int = 200, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    y = np.array(["luminal", "basal", "other"])[np.arange(n) % 3]
    x = random.normal(6, 1, (n, p))
    x[:, :8] += 2.0 * (y == "basal")[:, None]
    x[:, 8:16] -= 2.0 * (y == "luminal")[:, None]
    return pd.DataFrame(x, columns=[f"G{i}" for i in range(p)]), y


def test_planted_genes_are_found_and_new_patients_told() -> None:
    x, y = planted()
    model = ml.ShrunkenCentroids(rule="one_se", random_state=0).fit(x, y)
    used = set(np.array(x.columns)[(model.scores_ != 0).any(axis=0)])
    assert used >= {f"G{i}" for i in range(16)}
    assert len(used) < 60
    new, truth = planted(seed=1)
    assert (model.predict(new) == truth).mean() > 0.95
    probability = model.predict_proba(new)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert (model.classes_[probability.argmax(axis=1)] == model.predict(new)).all()
    assert (model.classes_[model.decision_function(new).argmax(axis=1)] == model.predict(new)).all()


def test_two_classes_have_one_decision() -> None:
    x, y = planted()
    two = y != "other"
    model = ml.ShrunkenCentroids(random_state=0).fit(x[two], y[two])
    decision = model.decision_function(x)
    assert decision.shape == (60,)
    assert ((decision > 0) == (model.predict(x) == model.classes_[1])).all()


def test_a_grid_search_can_use_it() -> None:
    x, y = planted()
    model = ml.ShrunkenCentroids(threshold=2.0, priors=[0.2, 0.3, 0.5])
    assert clone(model).get_params() == model.get_params()
    assert cross_val_score(model, x, y, cv=3).mean() > 0.8


def test_without_any_gene_everyone_is_of_the_class_with_the_largest_prior() -> None:
    x, y = planted()
    model = ml.ShrunkenCentroids(threshold=1e6, priors=[0.2, 0.5, 0.3]).fit(x, y)
    assert set(model.predict(x)) == {model.classes_[1]}
    assert model.cv_error_ is None


def test_no_classes_no_skill() -> None:
    """Under the null the cross-validated error of a threshold given beforehand is that of guessing."""
    wrong = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        model = ml.ShrunkenCentroids(random_state=seed).fit(random.normal(size=(40, 300)), np.arange(40) % 2)
        wrong.append(model.cv_error_[5])
    assert 0.42 < np.mean(wrong) < 0.58


class TestBadInput:
    def test_one_class(self) -> None:
        x, _ = planted()
        with pytest.raises(DegenerateGroupsError, match=r"one class \(A\) over 60"):
            ml.ShrunkenCentroids().fit(x, ["A"] * 60)

    def test_a_class_of_one_patient(self) -> None:
        x, y = planted()
        y[0] = "rare"
        with pytest.raises(DegenerateGroupsError, match=r"one patient in 'rare'.*merge"):
            ml.ShrunkenCentroids().fit(x, y)

    def test_missing_values_are_named(self) -> None:
        x, y = planted()
        x.iloc[3, 7] = np.nan
        x.iloc[2:4, 9] = np.inf
        with pytest.raises(InputError, match=r"(?s)2 faults.*'G7': found 1 of 60.*'G9': found 2 of 60.*impute"):
            ml.ShrunkenCentroids().fit(x, y)
        model = ml.ShrunkenCentroids(threshold=1.0).fit(*planted())
        with pytest.raises(InputError, match="G7"):
            model.predict(x)

    def test_constant_genes(self) -> None:
        x, y = planted()
        model = ml.ShrunkenCentroids(threshold=0.0).fit(x.assign(G30=4.0), y)
        assert (model.scores_[:, 30] == 0).all()
        with pytest.raises(DegenerateInputError, match="s0 is 0"):
            ml.ShrunkenCentroids().fit(np.ones((60, 5)), y)

    @pytest.mark.parametrize(
        ("settings", "said"),
        [({"threshold": -1.0}, "threshold"), ({"threshold": "best"}, "threshold"), ({"rule": "min"}, "one_se"),
         ({"priors": [0.5, 0.5]}, "3 probabilities"), ({"priors": "flat"}, "uniform"), ({"folds": 1}, "2 to 60"),
         ({"n_thresholds": 1}, "2 or more"), ({"offset_quantile": 2.0}, r"\[0, 1\]")],
    )  # fmt: skip
    def test_settings(self, settings, said) -> None:
        with pytest.raises(InputError, match=said):
            ml.ShrunkenCentroids(**settings).fit(*planted())
