from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from radiogenomics import core

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=4, max_size=60)


@settings(max_examples=60, deadline=None)
@given(LABELS)
def test_indices_equal_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs).T
    if min(len(set(a)), len(set(b))) < 2:
        with pytest.raises(ValueError, match="fewer than two groups"):
            core.agreement(a, b)
        return
    found = core.agreement(a, b, n_permutations=0)
    assert found.adjusted_rand == pytest.approx(metrics.adjusted_rand_score(a, b), abs=1e-12)
    assert found.mutual_information == pytest.approx(metrics.normalized_mutual_info_score(a, b), abs=1e-9)
    table = np.histogram2d(a, b, bins=[np.arange(5), np.arange(4)])[0]
    assert found.cramers_v == pytest.approx(core.cramers_v(table), abs=1e-12)
    assert np.isnan(found.p_value)


def test_permutation_p_is_that_of_the_exact_test() -> None:
    rng = np.random.default_rng(3)
    a = rng.integers(0, 2, 40)
    b = np.where(rng.random(40) < 0.68, a, 1 - a)
    table = np.histogram2d(a, b, bins=2)[0]
    # All tables with these margins, those with a chi-squared at least as large.
    first = np.arange(int(a.sum()) + 1)
    chance = stats.hypergeom(40, int(b.sum()), int(a.sum())).pmf(first)
    distance = np.abs(first - a.sum() * b.sum() / 40)
    exact = chance[distance >= abs(table[1, 1] - a.sum() * b.sum() / 40) - 1e-9].sum()
    found = core.agreement(a, b, n_permutations=20_000, rng=1).p_value
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))


def test_same_groups_by_other_names_and_bad_lengths() -> None:
    found = core.agreement(list("aabbcc"), [3, 3, 1, 1, 2, 2], n_permutations=200)
    assert (found.adjusted_rand, found.cramers_v) == (1.0, pytest.approx(1.0))
    assert found.mutual_information == pytest.approx(1.0)
    with pytest.raises(ValueError, match="one length"):
        core.agreement([1, 2], [1, 2, 3])


def test_structureless_groupings_keep_the_level() -> None:
    rng = np.random.default_rng(5)
    p = [core.agreement(rng.integers(0, 3, 40), rng.integers(0, 2, 40), n_permutations=99, rng=i).p_value
         for i in range(200)]  # fmt: skip
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.10
