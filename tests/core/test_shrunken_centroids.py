"""Nearest shrunken centroids against R's pamr, by hand, and beside scikit-learn's NearestCentroid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestCentroid

from radiogenomics import core
from radiogenomics.core.shrunken_centroids import discriminants_along, posteriors

REFERENCE = Path(__file__).parents[1] / "reference" / "shrunken_centroids"
CLASSES = ["A", "B", "C"]
AT = [1, 6, 12, 20]


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


@pytest.fixture(scope="module")
def data():
    table = read("x")
    y = table.pop("y").map(CLASSES.index).to_numpy()
    return table.to_numpy(), y, read("new").to_numpy(), read("folds")["fold"].to_numpy()


def fitted(data, prior):
    return core.fit_shrunken_centroids(data[0], data[1], priors=np.full(3, 1 / 3) if prior == "uniform" else None)


@pytest.mark.parametrize("prior", ["empirical", "uniform"])
class TestAsPamr:
    def test_what_is_learned(self, data, prior):
        fit, theirs, scale = fitted(data, prior), read(f"fit_{prior}"), read(f"scale_{prior}")
        np.testing.assert_allclose(fit.centroids.T, theirs.filter(like="centroids"), rtol=1e-10)
        np.testing.assert_allclose(fit.overall, theirs["overall"], rtol=1e-10)
        np.testing.assert_allclose(fit.scale, theirs["sd"], rtol=1e-10)
        np.testing.assert_allclose(fit.offset, scale["offset"][0], rtol=1e-10)
        np.testing.assert_allclose(fit.se_scale, scale["se_scale"], rtol=1e-10)
        np.testing.assert_allclose(fit.priors, scale["prior"], rtol=1e-10)

    def test_path(self, data, prior):
        fit, path = fitted(data, prior), read(f"path_{prior}")
        thresholds = fit.thresholds(30)
        np.testing.assert_allclose(thresholds, path["threshold"], rtol=1e-10, atol=1e-12)
        # At the last threshold a gene stands exactly on it: whether it is left is a rounding error of either side.
        assert fit.n_genes(thresholds)[:-1].tolist() == path["nonzero"].tolist()[:-1]
        wrong = [(fit.discriminants(data[0], t).argmax(axis=1) != data[1]).sum() for t in thresholds]
        assert wrong[:-1] == path["errors"].tolist()[:-1]

    @pytest.mark.parametrize("at", AT)
    @pytest.mark.parametrize("who", ["train", "new"])
    def test_predictions(self, data, prior, at, who):
        fit, theirs = fitted(data, prior), read(f"{who}_{prior}_{at}")
        scores = fit.discriminants(data[0] if who == "train" else data[2], read(f"path_{prior}")["threshold"][at - 1])
        np.testing.assert_allclose(posteriors(scores), theirs[CLASSES], rtol=1e-8, atol=1e-12)
        assert [CLASSES[k] for k in scores.argmax(axis=1)] == theirs["class"].tolist()

    @pytest.mark.parametrize("at", AT)
    def test_centroids(self, data, prior, at):
        threshold = read(f"path_{prior}")["threshold"][at - 1]
        theirs = read(f"centroids_{prior}_{at}")
        np.testing.assert_allclose(fitted(data, prior).shrunken_centroids(threshold).T, theirs, rtol=1e-9)

    def test_cross_validation(self, data, prior):
        x, y, _, folds = data
        path = read(f"path_{prior}")
        out = core.cross_validate_shrunken_centroids(x, y, folds, fitted(data, prior), path["threshold"])
        np.testing.assert_allclose(out.error, path["cv_error"], rtol=1e-8)
        np.testing.assert_allclose(out.log_likelihood, path["cv_loglik"], rtol=1e-8)
        for at in AT:
            theirs = read(f"cv_{prior}_{at}")
            assert [CLASSES[k] for k in out.predicted[at - 1]] == theirs.iloc[:, 0].tolist()
            np.testing.assert_allclose(out.probability[at - 1], theirs.iloc[:, 1:], rtol=1e-8, atol=1e-12)


class TestScikitLearn:
    """`NearestCentroid(shrink_threshold=)` shrinks as pamr does, but judges patients by another distance."""

    @pytest.mark.parametrize("at", AT)
    def test_its_centroids_are_pamrs(self, data, at):
        theirs = read(f"centroids_empirical_{at}")
        threshold = float(read("path_empirical")["threshold"][at - 1]) or None  # it takes no 0
        model = NearestCentroid(shrink_threshold=threshold).fit(data[0], data[1])
        np.testing.assert_allclose(model.centroids_.T, theirs, rtol=1e-9)

    def test_its_probabilities_are_not(self, data):
        x, y, new, _ = data
        for prior in ("empirical", "uniform"):
            model = NearestCentroid(shrink_threshold=read(f"path_{prior}")["threshold"][11], priors=prior).fit(x, y)
            off = np.abs(model.predict_proba(new) - read(f"new_{prior}_12")[CLASSES].to_numpy()).max()
            assert off > 0.05

    def test_nor_are_its_classes(self, data):
        x, y, _, _ = data
        theirs = read("train_empirical_12")["class"].map(CLASSES.index)
        model = NearestCentroid(shrink_threshold=read("path_empirical")["threshold"][11], priors="empirical").fit(x, y)
        assert (model.predict(x) != theirs).any()


def naive(x, y, threshold):
    """The formulas of the paper, gene by gene."""
    n, p = len(y), len(x[0])
    classes = sorted(set(y))
    s = []
    for j in range(p):
        total = 0.0
        for k in classes:
            own = [x[i][j] for i in range(n) if y[i] == k]
            total += sum((v - sum(own) / len(own)) ** 2 for v in own)
        s.append((total / (n - len(classes))) ** 0.5)
    s0 = float(np.median(s))
    out = []
    for k in classes:
        rows = [i for i in range(n) if y[i] == k]
        m = (1 / len(rows) - 1 / n) ** 0.5
        shrunken = []
        for j in range(p):
            overall = sum(x[i][j] for i in range(n)) / n
            d = (sum(x[i][j] for i in rows) / len(rows) - overall) / (m * (s[j] + s0))
            kept = max(abs(d) - threshold, 0.0) * (1 if d > 0 else -1)
            shrunken.append(overall + m * (s[j] + s0) * kept)
        out.append(shrunken)
    return np.array(out)


@given(seed=st.integers(0, 10**6), threshold=st.floats(0, 3))
def test_as_a_naive_twin(seed, threshold):
    random = np.random.default_rng(seed)
    y = np.r_[0, 0, 1, 1, 2, 2, random.integers(0, 3, 6)]
    x = random.normal(size=(12, 7)) + y[:, None] * random.normal(size=7)
    fit = core.fit_shrunken_centroids(x, y)
    np.testing.assert_allclose(fit.shrunken_centroids(threshold), naive(x, y, threshold), rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 10**6))
def test_fewer_genes_at_larger_thresholds_and_none_at_the_last(seed):
    random = np.random.default_rng(seed)
    y = np.arange(20) % 3
    fit = core.fit_shrunken_centroids(random.normal(size=(20, 30)), y)
    counts = fit.n_genes(fit.thresholds(15))
    assert (np.diff(counts) <= 0).all()
    assert counts[0] == 30
    assert counts[-1] == 0
    np.testing.assert_allclose(posteriors(fit.discriminants(random.normal(size=(3, 30)), 99.0)), [fit.priors] * 3)


def test_two_genes_by_hand():
    # Class means 0 and 4 of gene 1 (deviations 1), 0 and 0 of gene 2 (deviations 3): s0 is the mean of the two.
    x = np.array([[-1.0, -3], [1, 3], [3, -3], [5, 3]])
    fit = core.fit_shrunken_centroids(x, [0, 0, 1, 1])
    s = np.sqrt([4 / 2, 36 / 2])
    np.testing.assert_allclose(fit.scale, s + s.mean())
    np.testing.assert_allclose(fit.differences[:, 0], np.array([-2, 2]) / (0.5 * fit.scale[0]))
    assert fit.differences[:, 1].tolist() == [0, 0]


def test_large_discriminants_keep_their_probabilities():
    """pamr cuts discriminants at 500, which makes classes equal that are not."""
    assert posteriors(np.array([[900.0, 800.0, -900.0]])).tolist() == [[1.0, np.exp(-100.0), 0.0]]


class TestThreshold:
    error = (0.3, 0.1, 0.1, 0.14, 0.2, 0.6)

    def test_fewest_genes_on_ties(self):
        assert core.best_threshold(self.error, np.full(6, 0.05), rule="min_error") == 2

    def test_within_one_standard_error(self):
        assert core.best_threshold(self.error, np.full(6, 0.05), rule="one_se") == 3

    def test_other_rules_are_refused(self):
        with pytest.raises(ValueError, match="one_se"):
            core.best_threshold(self.error, self.error, rule="max")


@given(seed=st.integers(0, 10**6), folds=st.integers(2, 6))
def test_folds_are_balanced(seed, folds):
    y = np.random.default_rng(seed).permutation(np.repeat([0, 1, 2], [13, 9, 6]))
    dealt = core.balanced_folds(y, folds, rng=seed)
    table = pd.crosstab(y, dealt).to_numpy()
    assert (np.ptp(table, axis=1) <= 1).all()
    assert np.ptp(table.sum(axis=0)) <= 1
    assert dealt.tolist() == core.balanced_folds(y, folds, rng=seed).tolist()


class TestBadInput:
    @pytest.mark.parametrize("y", [[0, 0, 0, 0], [0, 0, 2, 2]])
    def test_classes(self, y):
        with pytest.raises(ValueError, match="none empty"):
            core.fit_shrunken_centroids(np.eye(4), y)

    def test_constant_within_classes(self):
        with pytest.raises(ValueError, match="s0 is 0"):
            core.fit_shrunken_centroids(np.c_[np.ones((4, 3)), [1, 2, 3, 4]], [0, 0, 1, 1])

    def test_more_folds_than_patients(self):
        with pytest.raises(ValueError, match="2 to 3"):
            core.balanced_folds([0, 1, 1], 4)


def test_along_the_thresholds_as_one_by_one(data):
    fit = fitted(data, "empirical")
    grid = fit.thresholds(30)
    along = discriminants_along(fit, data[2], grid)
    np.testing.assert_allclose(along, [fit.discriminants(data[2], t) for t in grid], rtol=1e-9, atol=1e-9)
