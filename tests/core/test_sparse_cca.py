"""Sparse canonical correlation against R's PMA, scikit-learn, a slow twin of the threshold and permutations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cross_decomposition import PLSSVD, PLSCanonical

from radiogenomics.core import sparse_cca, sparse_cca_test
from radiogenomics.core._sparse_cca_kernels import bound_rows
from radiogenomics.core.correlation import covariate_basis
from radiogenomics.core.sparse_cca import iterate, right_vectors, row_correlations

FOLDER = Path(__file__).parents[1] / "reference" / "sparse_cca"


def standard(m: np.ndarray) -> np.ndarray:
    return np.asarray((m - m.mean(axis=0)) / m.std(axis=0, ddof=1))


@pytest.fixture(scope="module")
def simulated() -> tuple[np.ndarray, np.ndarray]:
    x, z = (standard(pd.read_csv(FOLDER / f"{name}.csv").to_numpy()) for name in "xz")
    return x, z


@pytest.mark.parametrize(("penalty", "name"), [((0.3, 0.3), "03_03"), ((0.5, 0.2), "05_02"), ((1.0, 1.0), "1_1")])
def test_weights_are_those_of_pma(simulated, penalty: tuple[float, float], name: str) -> None:
    fit = sparse_cca(*simulated, penalty=penalty, n_components=3)
    u, v, d = (pd.read_csv(FOLDER / f"{part}_{name}.csv").to_numpy() for part in "uvd")
    sign = np.sign((u * fit.x_weights).sum(axis=0))
    np.testing.assert_allclose(fit.x_weights, u * sign, atol=1e-6)
    np.testing.assert_allclose(fit.y_weights, v * sign, atol=1e-6)
    np.testing.assert_allclose(fit.covariance, d[:, 0], rtol=1e-6)
    np.testing.assert_allclose(fit.correlation, d[:, 1], atol=1e-6)
    assert fit.converged.all()


def test_without_penalty_it_is_pls(simulated) -> None:
    x, y = simulated
    product = sparse_cca(x, y, penalty=(1, 1), n_components=3)
    svd = PLSSVD(3).fit(x, y)
    np.testing.assert_allclose(np.abs(product.x_weights), np.abs(svd.x_weights_), atol=1e-7)
    scores = sparse_cca(x, y, penalty=(1, 1), n_components=3, deflation="scores")
    pls = PLSCanonical(3, tol=1e-14, max_iter=5000).fit(x, y)
    np.testing.assert_allclose(np.abs(scores.x_weights), np.abs(pls.x_weights_), atol=1e-6)
    np.testing.assert_allclose(np.abs(scores.y_rotations), np.abs(pls.y_rotations_), atol=1e-6)
    t = x @ scores.x_rotations
    np.testing.assert_allclose(t.T @ t - np.diag((t**2).sum(axis=0)), 0, atol=1e-7)


def twin(a: np.ndarray, bound: float) -> np.ndarray:
    """The threshold by halving alone."""
    ratio = lambda s: np.abs(s).sum() / np.linalg.norm(s)  # noqa: E731
    if ratio(a) <= bound:
        return a / np.linalg.norm(a)
    low, high = 0.0, np.abs(a).max() * (1 - 1e-15)
    for _ in range(200):
        middle = (low + high) / 2
        shrunk = np.sign(a) * np.maximum(np.abs(a) - middle, 0)
        low, high = (low, middle) if ratio(shrunk) < bound else (middle, high)
    shrunk = np.sign(a) * np.maximum(np.abs(a) - low, 0)
    return np.asarray(shrunk / np.linalg.norm(shrunk))


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 200), st.floats(1.05, 9.0), st.integers(0, 10_000))
def test_threshold_like_its_twin(n: int, bound: float, seed: int) -> None:
    a = np.random.default_rng(seed).normal(size=n)
    row = a[None].copy()
    bound_rows(row, np.array([bound]))
    np.testing.assert_allclose(row[0], twin(a, bound), atol=2e-7)
    assert np.abs(row).sum() <= bound + 1e-9


def test_threshold_of_equal_and_of_no_sizes() -> None:
    rows = np.array([[2.0, -2.0, 2.0, 1.0], [0.0, 0.0, 0.0, 0.0], [3.0, 1.0, 0.0, 0.0]])
    bound_rows(rows, np.array([1.2, 1.2, 1.0]))
    np.testing.assert_allclose(rows[0], [3**-0.5, -(3**-0.5), 3**-0.5, 0])
    np.testing.assert_allclose(rows[1], 0)
    np.testing.assert_allclose(rows[2], [1, 0, 0, 0])


def test_together_is_one_by_one() -> None:
    rng = np.random.default_rng(3)
    x, y = standard(rng.normal(size=(30, 40))), standard(rng.normal(size=(30, 50)))
    orders = np.array([rng.permutation(30) for _ in range(4)])
    bounds = np.full(4, 2.5)
    start = np.vstack([right_vectors(x, y[order], 1) for order in orders])
    u, v, still = iterate(x, y, orders, bounds, bounds, start, tol=1e-10, max_iter=5000)
    assert still.all()
    for i, order in enumerate(orders):
        alone = sparse_cca(x, y[order], penalty=(2.5 / 40**0.5, 2.5 / 50**0.5), tol=1e-10, max_iter=5000)
        np.testing.assert_allclose(np.abs(u[i]), np.abs(alone.x_weights[:, 0]), atol=1e-7)
        r = row_correlations((u[i] @ x.T)[None], (v[i] @ y[order].T)[None])
        assert r[0] == pytest.approx(alone.correlation[0], abs=1e-7)


def test_permuted_residuals_are_like_written_out() -> None:
    """Null values with covariates from matrices that were permuted, freed of the covariates and scaled one by one."""
    rng = np.random.default_rng(4)
    basis = covariate_basis(rng.normal(size=(36, 2)), 36)
    x, y = (standard((m := rng.normal(size=(36, p))) - basis @ (basis.T @ m)) for p in (12, 15))
    test = sparse_cca_test(x, y, penalties=[(1.0, 1.0)], basis=basis, n_permutations=8, rng=5)
    random = np.random.default_rng(5)
    for b in range(8):
        moved = y[random.permutation(36)]
        moved = standard(moved - basis @ (basis.T @ moved))
        alone = sparse_cca(x, moved, penalty=(1.0, 1.0))
        # An early end costs a little of the covariance.
        assert test.null_value[b, 0] == pytest.approx(alone.covariance[0], rel=0.03)


@pytest.mark.parametrize("statistic", ["covariance", "correlation"])
def test_a_planted_pair_is_found(statistic) -> None:
    rng = np.random.default_rng(0)
    x, y, factor = rng.normal(size=(60, 80)), rng.normal(size=(60, 90)), rng.normal(size=60)
    x[:, :6] += 1.5 * factor[:, None]
    y[:, :5] -= 1.5 * factor[:, None]
    test = sparse_cca_test(standard(x), standard(y), statistic=statistic, n_permutations=99)
    assert test.p_value == 0.01
    assert test.p_of(test.value[test.best])[0] == 0.01
    assert test.p_of(np.median(test.null_value[:, test.best]))[0] > 0.5, "the choice of the penalty counts"
    assert test.z[test.best] == test.z.max()
    penalty = tuple(test.penalties[test.best])
    fit = sparse_cca(standard(x), standard(y), penalty=penalty)  # type: ignore[arg-type]
    assert set(np.argsort(-np.abs(fit.x_weights[:, 0]))[:6]) == set(range(6))


@pytest.mark.slow
@pytest.mark.parametrize("with_covariates", [False, True])
def test_type_one_error(with_covariates: bool) -> None:
    """Unrelated matrices whose features are correlated and skewed, and both follow the covariate."""
    rng = np.random.default_rng(8)
    p_values = []
    for _ in range(200):
        z = rng.normal(size=(40, 1))
        mix_x, mix_y = rng.normal(size=(3, 30)), rng.normal(size=(3, 40))
        x = np.exp(0.5 * (rng.normal(size=(40, 3)) @ mix_x + rng.normal(size=(40, 30))))
        y = rng.normal(size=(40, 3)) @ mix_y + rng.normal(size=(40, 40))
        basis = None
        if with_covariates:
            basis = covariate_basis(z, 40)
            x, y = x + 2 * z, y + 2 * z
            x, y = x - basis @ (basis.T @ x), y - basis @ (basis.T @ y)
        test = sparse_cca_test(standard(x), standard(y), basis=basis, n_permutations=39, rng=rng)
        p_values.append(test.p_value)
    share = np.mean(np.array(p_values) <= 0.05)
    assert 0.015 <= share <= 0.095, share  # 0.05 within three standard errors of 200 runs
    assert 0.4 < np.mean(p_values) < 0.62


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"penalty": (0, 0.3)}, "two shares"),
        ({"n_components": 0}, "expected 1 to"),
        ({"x": np.ones((5, 3)) * np.nan}, "missing or infinite"),
        ({"x": np.zeros((5, 3))}, "no column"),
        ({"x": np.ones((4, 3))}, "same 3 or more patients"),
    ],
)
def test_refusals(change: dict, text: str) -> None:
    rng = np.random.default_rng(0)
    arguments = {"x": rng.normal(size=(5, 3)), "y": rng.normal(size=(5, 4))} | change
    with pytest.raises(ValueError, match=text):
        sparse_cca(**arguments)
