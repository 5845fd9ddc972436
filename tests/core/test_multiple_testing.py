from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics import core

REFERENCE = pd.read_csv(Path(__file__).parent.parent / "reference" / "association" / "p_adjust.csv")


@pytest.mark.parametrize(("function", "column"), [(core.benjamini_hochberg, "bh"), (core.holm, "holm")])
def test_equals_r_and_keeps_nan(function, column) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_allclose(function(REFERENCE["p"]), REFERENCE[column], rtol=1e-12)
    assert function([]).size == 0
    assert np.isnan(function([np.nan, np.nan])).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_values_keep_the_order_and_do_not_shrink(p: list[float]) -> None:
    order = np.argsort(p, kind="stable")
    bh, holm = core.benjamini_hochberg(p), core.holm(p)
    assert (np.diff(bh[order]) >= 0).all()
    assert (np.diff(holm[order]) >= 0).all()
    assert (bh >= np.array(p)).all()
    assert (holm >= bh - 1e-15).all()
    assert (holm <= 1).all()


@pytest.mark.parametrize("p", [[0.1, 1.1], [-0.1], [[0.1]]])
def test_refuses_what_is_no_family(p: list[float]) -> None:
    with pytest.raises(ValueError, match="p_values"):
        core.benjamini_hochberg(p)
