"""Correlation maps beside R's cor.test, a naive twin and their own promises under the null."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from radiogenomics.core import benjamini_hochberg, correlation_map, correlation_null, family_wise_p
from radiogenomics.core import correlation_map as correlation_map_function
from radiogenomics.core.correlation import collinear_columns, correlation_p, correlation_scores, covariate_basis

REFERENCE = Path(__file__).parents[1] / "reference" / "correlation"
X, Y = ["smooth", "skewed", "tied", "binary", "large"], ["near", "counts", "far"]


def in_order(found, like):
    """r, p and adjusted p as the reference lists its pairs: every x with every y."""
    place = found.x_index * len(Y) + found.y_index
    out = np.empty((3, like))
    out[:, place] = found.r, found.p_value, found.p_adjusted
    return out


@pytest.mark.parametrize("method", ["spearman", "pearson"])
def test_against_r(method):
    data, pairs = pd.read_csv(REFERENCE / "data.csv"), pd.read_csv(REFERENCE / "pairs.csv")
    pairs = pairs[pairs["method"] == method]
    found = correlation_map(data[X], data[Y], method=method)
    np.testing.assert_allclose(in_order(found, 15), pairs[["r", "p", "adjusted"]].T, rtol=1e-9, atol=1e-12)
    z = np.column_stack([data["age"], data["volume"], data["centre"] == "b", data["centre"] == "c"]).astype(float)
    if method == "spearman":
        z = stats.rankdata(z, axis=0)
    partial = correlation_map(data[X], data[Y], method=method, covariates=z)
    assert partial.df == 40 - 2 - 4
    expected = pairs[["partial_r", "partial_p", "partial_adjusted"]].T
    np.testing.assert_allclose(in_order(partial, 15), expected, rtol=1e-9, atol=1e-12)


def test_few_patients_against_r():
    for _, rows in pd.read_csv(REFERENCE / "small.csv").groupby("n"):
        found = correlation_map(rows[["x"]], rows[["y"]])
        assert found.exact
        assert found.r[0] == pytest.approx(rows["r"].iloc[0], abs=1e-12)
        assert found.p_value[0] == pytest.approx(rows["p"].iloc[0], abs=1e-12)


def test_exact_p_value_by_hand():
    # Of the 24 orders of 4 patients, 1 is the same, 1 the reverse, 3 + 3 one neighbouring swap away from these.
    assert correlation_p([1.0, 0.8, -0.8], 2, exact=4) == pytest.approx([2 / 24, 8 / 24, 8 / 24])
    assert not correlation_map([[1.0], [1], [2], [3], [4]], [[1.0], [3], [2], [5], [4]]).exact, "ties"


def naive(x, y, method, z):
    """One pair at a time, by scipy and least squares."""
    n, rows = len(x), []
    design = np.column_stack([np.ones(n), z])
    for i in range(x.shape[1]):
        for j in range(y.shape[1]):
            u, v = x[:, i], y[:, j]
            if method == "spearman":
                u, v = stats.rankdata(u), stats.rankdata(v)
            u, v = (w - design @ np.linalg.lstsq(design, w, rcond=None)[0] for w in (u, v))
            r = u @ v / np.sqrt((u @ u) * (v @ v))
            df = n - 2 - z.shape[1]
            rows.append((i, j, r, 2 * stats.t.sf(abs(r) * np.sqrt(df / (1 - r * r)), df)))
    table = pd.DataFrame(rows, columns=["x", "y", "r", "p"])
    return table.assign(adjusted=benjamini_hochberg(table["p"]))


def compare(found, twin, alpha, top):
    assert found.n_tests == len(twin)
    assert len(found.r) == min(top, len(twin))
    own = twin.set_index(["x", "y"]).loc[list(zip(found.x_index, found.y_index, strict=True))]
    np.testing.assert_allclose(found.r, own["r"], atol=1e-12)
    np.testing.assert_allclose(found.p_value, own["p"], rtol=1e-8, atol=1e-15)
    np.testing.assert_allclose(found.p_adjusted, own["adjusted"], rtol=1e-8, atol=1e-15)
    assert np.abs(found.r).min() >= twin["r"].abs().nlargest(top).min() - 1e-12
    hits = twin[twin["adjusted"] <= alpha]
    assert found.n_significant == len(hits)
    if len(hits):
        assert found.limit == pytest.approx(hits["r"].abs().min(), abs=1e-12)
    for partners, best, best_r, side in (
        (found.x_partners, found.x_best, found.x_best_r, "x"),
        (found.y_partners, found.y_best, found.y_best_r, "y"),
    ):
        for k in range(len(partners)):
            assert partners[k].tolist() == [int(((hits[side] == k) & (hits["r"] < 0)).sum()),
                                            int(((hits[side] == k) & (hits["r"] > 0)).sum())]  # fmt: skip
            among = twin[twin[side] == k]
            assert abs(best_r[k]) == pytest.approx(among["r"].abs().max(), abs=1e-12)
            other = "y" if side == "x" else "x"
            assert among[among[other] == best[k]]["r"].iloc[0] == pytest.approx(best_r[k], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000), n=st.integers(12, 40), p=st.integers(1, 12), q=st.integers(1, 12),
    signal=st.sampled_from([0.0, 0.5, 3.0]), method=st.sampled_from(["spearman", "pearson"]), k=st.integers(0, 2),
    top=st.sampled_from([1, 3, 20, 1000]), tied=st.booleans(), alpha=st.sampled_from([0.01, 0.05, 0.5, 0.9]),
)  # fmt: skip
def test_naive_twin(seed, n, p, q, signal, method, k, top, tied, alpha):
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 1))
    x, y = (rng.normal(size=(n, m)) + signal * hidden * (rng.random(m) < 0.5) for m in (p, q))
    if tied:
        x = np.round(2 * x)
        x[:2] = [[-9.0], [9.0]]  # never constant
    z = rng.normal(size=(n, k))
    compare(
        correlation_map(x, y, method=method, covariates=z, alpha=alpha, top=top), naive(x, y, method, z), alpha, top
    )


@pytest.mark.parametrize("signal", [0.0, 0.4])
def test_many_blocks_against_all_at_once(signal, monkeypatch):
    """Blocks, bins and bounds do not show: coarse bins and small blocks give what a full sort gives."""
    import sys

    module = sys.modules[correlation_map_function.__module__]
    monkeypatch.setattr(module, "_BINS", 64)
    monkeypatch.setattr(module, "_ROWS", 7)
    monkeypatch.setattr(module, "_COLUMNS", 11)
    rng = np.random.default_rng(3)
    hidden = rng.normal(size=(30, 1))
    x, y = rng.normal(size=(30, 50)) + signal * hidden, rng.normal(size=(30, 60)) + signal * hidden
    for top in (1, 100, 3000):
        for alpha in (0.05, 0.5):
            compare(correlation_map(x, y, alpha=alpha, top=top), naive(x, y, "spearman", np.empty((30, 0))), alpha, top)


def test_perfect_correlation_and_constants():
    x = np.column_stack([np.arange(12.0), np.ones(12), -np.arange(12.0)])
    found = correlation_map(x, np.column_stack([np.arange(12.0) ** 3, np.full(12, 0.1)]))
    assert found.x_varies.tolist() == [True, False, True]
    assert found.y_varies.tolist() == [True, False]
    assert found.n_tests == 2
    assert found.r == pytest.approx([1, -1])
    assert (found.p_value < 1e-60).all()
    assert found.n_significant == 2
    assert found.x_partners.tolist() == [[0, 1], [0, 0], [1, 0]]
    assert found.x_best.tolist() == [0, -1, 0]
    assert np.isnan(found.x_best_r[1])


def test_bad_input():
    x = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(ValueError, match="finite"):
        correlation_map(np.where(x == x[0, 0], np.nan, x), x)
    with pytest.raises(ValueError, match="combinations"):
        correlation_map(x, x, covariates=np.column_stack([x[:, 0], 2 * x[:, 0] + 1e6]))
    with pytest.raises(ValueError, match="varies"):
        correlation_map(np.ones((20, 2)), x)
    with pytest.raises(ValueError, match="degrees of freedom"):
        correlation_map(x[:4], x[:4], covariates=x[:4, :2])
    assert collinear_columns(np.column_stack([x[:, 0], np.ones(20), x[:, 0] - 3, x[:, 1]])) == [1, 2]
    assert not correlation_scores(x[:, :1], "pearson", covariate_basis(x[:, :1] * 5 - 2, 20))[1].any()


@pytest.mark.parametrize("k", [0, 2])
def test_permutations_against_naive_twin(k):
    """The same permutations, one regression at a time."""
    rng = np.random.default_rng(5)
    x, y, z = rng.normal(size=(25, 4)), rng.normal(size=(25, 9)), rng.normal(size=(25, k))
    design = np.column_stack([np.ones(25), z])

    def residuals(v):
        return v - design @ np.linalg.lstsq(design, v, rcond=None)[0]

    order = np.random.default_rng(8)
    expected = []
    for _ in range(6):
        moved = residuals(residuals(stats.rankdata(x, axis=0))[order.permutation(25)])
        fixed = residuals(stats.rankdata(y, axis=0))
        expected.append(max(abs(np.corrcoef(a, b)[0, 1]) for a in moved.T for b in fixed.T))
    got = correlation_null(x, y, covariates=z, n_permutations=6, rng=8)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_family_wise_p_by_hand():
    assert family_wise_p([0.9, -0.5, 0.1], [0.3, 0.5, 0.6]) == pytest.approx([1 / 4, 3 / 4, 1])


def correlated(rng, n, p):
    """Features in correlated crowds, as radiomic ones are."""
    return rng.normal(size=(n, 5)) @ rng.normal(size=(5, p)) + 0.5 * rng.normal(size=(n, p))


@pytest.mark.slow
def test_error_rates_where_nothing_is_related():
    """Family-wise and false-discovery rates hold when every pair is null, features correlated, a covariate shared."""
    runs, alpha = 200, 0.1
    wise = discoveries = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        volume = rng.normal(size=(30, 1))
        x, y = correlated(rng, 30, 20) + 2 * volume, correlated(rng, 30, 30) + 2 * volume
        found = correlation_map(x, y, method="pearson", covariates=volume, alpha=alpha, top=1)
        null = correlation_null(x, y, method="pearson", covariates=volume, n_permutations=99, rng=seed)
        wise += family_wise_p(found.r, null)[0] <= alpha
        discoveries += found.n_significant > 0
    limit = alpha * runs + 2.6 * np.sqrt(runs * alpha * (1 - alpha))
    assert wise <= limit, wise
    assert discoveries <= limit, discoveries
    assert wise >= alpha * runs - 2.6 * np.sqrt(runs * alpha * (1 - alpha)), "the null is not too wide"


def test_false_discoveries_beside_true_ones():
    false, true = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(60, 20)), rng.normal(size=(60, 100))
        y[:, :10] += x[:, [0]]
        found = correlation_map(x, y, alpha=0.1)
        own = found.p_adjusted <= 0.1
        right = (found.x_index[own] == 0) & (found.y_index[own] < 10)
        false.append(0 if not own.any() else 1 - right.mean())
        true.append(right.sum() / 10)
    assert np.mean(false) <= 0.1 + 2.6 * np.std(false) / np.sqrt(60)
    assert np.mean(true) > 0.9
