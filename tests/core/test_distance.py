import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import spearmanr

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core.distance import distance_between, distance_matrix, gram_matrix, profiles

X = np.random.default_rng(0).normal(size=(9, 7))


def test_distances_against_scipy_and_numpy() -> None:
    np.testing.assert_allclose(distance_matrix(X, "pearson"), 1 - np.corrcoef(X), atol=1e-12)
    np.testing.assert_allclose(distance_matrix(X, "spearman"), 1 - spearmanr(X, axis=1).statistic, atol=1e-12)
    np.testing.assert_allclose(distance_matrix(X, "euclidean"), cdist(X, X), atol=1e-7)
    np.testing.assert_allclose(distance_between(X[:2], X[2:], "euclidean"), cdist(X[:2], X[2:]), atol=1e-9)
    np.testing.assert_allclose(distance_between(X[:2], X[2:], "pearson"), cdist(X[:2], X[2:], "correlation"))


def test_inner_products_are_correlations() -> None:
    np.testing.assert_allclose(gram_matrix(X, "pearson"), np.corrcoef(X), atol=1e-12)


def test_patient_with_one_value_has_no_correlation() -> None:
    flat = X.copy()
    flat[4] = 3.3
    with pytest.raises(DegenerateInputError, match=r"rows 4\b.*euclidean"):
        profiles(flat, "pearson")
    assert distance_matrix(flat, "euclidean").shape == (9, 9)


def test_given_distances_are_checked_all_at_once() -> None:
    d = distance_matrix(X, "euclidean")
    assert distance_matrix(d, "precomputed") is d
    bad = d.copy()
    bad[0, 1] = -1.0
    bad[2, 2] = 1.0
    with pytest.raises(InputError, match="3 faults") as caught:
        distance_matrix(bad, "precomputed")
    assert "symmetric" in str(caught.value)
    with pytest.raises(InputError, match="square"):
        distance_matrix(X, "precomputed")
