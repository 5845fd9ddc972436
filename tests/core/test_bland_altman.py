"""Agreement of two measurements."""

from __future__ import annotations

import numpy as np
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import bland_altman


def test_counted_by_hand() -> None:
    found = bland_altman([11, 22, 29, 44], [10, 20, 30, 40])  # differences 1, 2, -1, 4
    assert found.bias == 1.5
    assert found.sd == pytest.approx(np.sqrt(13 / 3))
    assert found.upper == pytest.approx(1.5 + 1.959964 * found.sd)
    # t(3) = 3.182446
    assert found.bias_upper - found.bias == pytest.approx(3.182446 * found.sd / 2)
    half = 3.182446 * found.sd * np.sqrt(1 / 4 + 1.959964**2 / 6)
    assert found.upper_interval == pytest.approx((found.upper - half, found.upper + half))
    assert found.mean.tolist() == [10.5, 21, 29.5, 42]


def test_limits_hold_nineteen_of_twenty_and_their_interval_covers() -> None:
    random, covered, bias = np.random.default_rng(1), 0, 0
    for _ in range(400):
        reference = random.normal(50, 10, 40)
        found = bland_altman(reference + random.normal(2, 3, 40), reference)
        covered += found.upper_interval[0] <= 2 + 1.959964 * 3 <= found.upper_interval[1]
        bias += found.bias_lower <= 2 <= found.bias_upper
    assert 0.91 <= covered / 400 <= 0.98
    assert 0.92 <= bias / 400 <= 0.98


def test_what_cannot_be_compared_is_named() -> None:
    with pytest.raises(DegenerateInputError, match="2 pair"):
        bland_altman([1, 2], [1, 2])
    with pytest.raises(InputError, match="missing"):
        bland_altman([1, 2, np.nan], [1, 2, 3])
    with pytest.raises(InputError, match="shapes"):
        bland_altman([1, 2, 3], [1, 2])
