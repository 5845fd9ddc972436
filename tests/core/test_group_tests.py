"""Trend, analysis of variance, rank sum and clinical rules, beside R, scipy and counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from radiogenomics import core

X, Y = [1.1, 2.3, 3.2, 4.8, 5.9, 2.2], [2.5, 3.7, 6.1, 7.2, 8.8, 9.4, 1.9]


def test_trend_equals_prop_trend_test() -> None:
    # R 4.2: prop.trend.test(c(15, 10, 5), c(30, 30, 30))
    found = core.cochran_armitage([[15, 10, 5], [15, 20, 25]])
    assert (found.statistic, found.p_value) == (pytest.approx(7.5), pytest.approx(0.0061698993205))
    assert found.z < 0
    # The statistic is n times the squared correlation of row and score.
    score, row = np.repeat([1, 2, 3, 1, 2, 3], [15, 10, 5, 15, 20, 25]), np.repeat([1, 0], [30, 60])
    assert found.correlation == pytest.approx(np.corrcoef(score, row)[0, 1])
    assert core.cochran_armitage([[5, 10, 15], [25, 20, 15]]).z == pytest.approx(-found.z)
    # Of two categories it is the chi-squared test.
    table = [[12, 5], [8, 15]]
    assert core.cochran_armitage(table).p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)


@pytest.mark.parametrize("table", [[[1, 2]], [[0, 0], [3, 4]], [[3, 0], [4, 0]]])
def test_no_trend_to_test(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"two rows|no trend"):
        core.cochran_armitage(table)


def test_rank_sum_equals_wilcox_test() -> None:
    # R 4.2: wilcox.test(x, y); wilcox.test(c(1, 2, 2, 3, 5, 6), c(2, 3, 4, 4, 7, 8, 9), exact = FALSE)
    found = core.rank_sum(X, Y)
    assert (found.statistic, found.p_value) == (10, pytest.approx(0.1375291375))
    assert found.rank_biserial == pytest.approx(2 * 10 / 42 - 1)
    tied = core.rank_sum([1, 2, 2, 3, 5, 6], [2, 3, 4, 4, 7, 8, 9])
    assert (tied.statistic, tied.p_value) == (10.5, pytest.approx(0.1497279819))
    other = core.rank_sum(Y, X)
    assert (other.lower, other.upper) == (pytest.approx(-found.upper), pytest.approx(-found.lower))


def test_rank_biserial_interval_covers() -> None:
    rng = np.random.default_rng(2)
    truth = 2 * stats.norm.cdf(0.8 / np.sqrt(2)) - 1
    found = [core.rank_sum(rng.normal(0.8, 1, 40), rng.normal(0, 1, 50)) for _ in range(300)]
    assert 0.91 <= np.mean([f.lower <= truth <= f.upper for f in found]) <= 0.98


def test_anova_equals_scipy_and_its_interval_inverts_the_noncentral_f() -> None:
    found = core.anova(X + Y, ["a"] * 6 + ["b"] * 7)
    expected = stats.f_oneway(X, Y)
    assert (found.statistic, found.p_value) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue))
    assert found.eta_squared == pytest.approx(18.72 / (18.72 + 70.43), abs=1e-4)  # R: summary(aov(...))
    assert found.lower == 0.0
    nc = 13 * found.upper / (1 - found.upper)
    assert stats.ncf.cdf(found.statistic, 1, 11, nc) == pytest.approx(0.025, abs=1e-6)
    with pytest.raises(ValueError, match="do not vary"):
        core.anova([1, 1, 2, 2], list("aabb"))


def test_radiophenotype_needs_two_of_three_signs() -> None:
    nan = np.nan
    signs = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, nan], [0, 0, nan], [1, 0, nan], [1, nan, nan]])
    found = core.semantic_radiophenotype(*signs.T)
    np.testing.assert_array_equal(found, [1, 0, 0, 1, 1, 0, nan, nan])
    with pytest.raises(ValueError, match="found 2"):
        core.semantic_radiophenotype([2], [0], [1])


def test_grade_of_every_combination_of_scores() -> None:
    grades = {2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 3, 8: 3}
    for d in (1, 2, 3):
        for m in (1, 2, 3):
            for n in (0, 1, 2):
                assert core.fnclcc_grade([d], [m], [n])[0] == grades[d + m + n]
    assert np.isnan(core.fnclcc_grade([1], [np.nan], [0])[0])
    for bad in ([0], [1], [0]), ([1], [4], [0]), ([1], [1], [3]), ([1.5], [1], [0]):
        with pytest.raises(ValueError, match="whole number"):
            core.fnclcc_grade(*bad)


def test_stage_at_its_limits() -> None:
    found = core.t_stage([0.4, 5, 5.01, 10, 10.1, 15, 15.1, 40, np.nan])
    np.testing.assert_array_equal(found, [1, 1, 2, 2, 3, 3, 4, 4, np.nan])
    for bad in (0, -2, np.inf):
        with pytest.raises(ValueError, match="positive"):
            core.t_stage([bad])
