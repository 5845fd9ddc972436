"""Classifiers tuned inside: what they choose, what their probabilities are worth, and that nothing leaks."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.feature_selection import SelectKBest
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from radiogenomics._errors import DegenerateGroupsError, InputError, MissingDependencyError
from radiogenomics.core.stratified_folds import stratified_folds
from radiogenomics.ml import TunedClassifier
from radiogenomics.ml._classifiers import CLASSIFIERS, crossed
from radiogenomics.ml._sigmoid import LEAST_SLOPE, fit_sigmoid


@parametrize_with_checks([
    TunedClassifier(folds=2, random_state=0), TunedClassifier("svm", tuning=False, folds=2, random_state=0),
    TunedClassifier("decision_tree", folds=2, random_state=0),
])  # fmt: skip
def test_scikit_learn_conventions(estimator: Any, check: Any) -> None:
    check(estimator)


def planted(n: int = 200, share: float = 0.3, strength: float = 1.5, p: int = 8, seed: int = 0) -> Any:
    """One feature in which the classes differ by `strength` standard deviations; the rarer class is 1."""
    random = np.random.default_rng(seed)
    y = (np.arange(n) < share * n).astype(int)
    x = random.normal(size=(n, p)) * np.arange(1, p + 1)  # on different scales
    x[:, 0] += strength * y
    order = random.permutation(n)
    return x[order], y[order]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_finds_the_difference_and_gives_probabilities(name: str) -> None:
    x, y = planted(150)
    new, truth = planted(400, seed=1)
    small = [dict(CLASSIFIERS[name].grid[0])]
    for sampling in ("none", "smote"):
        model = TunedClassifier(name, tuning=small, sampling=sampling, folds=3, random_state=0).fit(x, y)
        p = model.predict_proba(new)[:, 1]
        assert roc_auc_score(truth, p) > 0.7
        assert ((p >= 0) & (p <= 1)).all()
        assert (model.sigmoid_ is not None) == (sampling == "smote" or name in ("svm", "adaboost"))
        # Classes of equal size in the fit would make the mean about a half: it is that of the patients.
        assert abs(p.mean() - 0.3) < 0.12
        np.testing.assert_array_equal(model.predict(new), (p > 0.5).astype(int))


def test_at_most_six_settings_each() -> None:
    assert all(1 < len(kind.grid) <= 6 for kind in CLASSIFIERS.values())


def test_the_setting_of_the_largest_inner_auc_is_chosen() -> None:
    x, y = planted()
    model = TunedClassifier("decision_tree", tuning={"max_depth": [6, 1, 1]}, random_state=0).fit(x, y)
    assert model.settings_ == {"max_depth": 1}
    assert model.auc_ == model.search_["auc"].max()
    assert crossed({"a": [1, 2], "b": [3, 4]}) == [
        {"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 3}, {"a": 2, "b": 4},
    ]  # fmt: skip


def test_probabilities_after_smote_are_those_of_patients_as_they_occur() -> None:
    """Without recalibration a model of balanced synthetic classes doubles the risk of everyone."""
    x, y = planted(400, share=0.15, seed=3)
    new, truth = planted(4000, share=0.15, seed=4)
    model = TunedClassifier(sampling="smote", random_state=0).fit(x, y)
    raw = expit(model.tuned_.fitted.score(model._training.scaled(new)))
    p = model.predict_proba(new)[:, 1]
    assert raw.mean() > 0.28
    assert abs(p.mean() - 0.15) < 0.02
    assert np.mean((p - truth) ** 2) < np.mean((raw - truth) ** 2) - 0.02


def test_the_sigmoid_keeps_the_order_and_the_prevalence() -> None:
    y = np.repeat([0, 1], [60, 40])
    score = np.random.default_rng(0).normal(size=100)
    opposite = fit_sigmoid(score - 5 * y, y)
    assert opposite.slope == LEAST_SLOPE
    assert opposite(score).mean() == pytest.approx(0.4, abs=0.01)
    constant = fit_sigmoid(np.full(100, 3.0), y)
    assert constant(np.full(1, 3.0))[0] == pytest.approx(0.4, abs=0.01)
    apart = fit_sigmoid(y.astype(float), y)
    assert np.isfinite([apart.slope, apart.intercept]).all()
    np.testing.assert_allclose(apart(np.array([0.0, 1.0])), [1 / 62, 41 / 42], atol=1e-6)  # Platt's targets
    # The scale of the scores is immaterial.
    a, b = fit_sigmoid(score + y, y), fit_sigmoid(1e-4 * (score + y) + 7, y)
    np.testing.assert_allclose(a(score), b(1e-4 * score + 7), atol=1e-8)


def test_the_selector_learns_in_every_inner_fold() -> None:
    """Selected on everyone, noise has an inner AUC far above a half."""
    random = np.random.default_rng(5)
    x, y = random.normal(size=(100, 500)), np.tile([0, 1], 50)
    inside = TunedClassifier(selector=SelectKBest(k=10), random_state=0).fit(x, y)
    before = TunedClassifier(random_state=0).fit(SelectKBest(k=10).fit_transform(x, y), y)
    assert inside.auc_ < 0.68
    assert before.auc_ > 0.8


def outer_auc(model: TunedClassifier, x: Any, y: Any, seed: int) -> float:
    fold = stratified_folds(y, 3, rng=seed)[0]
    found = []
    for k in range(3):
        fitted = clone(model).fit(x[fold != k], y[fold != k])
        found.append(roc_auc_score(y[fold == k], fitted.predict_proba(x[fold == k])[:, 1]))
    return float(np.mean(found))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sampling"), [("logistic_regression", "none"), ("decision_tree", "smote"), ("svm", "smote")]
)
def test_noise_is_told_no_better_than_by_chance(name: str, sampling: str) -> None:
    found = []
    for seed in range(10):
        random = np.random.default_rng(100 + seed)
        x, y = random.normal(size=(80, 100)), (np.arange(80) % 3 == 0).astype(int)
        model = TunedClassifier(
            name, selector=SelectKBest(k=5), sampling=sampling, smote_neighbors=3, folds=3, random_state=seed
        )
        found.append(outer_auc(model, x, y, seed))
    assert abs(np.mean(found) - 0.5) < 3 * np.std(found, ddof=1) / np.sqrt(len(found))


def test_the_same_seed_gives_the_same_model() -> None:
    x, y = planted(80)
    settings = [{"min_samples_leaf": 5}]
    a, b, c = (
        TunedClassifier("extra_trees", tuning=settings, sampling="smote", folds=3, random_state=seed).fit(x, y)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(a.predict_proba(x), b.predict_proba(x))
    assert not np.array_equal(a.predict_proba(x), c.predict_proba(x))


def test_a_class_too_small_for_the_neighbours_is_named() -> None:
    x, y = planted(60, share=0.1)
    with pytest.raises(DegenerateGroupsError, match=r"found 4 patient\(s\) of the rarer class.*Give smote_neighbors=3"):
        TunedClassifier(sampling="smote", folds=3, random_state=0).fit(x, y)
    with pytest.raises(DegenerateGroupsError, match=r"a class of 6 patients.*Use at most folds=6"):
        TunedClassifier(folds=10).fit(x, y)


def test_without_imbalanced_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imblearn", None)
    monkeypatch.setitem(sys.modules, "imblearn.over_sampling", None)
    x, y = planted(80)
    with pytest.raises(MissingDependencyError, match=r"SMOTE needs .*radiogenomics\[models\]"):
        TunedClassifier(sampling="smote", random_state=0).fit(x, y)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"classifier": "forest"}, "found 'forest'; expected one of logistic_regression"),
        ({"tuning": {"depth": [1]}}, "depth of logistic_regression; expected settings among C"),
        ({"tuning": {"C": 1}}, "C=1; expected a list of values"),
        ({"tuning": []}, "no settings for logistic_regression"),
        ({"sampling": "adasyn"}, "'adasyn'; expected one of none, smote"),
        ({"folds": 1}, "found 1; expected a whole number of at least 2"),
    ],
)
def test_bad_arguments_are_named(given: dict[str, Any], message: str) -> None:
    x, y = planted(60)
    with pytest.raises(InputError, match=message):
        TunedClassifier(**given).fit(x, y)
    with pytest.raises(InputError, match="3 classes"):
        TunedClassifier().fit(x, np.arange(60) % 3)
