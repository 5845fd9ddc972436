"""Wilson's interval against R's prop.test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import InputError
from radiogenomics.core import wilson

REFERENCE = Path(__file__).parents[1] / "reference" / "delong" / "wilson.csv"


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_intervals_are_those_of_prop_test(confidence: float) -> None:
    expected = pd.read_csv(REFERENCE).query("confidence == @confidence")
    found = wilson(expected["x"], expected["n"], confidence=confidence)
    assert found.lower == pytest.approx(expected["lower"].to_numpy(), abs=1e-12)
    assert found.upper == pytest.approx(expected["upper"].to_numpy(), abs=1e-12)
    assert found.lower[expected["x"].to_numpy() == 0].tolist() == [0.0, 0.0]


def test_nobody_counted_is_unknown() -> None:
    found = wilson([0, 2.5], [0, 5])
    assert np.isnan([found.value[0], found.lower[0], found.upper[0]]).all()
    assert found.value[1] == 0.5


@pytest.mark.parametrize(("x", "n", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (np.nan, 5, 0.95), (1, 5, 95)])
def test_bad_input(x: float, n: float, confidence: float) -> None:
    with pytest.raises(InputError, match="wilson"):
        wilson(x, n, confidence=confidence)
