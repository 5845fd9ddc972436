"""Overlap of masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import mask_overlap


def test_counted_by_hand() -> None:
    a, b = np.array([[1, 1, 0], [0, 1, 0]]), np.array([[0, 1, 1], [0, 1, 1]])
    found = mask_overlap(a, b)
    assert (found.n_a, found.n_b, found.n_both) == (3, 4, 2)
    assert found.dice == pytest.approx(4 / 7)
    assert found.jaccard == pytest.approx(2 / 5)


def test_empty_masks_are_defined_or_named() -> None:
    full, empty = np.ones(3), np.zeros(3)
    assert mask_overlap(full, empty).dice == mask_overlap(empty, full).jaccard == 0
    with pytest.raises(DegenerateInputError, match="two empty masks"):
        mask_overlap(empty, empty)
    with pytest.raises(InputError, match=r"\(3,\) and \(2,\)"):
        mask_overlap(full, np.ones(2))


@given(st.integers(0, 2**32 - 1))
def test_symmetric_and_one_function_of_the_other(seed: int) -> None:
    random = np.random.default_rng(seed)
    a, b = random.random((2, 4, 3, 5)) < random.random()
    if not (a | b).any():
        return
    found, other = mask_overlap(a, b), mask_overlap(b, a)
    assert found.dice == other.dice
    assert found.dice == pytest.approx(2 * found.jaccard / (1 + found.jaccard))
    assert mask_overlap(a | b, a | b).dice == 1
