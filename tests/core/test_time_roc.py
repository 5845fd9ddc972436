"""ROC curve at a horizon against R's timeROC and the AUC of pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core.fold_concordance import fold_auc
from radiogenomics.core.time_auc import time_auc
from radiogenomics.core.time_roc import time_roc

REFERENCE = Path(__file__).parents[1] / "reference" / "calibration"


def test_areas_and_points_are_those_of_timeroc() -> None:
    d = pd.read_csv(REFERENCE / "patients.csv")
    expected = pd.read_csv(REFERENCE / "time_auc.csv")
    for row in expected.itertuples():
        for name in ("risk", "marker"):
            curve = time_roc(d["time"], d["event"], d[name], row.time)
            assert curve.area == pytest.approx(getattr(row, name), abs=1e-6)
            assert time_auc(d["time"], d["event"], d[name], [row.time]).auc[0] == pytest.approx(curve.area, abs=1e-12)
    points = pd.read_csv(REFERENCE / "time_roc.csv")
    curve = time_roc(d["time"], d["event"], d["risk"], 400.0)
    for false, true in points.to_numpy()[:, ::-1]:
        near = np.isclose(curve.false_positive, false, atol=1e-9)
        assert near.any()
        low, high = curve.true_positive[near].min(), curve.true_positive[near].max()
        assert low - 1e-6 <= true <= high + 1e-6


def test_counted_by_hand() -> None:
    # Cases 1 and 2 (no censoring before), controls 3 and 4; the second case ties with a control.
    curve = time_roc([1, 2, 9, 9], [1, 1, 0, 0], [3.0, 2.0, 2.0, 1.0], 5.0)
    assert curve.area == pytest.approx((2 + 1.5) / 4)
    np.testing.assert_allclose(curve.false_positive, [0, 0, 0, 0.5, 0.5, 1, 1])
    np.testing.assert_allclose(curve.true_positive, [0, 0, 0.5, 1, 1, 1, 1])


@given(st.integers(0, 2**31 - 1))
def test_area_over_folds_is_the_auc_of_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    time, event = rng.integers(1, 12, n).astype(float), (rng.random(n) < 0.7).astype(float)
    event[:2], time[:2], time[2:4] = 1.0, 1.0, 20.0
    risks = rng.normal(size=(2, n)).round(1)
    folds = np.array([rng.permutation(n) % 3 for _ in range(2)])
    try:
        expected = fold_auc(time, event, risks[None], folds, 5.0)[0, 0]
    except DegenerateInputError:
        return
    curve = time_roc(time, event, risks, 5.0, folds=folds)
    assert curve.area == pytest.approx(expected, abs=1e-9)
    assert (np.diff(curve.true_positive) > -1e-9).all()
    assert curve.true_positive[-1] == pytest.approx(1.0)


def test_bad_input() -> None:
    with pytest.raises(DegenerateInputError, match=r"0 case\(s\)"):
        time_roc([5, 6, 7], [1, 1, 0], [1, 2, 3], 2.0)
    with pytest.raises(InputError, match="folds"):
        time_roc([5, 6, 7], [1, 1, 0], [1, 2, 3], 6.0, folds=[[0, 0]])
    with pytest.raises(InputError, match="missing or infinite"):
        time_roc([5, 6, 7], [1, 1, 0], [1, np.nan, 3], 6.0)
