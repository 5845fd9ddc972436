from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics.core.stratified_folds import stratified_folds


@given(st.lists(st.booleans(), min_size=10, max_size=60), st.integers(2, 10), st.integers(0, 5))
def test_folds_and_events_are_even(event: list[bool], k: int, seed: int) -> None:
    folds = stratified_folds(event, k, 3, rng=seed)
    assert folds.shape == (3, len(event))
    for row in folds:
        for counts in (np.bincount(row, minlength=k), np.bincount(row, weights=event, minlength=k)):
            assert counts.max() - counts.min() <= 1


def test_repeats_differ_and_the_seed_decides() -> None:
    event = np.arange(40) % 3 == 0
    folds = stratified_folds(event, 5, 2, rng=1)
    assert (folds[0] != folds[1]).any()
    assert (folds == stratified_folds(event, 5, 2, rng=1)).all()


def test_every_patient_may_meet_every_other() -> None:
    """Dealing events in turn must not tie patients to folds."""
    event = np.arange(12) < 4
    together = np.zeros((12, 12))
    for row in stratified_folds(event, 3, 400, rng=0):
        together += row[:, None] == row[None, :]
    share = together[~np.eye(12, dtype=bool)] / 400
    assert share.min() > 0.1
    assert share.max() < 0.5


@pytest.mark.parametrize("k", [1, 6])
def test_refuses(k: int) -> None:
    with pytest.raises(ValueError, match="folds"):
        stratified_folds([1, 0, 0, 1, 0], k)
