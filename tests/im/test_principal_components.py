"""The yardstick of autoencoders: as many principal components."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from radiogenomics.im._yardsticks import principal_components


@pytest.mark.parametrize("n", [12, 90])
def test_they_are_those_of_scikit_learn(n: int) -> None:
    rng = np.random.default_rng(n)
    training, others = rng.random((n, 6, 6)), rng.random((5, 6, 6))
    found, used = principal_components(training, others, 7)
    pca = PCA(7).fit(training.reshape(n, -1))
    expected = pca.inverse_transform(pca.transform(others.reshape(5, -1)))
    assert used == 7
    np.testing.assert_allclose(found.reshape(5, -1), expected, atol=1e-10)


@pytest.mark.parametrize("size", [4, 8])
def test_slices_that_stand_there_twice_add_no_component(size: int) -> None:
    rng = np.random.default_rng(0)
    once, others = rng.random((10, size, size)), rng.random((5, size, size))
    found, used = principal_components(np.tile(once, (3, 1, 1)), others, 29)
    assert used == 9
    np.testing.assert_allclose(found, principal_components(once, others, 29)[0], atol=1e-10)


def test_slices_all_alike_leave_their_mean() -> None:
    found, used = principal_components(np.ones((4, 3, 3)), np.zeros((2, 3, 3)), 2)
    assert used == 0
    np.testing.assert_allclose(found, 1.0)
