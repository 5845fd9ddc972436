"""SparseCCA as an estimator."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cross_decomposition import PLSCanonical
from sklearn.utils.estimator_checks import parametrize_with_checks

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.ml import SparseCCA


def _pairs(estimator) -> dict[str, str]:
    """Like scikit-learn's own cross decompositions, which its checks know by name, it gives a pair of scores."""
    names = ("check_transformer_data_not_an_array", "check_transformer_general")
    return dict.fromkeys(names, "fit_transform gives the scores of both matrices")


@parametrize_with_checks([SparseCCA(1, penalty=(0.9, 0.9))], expected_failed_checks=_pairs)
def test_scikit_learn_conventions(estimator, check) -> None:
    check(estimator)


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    factor = rng.normal(size=(50, 1))
    return rng.normal(size=(50, 12)) + factor * (np.arange(12) < 3), rng.normal(size=(50, 9)) + factor


def test_pls_is_scikit_learns(pair) -> None:
    own, other = SparseCCA(2, method="pls").fit(*pair), PLSCanonical(2, tol=1e-14, max_iter=5000).fit(*pair)
    for a, b in zip(own.transform(*pair), other.transform(*pair), strict=True):
        np.testing.assert_allclose(np.abs(a), np.abs(b), atol=1e-6)


def test_scores_of_others_and_clones(pair) -> None:
    x, y = pair
    fit = SparseCCA(1, random_state=0).fit(x[:40], y[:40])
    assert fit.transform(x[40:]).shape == (10, 1)
    s, t = fit.transform(x[40:], y[40:])
    assert np.corrcoef(s[:, 0], t[:, 0])[0, 1] > 0.4
    again = clone(fit).fit(x[:40], y[:40])
    np.testing.assert_array_equal(again.x_weights_, fit.x_weights_)
    assert 0 < fit.correlations_[0] < 1
    constant = np.column_stack([x, np.full(50, 4.0)])
    assert SparseCCA(1, penalty=(1, 1)).fit(constant, y).x_weights_[-1, 0] == 0


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"method": "cca"}, InputError, "scca"),
        ({"penalty": "best"}, InputError, "'auto'"),
        ({"penalty": (2, 0.1)}, InputError, "two shares"),
        ({"n_components": 40}, InputError, "1 to 9"),
        ({"n_permutations": 0}, InputError, "2 or more"),
        ({"statistic": "r"}, InputError, "covariance"),
    ],
)
def test_refusals(pair, change, error, text) -> None:
    with pytest.raises(error, match=text):
        SparseCCA(**change).fit(*pair)
    with pytest.raises(DegenerateInputError, match="no column"):
        SparseCCA().fit(np.ones((10, 3)), np.ones((10, 3)))
