import numpy as np
import pytest
from scipy import stats

from radiogenomics.core.variance_explained import variance_explained


def test_equals_scipy_feature_by_feature() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 12))
    x[rng.random(x.shape) < 0.1] = np.nan
    groups, numbers = rng.choice(["a", "b", "c"], 40), rng.normal(size=40)
    by_group, by_number = variance_explained(x, groups), variance_explained(x, numbers)
    for j in range(12):
        known = ~np.isnan(x[:, j])
        test = stats.f_oneway(*(x[known & (groups == g), j] for g in "abc"))
        assert by_group.p_value[j] == pytest.approx(test.pvalue)
        f = 2 * test.statistic / (known.sum() - 3)
        assert by_group.r2[j] == pytest.approx(f / (1 + f))
        line = stats.linregress(numbers[known], x[known, j])
        assert by_number.r2[j] == pytest.approx(line.rvalue**2)
        assert by_number.p_value[j] == pytest.approx(line.pvalue)


def test_what_explains_nothing_or_all() -> None:
    groups = np.repeat(["a", "b"], 5)
    x = np.column_stack([np.ones(10), groups == "a", np.full(10, np.nan), np.tile([0.0, 1, 2, 3, 4], 2)]).astype(float)
    found = variance_explained(x, groups)
    np.testing.assert_allclose(found.r2, [np.nan, 1, np.nan, 0], atol=1e-12)
    assert found.p_value[1] == 0
    assert np.isnan(variance_explained(x, np.ones(10)).r2).all()
