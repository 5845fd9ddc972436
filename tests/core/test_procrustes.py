"""Orthogonal Procrustes maps against planted ones, scipy and a search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core.procrustes import procrustes


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), p=st.integers(2, 8), scale=st.floats(0.1, 10))
def test_recovers_a_planted_map(seed: int, p: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3 * p, p))
    turn = ortho_group.rvs(p, random_state=seed % 2**32)
    y = scale * x @ turn + rng.normal(size=p)
    found = procrustes(x, y)
    assert np.allclose(found(x), y)
    assert found.scale == pytest.approx(scale)
    assert found.explained == pytest.approx(1)
    new = rng.normal(size=(4, p))
    assert np.allclose(found(new) - found(new[:1]), scale * (new - new[:1]) @ turn)


def test_agrees_with_scipy_and_no_other_map_is_nearer() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 4))
    found = procrustes(x, y)
    centred = x - x.mean(axis=0), y - y.mean(axis=0)
    assert np.allclose(found.rotation, orthogonal_procrustes(*centred)[0])
    best = ((found(x) - y) ** 2).sum()
    assert found.explained == pytest.approx(1 - best / (centred[1] ** 2).sum())
    for seed in range(200):
        turn = ortho_group.rvs(4, random_state=seed)
        for scale in (0.5 * found.scale, found.scale, 2 * found.scale):
            assert ((scale * centred[0] @ turn - centred[1]) ** 2).sum() >= best - 1e-9


@pytest.mark.parametrize(("p", "q"), [(5, 3), (3, 5)])
def test_spaces_of_different_dimension(p: int, q: int) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, p))
    found = procrustes(x, rng.normal(size=(40, q)))
    assert found(x).shape == (40, q)
    small = found.rotation.T @ found.rotation if p >= q else found.rotation @ found.rotation.T
    assert np.allclose(small, np.eye(min(p, q)))


def test_bad_input() -> None:
    with pytest.raises(InputError, match=r"\(n, p\) and \(n, q\)"):
        procrustes(np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(InputError, match="missing or infinite"):
        procrustes(np.full((3, 2), np.nan), np.zeros((3, 2)))
    with pytest.raises(DegenerateInputError, match="do not vary"):
        procrustes(np.ones((3, 2)), np.arange(6.0).reshape(3, 2))
