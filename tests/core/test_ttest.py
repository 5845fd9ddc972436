"""t-tests over genes: R's values, scipy gene by gene, degenerate genes, the null."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from radiogenomics._errors import InputError
from radiogenomics.core import benjamini_hochberg, ttest

REFERENCE = Path(__file__).parents[1] / "reference" / "expression"


@pytest.mark.parametrize(("equal", "prefix"), [(True, ""), (False, "welch_")])
def test_agrees_with_r(equal, prefix):
    values = pd.read_csv(REFERENCE / "values.csv")
    expected = pd.read_csv(REFERENCE / "t_test.csv")
    x = values.drop(columns="group").to_numpy()
    found = ttest(x[values["group"] == "a"], x[values["group"] == "b"], equal_variance=equal)
    np.testing.assert_allclose(found.statistic, expected[f"{prefix}t"], rtol=1e-10)
    np.testing.assert_allclose(found.df, expected[f"{prefix}df"], rtol=1e-10)
    np.testing.assert_allclose(found.p_value, expected[f"{prefix}p"], rtol=1e-9)
    np.testing.assert_allclose(benjamini_hochberg(found.p_value), expected[f"{prefix}p_bh"], rtol=1e-9)


@pytest.mark.parametrize("equal", [True, False])
def test_agrees_with_scipy_gene_by_gene(equal):
    rng = np.random.default_rng(1)
    a, b = rng.normal(5, 2, (7, 60)), rng.normal(5.5, 3, (16, 60))
    a[rng.random(a.shape) < 0.1] = np.nan
    found = ttest(a, b, equal_variance=equal)
    for j in range(a.shape[1]):
        x, y = a[~np.isnan(a[:, j]), j], b[:, j]
        one = stats.ttest_ind(x, y, equal_var=equal)
        assert found.statistic[j] == pytest.approx(one.statistic, rel=1e-10)
        assert found.p_value[j] == pytest.approx(one.pvalue, rel=1e-9)
        assert found.df[j] == pytest.approx(one.df, rel=1e-10)
        assert found.mean_a[j] == pytest.approx(x.mean())


def test_hand_counted():
    # Means 2 and 5, pooled variance 1, so t = -3 / sqrt(1/3 + 1/3) with 4 degrees of freedom.
    found = ttest([[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]])
    assert found.statistic[0] == pytest.approx(-3 / np.sqrt(2 / 3))
    assert found.df[0] == 4
    assert found.p_value[0] == pytest.approx(0.0213116, abs=1e-6)


def test_degenerate_genes_are_nan_never_zero():
    a = np.array([[5.0, 1.0, 0.1 + 0.2, np.nan, 2.0], [5.0, 1.0, 0.3, 1.0, 2.0], [5.0, 1.0, 0.3, np.nan, 2.0]])
    b = np.array([[5.0, 2.0, 0.3, 1.0, 1.0], [5.0, 2.0, 0.3, 2.0, 2.0], [5.0, 2.0, 0.3, 3.0, 3.0]])
    for equal in (True, False):
        found = ttest(a, b, equal_variance=equal)
        # Constant; constant on each side at different levels; constant but for rounding; one value; a proper gene.
        assert found.degenerate.tolist() == [True, True, True, True, False]
        assert np.isnan(found.p_value[:4]).all()
        assert np.isnan(found.statistic[:4]).all()
        assert found.p_value[4] == pytest.approx(1.0)


@pytest.mark.parametrize("equal", [True, False])
def test_null_share_below_five_percent(equal):
    rng = np.random.default_rng(5)
    found = ttest(rng.normal(8, 1, (20, 5000)), rng.normal(8, 1, (20, 5000)), equal_variance=equal)
    assert 0.035 < (found.p_value < 0.05).mean() < 0.065


@given(st.integers(2, 8), st.integers(2, 8), st.integers(0, 10_000))
def test_swapping_the_samples_changes_the_sign_alone(n_a, n_b, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n_a, 3)), rng.normal(size=(n_b, 3))
    one, two = ttest(a, b), ttest(b, a)
    np.testing.assert_allclose(one.statistic, -two.statistic)
    np.testing.assert_allclose(one.p_value, two.p_value)
    shifted = ttest(a * 3 + 7, b * 3 + 7)
    np.testing.assert_allclose(one.statistic, shifted.statistic, rtol=1e-8)


def test_bad_input():
    with pytest.raises(InputError, match="shape"):
        ttest(np.zeros((3, 2)), np.zeros((3, 4)))
    with pytest.raises(InputError, match="infinite"):
        ttest([[np.inf], [1.0]], [[1.0], [2.0]])
