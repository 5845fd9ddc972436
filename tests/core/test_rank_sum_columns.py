"""Rank-sum tests of many columns beside scipy, R and all orders counted out."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from radiogenomics._errors import InputError
from radiogenomics.core import rank_sum
from radiogenomics.core.rank_sum_columns import _exact_tail, rank_sum_columns

REFERENCE = Path(__file__).parents[1] / "reference" / "differential_expression"


@pytest.mark.parametrize(
    ("n", "m", "method"), [(3, 4, "exact"), (20, 20, "exact"), (49, 7, "exact"), (60, 9, "asymptotic")]
)
def test_agrees_with_scipy(n, m, method):
    rng = np.random.default_rng(n)
    a, b = rng.normal(0.4, 1, (n, 40)), rng.normal(size=(m, 40))
    found, expected = rank_sum_columns(a, b), stats.mannwhitneyu(a, b, method=method)
    np.testing.assert_array_equal(found.u, expected.statistic)
    np.testing.assert_allclose(found.p_value, expected.pvalue, rtol=1e-10)
    assert ((found.z > 0) == (found.u > n * m / 2)).all()


def test_ties_agree_with_the_test_of_one_variable_and_with_r():
    counts = pd.read_csv(REFERENCE / "counts.csv.gz", index_col=0).T
    inside = (pd.read_csv(REFERENCE / "samples.csv")["group"] == "a").to_numpy()
    y = np.log2(counts.div(counts.sum(axis=1), axis=0) * 1e6 + 1).to_numpy()[:, :300]
    found = rank_sum_columns(y[inside], y[~inside])
    np.testing.assert_allclose(found.p_value, pd.read_csv(REFERENCE / "wilcoxon.csv")["p_value"], rtol=1e-9)
    tied = [j for j in range(300) if len(np.unique(y[:, j])) < 40]
    assert tied
    for j in tied[:5]:
        one = rank_sum(y[inside, j], y[~inside, j])
        assert (found.u[j], found.p_value[j]) == pytest.approx((one.statistic, one.p_value))


def test_exact_tail_counted_out():
    n, m = 3, 4
    sums = [sum(c) - n * (n - 1) // 2 for c in combinations(range(n + m), n)]
    for u in range(n * m + 1):
        lower = np.mean([s <= u for s in sums])
        upper = np.mean([s >= u for s in sums])
        assert _exact_tail(n, m)[u] == pytest.approx(min(1.0, 2 * min(lower, upper)))


def test_a_constant_column_has_no_test():
    found = rank_sum_columns(np.zeros((4, 2)), np.zeros((5, 2)))
    assert found.degenerate.all()
    assert np.isnan(found.p_value).all()
    with pytest.raises(InputError, match="missing"):
        rank_sum_columns([[np.nan]], [[1.0]])
    with pytest.raises(InputError, match="shape"):
        rank_sum_columns(np.zeros((0, 2)), np.zeros((3, 2)))
