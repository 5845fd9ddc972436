from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import resampled_ttest


def test_by_hand() -> None:
    d = np.array([0.02, -0.01, 0.05, 0.03, 0.0])
    se = np.sqrt((1 / 5 + 0.2 / 0.8) * d.var(ddof=1))
    got = resampled_ttest(d, test_share=0.2)
    assert (got.difference, got.se, got.df) == (pytest.approx(d.mean()), pytest.approx(se), 4)
    assert got.p_value == pytest.approx(2 * stats.t.sf(d.mean() / se, 4))
    assert resampled_ttest(d, test_share=0.2, alternative="greater").p_value == pytest.approx(got.p_value / 2)
    assert resampled_ttest(d, test_share=0.2, alternative="less").p_value == pytest.approx(1 - got.p_value / 2)


def test_without_the_correction_it_is_the_plain_t_test() -> None:
    d = np.random.default_rng(0).normal(0.3, 1, 12)
    assert resampled_ttest(d, test_share=1e-12).p_value == pytest.approx(stats.ttest_1samp(d, 0).pvalue)


def test_equal_differences() -> None:
    assert resampled_ttest([0, 0, 0], test_share=0.2).p_value == 1
    assert resampled_ttest([-0.5, -0.5], test_share=0.5, alternative="greater").p_value == 1
    assert resampled_ttest([0.5, 0.5], test_share=0.5).p_value == 0


def test_bad_input() -> None:
    with pytest.raises(DegenerateInputError, match="at least 2"):
        resampled_ttest([1.0], test_share=0.2)
    with pytest.raises(InputError, match="1 missing"):
        resampled_ttest([1.0, np.nan], test_share=0.2)
