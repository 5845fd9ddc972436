import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics.core.k_means import k_means


def within(x: np.ndarray, labels: np.ndarray) -> float:
    return sum(((x[labels == c] - x[labels == c].mean(axis=0)) ** 2).sum() for c in set(labels))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(2, 5))
def test_no_single_move_lowers_the_sum_of_squares(seed: int, k: int) -> None:
    x = np.random.default_rng(seed).normal(size=(14, 3))
    labels = np.empty(14, dtype=np.int64)
    k_means(x @ x.T, np.arange(k), labels)
    assert set(labels) == set(range(k))
    least = within(x, labels)
    for i in range(14):
        if (labels == labels[i]).sum() > 1:
            for c in range(k):
                moved = labels.copy()
                moved[i] = c
                assert within(x, moved) >= least - 1e-8


def test_identical_patients_leave_no_group_empty() -> None:
    labels = np.empty(6, dtype=np.int64)
    k_means(np.ones((6, 6)), np.array([0, 1, 2]), labels)
    assert set(labels) == {0, 1, 2}
