"""ROC curves and thresholds against pROC."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiogenomics._errors import DegenerateInputError, InputError
from radiogenomics.core import delong, roc_curve, roc_threshold

REFERENCE = Path(__file__).parents[1] / "reference" / "delong"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "scores.csv")


def test_curves_are_those_of_proc(table: pd.DataFrame) -> None:
    for name, points in pd.read_csv(REFERENCE / "points.csv").groupby("score"):
        found = roc_curve(table["y"], table[name])
        assert found.threshold == pytest.approx(points["threshold"].to_numpy(), abs=1e-12)
        assert found.sensitivity == pytest.approx(points["sensitivity"].to_numpy(), abs=1e-12)
        assert found.specificity == pytest.approx(points["specificity"].to_numpy(), abs=1e-12)
        assert found.auc == pytest.approx(delong(table["y"], table[name]).auc[0])


def test_thresholds_are_those_of_proc(table: pd.DataFrame) -> None:
    for row in pd.read_csv(REFERENCE / "best.csv").itertuples():
        assert roc_threshold(table["y"], table[row.score], criterion=row.criterion) == pytest.approx(row.threshold)


def test_of_equally_good_thresholds_the_most_sensitive() -> None:
    # At 3.5: one of two positives, no negative; at 1.5: both, and one of two negatives.
    assert roc_threshold([0, 1, 0, 1], [1, 2, 3, 4]) == 1.5


def test_constant_scores_are_cut_at_themselves() -> None:
    assert roc_threshold([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3]) == 0.3
    assert roc_curve([0, 1], [2, 2]).auc == 0.5


def test_a_threshold_tells_neighbouring_floats_apart() -> None:
    low = 0.1
    high = np.nextafter(low, 1)
    cut = roc_threshold([0, 0, 1], [low, low, high])
    assert [low >= cut, high >= cut] == [False, True]


def test_bad_input() -> None:
    with pytest.raises(DegenerateInputError, match="0 positive and 2 negative; expected patients of both classes"):
        roc_curve([0, 0], [1, 2])
    with pytest.raises(InputError, match="'criterion': found 'f1'"):
        roc_threshold([0, 1], [1, 2], criterion="f1")
    with pytest.raises(InputError, match="shape"):
        roc_curve([0, 1], [[1, 2], [3, 4]])
