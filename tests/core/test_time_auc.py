from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import time_auc
from tests.core.test_brier import follow_up
from tests.core.test_concordance import uncensored_before


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ties", [False, True])
def test_equals_scikit_survival(seed: int, ties: bool) -> None:
    metrics = pytest.importorskip("sksurv.metrics")
    util = pytest.importorskip("sksurv.util")
    t, d, survival, at = follow_up(seed=seed)
    risk = np.round(-survival[:, 3], 1 if ties else 9)
    got = time_auc(t, d, risk, at)
    own = util.Surv.from_arrays(d.astype(bool), t)
    auc, mean = metrics.cumulative_dynamic_auc(own, own, risk, at)
    assert_allclose(got.auc, auc, rtol=1e-10)
    assert got.mean == pytest.approx(mean, rel=1e-10)


def test_naive_twin_with_ties() -> None:
    rng = np.random.default_rng(2)
    t, d, risk = rng.integers(1, 9, 50).astype(float), rng.integers(0, 2, 50), rng.integers(0, 5, 50)
    agreeing = pairs = 0.0
    for i in range(50):
        for j in range(50):
            if t[i] <= 4 and d[i] and t[j] > 4:
                w = 1 / uncensored_before(t, d, t[i])
                pairs += w
                agreeing += w * (1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0)
    got = time_auc(t, d, risk, 4.0)
    assert got.auc == pytest.approx(agreeing / pairs)
    assert got.cases == ((t <= 4) & (d == 1)).sum()
    assert got.controls == (t > 4).sum()


def test_bad_input() -> None:
    with pytest.raises(DegenerateInputError, match="no event by time 1"):
        time_auc([2, 3, 4], [1, 1, 0], [3, 2, 1], [1.0, 2.5])
    with pytest.raises(InputError, match="risk"):
        time_auc([2, 3, 4], [1, 1, 0], [3, np.nan, 1], [2.5])
    with pytest.raises(InputError, match="less than 4"):
        time_auc([2, 3, 4], [1, 1, 0], [3, 2, 1], [4.0])
